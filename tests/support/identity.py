"""The identity of the publication in tests on databases: its suppression key, its list id, and the time it is."""

from __future__ import annotations

from newsletter.storage import address_hash
from newsletter.storage.database import PublicationIdentity

KEY = "a suppression key for tests"
NOW = 1_795_000_000_000
"""Milliseconds: 2026-11-18, 11:06:40 UTC."""
IDENTITY = PublicationIdentity("lettre.example.org", address_hash.fingerprint(KEY))

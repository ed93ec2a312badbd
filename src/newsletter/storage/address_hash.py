"""Keyed hashes of addresses: they outlive the address, and tell nobody what it was."""

from __future__ import annotations

import hashlib
from functools import lru_cache


def fingerprint(suppression_key: str) -> str:
    """What of the suppression key may stand in the database."""
    return hashlib.blake2b(b"newsletter.suppression", key=_key(suppression_key), digest_size=16).hexdigest()


def address_mac(suppression_key: str, email: str) -> bytes:
    """The keyed hash of a normalised address: outlives the address, and tells nobody what it was."""
    return hashlib.blake2b(email.encode(), key=_key(suppression_key), digest_size=16).digest()


@lru_cache(maxsize=4)
def _key(suppression_key: str) -> bytes:
    return hashlib.blake2b(suppression_key.encode()).digest()

"""Keyed hashes of addresses: a hash outlives its address and does not reveal it."""

from __future__ import annotations

import hashlib
from functools import lru_cache


def fingerprint(suppression_key: str) -> str:
    """Return a fingerprint of the suppression key; it may be stored in the database."""
    return hashlib.blake2b(b"newsletter.suppression", key=_key(suppression_key), digest_size=16).hexdigest()


def address_mac(suppression_key: str, email: str) -> bytes:
    """Return the keyed hash of a normalised address (16 bytes): it outlives the address and does not reveal it."""
    return hashlib.blake2b(email.encode(), key=_key(suppression_key), digest_size=16).digest()


@lru_cache(maxsize=4)
def _key(suppression_key: str) -> bytes:
    return hashlib.blake2b(suppression_key.encode()).digest()

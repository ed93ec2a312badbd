"""Every address that we put into a mail, and the signed tokens that make some of them personal.

A token names a campaign and a subscriber by number and is signed, so that it can be neither read as
an address nor made up. It is hexadecimal: letters and digits only, so that it can stand in any context,
completes no placeholder, and survives a mail program that changes the case of a subject.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from newsletter.errors import BadSignature
from newsletter.model.edition import Edition, Image

_MAC_BYTES = 12
_SUBSCRIBER_BITS = 40
_VERSION = "1"
_PERSON = b"newsletter.link"
INERT = "essai" + _VERSION
"""The token in previews, tests and proofs: its pages show, and change nothing."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a token says: which campaign brought the link, to whom."""

    campaign_id: int
    subscriber_id: int


def sign(key: str, ticket: Ticket) -> str:
    """The token for `ticket`, always the same for the same key."""
    number = ticket.campaign_id << _SUBSCRIBER_BITS | ticket.subscriber_id
    payload = number.to_bytes((number.bit_length() + 7) // 8)
    raw = payload + _mac(key, payload)
    return raw.hex() + _VERSION


def read(keys: Sequence[str], token: str) -> Ticket:
    """What `token` says, if one of `keys` signed it; BadSignature otherwise."""
    raw = _decoded(token)
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(key, payload)) for key in keys):
        raise BadSignature("bad_token")
    number = int.from_bytes(payload)
    return Ticket(number >> _SUBSCRIBER_BITS, number & (1 << _SUBSCRIBER_BITS) - 1)


def unsubscribe_url(base_url: str, token: str) -> str:
    """Shows a page on GET, unsubscribes on POST (RFC 8058)."""
    return f"{base_url}/u/{token}"


def online_url(base_url: str, slug: str) -> str:
    """The issue as a page, without anything personal."""
    return f"{base_url}/n/{quote(slug)}/"


def image_base(base_url: str) -> str:
    """What stands before the name of every prepared image."""
    return f"{base_url}/i/"


def relocated(html: str, edition: Edition, address: Callable[[Image], str]) -> str:
    """`html` with the edition's pictures where `address` says: a file, a part of the message, a page of the desk."""
    for image in edition.images:
        html = html.replace(edition.image_base + image.name, address(image))
    return html


def unsubscribe_mailto(address: str, token: str) -> str:
    """The way out for mail programs that do not know the other one."""
    return f"mailto:{quote(address, safe='@+')}?subject=unsubscribe%20{token}"


def _mac(key: str, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, key=_secret(key), digest_size=_MAC_BYTES, person=_PERSON).digest()


@lru_cache(maxsize=8)
def _secret(key: str) -> bytes:
    return hashlib.blake2b(key.encode()).digest()


def _decoded(token: str) -> bytes:
    body, version = token[:-1], token[-1:]
    try:
        raw = bytes.fromhex(body)
    except ValueError as error:
        raise BadSignature("bad_token") from error
    if version != _VERSION or len(raw) <= _MAC_BYTES:
        raise BadSignature("bad_token")
    return raw

"""Signed, short tokens in links: for one reader of one campaign, or for one purpose and a limited time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from newsletter.errors import BadSignature

_MAC_BYTES = 12
_SUBSCRIBER_BITS = 40
_LIST_BITS = 24
_MAX_PAYLOAD = 16
_VERSION = "1"
_PERSON = b"newsletter.link"
_TRAILING = re.compile(r"[^0-9A-Za-z]+$")
INERT = "essai" + _VERSION
"""The token in previews, tests and proofs: its pages are shown, but change nothing."""
ONLINE = "lecture" + _VERSION
"""The token in the web archive, where a page is the same for everybody: its pages tell the reader where to find the
personal link."""


class TokenPurpose(StrEnum):
    """The purpose of an e-mailed link that the reader asked for; the token is valid only for it, and expires."""

    CONFIRM = "confirm"
    DATA = "data"
    ERASE = "erase"


HOURS = {TokenPurpose.ERASE: 24, TokenPurpose.DATA: 24, TokenPurpose.CONFIRM: 24 * 7}
"""Purpose → validity of the link, in hours."""


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """The content of an unsubscribe token: the campaign that carried the link, and its recipient."""

    campaign_id: int
    subscriber_id: int


@dataclass(frozen=True, slots=True)
class PurposeToken:
    """The content of a purpose token: the subscriber, the list (0 for none), and the expiry in seconds since 1970."""

    subscriber_id: int
    list_id: int
    until: int


def make_unsubscribe_signer(key: str, campaign_id: int) -> Callable[[int], str]:
    """Return a function subscriber id → unsubscribe token of one campaign; the same key always gives the same token.

    A million tokens are made in a run, so what they have in common is hashed once.
    """
    base = hashlib.blake2b(key=_secret(key), digest_size=_MAC_BYTES, person=_PERSON)
    high = campaign_id << _SUBSCRIBER_BITS
    size = (high.bit_length() + 7) // 8

    def sign(subscriber_id: int) -> str:
        payload, mac = (high | subscriber_id).to_bytes(size), base.copy()
        mac.update(payload)
        return payload.hex() + mac.hexdigest() + _VERSION

    return sign


def read_unsubscribe(keys: Sequence[str], token: str) -> UnsubscribeToken:
    """Return the content of `token`. Raise BadSignature if none of `keys` signed it."""
    number = _verify(keys, token, _PERSON)
    return UnsubscribeToken(number >> _SUBSCRIBER_BITS, number & (1 << _SUBSCRIBER_BITS) - 1)


def sign_purpose(key: str, purpose: TokenPurpose, content: PurposeToken) -> str:
    """Return a token for one purpose; its signature is not valid for another purpose or another kind of token."""
    number = (content.until << _LIST_BITS | content.list_id) << _SUBSCRIBER_BITS | content.subscriber_id
    return _sign_for_purpose(key, number, _purpose(purpose))


def read_purpose(keys: Sequence[str], purpose: TokenPurpose, token: str, now_seconds: float) -> PurposeToken:
    """Return the content of a purpose token. Raise BadSignature if none of `keys` signed it, or if it has expired."""
    number = _verify(keys, token, _purpose(purpose))
    upper, subscriber_id = number >> _SUBSCRIBER_BITS, number & (1 << _SUBSCRIBER_BITS) - 1
    content = PurposeToken(subscriber_id, upper & (1 << _LIST_BITS) - 1, upper >> _LIST_BITS)
    if content.until < now_seconds:
        raise BadSignature("old_token")
    return content


def strip_punctuation(token: str) -> str:
    """Strip trailing punctuation (a full stop, a bracket) that a mail program or a person added to a token."""
    return _TRAILING.sub("", token)


def _purpose(purpose: TokenPurpose) -> bytes:
    return f"nl.{purpose}".encode()  # BLAKE2b allows 16 bytes here


def _sign_for_purpose(key: str, number: int, purpose: bytes) -> str:
    payload = number.to_bytes((number.bit_length() + 7) // 8)
    return (payload + _mac(key, payload, purpose)).hex() + _VERSION


def _verify(keys: Sequence[str], token: str, purpose: bytes) -> int:
    raw = _decode(token)
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(key, payload, purpose)) for key in keys):
        raise BadSignature("bad_token")
    return int.from_bytes(payload)


def _mac(key: str, payload: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(payload, key=_secret(key), digest_size=_MAC_BYTES, person=purpose).digest()


@lru_cache(maxsize=8)
def _secret(key: str) -> bytes:
    return hashlib.blake2b(key.encode()).digest()


def _decode(token: str) -> bytes:
    body, version = token[:-1], token[-1:]
    try:
        raw = bytes.fromhex(body)
    except ValueError as error:
        raise BadSignature("bad_token") from error
    if version != _VERSION or not _MAC_BYTES < len(raw) <= _MAC_BYTES + _MAX_PAYLOAD:
        raise BadSignature("bad_token")
    return raw

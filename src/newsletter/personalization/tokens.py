"""Tokens in the links of messages: signed, short, for one reader of one message, or for one purpose and a time."""

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
"""The token in previews, tests and proofs: its pages show, and change nothing."""
ONLINE = "lecture" + _VERSION
"""The token in an issue read online, which is everybody's: its pages say where one's own is."""


class TokenPurpose(StrEnum):
    """What a link that was asked for is for; it is good for a time, and only for that."""

    CONFIRM = "confirm"
    DATA = "data"
    ERASE = "erase"


HOURS = {TokenPurpose.ERASE: 24, TokenPurpose.DATA: 24, TokenPurpose.CONFIRM: 24 * 7}
"""How long a link is good."""


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """What a token says: which campaign brought the link, to whom."""

    campaign_id: int
    subscriber_id: int


@dataclass(frozen=True, slots=True)
class PurposeToken:
    """What the token of an errand says: about whom, on which list (0 for none), and until when, in seconds."""

    subscriber_id: int
    list_id: int
    until: int


def sign_unsubscribe(key: str, ticket: UnsubscribeToken) -> str:
    """The token for `ticket`, always the same for the same key."""
    return _signed(key, ticket.campaign_id << _SUBSCRIBER_BITS | ticket.subscriber_id, _PERSON)


def make_unsubscribe_signer(key: str, campaign_id: int) -> Callable[[int], str]:
    """`sign` for one campaign: subscriber → token. A million are made in one go."""
    begun = hashlib.blake2b(key=_secret(key), digest_size=_MAC_BYTES, person=_PERSON)
    high = campaign_id << _SUBSCRIBER_BITS
    size = (high.bit_length() + 7) // 8

    def signed(subscriber_id: int) -> str:
        payload, mac = (high | subscriber_id).to_bytes(size), begun.copy()
        mac.update(payload)
        return payload.hex() + mac.hexdigest() + _VERSION

    return signed


def read_unsubscribe(keys: Sequence[str], token: str) -> UnsubscribeToken:
    """What `token` says, if one of `keys` signed it; BadSignature otherwise."""
    number = _verified(keys, token, _PERSON)
    return UnsubscribeToken(number >> _SUBSCRIBER_BITS, number & (1 << _SUBSCRIBER_BITS) - 1)


def sign_purpose(key: str, purpose: TokenPurpose, order: PurposeToken) -> str:
    """The token of an errand: no token of another kind, nor of another errand, can be made of it."""
    number = (order.until << _LIST_BITS | order.list_id) << _SUBSCRIBER_BITS | order.subscriber_id
    return _signed(key, number, _purpose(purpose))


def read_purpose(keys: Sequence[str], purpose: TokenPurpose, token: str, now: float) -> PurposeToken:
    """What the token of an errand says; BadSignature where it is not ours, or too old."""
    number = _verified(keys, token, _purpose(purpose))
    rest, subscriber_id = number >> _SUBSCRIBER_BITS, number & (1 << _SUBSCRIBER_BITS) - 1
    order = PurposeToken(subscriber_id, rest & (1 << _LIST_BITS) - 1, rest >> _LIST_BITS)
    if order.until < now:
        raise BadSignature("old_token")
    return order


def strip_punctuation(token: str) -> str:
    """A token without what a mail program or a hand put behind it: a full stop, a bracket."""
    return _TRAILING.sub("", token)


def _purpose(purpose: TokenPurpose) -> bytes:
    return f"nl.{purpose}".encode()  # BLAKE2b takes 16 bytes


def _signed(key: str, number: int, purpose: bytes) -> str:
    payload = number.to_bytes((number.bit_length() + 7) // 8)
    return (payload + _mac(key, payload, purpose)).hex() + _VERSION


def _verified(keys: Sequence[str], token: str, purpose: bytes) -> int:
    raw = _decoded(token)
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(key, payload, purpose)) for key in keys):
        raise BadSignature("bad_token")
    return int.from_bytes(payload)


def _mac(key: str, payload: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(payload, key=_secret(key), digest_size=_MAC_BYTES, person=purpose).digest()


@lru_cache(maxsize=8)
def _secret(key: str) -> bytes:
    return hashlib.blake2b(key.encode()).digest()


def _decoded(token: str) -> bytes:
    body, version = token[:-1], token[-1:]
    try:
        raw = bytes.fromhex(body)
    except ValueError as error:
        raise BadSignature("bad_token") from error
    if version != _VERSION or not _MAC_BYTES < len(raw) <= _MAC_BYTES + _MAX_PAYLOAD:
        raise BadSignature("bad_token")
    return raw

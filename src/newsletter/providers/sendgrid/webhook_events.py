"""SendGrid's event webhook: whose it is, and what its events mean.

The signature covers the bytes as they came, so nothing is decoded before it is verified. An event's own number
(`sg_event_id`) changes when it is delivered again, hence `key`. A bounce that comes hours later names neither the
message nor our arguments, only the address.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from newsletter.model.delivery_events import DeliveryFlags, Event
from newsletter.model.subscribers import SuppressionReason

SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
_BOUNCE, _COMPLAINT = SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT
_LEFT, _INVALID = SuppressionReason.UNSUBSCRIBED_ALL, SuppressionReason.INVALID
_SOFT = frozenset({"Technical", "Content", "Reputation", "Frequency or Volume Too High"})
"""Classes of bounces that say nothing of the mailbox, unless the status does."""
_NOBODY = "5.1."
_DROPS = {
    "bounced address": _BOUNCE,
    "invalid": _INVALID,
    "spam reporting address": _COMPLAINT,
    "unsubscribed address": _LEFT,
}
"""In full: an "Invalid SMTPAPI header" is nobody's fault but ours."""
MAX_AGE = 26 * 3600
"""Seconds. SendGrid repeats a post for 24 hours, and nobody knows whether it signs it anew; the rest is for clocks."""
_MOST_DETAIL = 300
_MOST = 10**15
_DIGITS = 15


class _Kind(NamedTuple):
    flags: DeliveryFlags
    suppress: SuppressionReason | None = None
    is_trouble: bool = False


_KINDS = {
    "processed": _Kind(DeliveryFlags.PROCESSED),
    "deferred": _Kind(DeliveryFlags.DEFERRED, is_trouble=True),
    "delivered": _Kind(DeliveryFlags.DELIVERED),
    "bounce": _Kind(DeliveryFlags.BOUNCED, _BOUNCE, is_trouble=True),
    "dropped": _Kind(DeliveryFlags.DROPPED, is_trouble=True),
    "cancel_drop": _Kind(DeliveryFlags.DROPPED, is_trouble=True),
    "open": _Kind(DeliveryFlags.OPENED),
    "click": _Kind(DeliveryFlags.CLICKED),
    "spamreport": _Kind(DeliveryFlags.COMPLAINED, _COMPLAINT),
    "unsubscribe": _Kind(DeliveryFlags.LEFT, _LEFT),
    "group_unsubscribe": _Kind(DeliveryFlags.LEFT, _LEFT),
}


class Verifier:
    """Knows the account's events by its public key, as the console and the API show it."""

    def __init__(self, public_key: str) -> None:
        """ValueError where that is no such key."""
        try:
            key = serialization.load_der_public_key(base64.b64decode(public_key, validate=True))
        except (ValueError, binascii.Error) as error:
            raise ValueError("not a public key of a webhook") from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("not a public key of a webhook")  # noqa: TRY004 - a wrong value, whatever its type
        self._key = key

    def is_signed(self, raw: bytes, signature: str, timestamp: str) -> bool:
        """Whether these bytes are the account's."""
        try:
            signed = base64.b64decode(signature, validate=True)
            self._key.verify(signed, timestamp.encode("latin-1") + raw, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return True


def is_fresh(timestamp: str, now: float) -> bool:
    """Whether a signature is young enough to be a first delivery or a retry, and no replay of captured bytes."""
    return timestamp.isascii() and timestamp.isdigit() and now - int(timestamp[:_DIGITS]) <= MAX_AGE


def parsed(raw: bytes) -> list[Event]:
    """The events of a post; what is no event that means anything here is left out. ValueError where it is no list."""
    found = _loaded(raw)
    if not isinstance(found, list):
        raise ValueError("not a list of events")  # noqa: TRY004 - a wrong value, whatever its type
    return [event for one in found if isinstance(one, dict) and (event := _event(one))]


def _loaded(raw: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Half a character or an endless number in one event are no reason to lose the others of its post."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = raw.decode("utf-8", "replace")
    try:
        found = json.loads(text, parse_int=_whole, parse_float=str, parse_constant=str)
        return orjson.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("too deep") from error


def _whole(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS else 0


def _event(one: Mapping[str, Any]) -> Event | None:
    name, at, email = one.get("event"), one.get("timestamp"), one.get("email")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None or type(at) is not int or not 0 < at < 1 << 40 or not isinstance(email, str):
        return None
    email = email.replace("\0", "")  # PostgreSQL keeps none
    made = Event(kind.flags, at, _key(one, email), email, _number(one.get("nl_c")), _number(one.get("nl_r")))
    made.attempt, made.suppress = _plain(one.get("nl_a"))[:100], kind.suppress
    if kind.is_trouble:
        _trouble(made, one)
    elif kind.flags is DeliveryFlags.OPENED and one.get("sg_machine_open") is True:
        made.flags = DeliveryFlags.MACHINE_OPENED
    return made


def _trouble(made: Event, one: Mapping[str, Any]) -> None:
    """What is in the way, and whether for good."""
    made.detail = _line(one.get("reason") or one.get("response") or one.get("status"))
    if made.flags is DeliveryFlags.BOUNCED and one.get("type") == "blocked":
        made.flags, made.suppress = DeliveryFlags.BLOCKED, None
    elif made.flags is DeliveryFlags.BOUNCED and _is_soft(one):
        made.suppress = None
    elif made.flags is DeliveryFlags.DROPPED:
        made.suppress = _DROPS.get(made.detail.lower())
        made.proves = made.suppress is not None  # what was cancelled was taken, but nobody will get it


def _is_soft(one: Mapping[str, Any]) -> bool:
    return _plain(one.get("bounce_classification")) in _SOFT and not _plain(one.get("status")).startswith(_NOBODY)


def _key(one: Mapping[str, Any], email: str) -> int:
    """Of message, address, event, link and attempt: what a repetition has in common with the first."""
    message, url, attempt = _plain(one.get("sg_message_id")), _plain(one.get("url")), _plain(one.get("attempt"))
    facts = f"{message}\0{email}\0{one['event']}\0{url}\0{attempt}".encode()
    return int.from_bytes(hashlib.blake2b(facts, digest_size=8).digest(), signed=True)


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else ""


def _number(value: object) -> int:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) <= _DIGITS else 0
    return value if type(value) is int and 0 <= value < _MOST else 0


def _line(value: object) -> str:
    return " ".join(_plain(value).replace("\0", " ").split())[:_MOST_DETAIL]

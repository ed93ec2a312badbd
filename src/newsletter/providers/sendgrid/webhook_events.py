"""SendGrid's event webhook: verify the signature, and read the events.

The signature covers the raw bytes of the post, so nothing is decoded before it is verified. The id of an event
(`sg_event_id`) changes when SendGrid delivers the event again; therefore this module computes a `key`. A bounce that
comes hours later names only the address, and neither the message nor the `custom_args`.
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
"""Bounce classifications that are not about the mailbox, unless the status says that it does not exist (`_NOBODY`)."""
_NOBODY = "5.1."
_DROPS = {
    "bounced address": _BOUNCE,
    "invalid": _INVALID,
    "spam reporting address": _COMPLAINT,
    "unsubscribed address": _LEFT,
}
"""Reasons of `dropped` events. The whole text must match: an "Invalid SMTPAPI header" is no fault of the recipient."""
MAX_AGE_SECONDS = 26 * 3600
"""Maximum age of a signature, in seconds.

SendGrid repeats a post for 24 hours, and it is not known whether it signs each repetition anew. Two more hours allow
for wrong clocks.
"""
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
    """A verifier of webhook signatures, with the account's public key as the console and the API show it."""

    def __init__(self, public_key: str) -> None:
        """Read the key. Raise ValueError if it is not a public key of a webhook."""
        try:
            key = serialization.load_der_public_key(base64.b64decode(public_key, validate=True))
        except (ValueError, binascii.Error) as error:
            raise ValueError("not a public key of a webhook") from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("not a public key of a webhook")  # noqa: TRY004 - the value is wrong, not the type
        self._key = key

    def is_signed(self, raw: bytes, signature: str, timestamp: str) -> bool:
        """Return True if the account signed these bytes."""
        try:
            signed = base64.b64decode(signature, validate=True)
            self._key.verify(signed, timestamp.encode("latin-1") + raw, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return True


def is_fresh(timestamp: str, now_seconds: float) -> bool:
    """Return True if the signature is recent enough for a first delivery or a retry, so that it is no replay."""
    return timestamp.isascii() and timestamp.isdigit() and now_seconds - int(timestamp[:_DIGITS]) <= MAX_AGE_SECONDS


def parse(raw: bytes) -> list[Event]:
    """Parse the events of a post and leave out events without a meaning here. Raise ValueError if it is not a list."""
    reports = _load(raw)
    if not isinstance(reports, list):
        raise ValueError("not a list of events")  # noqa: TRY004 - the value is wrong, not the type
    return [event for report in reports if isinstance(report, dict) and (event := _make_event(report))]


def _load(raw: bytes) -> Any:
    """Parse JSON and tolerate a broken character or an endless number, so that the other events are not lost."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = raw.decode("utf-8", "replace")
    try:
        parsed = json.loads(text, parse_int=_parse_int, parse_float=str, parse_constant=str)
        return orjson.loads(json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("too deep") from error


def _parse_int(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS else 0


def _make_event(report: Mapping[str, Any]) -> Event | None:
    name, at, email = report.get("event"), report.get("timestamp"), report.get("email")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None or type(at) is not int or not 0 < at < 1 << 40 or not isinstance(email, str):
        return None
    email = email.replace("\0", "")  # PostgreSQL cannot store a NUL character
    event = Event(kind.flags, at, _key(report, email), email, _number(report.get("nl_c")), _number(report.get("nl_r")))
    event.attempt, event.suppress = _text(report.get("nl_a"))[:100], kind.suppress
    if kind.is_trouble:
        _set_failure(event, report)
    elif kind.flags is DeliveryFlags.OPENED and report.get("sg_machine_open") is True:
        event.flags = DeliveryFlags.MACHINE_OPENED
    return event


def _set_failure(event: Event, report: Mapping[str, Any]) -> None:
    """Set detail, flags and suppression of an event about a failed or deferred delivery."""
    event.detail = _line(report.get("reason") or report.get("response") or report.get("status"))
    if event.flags is DeliveryFlags.BOUNCED and report.get("type") == "blocked":
        event.flags, event.suppress = DeliveryFlags.BLOCKED, None
    elif event.flags is DeliveryFlags.BOUNCED and _is_soft(report):
        event.suppress = None
    elif event.flags is DeliveryFlags.DROPPED:
        event.suppress = _DROPS.get(event.detail.lower())
        event.proves = event.suppress is not None  # a cancelled message was accepted, but nobody will receive it


def _is_soft(report: Mapping[str, Any]) -> bool:
    return _text(report.get("bounce_classification")) in _SOFT and not _text(report.get("status")).startswith(_NOBODY)


def _key(report: Mapping[str, Any], email: str) -> int:
    """Hash message, address, event, link and attempt: the facts that a repeated event shares with the first."""
    message, url, attempt = _text(report.get("sg_message_id")), _text(report.get("url")), _text(report.get("attempt"))
    facts = f"{message}\0{email}\0{report['event']}\0{url}\0{attempt}".encode()
    return int.from_bytes(hashlib.blake2b(facts, digest_size=8).digest(), signed=True)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else ""


def _number(value: object) -> int:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) <= _DIGITS else 0
    return value if type(value) is int and 0 <= value < _MOST else 0


def _line(value: object) -> str:
    return " ".join(_text(value).replace("\0", " ").split())[:_MOST_DETAIL]

"""SendGrid's event webhook: whose it is, and what its events mean.

The signature covers the bytes as they came, so nothing is decoded before it is verified. An event's own number
(`sg_event_id`) changes when it is delivered again, hence `key`. A bounce that comes hours later names neither the
message nor our arguments, only the address.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from newsletter.model.event import Event, Fate
from newsletter.model.people import SuppressionReason

SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
_BOUNCE, _COMPLAINT = SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT
_LEFT, _INVALID = SuppressionReason.UNSUBSCRIBED_ALL, SuppressionReason.INVALID
_FATES = {
    "processed": Fate.PROCESSED,
    "deferred": Fate.DEFERRED,
    "delivered": Fate.DELIVERED,
    "bounce": Fate.BOUNCED,
    "dropped": Fate.DROPPED,
    "open": Fate.OPENED,
    "click": Fate.CLICKED,
    "spamreport": Fate.COMPLAINED,
    "unsubscribe": Fate.LEFT,
    "group_unsubscribe": Fate.LEFT,
}
_SUPPRESSING = {Fate.BOUNCED: _BOUNCE, Fate.COMPLAINED: _COMPLAINT, Fate.LEFT: _LEFT}
_DROPS = {
    "bounced address": _BOUNCE,
    "invalid": _INVALID,
    "spam reporting address": _COMPLAINT,
    "unsubscribed address": _LEFT,
}
_CANCELLED = "cancel"
_MOST_DETAIL = 300
_DIGITS = 16


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


def parsed(raw: bytes) -> list[Event]:
    """The events of a post; what is no event that means anything here is left out. ValueError where it is no list."""
    found = orjson.loads(raw)
    if not isinstance(found, list):
        raise ValueError("not a list of events")  # noqa: TRY004 - a wrong value, whatever its type
    return list(_events(found))


def _events(found: list[Any]) -> Iterator[Event]:
    for one in found:
        if not isinstance(one, dict):
            continue
        fate, at, email = _FATES.get(str(one.get("event"))), one.get("timestamp"), one.get("email")
        if fate is not None and isinstance(at, int) and 0 < at < 1 << 40 and isinstance(email, str):
            yield _event(one, fate, at, email)


def _event(one: Mapping[str, Any], fate: Fate, at: int, email: str) -> Event:
    made = Event(_told(one, fate), at, _key(one, email), email, _number(one, "nl_c"), _number(one, "nl_r"))
    made.attempt = str(one.get("nl_a") or "")[:100]
    if fate & (Fate.BOUNCED | Fate.DROPPED | Fate.DEFERRED):
        made.detail = _line(one.get("reason") or one.get("response") or one.get("status"))
    made.suppress = _suppression(one, made)
    made.proves = not (fate is Fate.DROPPED and _CANCELLED in made.detail.lower())
    return made


def _told(one: Mapping[str, Any], fate: Fate) -> Fate:
    if fate is Fate.BOUNCED and one.get("type") == "blocked":
        return Fate.BLOCKED
    if fate is Fate.OPENED and one.get("sg_machine_open") is True:
        return Fate.MACHINE_OPENED
    return fate


def _key(one: Mapping[str, Any], email: str) -> int:
    """Of message, address, event, link and attempt: what a repetition has in common with the first."""
    facts = f"{one.get('sg_message_id')}\0{email}\0{one.get('event')}\0{one.get('url')}\0{one.get('attempt')}"
    return int.from_bytes(hashlib.blake2b(facts.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def _number(one: Mapping[str, Any], name: str) -> int:
    value = str(one.get(name) or "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < _DIGITS else 0


def _line(value: object) -> str:
    return " ".join(str(value or "").split())[:_MOST_DETAIL]


def _suppression(one: Mapping[str, Any], event: Event) -> SuppressionReason | None:
    """A mailbox that is not there, and whoever does not want it; a block is for now, and suppresses nobody."""
    if event.fate is Fate.DROPPED:
        reason = event.detail.lower()
        return next((found for word, found in _DROPS.items() if reason.startswith(word)), None)
    if event.fate is Fate.BOUNCED and one.get("bounce_classification") in {"Technical", "Content", "Reputation"}:
        return None
    return _SUPPRESSING.get(event.fate)

"""Subscribers, their subscriptions, and who may never be mailed again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """State of a subscription, one subscriber on one list."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


STATUS_MOVES: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.CONFIRMED, Status.UNSUBSCRIBED}),
    Status.CONFIRMED: frozenset({Status.UNSUBSCRIBED}),
    Status.UNSUBSCRIBED: frozenset(),
}
"""Nothing leads out of UNSUBSCRIBED: whoever left comes back by subscribing anew, never by an import."""


class SuppressionReason(StrEnum):
    """Why an address is never mailed again."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED_ALL = "unsubscribed_all"
    MANUAL = "manual"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person on file. `email` is normalised; `id` is never given to anybody else."""

    id: int
    email: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """A person about to be taken in."""

    email: str
    address_mac: bytes
    """Keyed hash of the address, what a suppression is recognised by."""
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of an import that was not taken, and why; `code` is a key of `messages`."""

    line: int
    code: str
    value: str

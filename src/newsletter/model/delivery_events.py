"""What a provider reports about a delivery after it accepted it. Reports may come twice and in any order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from newsletter.model.subscribers import SuppressionReason


class DeliveryFlags(IntFlag):
    """Known facts about a delivery: a set that only grows, so the order and the repetition of reports change nothing.

    The highest of the first six flags is the delivery's status; the other flags say what the reader did.
    """

    PROCESSED = 1
    DEFERRED = 2
    DELIVERED = 4
    BLOCKED = 8
    """Refused for now (soft bounce): a full mailbox, the sender's reputation."""
    BOUNCED = 16
    DROPPED = 32
    """The provider did not send the message on."""
    OPENED = 64
    MACHINE_OPENED = 128
    """Opened by a mail program that opens every message (Apple's); says nothing about the reader."""
    CLICKED = 256
    LEFT = 512
    COMPLAINED = 1024


STATUS_FLAGS = DeliveryFlags(63)
"""The first six flags: the ones that decide a delivery's status."""


def status_word(flags: DeliveryFlags) -> str:
    """Return a delivery's status as one word (delivered, bounced…); empty if nothing is known."""
    reported = flags & STATUS_FLAGS
    return DeliveryFlags(1 << (int(reported).bit_length() - 1)).name.lower() if reported else ""  # type: ignore[union-attr] # one bit has a name


@dataclass(slots=True)
class Event:
    """One report of a provider. Not frozen: thirty thousand are made a second."""

    flags: DeliveryFlags
    at: int
    """Seconds since 1970, by the provider's clock."""
    key: int
    """64 bits that identify a repeated report, whatever number the provider gives to the repetition."""
    email: str
    campaign_id: int = 0
    subscriber_id: int = 0
    attempt: str = ""
    """The attempt's name, from `attempt_name`; empty if the report names no attempt."""
    detail: str = ""
    suppress: SuppressionReason | None = None
    """Why the address must not be mailed again; None if it may be."""
    proves: bool = True
    """True if the report proves that the provider accepted the attempt and did not hold it back."""

"""What a provider reports about a delivery after it took it. Reports come twice and in any order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from newsletter.model.subscribers import SuppressionReason


class DeliveryFlags(IntFlag):
    """What is known to have happened to a delivery: a set that only grows, so that order and repetition change nothing.

    Of the first six the highest is where it stands; the others are what its reader did.
    """

    PROCESSED = 1
    DEFERRED = 2
    DELIVERED = 4
    BLOCKED = 8
    """Refused for now: a full mailbox, a reputation."""
    BOUNCED = 16
    DROPPED = 32
    """Not sent on by the provider."""
    OPENED = 64
    MACHINE_OPENED = 128
    """By a mail program that opens everything (Apple's); says nothing of its reader."""
    CLICKED = 256
    LEFT = 512
    COMPLAINED = 1024


WHEREABOUTS = DeliveryFlags(63)
"""What says where a delivery is."""


def standing(flags: DeliveryFlags) -> str:
    """Where a delivery stands, in a word: delivered, bounced…; empty where nothing is known."""
    there = flags & WHEREABOUTS
    return DeliveryFlags(1 << (int(there).bit_length() - 1)).name.lower() if there else ""  # type: ignore[union-attr] # one bit has a name


@dataclass(slots=True)
class Event:
    """One report. Not frozen: thirty thousand are made a second."""

    flags: DeliveryFlags
    at: int
    """Seconds since 1970, by the provider's clock."""
    key: int
    """64 bits by which it is known again, whatever number the provider gives its repetition."""
    email: str
    campaign_id: int = 0
    subscriber_id: int = 0
    attempt: str = ""
    """As `attempt_name` made it; empty where the report names none."""
    detail: str = ""
    suppress: SuppressionReason | None = None
    """Why the address is not to be mailed again, if so."""
    proves: bool = True
    """Whether it shows that the attempt was taken and not held back."""

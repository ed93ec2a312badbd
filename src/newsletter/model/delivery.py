"""What a refusal says, and about whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple


class Blame(Enum):
    """Whom a refusal concerns."""

    MAILBOX = auto()
    """The reader: nobody else's message would fare the same."""
    UNKNOWN = auto()
    """It does not say; the same words to several people show that it is not the readers."""
    CONNECTION = auto()
    """Too many at once: fewer would do."""
    ACCOUNT = auto()
    """Whoever sends: nothing goes out any more for a while."""


@dataclass(frozen=True, slots=True)
class AccountLimited:
    """Not taken, and nothing will be for a while, whoever it is for: the account has reached a limit."""

    seconds: float
    reason: str


NO_CAMPAIGN = 0
"""The number of the campaign that a test belongs to."""
NOTICE = -1
"""The same for a message to one person about their subscription."""


def attempt_name(campaign_id: int, chunk: int, number: int, token: str) -> str:
    """What the provider's reports call an attempt by."""
    return f"{campaign_id}.{chunk}.{number}.{token[:8]}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a provider must know of the attempt besides edition and recipients."""

    campaign_id: int
    chunk: int
    number: int
    date: dt.datetime
    token: str = ""
    """Some letters of the claim's: a restored copy of the database counts the same numbers again."""
    fence: str = ""
    release_at: int = 0
    """In seconds since 1970; 0 for at once."""

    @property
    def name(self) -> str:
        """What the provider's reports call it by."""
        return attempt_name(self.campaign_id, self.chunk, self.number, self.token)


class Recipient(NamedTuple):
    """A delivery made ready: whom, and what fills the placeholders. A tuple: a million are made in a go."""

    subscriber_id: int
    email: str
    message_id: str
    values: Mapping[str, str]
    """Placeholder → value, already escaped for the placeholder's context."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Provably not taken; may be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """Not taken, try again after `seconds`."""

    seconds: float
    reason: str
    blame: Blame = Blame.MAILBOX


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused for good; trying the same again is useless."""

    reason: str
    culprits: tuple[int, ...] = ()
    """Which of the request's recipients it was for, from 0, where that was said; the others were not taken either."""
    blame: Blame = Blame.MAILBOX


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Not taken: half of it may be."""

    reason: str


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Not taken, and nothing will be until somebody changes something: a key, a sender, an address."""

    reason: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Taken or not, nobody knows; never sent again on its own."""

    reason: str


Outcome = Accepted | NotSent | Throttled | AccountLimited | Rejected | TooLarge | Misconfigured | InDoubt

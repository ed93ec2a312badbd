"""An attempt, a recipient, and the outcomes that a provider may answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple


class Blame(Enum):
    """The cause of a refusal."""

    MAILBOX = auto()
    """The reader's mailbox: messages to other readers are not affected."""
    UNKNOWN = auto()
    """The refusal does not say; the same text for several people shows that the readers are not the cause."""
    CONNECTION = auto()
    """Too many submissions at once: fewer would be accepted."""
    ACCOUNT = auto()
    """The sending account: nothing more can be sent for a while."""


@dataclass(frozen=True, slots=True)
class AccountLimited:
    """Not accepted because the account has reached a limit: for a while, nothing is accepted for any recipient."""

    seconds: float
    reason: str


NO_CAMPAIGN = 0
"""The campaign id of a test message."""
NOTICE = -1
"""The campaign id of a message to one person about their subscription."""


def attempt_name(campaign_id: int, chunk: int, number: int, token: str) -> str:
    """Return the name that the provider's reports use for an attempt."""
    return f"{campaign_id}.{chunk}.{number}.{token[:8]}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Facts about an attempt that a provider needs besides the edition and the recipients."""

    campaign_id: int
    chunk: int
    number: int
    date: dt.datetime
    token: str = ""
    """The claim's token. Its first 8 characters are in `name`, because a restored copy of the database uses the same
    numbers again."""
    batch_id: str = ""
    release_at: int = 0
    """Time at which the provider sends the messages, in seconds since 1970; 0 for at once."""

    @property
    def name(self) -> str:
        """Return the name that the provider's reports use for the attempt."""
        return attempt_name(self.campaign_id, self.chunk, self.number, self.token)


class Recipient(NamedTuple):
    """A delivery ready to send, with address and placeholder values. A tuple, because a million are made in a run."""

    subscriber_id: int
    email: str
    message_id: str
    values: Mapping[str, str]
    """Placeholder → value, already escaped for the placeholder's context."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider accepted the messages."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly not accepted; may be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """Not accepted; try again after `seconds`."""

    seconds: float
    reason: str
    blame: Blame = Blame.MAILBOX


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused permanently; to try the same again is useless."""

    reason: str
    culprits: tuple[int, ...] = ()
    """Indexes, from 0, of the recipients that caused the refusal, if the provider named them; the other recipients of
    the request were not accepted either."""
    blame: Blame = Blame.MAILBOX


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Not accepted because of its size; half of it may be accepted."""

    reason: str


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Not accepted, and nothing will be accepted until somebody corrects a setting: a key, a sender, an address."""

    reason: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Accepted or not: the answer was lost. Never sent again automatically."""

    reason: str


Outcome = Accepted | NotSent | Throttled | AccountLimited | Rejected | TooLarge | Misconfigured | InDoubt

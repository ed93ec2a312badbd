"""What a refusal says, and about whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


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

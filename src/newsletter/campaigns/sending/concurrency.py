"""How many chunks are under way at once, and when it is better to wait.

More as long as everything is taken, half of it as soon as the provider asks for less (additive increase, multiplicative
decrease); none for a while where it cannot be reached, and no more at all where three in a row are in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.model.delivery import (
    Accepted,
    AccountLimited,
    Blame,
    InDoubt,
    Misconfigured,
    NotSent,
    Outcome,
    Throttled,
)

BEGIN = 4.0
LONGEST_PAUSE = 60.0
DOUBTS = 3


@dataclass(slots=True)
class ConcurrencyLimiter:
    """The width of one dispatch."""

    most: int
    patience: int
    """How often in a row the provider may be out of reach."""
    clock: Callable[[], float]
    dice: Callable[[], float]
    alone: bool = False
    """Whether each message is by itself: what one mailbox puts off is nothing to the others."""
    width: float = BEGIN
    paused_until: float = 0.0
    pause: float = 0.0
    """How long the last pause is, in seconds."""
    unreached: int = 0
    doubts: int = 0
    silence: str = ""
    """Why the provider could not be reached the last time; empty where it could."""
    trouble: str = ""
    """Why no more is begun."""
    limit: str = ""
    """The same, where the account has reached a limit."""

    def has_room(self, under_way: int) -> bool:
        """Whether another chunk may begin."""
        return under_way < min(self.most, int(self.width)) and not self.trouble and self.clock() >= self.resumes_at()

    def resumes_at(self) -> float:
        """When the pause ends: where the clock was set back meanwhile, it is no longer for that."""
        self.paused_until = min(self.paused_until, self.clock() + self.pause)
        return self.paused_until

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Learns from what came of a chunk."""
        for outcome in outcomes:
            self.silence = outcome.reason if isinstance(outcome, NotSent) else ""
            match outcome:
                case Accepted():
                    self.width = min(self.width + 1, self.most)
                    self.unreached = self.doubts = 0
                case Throttled(seconds=seconds, blame=blame):
                    self._narrow(seconds if blame is Blame.CONNECTION or not self.alone else 0)
                case AccountLimited(reason=reason):
                    self.trouble = self.limit = reason
                case NotSent(reason=reason):
                    self.unreached += 1
                    self._narrow(self.backoff())
                    self.trouble = reason if self.unreached >= self.patience else self.trouble
                case InDoubt(reason=reason):
                    self.doubts += 1
                    self._narrow(0)
                    self.trouble = reason if self.doubts >= DOUBTS else self.trouble
                case Misconfigured(reason=reason):
                    self.trouble = reason
                case _:
                    pass

    def backoff(self) -> float:
        """Seconds, longer each time, and by chance: many workers must not come back at the same moment."""
        return min(LONGEST_PAUSE, 2.0**self.unreached) * (0.5 + self.dice() / 2)

    def _narrow(self, seconds: float) -> None:
        self.width = max(1.0, self.width / 2)
        self.pause = max(self.resumes_at() - self.clock(), seconds)
        self.paused_until = self.clock() + self.pause

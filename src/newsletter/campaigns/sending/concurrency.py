"""Adaptive limit on the chunks under way at once, with pauses.

The limit grows by one for each accepted request, and is halved when the provider throttles (AIMD: additive increase,
multiplicative decrease). If the provider cannot be reached, no chunk starts for a while. If three outcomes in a row
are in doubt, no further chunk starts at all.
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

FIRST_WINDOW = 4.0
MAX_PAUSE_SECONDS = 60.0
MAX_DOUBTS = 3


@dataclass(slots=True)
class ConcurrencyLimiter:
    """Adaptive limit on concurrent submissions of one dispatch (AIMD); `window` is the current limit."""

    max_in_flight: int
    max_unreached: int
    """How many requests in a row may fail to reach the provider before the dispatch stops."""
    clock: Callable[[], float]
    jitter: Callable[[], float]
    is_single: bool = False
    """Whether each request has one recipient: throttling by one mailbox then does not concern the others."""
    window: float = FIRST_WINDOW
    paused_until: float = 0.0
    pause_seconds: float = 0.0
    """Length of the last pause, in seconds."""
    unreached: int = 0
    doubts: int = 0
    unreachable_reason: str = ""
    """Why the last request did not reach the provider; empty if it did."""
    stop_reason: str = ""
    """Why no further chunk is started; empty if chunks may start."""
    account_limit: str = ""
    """The same reason if the account has reached a limit; otherwise empty."""

    def has_room(self, under_way: int) -> bool:
        """Return True if another chunk may start."""
        return (
            under_way < min(self.max_in_flight, int(self.window))
            and not self.stop_reason
            and self.clock() >= self.resumes_at()
        )

    def resumes_at(self) -> float:
        """Return when the pause ends, in seconds; a clock that was set back does not make the pause longer."""
        self.paused_until = min(self.paused_until, self.clock() + self.pause_seconds)
        return self.paused_until

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Adjust limit and pause to the outcomes of a chunk."""
        for outcome in outcomes:
            self.unreachable_reason = outcome.reason if isinstance(outcome, NotSent) else ""
            match outcome:
                case Accepted():
                    self.window = min(self.window + 1, self.max_in_flight)
                    self.unreached = self.doubts = 0
                case Throttled(seconds=seconds, blame=blame):
                    self._narrow(seconds if blame is Blame.CONNECTION or not self.is_single else 0)
                case AccountLimited(reason=reason):
                    self.stop_reason = self.account_limit = reason
                case NotSent(reason=reason):
                    self.unreached += 1
                    self._narrow(self.backoff())
                    self.stop_reason = reason if self.unreached >= self.max_unreached else self.stop_reason
                case InDoubt(reason=reason):
                    self.doubts += 1
                    self._narrow(0)
                    self.stop_reason = reason if self.doubts >= MAX_DOUBTS else self.stop_reason
                case Misconfigured(reason=reason):
                    self.stop_reason = reason
                case _:
                    pass

    def backoff(self) -> float:
        """Return a delay in seconds: longer after each failure, with jitter so that workers do not return together."""
        return min(MAX_PAUSE_SECONDS, 2.0**self.unreached) * (0.5 + self.jitter() / 2)

    def _narrow(self, seconds: float) -> None:
        self.window = max(1.0, self.window / 2)
        self.pause_seconds = max(self.resumes_at() - self.clock(), seconds)
        self.paused_until = self.clock() + self.pause_seconds

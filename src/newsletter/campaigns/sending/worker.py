"""The worker that dispatches: name in the ledger, signing key, clock, limits and callbacks."""

from __future__ import annotations

import datetime as dt
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.campaigns.sending.submission_log import SubmissionLog
from newsletter.system.processes import this_process


@dataclass(frozen=True, slots=True)
class Progress:
    """A progress report: a step that was just done (claimed, built, submitted, recorded), and the number of people."""

    point: str
    people: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker of a dispatch; clock, sleep and random numbers are fields, so that a test can replace them."""

    key: str
    """Key that signs the personal links."""
    name: str = field(default_factory=this_process)
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    new_token: Callable[[], str] = lambda: secrets.token_hex(16)
    notify: Callable[[Progress], None] = lambda _notice: None
    """Called from several threads."""
    is_stopping: Callable[[], bool] = lambda: False
    """Asked between chunks; if true, chunks under way are completed and recorded, and no new chunk is started."""
    submissions: SubmissionLog | None = None
    """Progress of requests, for recovery after a crash; without it, chunks under way are then in doubt."""
    daily_cap: int = 0
    """People per day over all campaigns, to warm up a new sender; 0 for no limit."""
    zone: dt.tzinfo = dt.UTC
    """Time zone in which a day begins."""

    def now_ms(self) -> int:
        """Return the current time in milliseconds since 1970, as in the ledger."""
        return int(self.clock() * 1000)

    def midnight_ms(self) -> int:
        """Return when today began, in milliseconds."""
        return self._midnight_ms(0)

    def next_midnight_ms(self) -> int:
        """Return when tomorrow begins, in milliseconds; a day has 23 or 25 hours when the clocks change."""
        return self._midnight_ms(1)

    def _midnight_ms(self, days: int) -> int:
        day = dt.datetime.fromtimestamp(self.clock(), self.zone).date() + dt.timedelta(days=days)
        return int(dt.datetime.combine(day, dt.time(), self.zone).timestamp() * 1000)

"""Who dispatches: a name in the ledger, a key, a clock, and whoever watches."""

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
class Notice:
    """Something that just happened, for a progress bar: a point of the protocol, and how many people it was."""

    point: str
    people: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """Whoever dispatches; time and chance are given, so that a test can give others."""

    key: str
    """Signs the personal links."""
    name: str = field(default_factory=this_process)
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    dice: Callable[[], float] = random.random
    new_token: Callable[[], str] = lambda: secrets.token_hex(16)
    notify: Callable[[Notice], None] = lambda _notice: None
    """Called by several threads."""
    is_stopping: Callable[[], bool] = lambda: False
    """Asked between chunks: what is under way is ended and written down, and nothing new begun."""
    submissions: SubmissionLog | None = None
    """How far requests came, for whoever finds them after a crash; without it whatever was under way is in doubt."""
    daily_cap: int = 0
    """People a day over all campaigns, while a new sender becomes known; 0 for no limit."""
    zone: dt.tzinfo = dt.UTC
    """Where a day begins."""

    def millis(self) -> int:
        """Now, as the ledger counts."""
        return int(self.clock() * 1000)

    def midnight(self) -> int:
        """When today began, as the ledger counts."""
        return self._midnight(0)

    def next_midnight(self) -> int:
        """When tomorrow begins: a day has 23 hours once a year, and 25."""
        return self._midnight(1)

    def _midnight(self, days: int) -> int:
        day = dt.datetime.fromtimestamp(self.clock(), self.zone).date() + dt.timedelta(days=days)
        return int(dt.datetime.combine(day, dt.time(), self.zone).timestamp() * 1000)

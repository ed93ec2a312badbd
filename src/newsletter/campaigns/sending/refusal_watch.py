"""Recognise a limit of the account by the same refusal to several people in a row, at different domains.

A relay that lets no more pass may say so in words that nobody foresaw. Refusals that name the reader's mailbox say
nothing here, however many follow one another; a message that is taken ends the row.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field

from newsletter.model.delivery import Accepted, AccountLimited, Blame, Outcome, Rejected, Throttled

DOMAINS = 3
"""How many different ones have to be refused in the same words."""
PAUSE_SECONDS = 900
_PERSONAL = re.compile(r"\S*[\d…]\S*")
"""Words that differ from one reply to the next: numbers, and what stood for an address."""


@dataclass(slots=True)
class RefusalWatch:
    """The row of refusals of one dispatch; several threads ask."""

    _words: str = ""
    _domains: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(self, email: str, outcome: Outcome) -> Outcome:
        """Return the outcome, or AccountLimited in its place where it ends a row that is long enough."""
        if isinstance(outcome, Accepted):
            self._begin("")
        if not isinstance(outcome, Rejected | Throttled) or outcome.blame is not Blame.UNKNOWN:
            return outcome
        with self._lock:
            words = " ".join(_PERSONAL.sub(" ", outcome.reason).split())
            if words != self._words:
                self._words, self._domains = words, set()
            self._domains.add(email.rpartition("@")[2])
            is_row = len(self._domains) >= DOMAINS
        return AccountLimited(PAUSE_SECONDS, outcome.reason) if is_row else outcome

    def _begin(self, words: str) -> None:
        if self._words != words:  # seen without the lock: a row that begins meanwhile is begun again
            with self._lock:
                self._words, self._domains = words, set()

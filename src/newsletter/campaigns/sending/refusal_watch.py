"""Detection of an account limit: the same refusal for several people in a row, at different domains.

A relay may announce a limit in words that no rule covers. Refusals that name the reader's mailbox do not count,
however many come in a row. An accepted message ends the row.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field

from newsletter.model.delivery import Accepted, AccountLimited, Blame, Outcome, Rejected, Throttled

MIN_DOMAINS = 3
"""How many different domains must be refused in the same words."""
PAUSE_SECONDS = 900
_PERSONAL = re.compile(r"\S*[\d…]\S*")
"""Words that differ from one reply to the next: numbers, and the mark that replaces an address."""


@dataclass(slots=True)
class RefusalWatch:
    """The current row of equal refusals in one dispatch; thread-safe."""

    _words: str = ""
    _domains: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, email: str, outcome: Outcome) -> Outcome:
        """Return the outcome, or AccountLimited instead if the refusal makes the row long enough."""
        if isinstance(outcome, Accepted):
            self._start_row("")
        if not isinstance(outcome, Rejected | Throttled) or outcome.blame is not Blame.UNKNOWN:
            return outcome
        with self._lock:
            words = " ".join(_PERSONAL.sub(" ", outcome.reason).split())
            if words != self._words:
                self._words, self._domains = words, set()
            self._domains.add(email.rpartition("@")[2])
            is_account = len(self._domains) >= MIN_DOMAINS
        return AccountLimited(PAUSE_SECONDS, outcome.reason) if is_account else outcome

    def _start_row(self, words: str) -> None:
        if self._words != words:  # read without the lock: a row that starts meanwhile may be reset
            with self._lock:
                self._words, self._domains = words, set()

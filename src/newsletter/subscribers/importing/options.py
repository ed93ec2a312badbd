"""What an import is asked to do, what it is done with, and what it answers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.model.subscribers import RejectedRow
from newsletter.subscribers.importing.layout import TablePlan
from newsletter.system.files import PRIVATE, Permissions

KEPT = 1_000
"""Refused rows and probable typing mistakes that a report holds; the file of rejects has them all."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What to import, and how."""

    path: Path
    list_name: str = ""
    """Where people go whose table does not say; needed but for exports of ours and of suppressions."""
    tags: tuple[str, ...] = ()
    words: str = ""
    """What these people agreed to, exactly as it was shown to them."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column → field, where names do not tell."""
    origin: str = ""
    """Whose export it is, where that cannot be seen."""
    zone: dt.tzinfo = dt.UTC
    """Where the days of the file begin."""
    language: str = "fr"
    """In whose order 01/02/2024 is read, where no row of a column decides."""
    permissions: Permissions = PRIVATE
    """Who may read the file of rejects."""
    rehearsal: bool = False
    """Everything is done and undone again, batch by batch."""


@dataclass(slots=True)
class Report:
    """What became of the rows; `rejected` and `typos` hold `KEPT` at most."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept_out: int = 0
    suppressed: int = 0
    refused: int = 0
    doubtful: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    typos: list[RejectedRow] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    """How many rows were refused, by the key of the reason."""
    unread_dates: list[RejectedRow] = field(default_factory=list)
    """Dates of people who left that could not be read; they have left all the same."""
    files: list[Path] = field(default_factory=list)
    """Of rejects."""
    plans: list[TablePlan] = field(default_factory=list)
    """What became of each table's columns."""
    passed_over: list[str] = field(default_factory=list)
    """Tables of an archive that are no people: what a program says of its posts."""

    @property
    def origins(self) -> list[str]:
        """Return whose exports the tables were taken for."""
        return [plan.origin.name for plan in self.plans]


@dataclass(frozen=True, slots=True)
class ImportCallbacks:
    """Whoever imports: the key of the hashes, the clock, the words for a refusal, and who watches."""

    suppression_key: str
    now: int
    explain: Callable[[str, str], str]
    notify: Callable[[int], None] = lambda _rows: None
    expect: Callable[[int], None] = lambda _rows: None
    announce: Callable[[Sequence[TablePlan]], None] = lambda _plans: None
    """Called once, before anything is written."""

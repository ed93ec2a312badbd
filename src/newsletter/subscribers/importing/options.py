"""The options, the collaborators and the report of an import."""

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
"""Maximum number of refused rows, and of probable typing mistakes, in a report; the file of rejects has every refused
row."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Options of an import: what to import, and how."""

    path: Path
    list_name: str = ""
    """List for people whose table names no list; required, except for our own exports and suppression lists."""
    tags: tuple[str, ...] = ()
    words: str = ""
    """The consent text that these people agreed to, exactly as it was shown to them."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column → field, for columns whose name is not recognised."""
    origin: str = ""
    """Name of the program that exported the file, if it cannot be detected."""
    zone: dt.tzinfo = dt.UTC
    """Time zone of the dates in the file."""
    language: str = "fr"
    """Language whose order of day and month is used for 01/02/2024, if no row of a column proves the order."""
    permissions: Permissions = PRIVATE
    """Who may read the file of rejects."""
    rehearsal: bool = False
    """True for a dry run: each batch is written and rolled back."""


@dataclass(slots=True)
class Report:
    """The result of an import, in numbers of rows; `rejected` and `typos` have at most `KEPT` entries."""

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
    """Key of the reason → number of refused rows."""
    unread_dates: list[RejectedRow] = field(default_factory=list)
    """Unreadable dates of people who unsubscribed; their unsubscription counts all the same."""
    files: list[Path] = field(default_factory=list)
    """The files of rejects."""
    plans: list[TablePlan] = field(default_factory=list)
    """The plan of each table: what its columns became."""
    passed_over: list[str] = field(default_factory=list)
    """Skipped tables of an archive, which are not subscribers but, for example, a program's data about its posts."""

    @property
    def origins(self) -> list[str]:
        """Return the names of the programs that exported the tables, as detected."""
        return [plan.origin.name for plan in self.plans]


@dataclass(frozen=True, slots=True)
class ImportCallbacks:
    """Collaborators of an import: suppression key, current time (ms), text of a refusal, progress callbacks."""

    suppression_key: str
    now_ms: int
    explain: Callable[[str, str], str]
    notify: Callable[[int], None] = lambda _rows: None
    expect: Callable[[int], None] = lambda _rows: None
    announce: Callable[[Sequence[TablePlan]], None] = lambda _plans: None
    """Called once, before anything is written."""

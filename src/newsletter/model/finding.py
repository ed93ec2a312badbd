"""Findings: what a check reports, and how severe it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """How severe a finding is: an error blocks sending, a warning is counted in the summary, an info is shown."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a source file; line and column count from 1, the column in characters."""

    line: int
    column: int = 1


_CODES = {
    Severity.ERROR: (
        "B 01 02 03 04 06 07 08 10 11",
        "F 01 03 04 05",
        "G 01",
        "H 01 02 03 05",
        "I 01 02 07 08 09 10 11",
        "L 01 02 03 04 05 08 09 12",
        "M 00 01 02 03 04 05 06 07 11 12 13 14 16 17 20",
        "N 01 03",
        "O 01",
        "R 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 21 22 27 30 31 38 39 40 42 46 53 54",
        "S 01 02 04 05 09 10 11 13",
        "T 01",
        "V 01 02 03 05 06 07",
    ),
    Severity.WARNING: (
        "B 05 09 12",
        "C 01",
        "F 02",
        "G 02",
        "H 04",
        "I 04 05 06 13",
        "L 06 11",
        "M 08 09 10 18 19",
        "N 02",
        "O 03 04",
        "P 01 02",
        "R 17 18 20 28 29 32 33 34 35 36 37 43 44 45 50 51 52",
        "S 03 06 07 08 12 14",
        "T 02 03 04 05 06",
    ),
    Severity.INFO: (
        "G 03",
        "I 03 12 14",
        "L 07 10 13",
        "M 15",
        "O 02",
        "T 07",
        "V 04",
    ),
}
SEVERITIES: dict[str, Severity] = {
    line[0] + number: severity for severity, lines in _CODES.items() for line in lines for number in line[1:].split()
}
"""Finding code → severity, for every code. The letters: F file, M front matter, S structure, I image, C credit, L link,
N note, T text, B block, H HTML, G signature, V merge tag, P proofreading, O online, R the rendered mail."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The text at a finding's place, and the text that `newsletter fmt` would write instead."""

    typed: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect; `i18n.finding` turns code and facts into a sentence in the reader's language."""

    code: str
    path: Path
    place: Place
    facts: Mapping[str, object] = field(default_factory=dict)
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        """Return the severity, which depends only on the code."""
        return SEVERITIES[self.code]


Report = Callable[..., None]
"""`report(code, place, **facts)`: the callback with which the reader of a file reports a finding."""

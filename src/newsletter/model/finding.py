"""What a check reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """An error blocks a sending, a warning is counted in the summary, an info is shown."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a source file, both counted from 1, the column in characters."""

    line: int
    column: int = 1


SEVERITIES: dict[str, Severity] = {
    **dict.fromkeys(
        (
            *("B06", "F01", "F03", "F04", "F05", "G01", "H01", "H02"),
            *("I01", "I02", "I07", "I08", "I09", "I10", "I11", "L01", "L02", "L03"),
            *("M00", "M01", "M02", "M03", "M04", "M05", "M06", "M07", "M11", "M12", "M13"),
            *("S01", "S02", "S04", "S09", "S11", "S13", "T01", "V01", "V02", "V03", "V05"),
        ),
        Severity.ERROR,
    ),
    **dict.fromkeys(
        ("C01", "F02", "G02", "I04", "I06", "M08", "M09", "S03", "S06", "S07"),
        Severity.WARNING,
    ),
    **dict.fromkeys(("G03", "V04"), Severity.INFO),
}
"""Every code there is. The letters: F file, M front matter, S structure, I image, C credit, L link,
T text, B block, H HTML, G signature, V merge tag."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What stands at a finding's place, and what `newsletter fmt` would write there."""

    typed: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect: `messages.finding` turns code and facts into a sentence in the reader's language."""

    code: str
    path: Path
    place: Place
    facts: Mapping[str, object] = field(default_factory=dict)
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is, which the code alone decides."""
        return SEVERITIES[self.code]


Report = Callable[..., None]
"""`report(code, place, **facts)`: how whoever reads a file tells what it shows."""

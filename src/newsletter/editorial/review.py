"""Review of an issue: read its file, compose its edition, and check both.

Check, render, preview, test and send all begin with these three steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter import checks
from newsletter.content.reader import read
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose

if TYPE_CHECKING:
    from newsletter.rendering.theme import Theme


@dataclass(frozen=True, slots=True)
class Reading:
    """An issue, its edition, and the findings about both."""

    issue: Issue
    edition: Edition
    findings: list[Finding]

    @property
    def blocked(self) -> bool:
        """Return True if a finding blocks sending."""
        return bool(checks.blocking(self.findings))


def examine(path: Path, publication: Publication, theme: Theme) -> Reading:
    """Read, compose and check an issue."""
    issue = read(path, publication)
    edition = compose(issue, theme, publication)
    return Reading(issue=issue, edition=edition, findings=checks.check(issue, edition, publication))

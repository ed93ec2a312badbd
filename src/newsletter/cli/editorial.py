"""What check, render and send have in common: from the name of an issue to its edition and findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter import checks
from newsletter.app import App
from newsletter.compose import compose, read, shelf
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding
from newsletter.model.issue import Issue

if TYPE_CHECKING:
    from newsletter.compose import Theme


@dataclass(frozen=True, slots=True)
class Reading:
    """An issue, its edition, and everything found in them."""

    issue: Issue
    edition: Edition
    findings: list[Finding]

    @property
    def blocked(self) -> bool:
        """Whether something found stops a sending."""
        return bool(checks.blocking(self.findings))


def find(app: App, name: str) -> Path:
    """The file that an ISSUE argument means."""
    return shelf.find(app.issues, name)


def find_all(app: App, names: Sequence[str]) -> list[Path]:
    """The files that ISSUE arguments mean, every issue of the publication where there is none."""
    if not names:
        return list(shelf.paths(app.issues))
    return [path for name in names for path in shelf.find_all(app.issues, name)]


def copied(issue: Issue) -> bool:
    """Whether another folder carries the issue's id: which of the two was sent, nobody knows."""
    return bool(checks.matter.twins(issue))


def examine(app: App, path: Path, theme: Theme | None = None) -> Reading:
    """The first three steps of the straight line: read, compose, check."""
    publication = app.publication
    issue = read(path, publication)
    edition = compose(issue, theme or app.theme(), publication)
    return Reading(issue, edition, checks.check(issue, edition, publication))

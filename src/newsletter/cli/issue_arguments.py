"""What commands about issues have in common: from the name of an issue to its edition and findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter import checks
from newsletter.app import App
from newsletter.content import issue_files
from newsletter.editorial import review
from newsletter.editorial.review import Reading
from newsletter.model.issue import Issue

if TYPE_CHECKING:
    from newsletter.rendering.theme import Theme


def find(app: App, name: str) -> Path:
    """The file that an ISSUE argument means."""
    return issue_files.find(app.issues, name)


def find_all(app: App, names: Sequence[str]) -> list[Path]:
    """The files that ISSUE arguments mean, every issue of the publication where there is none."""
    if not names:
        return list(issue_files.paths(app.issues))
    return [path for name in names for path in issue_files.find_all(app.issues, name)]


def copied(issue: Issue) -> bool:
    """Whether another folder carries the issue's id: which of the two was sent, nobody knows."""
    return bool(checks.front_matter.twins(issue))


def examine(app: App, path: Path, theme: Theme | None = None) -> Reading:
    """The issue at `path`, read, composed and checked."""
    return review.examine(path, app.publication, theme or app.theme())

"""Common code of commands about issues: from an ISSUE argument to the issue's edition and findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app import App
from newsletter.content import issue_files
from newsletter.editorial import review
from newsletter.editorial.review import Reading

if TYPE_CHECKING:
    from newsletter.rendering.theme import Theme


def find(app: App, name: str) -> Path:
    """Return the file of an ISSUE argument."""
    return issue_files.find(app.issues, name)


def find_all(app: App, names: Sequence[str]) -> list[Path]:
    """Return the files of ISSUE arguments; without arguments, the files of all issues of the publication."""
    if not names:
        return list(issue_files.list_paths(app.issues))
    return [path for name in names for path in issue_files.find_all(app.issues, name)]


def examine(app: App, path: Path, theme: Theme | None = None) -> Reading:
    """Read, compose and check the issue at `path`."""
    return review.examine(path, app.publication, theme or app.theme())

"""The first page: the issues of the publication, one row each."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.content import front_matter, issue_files
from newsletter.content.issue_names import date_from_folder
from newsletter.i18n import long_date
from newsletter.model.edition import Image
from newsletter.model.issue import FrontMatter
from newsletter.rendering import images
from newsletter.web.desk import panels
from newsletter.web.desk.workspace import Desk

HEAD_BYTES = 8_000
"""More than a front matter needs; the rest of the file is read when its row becomes visible."""


def heading(desk: Desk, name: str) -> panels.Context:
    """Return the row of an issue from its front matter only; this takes 1 ms per issue, even for hundreds of issues."""
    front = _front(desk.app.issues / name / issue_files.FILE)
    date = front.date or date_from_folder(name)
    return {
        "name": name,
        "subject": front.subject or name,
        "date": long_date(desk.language, date) if date else "",
        "number": front.number,
        "trouble": "",
        "counts": None,
        "sendings": [],
        "approved": (),
        "picture": False,
        "zone": ZoneInfo(desk.app.settings.timezone),
    }


def _front(path: Path) -> FrontMatter:
    try:
        with path.open("rb") as file:
            lines = file.read(HEAD_BYTES).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return FrontMatter()
    return front_matter.read(lines, lambda *_found, **_facts: None)[0]


def row(desk: Desk, name: str) -> panels.Context:
    """Return the complete row of an issue: `heading` plus findings, campaigns and approvals."""
    view = desk.view(name)
    facts: panels.Context = {"trouble": view.trouble}
    if view.reading:
        issue = view.reading.issue
        facts["counts"] = panels.count_by_severity(view.reading.findings)
        facts["sendings"] = panels.describe_campaigns(desk, desk.store(), view.reading)
        facts["approved"] = panels.approval_status(desk, desk.store(), view.reading).current
        facts["picture"] = issue.opening is not None and issue.file(issue.opening.source) is not None
    return heading(desk, name) | facts


def thumbnail(desk: Desk, name: str, width: int) -> Image | None:
    """Return the opening image of an issue, `width` pixels wide; None if there is none or it is unusable."""
    reading = desk.view(name).reading
    opening = reading.issue.opening if reading else None
    path = reading.issue.file(opening.source) if reading and opening else None
    try:
        return images.prepare(path, width) if path else None
    except images.UnusableImageError:
        return None

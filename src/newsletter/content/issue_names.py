"""Names of issue folders: `2026-11-22-lire-a-la-lampe` is a date and a slug."""

from __future__ import annotations

import datetime as dt
import re

INDEX = "index.md"
"""Name of the Markdown file in an issue's folder."""
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)")


def make_slug(name: str) -> str:
    """Return a name as a slug for URLs and folders: at most 60 lower-case ASCII letters, digits and hyphens."""
    from slugify import slugify

    return (
        str(slugify(name, max_length=60, word_boundary=True, replacements=[("’", ""), ("'", ""), ("°", ""), ("º", "")]))
        or "issue"
    )


def slug_from_folder(folder: str) -> str:
    """Return the slug of an issue from its folder's name, without the date."""
    dated = _DATED.fullmatch(folder)
    return make_slug(dated[2] if dated else folder)


def date_from_folder(folder: str) -> dt.date | None:
    """Return the date at the beginning of a folder's name, or None if there is none."""
    dated = _DATED.fullmatch(folder)
    try:
        return dt.date.fromisoformat(dated[1]) if dated else None
    except ValueError:
        return None

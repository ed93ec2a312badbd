"""What issues are called: `2026-11-22-lire-a-la-lampe` is a date and a slug."""

from __future__ import annotations

import datetime as dt
import re

INDEX = "index.md"
"""The file in an issue's folder that is the issue."""
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)")


def slugified(name: str) -> str:
    """A name as part of an address or a folder's name: lower-case ASCII, digits, hyphens."""
    from slugify import slugify  # noqa: PLC0415 - 20 ms that most commands do not need

    return (
        str(slugify(name, max_length=60, word_boundary=True, replacements=[("’", ""), ("'", ""), ("°", ""), ("º", "")]))
        or "issue"
    )


def slug_of(folder: str) -> str:
    """The slug that a folder's name gives its issue."""
    dated = _DATED.fullmatch(folder)
    return slugified(dated[2] if dated else folder)


def date_of(folder: str) -> dt.date | None:
    """The date that a folder's name begins with, if it does."""
    dated = _DATED.fullmatch(folder)
    try:
        return dt.date.fromisoformat(dated[1]) if dated else None
    except ValueError:
        return None

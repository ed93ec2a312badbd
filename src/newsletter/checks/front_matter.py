"""Rules about the front matter. Errors in a single field are not here: the reader has already reported them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from newsletter.checks.context import CheckContext
from newsletter.content import issue_names
from newsletter.model.finding import Finding, Place
from newsletter.model.issue import Issue
from newsletter.personalization import merge_tags

SUBJECT_CHARACTERS = 70
"""Characters that Gmail and Outlook show on a desktop; a telephone shows about 40."""
PREHEADER_CHARACTERS = (40, 140)
"""Minimum and maximum. Below the minimum, mail programs add the beginning of the letter; above the maximum, none
shows the end."""
SHOUTED_LETTERS = 12
"""A subject with fewer letters may be an acronym."""
SENT = "envoye"
_ID = re.compile(rb"^id:[ \t]*[\"']?([^\s\"']+)", re.MULTILINE)
_SLUG = re.compile(rb"^slug:[ \t]*[\"']?([^\s\"']+)", re.MULTILINE)
_HEAD_BYTES = 4096


def subject_length(context: CheckContext) -> Iterator[Finding]:
    front = context.issue.front
    if len(front.subject) > SUBJECT_CHARACTERS:
        place = front.places["subject"]
        yield context.make_finding("M08", place, length=len(front.subject), maximum=SUBJECT_CHARACTERS)


def subject_shouted(context: CheckContext) -> Iterator[Finding]:
    letters = [char for char in context.issue.front.subject if char.isalpha()]
    if len(letters) >= SHOUTED_LETTERS and all(char.isupper() for char in letters):
        yield context.make_finding("M18", context.issue.front.places["subject"])


def preheader_missing(context: CheckContext) -> Iterator[Finding]:
    front = context.issue.front
    if front.places and not front.preheader:
        yield context.make_finding("M09", front.places.get("preheader", Place(1)))


def preheader_length(context: CheckContext) -> Iterator[Finding]:
    front = context.issue.front
    length = len("".join(piece if isinstance(piece, str) else "prénom" for piece in merge_tags.scan(front.preheader)))
    same = front.preheader.casefold() == front.subject.casefold()
    shortest, longest = PREHEADER_CHARACTERS
    if front.preheader and (same or not shortest <= length <= longest):
        yield context.make_finding(
            "M19", front.places["preheader"], length=length, least=shortest, most=longest, same=same
        )


def date_of_the_folder(context: CheckContext) -> Iterator[Finding]:
    """Report a date that is not the folder's (M10): the folder name orders issues on disk, the field in the archive."""
    front, folder = context.issue.front, context.issue.folder.resolve().name
    named = issue_names.date_from_folder(folder)
    if named and front.date and named != front.date:
        yield context.make_finding("M10", front.places["date"], date=front.date.isoformat(), folder=folder)


def marked_as_sent(context: CheckContext) -> Iterator[Finding]:
    """Report the status "envoye" (M15): it is only a note to colleagues; campaigns record whether an issue was sent."""
    if context.issue.front.status == SENT:
        yield context.make_finding("M15", context.issue.front.places["status"])


def id_or_name_of_another_issue(context: CheckContext) -> Iterator[Finding]:
    """Report an id of another issue, as in a copied folder (M12), or its slug, which would share a web page (M14)."""
    front = context.issue.front
    for other, id_, slug in _read_other_issues(context.issue):
        if front.id and id_ == front.id:
            yield context.make_finding("M12", front.places["id"], id=front.id, other=other)
        elif slug == context.issue.slug:
            yield context.make_finding("M14", front.places.get("slug", Place(1)), slug=slug, other=other)


def find_twins(issue: Issue) -> list[str]:
    """Return the folders of other issues with the same id."""
    return [folder for folder, id_, _ in _read_other_issues(issue) if issue.front.id and id_ == issue.front.id]


def _read_other_issues(issue: Issue) -> list[tuple[str, str, str]]:
    """Return folder, id and slug of every other issue, sorted by folder; a publication may have a thousand issues."""
    own = issue.folder.resolve()
    with os.scandir(own.parent) as entries:
        named = [(entry.name, _read_names(entry)) for entry in entries if entry.name != own.name]
    return sorted((folder, *names) for folder, names in named if names)


def _read_names(entry: os.DirEntry[str]) -> tuple[str, str] | None:
    path = os.path.join(entry.path, issue_names.INDEX)  # noqa: PTH118 - creating a thousand Path objects takes longer than a thousand stat calls
    try:
        status = os.stat(path)  # noqa: PTH116 - creating a thousand Path objects takes longer than a thousand stat calls
        return (
            _read_names_cached(path, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
        )  # a pipe would never answer
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _read_names_cached(path: str, _mtime: int) -> tuple[str, str]:
    """Return id and slug of an issue from the first bytes of its file; `_mtime` (ns) is part of the cache key."""
    with Path(path).open("rb") as file:
        head = file.read(_HEAD_BYTES)
    id_, slug = (match[1].decode(errors="replace") if match else "" for match in (_ID.search(head), _SLUG.search(head)))
    return id_, slug or issue_names.slug_from_folder(Path(path).parent.name)

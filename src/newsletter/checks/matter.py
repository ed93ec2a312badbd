"""Rules about the front matter; what is wrong with a single field, reading it has shown already."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks.case import Case
from newsletter.model.finding import Finding, Place

SUBJECT_CHARACTERS = 70
"""What Gmail and Outlook show on a desktop; a telephone shows about 40."""
_ID = re.compile(rb"^id:[ \t]*[\"']?([^\s\"']+)", re.MULTILINE)
_HEAD_BYTES = 4096


def subject_length(case: Case) -> Iterator[Finding]:
    front = case.issue.front
    if len(front.subject) > SUBJECT_CHARACTERS:
        place = front.places["subject"]
        yield case.found("M08", place, length=len(front.subject), maximum=SUBJECT_CHARACTERS)


def preheader_missing(case: Case) -> Iterator[Finding]:
    front = case.issue.front
    if front.places and not front.preheader:
        yield case.found("M09", front.places.get("preheader", Place(1)))


def id_of_another_issue(case: Case) -> Iterator[Finding]:
    """A copied folder: its mail would be taken for the other issue's, which may have been sent."""
    front, folder = case.issue.front, case.issue.folder.resolve()
    if not front.id:
        return
    for other in sorted(folder.parent.glob("*/index.md")):
        if other.parent != folder and front.id == _id_in(other.read_bytes()[:_HEAD_BYTES]):
            yield case.found("M12", front.places["id"], id=front.id, other=other.parent.name)


def _id_in(head: bytes) -> str:
    match = _ID.search(head)
    return match[1].decode(errors="replace") if match else ""

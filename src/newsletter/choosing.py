"""Who is meant: a list by its name, people by a filter or by the name of a saved one."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection

from sqlalchemy.engine import Connection

from newsletter import filters
from newsletter.errors import InputError
from newsletter.filters import Filter
from newsletter.model.people import MailingList
from newsletter.store import lists, segments
from newsletter.store.segments import Condition

_NAME = re.compile(r"[^=<>~\"«»()]+")
"""What has no sign of a filter was meant as the name of a segment."""


def mailing_list(tx: Connection, name: str) -> MailingList:
    """The list of that name; InputError names those that there are."""
    found = lists.find(tx, name)
    if found is None:
        known = ", ".join(one.name for one in lists.every(tx)) or "—"
        raise InputError("list_unknown", name=name, known=known)
    return found


def condition(tx: Connection, wanted: str, zone: dt.tzinfo) -> Condition:
    """Return the condition of a segment's name or of a filter; everybody, where nothing is wanted.

    FilterError where a filter cannot be read or names an attribute that nobody has; InputError for an unknown segment.
    """
    if not wanted:
        return segments.everybody()
    saved = segments.saved(tx)
    if wanted not in saved and _NAME.fullmatch(wanted):
        raise unknown_segment(wanted, saved)
    return segments.condition(read_filter(tx, saved.get(wanted, wanted)), zone)


def read_filter(tx: Connection, text: str) -> Filter:
    """Parse a filter; FilterError where it names an attribute that nobody has."""
    found = filters.parse(text)
    for test in filters.find_attributes(found):
        if not segments.has_attribute(tx, test.field):
            raise filters.unknown_field(text, test, segments.attribute_names(tx))
    return found


def unknown_segment(name: str, saved: Collection[str]) -> InputError:
    """Return the error about a segment that there is not, with those that there are."""
    near = difflib.get_close_matches(name, saved, n=1)
    known = ", ".join(saved) or "—"
    return InputError("segment_unknown", name=name, known=known, near=near[0] if near else "")

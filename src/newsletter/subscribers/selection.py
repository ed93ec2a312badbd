"""Find a list by its name, and people by a filter or by the name of a saved segment."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection

from newsletter.errors import InputError
from newsletter.model.segments import Filter
from newsletter.model.subscribers import MailingList
from newsletter.storage import Transaction
from newsletter.storage.subscribers import lists, segments
from newsletter.storage.subscribers.segments import Condition
from newsletter.subscribers import filter_parser

_NAME = re.compile(r"[^=<>~\"«»()]+")
"""A text without any sign of the filter language is taken for the name of a segment."""


def get_list(tx: Transaction, name: str) -> MailingList:
    """Return the list of that name. Raise InputError, with the names of all lists, if there is none."""
    mailing_list = lists.find(tx, name)
    if mailing_list is None:
        known = ", ".join(mailing_list.name for mailing_list in lists.list_all(tx)) or "—"
        raise InputError("list_unknown", name=name, known=known)
    return mailing_list


def build_condition(tx: Transaction, segment: str, zone: dt.tzinfo) -> Condition:
    """Return the condition for a segment's name or a filter; the condition for everybody if `segment` is empty.

    Raise FilterError if the filter cannot be parsed or names an attribute that nobody has; raise InputError for an
    unknown segment.
    """
    if not segment:
        return segments.everybody()
    saved = segments.list_saved(tx)
    if segment not in saved and _NAME.fullmatch(segment):
        raise unknown_segment_error(segment, saved)
    return segments.build_condition(read_filter(tx, saved.get(segment, segment)), zone)


def read_filter(tx: Transaction, text: str) -> Filter:
    """Parse a filter. Raise FilterError if it cannot be parsed, or names an attribute that nobody has."""
    filter_ = filter_parser.parse(text)
    for test in filter_parser.find_attributes(filter_):
        if not segments.has_attribute(tx, test.field):
            raise filter_parser.unknown_field_error(text, test, segments.list_attribute_names(tx))
    return filter_


def unknown_segment_error(name: str, saved: Collection[str]) -> InputError:
    """Return the error for an unknown segment, with the names of the saved segments."""
    near = difflib.get_close_matches(name, saved, n=1)
    known = ", ".join(saved) or "—"
    return InputError("segment_unknown", name=name, known=known, near=near[0] if near else "")

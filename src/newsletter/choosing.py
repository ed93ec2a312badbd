"""Who is meant: a list by its name, people by a filter or by the name of a saved one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.engine import Connection

from newsletter import filters
from newsletter.errors import InputError
from newsletter.model.people import MailingList
from newsletter.store import lists, segments
from newsletter.store.segments import Condition


def mailing_list(tx: Connection, name: str) -> MailingList:
    """The list of that name; InputError names those that there are."""
    found = lists.find(tx, name)
    if found is None:
        known = ", ".join(one.name for one in lists.every(tx)) or "—"
        raise InputError("list_unknown", name=name, known=known)
    return found


def condition(tx: Connection, wanted: str, zone: dt.tzinfo) -> Condition:
    """The condition of a segment's name or of a filter; everybody, where nothing is wanted. FilterError."""
    if not wanted:
        return segments.everybody()
    return segments.condition(filters.parse(segments.saved(tx).get(wanted, wanted)), zone)

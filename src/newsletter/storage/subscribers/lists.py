"""Mailing lists, and the number of people with each status on them.

The counts are stored and not computed: for a million people, counting takes 50 ms and more. `add_counts` is called
in the transaction that changes a status; a property test compares the counts with the rows.
"""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.subscribers import MailingList, OptIn, Status
from newsletter.storage import schema

_COUNT = sa.text("""
    INSERT INTO list_count (list_id, status, people) VALUES (:list_id, :status, :people)
    ON CONFLICT (list_id, status) DO UPDATE SET people = list_count.people + excluded.people
""")


def find(tx: Connection, name: str) -> MailingList | None:
    """Return the list with that name, or None."""
    return next((found for found in list_all(tx) if found.name == name), None)


def list_all(tx: Connection) -> list[MailingList]:
    """Return all lists by name, with their counts."""
    table = schema.mailing_list
    counts: dict[int, dict[Status, int]] = {}
    for row in tx.execute(sa.select(schema.list_count)):
        counts.setdefault(row.list_id, {})[Status(row.status)] = row.people
    rows = tx.execute(sa.select(table.c.id, table.c.name, table.c.opt_in, table.c.is_test).order_by(table.c.name))
    return [
        MailingList(row.id, row.name, OptIn(row.opt_in), counts.get(row.id, {}), is_test=row.is_test) for row in rows
    ]


def list_names(tx: Connection) -> dict[int, str]:
    """Return the names of the lists: list id → name."""
    table = schema.mailing_list.c
    return {row.id: row.name for row in tx.execute(sa.select(table.id, table.name))}


def get_or_create(tx: Connection, name: str, now_ms: int, opt_in: OptIn = OptIn.SINGLE) -> MailingList:
    """Return the list with that name; create it if it is missing."""
    values = {"name": name, "created_at": now_ms, "opt_in": opt_in.value}
    tx.execute(
        sa.text(
            "INSERT INTO list (name, created_at, opt_in) VALUES (:name, :created_at, :opt_in)"
            " ON CONFLICT (name) DO NOTHING"
        ),
        values,
    )
    mailing_list = find(tx, name)
    assert mailing_list is not None  # noqa: S101 - it was made a moment ago, in this transaction
    return mailing_list


def count_people(tx: Connection) -> int:
    """Return the number of people on file."""
    return int(tx.execute(sa.select(schema.publication.c.people)).scalar() or 0)


def set_opt_in(tx: Connection, list_id: int, opt_in: OptIn) -> None:
    """Set how people join the list from now on: with single or double opt-in."""
    table = schema.mailing_list
    tx.execute(table.update().where(table.c.id == list_id).values(opt_in=opt_in.value))


def set_test(tx: Connection, list_id: int, *, is_test: bool) -> None:
    """Store whether the list is for tests."""
    table = schema.mailing_list
    tx.execute(table.update().where(table.c.id == list_id).values(is_test=is_test))


def add_counts(tx: Connection, changes: Counter[tuple[int, Status]], people: int = 0) -> None:
    """Add to the counts of lists and of people on file; in sorted order, so that transactions cannot deadlock."""
    if people:
        table = schema.publication
        tx.execute(table.update().values(people=table.c.people + people))
    rows = [
        {"list_id": list_id, "status": status.value, "people": people}
        for (list_id, status), people in sorted(changes.items())
        if people
    ]
    if rows:
        tx.execute(_COUNT, rows)

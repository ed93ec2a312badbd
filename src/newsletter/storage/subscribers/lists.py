"""Lists, and how many people stand where on them.

The counts are kept and not counted: at a million, counting costs 50 ms and more. `count` is called
in the transaction that changes a status; a property test holds the counts against the rows.
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
    """The list of that name."""
    return next((found for found in every(tx) if found.name == name), None)


def every(tx: Connection) -> list[MailingList]:
    """All lists by name, with their counts."""
    table = schema.mailing_list
    counts: dict[int, dict[Status, int]] = {}
    for row in tx.execute(sa.select(schema.list_count)):
        counts.setdefault(row.list_id, {})[Status(row.status)] = row.people
    rows = tx.execute(sa.select(table.c.id, table.c.name, table.c.opt_in, table.c.is_test).order_by(table.c.name))
    return [
        MailingList(row.id, row.name, OptIn(row.opt_in), counts.get(row.id, {}), is_test=row.is_test) for row in rows
    ]


def names(tx: Connection) -> dict[int, str]:
    """The lists' names by their numbers."""
    table = schema.mailing_list.c
    return {row.id: row.name for row in tx.execute(sa.select(table.id, table.name))}


def make(tx: Connection, name: str, now: int, opt_in: OptIn = OptIn.SINGLE) -> MailingList:
    """The list of that name, made where there was none."""
    values = {"name": name, "created_at": now, "opt_in": opt_in.value}
    tx.execute(
        sa.text(
            "INSERT INTO list (name, created_at, opt_in) VALUES (:name, :created_at, :opt_in)"
            " ON CONFLICT (name) DO NOTHING"
        ),
        values,
    )
    found = find(tx, name)
    assert found is not None  # noqa: S101 - it was made a moment ago, in this transaction
    return found


def people(tx: Connection) -> int:
    """How many people are on file."""
    return int(tx.execute(sa.select(schema.publication.c.people)).scalar() or 0)


def set_opt_in(tx: Connection, list_id: int, opt_in: OptIn) -> None:
    """How one gets onto the list from now on."""
    table = schema.mailing_list
    tx.execute(table.update().where(table.c.id == list_id).values(opt_in=opt_in.value))


def set_test(tx: Connection, list_id: int, *, is_test: bool) -> None:
    """Store whether the list is for tests."""
    table = schema.mailing_list
    tx.execute(table.update().where(table.c.id == list_id).values(is_test=is_test))


def count(tx: Connection, changes: Counter[tuple[int, Status]], people: int = 0) -> None:
    """Adds to the counts, and to that of people on file; always in the same order, so that nobody waits in a circle."""
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

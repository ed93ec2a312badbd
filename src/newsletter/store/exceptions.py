"""Deliveries that do not share their chunk's state: who left since the freeze, whom the provider refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import ExceptionKind
from newsletter.model.people import Status, Subscriber
from newsletter.store import dialects, schema

Gone = tuple[int, ExceptionKind, str]
"""Who, why, and what the provider said."""
_DENSE = 4
"""Ids are read as a range where that finds no more than so many times the rows that are wanted."""
_STANDING = """
    SELECT s.id, s.email, s.first_name, s.last_name, u.status, x.address_mac IS NOT NULL
    FROM {people} LEFT JOIN subscription AS u ON u.list_id = :list_id AND u.subscriber_id = s.id
    LEFT JOIN suppression AS x ON x.address_mac = s.address_mac WHERE {which}
"""
_RANGE = sa.text(_STANDING.format(people="subscriber AS s", which="s.id BETWEEN :first AND :last"))
_EXCEPT = sa.text("""
    INSERT INTO delivery_exception (campaign_id, subscriber_id, sequence, kind, detail, created_at)
    VALUES (:campaign_id, :subscriber_id, :sequence, :kind, :detail, :now)
    ON CONFLICT (campaign_id, subscriber_id) DO NOTHING
""")
_MOVE = """
    UPDATE delivery_exception SET sequence = :sequence WHERE campaign_id = :campaign_id
    AND subscriber_id IN (SELECT wanted.value FROM {wanted})
"""


def standing(tx: Connection, list_id: int, ids: Sequence[int]) -> tuple[list[Subscriber], list[Gone]]:
    """Who of `ids` may still be mailed, by ascending id, and who not and why."""
    rows: dict[int, Any] = {row[0]: row for row in _rows(tx, list_id, ids)}
    allowed: list[Subscriber] = []
    gone: list[Gone] = []
    for number in ids:
        row = rows.get(number)
        if row is None:
            gone.append((number, ExceptionKind.ERASED, ""))
        elif row[5]:
            gone.append((number, ExceptionKind.SUPPRESSED, ""))
        elif row[4] != Status.CONFIRMED.value:
            gone.append((number, ExceptionKind.UNSUBSCRIBED, ""))
        else:
            allowed.append(Subscriber(row[0], row[1], row[2], row[3]))
    return allowed, gone


def _rows(tx: Connection, list_id: int, ids: Sequence[int]) -> Sequence[sa.Row[Any]]:
    if not ids:
        return []
    if ids[-1] - ids[0] < _DENSE * len(ids):
        return tx.execute(_RANGE, {"list_id": list_id, "first": ids[0], "last": ids[-1]}).all()
    wanted, value = dialects.each(tx, ids)
    query = _STANDING.format(people=f"{wanted} CROSS JOIN subscriber AS s", which="s.id = wanted.value")
    return tx.execute(sa.text(query), {"list_id": list_id, "wanted": value}).all()


def of(tx: Connection, campaign_id: int, sequence: int) -> frozenset[int]:
    """Who of a chunk is excepted."""
    table = schema.delivery_exception
    query = sa.select(table.c.subscriber_id).filter_by(campaign_id=campaign_id, sequence=sequence)
    return frozenset(tx.execute(query).scalars())


def add(tx: Connection, campaign_id: int, sequence: int, gone: Sequence[Gone], now: int) -> None:
    """Notes exceptions; the first about somebody stays."""
    rows = [
        {"campaign_id": campaign_id, "subscriber_id": who, "sequence": sequence, "kind": kind.value, "detail": detail,
         "now": now}
        for who, kind, detail in gone
    ]  # fmt: skip
    if rows:
        tx.execute(_EXCEPT, rows)


def move(tx: Connection, campaign_id: int, ids: Sequence[int], sequence: int) -> None:
    """After a chunk was divided: the exceptions about `ids` are now another chunk's."""
    if ids:
        wanted, value = dialects.each(tx, ids)
        facts = {"campaign_id": campaign_id, "sequence": sequence, "wanted": value}
        tx.execute(sa.text(_MOVE.format(wanted=wanted)), facts)


def every(tx: Connection, campaign_id: int) -> Iterator[tuple[int, int, str, str]]:
    """Chunk, person, kind and what was said, of a whole campaign."""
    table = schema.delivery_exception
    columns = (table.c.sequence, table.c.subscriber_id, table.c.kind, table.c.detail)
    query = sa.select(*columns).filter_by(campaign_id=campaign_id).order_by(table.c.subscriber_id)
    for row in tx.execute(query, execution_options={"yield_per": 1000}):
        yield row.sequence, row.subscriber_id, row.kind, row.detail


def kinds(tx: Connection, subscriber_id: int) -> Mapping[int, tuple[str, str]]:
    """Campaign → why a person is excepted from it, and what was said."""
    table = schema.delivery_exception
    query = sa.select(table.c.campaign_id, table.c.kind, table.c.detail).filter_by(subscriber_id=subscriber_id)
    return {row.campaign_id: (row.kind, row.detail) for row in tx.execute(query)}

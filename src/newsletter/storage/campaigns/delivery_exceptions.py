"""Deliveries that do not share their chunk's state: people who left since the freeze, or whom the provider refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import ExceptionKind
from newsletter.model.subscribers import Status, Subscriber
from newsletter.storage import dialects, schema, sql_functions

Exclusion = tuple[int, ExceptionKind, str]
"""Subscriber id, reason, and the provider's text."""
_subscriber = cast("Callable[[tuple[Any, ...]], Subscriber]", partial(tuple.__new__, Subscriber))
"""A faster `Subscriber._make`: it runs in C and not in Python."""
_DENSE = 4
"""Ids are read as a range if the range is shorter than this many times the number of ids."""
_S, _U, _X = schema.subscriber.c, schema.subscription.c, schema.suppression.c
_SELECT_MAILABLE = (
    sa.select(*(sql_functions.json_array_of(column) for column in (_S.id, _S.email, _S.first_name, _S.last_name)))
    .join_from(schema.subscription, schema.subscriber, _S.id == _U.subscriber_id)
    .where(_U.list_id == sa.bindparam("list_id"), _U.status == Status.CONFIRMED.value)
    .where(sa.not_(sa.exists().where(_X.address_mac == _S.address_mac)))
)
"""Each column is one value: a row for each person costs twice as much, and releases the GIL a thousand times."""
_IN_RANGE = _SELECT_MAILABLE.where(_U.subscriber_id.between(sa.bindparam("first"), sa.bindparam("last")))
_SUPPRESSED = """
    SELECT s.id, x.address_mac IS NOT NULL AS suppressed FROM {wanted} CROSS JOIN subscriber AS s
    LEFT JOIN suppression AS x ON x.address_mac = s.address_mac WHERE s.id = wanted.value
"""
_OF = sa.text("""
    SELECT subscriber_id FROM delivery_exception WHERE campaign_id = :campaign_id AND sequence = :sequence
""")
_EXCEPT = sa.text("""
    INSERT INTO delivery_exception (campaign_id, subscriber_id, sequence, kind, detail, created_at)
    VALUES (:campaign_id, :subscriber_id, :sequence, :kind, :detail, :now)
    ON CONFLICT (campaign_id, subscriber_id) DO NOTHING
""")
_MOVE = """
    UPDATE delivery_exception SET sequence = :sequence WHERE campaign_id = :campaign_id
    AND subscriber_id IN (SELECT wanted.value FROM {wanted})
"""


def partition_deliverable(tx: Connection, list_id: int, ids: Sequence[int]) -> tuple[list[Subscriber], list[Exclusion]]:
    """Divide `ids` into those who may still be mailed, by ascending id, and those who may not, with the reason.

    `_read_rows` may also read other members of the list, even as many as have left: so compare ids, not row counts.
    """
    rows = _read_rows(tx, list_id, ids)
    if [row[0] for row in rows] == [*ids]:
        return [*map(_subscriber, rows)], []
    wanted = set(ids)
    allowed = [_subscriber(row) for row in rows if row[0] in wanted]
    missing = wanted.difference(person.id for person in allowed)
    return allowed, _find_reasons(tx, sorted(missing)) if missing else []


def _read_rows(tx: Connection, list_id: int, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Read those of `ids` who may be mailed, and perhaps other members of the list with ids between them."""
    if not ids:
        return []
    if ids[-1] - ids[0] < _DENSE * len(ids):
        result = tx.execute(_IN_RANGE, {"list_id": list_id, "first": ids[0], "last": ids[-1]})
    else:
        wanted, value = dialects.values_table(tx, ids)
        among = sa.text(f"subscription.subscriber_id IN (SELECT wanted.value FROM {wanted})")  # noqa: S608 - our words
        result = tx.execute(_SELECT_MAILABLE.where(among), {"list_id": list_id, "wanted": value})
    columns = [orjson.loads(column or b"[]") for column in result.one()]
    return sorted(zip(*columns, strict=True))


def _find_reasons(tx: Connection, ids: Sequence[int]) -> list[Exclusion]:
    wanted, value = dialects.values_table(tx, ids)
    found = {
        row.id: row.suppressed for row in tx.execute(sa.text(_SUPPRESSED.format(wanted=wanted)), {"wanted": value})
    }
    kinds = {None: ExceptionKind.ERASED, True: ExceptionKind.SUPPRESSED, False: ExceptionKind.UNSUBSCRIBED}
    return [
        (subscriber_id, kinds[None if subscriber_id not in found else bool(found[subscriber_id])], "")
        for subscriber_id in ids
    ]


def list_ids(tx: Connection, campaign_id: int, sequence: int) -> frozenset[int]:
    """Return the ids of the people in a chunk who have an exception."""
    facts = {"campaign_id": campaign_id, "sequence": sequence}
    return frozenset(tx.execute(_OF, facts).scalars())


def add(tx: Connection, campaign_id: int, sequence: int, gone: Sequence[Exclusion], now_ms: int) -> None:
    """Insert exceptions; the first exception of a person stays."""
    rows = [
        {"campaign_id": campaign_id, "subscriber_id": subscriber_id, "sequence": sequence, "kind": kind.value,
         "detail": detail, "now": now_ms}
        for subscriber_id, kind, detail in gone
    ]  # fmt: skip
    if rows:
        tx.execute(_EXCEPT, rows)


def move(tx: Connection, campaign_id: int, ids: Sequence[int], sequence: int) -> None:
    """Assign the exceptions about `ids` to another chunk, after a split."""
    if ids:
        wanted, value = dialects.values_table(tx, ids)
        facts = {"campaign_id": campaign_id, "sequence": sequence, "wanted": value}
        tx.execute(sa.text(_MOVE.format(wanted=wanted)), facts)


def list_all(tx: Connection, campaign_id: int) -> Iterator[tuple[int, int, str, str]]:
    """Yield the chunk, the subscriber id, the kind and the detail of every exception of a campaign."""
    table = schema.delivery_exception
    columns = (table.c.sequence, table.c.subscriber_id, table.c.kind, table.c.detail)
    query = sa.select(*columns).filter_by(campaign_id=campaign_id).order_by(table.c.subscriber_id)
    for row in tx.execute(query, execution_options={"yield_per": 1000}):
        yield row.sequence, row.subscriber_id, row.kind, row.detail


def list_kinds(tx: Connection, subscriber_id: int) -> Mapping[int, tuple[str, str]]:
    """Return the exceptions of a person: campaign id → (kind, detail)."""
    table = schema.delivery_exception
    query = sa.select(table.c.campaign_id, table.c.kind, table.c.detail).filter_by(subscriber_id=subscriber_id)
    return {row.campaign_id: (row.kind, row.detail) for row in tx.execute(query)}

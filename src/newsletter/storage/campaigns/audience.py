"""Audiences: the ids of the people on a list who may be mailed, and the number of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import GIVEN_UP, ChunkState
from newsletter.model.subscribers import Status
from newsletter.storage import schema, sql_functions
from newsletter.storage.campaigns import manifest

_S, _U, _X = schema.subscriber, schema.subscription, schema.suppression


_SUPPRESSED = sa.exists().where(_S.c.id == _U.c.subscriber_id, _S.c.address_mac == _X.c.address_mac).correlate(_U)
"""A subquery, not a join: PostgreSQL evaluates it for everybody at once, and keeps the order of the ids."""
_MAILABLE = sa.and_(_U.c.status == Status.CONFIRMED.value, sa.not_(_SUPPRESSED))


def _members(chosen: sa.ColumnElement[bool], list_id: int, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    query = sa.select(*columns).where(_U.c.list_id == list_id)
    if chosen.compare(sa.true()):
        return query
    return query.where(_U.c.subscriber_id.in_(sa.select(_S.c.id).where(chosen)))


_BUCKET = 100_000
"""Range of ids that the database returns as one value: one row for each id costs three times as much."""


class PreviousRecipients:
    """Set of the people who received, may have received, or will receive these campaigns; one bit a person."""

    def __init__(self, tx: Connection, campaign_ids: Collection[int]) -> None:
        chunk, except_ = schema.chunk, schema.delivery_exception
        skipped: dict[tuple[int, int], set[int]] = {}
        columns = (except_.c.campaign_id, except_.c.sequence, except_.c.subscriber_id)
        query = sa.select(*columns).where(except_.c.campaign_id.in_(campaign_ids))
        for campaign_id, sequence, number in tx.execute(query):
            skipped.setdefault((campaign_id, sequence), set()).add(number)
        unsent = sa.or_(
            chunk.c.state == ChunkState.REJECTED.value,
            sa.and_(chunk.c.state == ChunkState.CANCELLED.value, chunk.c.detail != GIVEN_UP),
        )
        query = sa.select(chunk.c.campaign_id, chunk.c.sequence, chunk.c.manifest)
        query = query.where(chunk.c.campaign_id.in_(campaign_ids), sa.not_(unsent))
        self._bits = bytearray()
        for campaign_id, sequence, packed in tx.execute(query, execution_options={"yield_per": 100}):
            gone = skipped.get((campaign_id, sequence), set())
            self._add([number for number in manifest.decode(packed) if number not in gone])

    def _add(self, ids: list[int]) -> None:
        if ids and ids[-1] >> 3 >= len(self._bits):
            self._bits.extend(bytes((ids[-1] >> 3) + 1 - len(self._bits)))
        for number in ids:
            self._bits[number >> 3] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        return number >> 3 < len(self._bits) and bool(self._bits[number >> 3] & 1 << (number & 7))


class MailableIds:
    """Iterable over the ids of the people on a list who may be mailed, ascending and streamed.

    After the iteration, `excluded` is the number of the others. One statement reads both, so that the counts are of
    one snapshot on every database.
    """

    def __init__(
        self, tx: Connection, list_id: int, chosen: sa.ColumnElement[bool], without: PreviousRecipients | None = None
    ) -> None:
        self._tx = tx
        self._without = without
        bucket = (_U.c.subscriber_id // _BUCKET).label("bucket")
        mailable = _MAILABLE.label("mailable")
        query = _members(chosen, list_id, bucket, mailable, sql_functions.json_array_of(_U.c.subscriber_id))
        self._query = query.group_by(bucket, mailable).order_by(bucket, mailable)
        self.excluded = 0

    def __iter__(self) -> Iterator[int]:
        for _, mailable, ids in self._tx.execute(self._query, execution_options={"yield_per": 1}):
            if mailable:
                yield from self._missing(sorted(orjson.loads(ids)))
            else:
                self.excluded += len(orjson.loads(ids))

    def _missing(self, ids: list[int]) -> list[int]:
        if self._without is None:
            return ids
        missing = [number for number in ids if number not in self._without]
        self.excluded += len(ids) - len(missing)
        return missing


def count_by_status(tx: Connection, list_id: int, chosen: sa.ColumnElement[bool]) -> Counter[str]:
    """Count the people who may be mailed ("recipients"), and the others by "suppressed", "pending", "unsubscribed"."""
    suppressed = _SUPPRESSED.label("suppressed")
    query = _members(chosen, list_id, _U.c.status, suppressed, sa.func.count()).group_by(_U.c.status, suppressed)
    sizes: Counter[str] = Counter()
    for status, is_suppressed, people in tx.execute(query):
        sizes["suppressed" if is_suppressed else "recipients" if status == Status.CONFIRMED.value else status] += people
    return sizes


def count_without_value(tx: Connection, list_id: int, chosen: sa.ColumnElement[bool], column: str) -> int:
    """Count the people who may be mailed and whose record has no value in a column."""
    query = _members(chosen, list_id, sa.func.count()).join(_S, _S.c.id == _U.c.subscriber_id)
    return int(tx.execute(query.where(_MAILABLE, _S.c[column] == "")).scalar_one())

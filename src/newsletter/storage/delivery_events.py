"""Delivery events of providers, in a database of their own: a burst of reports delays neither unsubscribes nor sending.

On SQLite it is a file beside the main one, on PostgreSQL a schema of the same database. All of its content can be
lost: suppressions are stored with the subscribers, and the evidence about chunks in doubt is stored in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.delivery_events import DeliveryFlags
from newsletter.storage import dialects

_EVENTS_LOCK = 5
metadata = sa.MetaData()
_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
post = sa.Table(
    "post",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
seen = sa.Table(
    "seen",
    metadata,
    sa.Column("at", sa.BigInteger, primary_key=True),
    sa.Column("key", sa.BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
"""A repeated report has the time of the first, so (time, key) identifies it. New rows are added near the end."""
delivery_status = sa.Table(
    "fate",
    metadata,
    sa.Column("campaign_id", _Id, primary_key=True),
    sa.Column("subscriber_id", _Id, primary_key=True),
    sa.Column("flags", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
figure = sa.Table(
    "figure",
    metadata,
    sa.Column("campaign_id", _Id, primary_key=True),
    sa.Column("domain", sa.String(255), primary_key=True),
    sa.Column("flag", sa.Integer, primary_key=True),
    sa.Column("people", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
block = sa.Table(
    "block",
    metadata,
    sa.Column("subscriber_id", _Id, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True),
    sqlite_with_rowid=False,
)
_FATES = """
    SELECT f.subscriber_id, f.flags, f.at, f.detail FROM {wanted} CROSS JOIN fate AS f
    WHERE f.subscriber_id = wanted.value AND f.campaign_id = :campaign_id
"""
_SET = sa.text("""
    INSERT INTO fate (campaign_id, subscriber_id, flags, at, detail)
    VALUES (:campaign_id, :subscriber_id, :flags, :at, :detail)
    ON CONFLICT (campaign_id, subscriber_id) DO UPDATE SET flags = excluded.flags, at = excluded.at,
        detail = excluded.detail
""")
_FIGURE = sa.text("""
    INSERT INTO figure (campaign_id, domain, flag, people) VALUES (:campaign_id, :domain, :flag, :people)
    ON CONFLICT (campaign_id, domain, flag) DO UPDATE SET people = figure.people + excluded.people
""")
_BLOCK = sa.text("INSERT INTO block (subscriber_id, day) VALUES (:id, :day) ON CONFLICT DO NOTHING")


class DeliveryStatus(NamedTuple):
    """Status of a delivery: all its flags, and the time and the text of the report that decides its state."""

    flags: int
    """A value of `DeliveryFlags`."""
    at: int
    """In seconds."""
    detail: str


def lock_events(tx: Connection) -> None:
    """Take the lock that serialises the processing of reports, until the transaction ends."""
    dialects.lock(tx, _EVENTS_LOCK)


def insert_post(tx: Connection, body: bytes, now_ms: int) -> None:
    """Store a webhook payload as it was received, before it is processed."""
    tx.execute(post.insert().values(received_at=now_ms, body=body))


def list_posts(tx: Connection, most: int) -> list[tuple[int, bytes]]:
    """Return the oldest payloads that are not processed yet, at most `most`: (id, body)."""
    rows = tx.execute(sa.select(post.c.id, post.c.body).order_by(post.c.id).limit(most))
    return [(row.id, bytes(row.body)) for row in rows]


def delete_posts(tx: Connection, ids: Sequence[int]) -> None:
    """Delete payloads that have been processed."""
    tx.execute(post.delete().where(post.c.id.in_(ids)))


def record_seen(tx: Connection, keys: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Store (time, key) pairs of reports, and return the pairs that are new."""
    source, value = dialects.pairs_table(tx, keys)
    query = f"INSERT INTO seen (at, key) {source} ON CONFLICT DO NOTHING RETURNING at, key"
    return {(row[0], row[1]) for row in tx.execute(sa.text(query), value)} if keys else set()


def find_statuses(tx: Connection, campaign_id: int, subscriber_ids: Sequence[int]) -> dict[int, DeliveryStatus]:
    """Return the stored status of deliveries: subscriber id → status."""
    wanted, value = dialects.values_table(tx, subscriber_ids)
    rows = tx.execute(sa.text(_FATES.format(wanted=wanted)), {"wanted": value, "campaign_id": campaign_id})
    return (
        {subscriber_id: DeliveryStatus(flags, at, detail) for subscriber_id, flags, at, detail in rows}
        if subscriber_ids
        else {}
    )


def save_statuses(tx: Connection, campaign_id: int, statuses: Mapping[int, DeliveryStatus]) -> None:
    """Store the status of deliveries: subscriber id → status."""
    rows = [
        {
            "campaign_id": campaign_id,
            "subscriber_id": subscriber_id,
            "flags": status.flags,
            "at": status.at,
            "detail": status.detail,
        }
        for subscriber_id, status in sorted(statuses.items())
    ]
    if rows:
        tx.execute(_SET, rows)


def add_figures(tx: Connection, counts: Counter[tuple[int, str, int]]) -> None:
    """Add to the figures: (campaign, domain, flag) → people; in sorted order, so that transactions cannot deadlock."""
    rows = [
        {"campaign_id": campaign_id, "domain": domain, "flag": flag, "people": people}
        for (campaign_id, domain, flag), people in sorted(counts.items())
    ]
    if rows:
        tx.execute(_FIGURE, rows)


def add_blocked(tx: Connection, days: Sequence[tuple[int, int]]) -> None:
    """Store temporary refusals: (subscriber id, day)."""
    if days:
        tx.execute(_BLOCK, [{"id": subscriber_id, "day": day} for subscriber_id, day in days])


def delete_blocked(tx: Connection, first_days: Mapping[int, int]) -> None:
    """Delete the temporary refusals before a day: subscriber id → day."""
    for subscriber_id, day in sorted(first_days.items()):
        tx.execute(block.delete().where(block.c.subscriber_id == subscriber_id, block.c.day < day))


def find_often_blocked(tx: Connection, ids: Sequence[int], min_days: int, min_distance: int) -> list[int]:
    """Return the subscribers who were refused on at least `min_days` days, at least `min_distance` days apart.

    The distance is counted from the first of these days to the last.
    """
    query = sa.select(block.c.subscriber_id).where(block.c.subscriber_id.in_(ids)).group_by(block.c.subscriber_id)
    spread = sa.func.max(block.c.day) - sa.func.min(block.c.day)
    return list(tx.execute(query.having(sa.func.count() >= min_days, spread >= min_distance)).scalars()) if ids else []


def read_figures(tx: Connection, campaign_id: int) -> dict[str, Counter[DeliveryFlags]]:
    """Return the figures of a campaign: domain → how many people each flag is set for."""
    by_domain: dict[str, Counter[DeliveryFlags]] = {}
    query = sa.select(figure.c.domain, figure.c.flag, figure.c.people).filter_by(campaign_id=campaign_id)
    for row in tx.execute(query):
        by_domain.setdefault(row.domain, Counter())[DeliveryFlags(row.flag)] += row.people
    return by_domain


def list_statuses(tx: Connection, subscriber_id: int) -> dict[int, DeliveryStatus]:
    """Return the status of each of a subscriber's deliveries: campaign id → status."""
    query = sa.select(delivery_status).filter_by(subscriber_id=subscriber_id)
    return {row.campaign_id: DeliveryStatus(row.flags, row.at, row.detail) for row in tx.execute(query)}


def erase(tx: Connection, ids: Sequence[int]) -> int:
    """Delete the statuses and refusals of people, and return the number of rows. The figures stay: they name nobody."""
    lock_events(tx)  # a transaction that has found these people on file writes first
    deleted = sum(
        tx.execute(table.delete().where(table.c.subscriber_id.in_(ids))).rowcount for table in (delivery_status, block)
    )
    return int(deleted)


def delete_seen(tx: Connection, before_seconds: int) -> int:
    """Delete the keys of reports before `before_seconds`: nobody repeats them any more. Return the number of keys."""
    return int(tx.execute(seen.delete().where(seen.c.at < before_seconds)).rowcount)

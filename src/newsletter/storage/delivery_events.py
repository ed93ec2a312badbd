"""What providers reported: a database of its own, so that a storm of reports holds up neither who leaves nor who sends.

With SQLite a file beside the other one, with PostgreSQL a schema of the same database. Whatever is in it can be lost:
who may not be mailed any more stands with the subscribers, and what was in doubt in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.delivery_events import DeliveryFlags
from newsletter.storage import dialects

_APPLYING = 5
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
"""A repeated report has the time of the first: (time, key) finds it again, and is written where the last was."""
flags = sa.Table(
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
    """What is known of a delivery: all its flags, and of the report that says where it stands time and words."""

    flags: int
    """A `DeliveryFlags`'s."""
    at: int
    """In seconds."""
    detail: str


def lock_events(tx: Connection) -> None:
    """Whoever applies reports goes on from here alone."""
    dialects.lock(tx, _APPLYING)


def keep(tx: Connection, body: bytes, now: int) -> None:
    """A post as it came, before anything is done about it."""
    tx.execute(post.insert().values(received_at=now, body=body))


def waiting(tx: Connection, most: int) -> list[tuple[int, bytes]]:
    """The oldest posts about which nothing was done yet."""
    rows = tx.execute(sa.select(post.c.id, post.c.body).order_by(post.c.id).limit(most))
    return [(row.id, bytes(row.body)) for row in rows]


def done(tx: Connection, ids: Sequence[int]) -> None:
    """These have been dealt with."""
    tx.execute(post.delete().where(post.c.id.in_(ids)))


def first_seen(tx: Connection, keys: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Notes (time, key) pairs, and gives those that had not been noted before."""
    source, value = dialects.pairs_table(tx, keys)
    query = f"INSERT INTO seen (at, key) {source} ON CONFLICT DO NOTHING RETURNING at, key"
    return {(row[0], row[1]) for row in tx.execute(sa.text(query), value)} if keys else set()


def fates(tx: Connection, campaign_id: int, subscriber_ids: Sequence[int]) -> dict[int, DeliveryStatus]:
    """What was known of deliveries."""
    wanted, value = dialects.values_table(tx, subscriber_ids)
    rows = tx.execute(sa.text(_FATES.format(wanted=wanted)), {"wanted": value, "campaign_id": campaign_id})
    return {who: DeliveryStatus(flags, at, detail) for who, flags, at, detail in rows} if subscriber_ids else {}


def set_fates(tx: Connection, campaign_id: int, found: Mapping[int, DeliveryStatus]) -> None:
    """What is known now."""
    rows = [
        {"campaign_id": campaign_id, "subscriber_id": who, "flags": one.flags, "at": one.at, "detail": one.detail}
        for who, one in sorted(found.items())
    ]
    if rows:
        tx.execute(_SET, rows)


def count(tx: Connection, more: Counter[tuple[int, str, int]]) -> None:
    """Adds to the figures: (campaign, domain, flag) → people; in order, so that nobody waits in a circle."""
    rows = [
        {"campaign_id": campaign_id, "domain": domain, "flag": flag, "people": people}
        for (campaign_id, domain, flag), people in sorted(more.items())
    ]
    if rows:
        tx.execute(_FIGURE, rows)


def blocked(tx: Connection, days: Sequence[tuple[int, int]]) -> None:
    """Notes (person, day) of a refusal for now."""
    if days:
        tx.execute(_BLOCK, [{"id": who, "day": day} for who, day in days])


def forget_blocked(tx: Connection, before: Mapping[int, int]) -> None:
    """Forget people's refusals before a day: person → day."""
    for who, day in sorted(before.items()):
        tx.execute(block.delete().where(block.c.subscriber_id == who, block.c.day < day))


def often_blocked(tx: Connection, ids: Sequence[int], times: int, days: int) -> list[int]:
    """Who of these was refused on so many days, over at least so long."""
    query = sa.select(block.c.subscriber_id).where(block.c.subscriber_id.in_(ids)).group_by(block.c.subscriber_id)
    spread = sa.func.max(block.c.day) - sa.func.min(block.c.day)
    return list(tx.execute(query.having(sa.func.count() >= times, spread >= days)).scalars()) if ids else []


def figures(tx: Connection, campaign_id: int) -> dict[str, Counter[DeliveryFlags]]:
    """Domain → how many people each thing happened to."""
    found: dict[str, Counter[DeliveryFlags]] = {}
    query = sa.select(figure.c.domain, figure.c.flag, figure.c.people).filter_by(campaign_id=campaign_id)
    for row in tx.execute(query):
        found.setdefault(row.domain, Counter())[DeliveryFlags(row.flag)] += row.people
    return found


def of(tx: Connection, subscriber_id: int) -> dict[int, DeliveryStatus]:
    """Campaign → what is known of a person's delivery."""
    query = sa.select(flags).filter_by(subscriber_id=subscriber_id)
    return {row.campaign_id: DeliveryStatus(row.flags, row.at, row.detail) for row in tx.execute(query)}


def erase(tx: Connection, ids: Sequence[int]) -> int:
    """Takes away what is known of people, and says how many rows that were; the figures stay, for they name nobody."""
    lock_events(tx)  # whoever has read that they are on file writes first
    gone = sum(tx.execute(table.delete().where(table.c.subscriber_id.in_(ids))).rowcount for table in (flags, block))
    return int(gone)


def prune(tx: Connection, before: int) -> int:
    """Forgets which reports were seen before that moment (in seconds): nobody repeats them any more."""
    return int(tx.execute(seen.delete().where(seen.c.at < before)).rowcount)

"""Campaigns of the ledger: their audience, their plan, and what became of everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter import moments
from newsletter.model.campaign import Campaign, ChunkState, ExceptionKind, Tally
from newsletter.model.people import Status
from newsletter.store import dialects, schema

_S, _U, _X = schema.subscriber, schema.subscription, schema.suppression


_SUPPRESSED = sa.exists().where(_S.c.id == _U.c.subscriber_id, _S.c.address_mac == _X.c.address_mac).correlate(_U)
"""A question, not a join: PostgreSQL answers it for everybody at once, and keeps the order of the ids."""
_MAILABLE = sa.and_(_U.c.status == Status.CONFIRMED.value, sa.not_(_SUPPRESSED))


def _members(chosen: sa.ColumnElement[bool], list_id: int, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    query = sa.select(*columns).where(_U.c.list_id == list_id)
    if chosen.compare(sa.true()):
        return query
    return query.where(_U.c.subscriber_id.in_(sa.select(_S.c.id).where(chosen)))


_BUCKET = 100_000
"""Ids that the database hands over at once, as one value: a row each costs three times as much."""


class Audience:
    """Iterates over the ids of whoever on a list may be mailed, ascending, streamed; then `excluded` counts the others.

    One statement reads both, so that the counts are of one moment on every database.
    """

    def __init__(self, tx: Connection, list_id: int, chosen: sa.ColumnElement[bool]) -> None:
        self._tx = tx
        bucket = (_U.c.subscriber_id // _BUCKET).label("bucket")
        mailable = _MAILABLE.label("mailable")
        query = _members(chosen, list_id, bucket, mailable, dialects.gathered(_U.c.subscriber_id))
        self._query = query.group_by(bucket, mailable).order_by(bucket, mailable)
        self.excluded = 0

    def __iter__(self) -> Iterator[int]:
        for _, mailable, ids in self._tx.execute(self._query, execution_options={"yield_per": 1}):
            if mailable:
                yield from sorted(orjson.loads(ids))
            else:
                self.excluded += len(orjson.loads(ids))


def audience_size(tx: Connection, list_id: int, chosen: sa.ColumnElement[bool]) -> tuple[int, int]:
    """How many people an `Audience` would reach, and how many of it not."""
    everybody = _members(chosen, list_id, sa.func.count())
    counts = everybody.where(_MAILABLE).scalar_subquery(), everybody.scalar_subquery()
    reached, asked = tx.execute(sa.select(*counts)).one()
    return reached, asked - reached


def lock_issue(tx: Connection, issue_id: str, slug: str) -> None:
    """Holds an issue's row to the end of the transaction, so that two plans cannot both mail one person."""
    tx.execute(
        sa.text("INSERT INTO issue (id, slug) VALUES (:id, :slug) ON CONFLICT (id) DO UPDATE SET slug = excluded.slug"),
        {"id": issue_id, "slug": slug},
    )


def id_of(tx: Connection, slug: str) -> str | None:
    """The id of an issue that was planned under that slug."""
    return tx.execute(sa.select(schema.issue.c.id).filter_by(slug=slug).limit(1)).scalar()


def find(tx: Connection, issue_id: str, round_: int) -> Campaign | None:
    """The campaign of an issue's round."""
    table, names = schema.campaign, schema.mailing_list
    row = tx.execute(
        sa.select(table, names.c.name.label("list_name"))
        .join(names, names.c.id == table.c.list_id)
        .where(table.c.issue_id == issue_id, table.c.round == round_)
    ).first()
    return _campaign(row) if row else None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a link in a campaign's message is about."""

    list_id: int
    list_name: str


def brought(tx: Connection, campaign_id: int) -> Brought | None:
    """The list of a campaign."""
    table, names = schema.campaign, schema.mailing_list
    query = sa.select(names.c.id, names.c.name).join(table, table.c.list_id == names.c.id)
    row = tx.execute(query.where(table.c.id == campaign_id)).first()
    return Brought(*row) if row else None


def online(tx: Connection, slug: str) -> str | None:
    """The digest of the newest edition that went out under that slug."""
    table, issue = schema.campaign, schema.issue
    query = sa.select(table.c.digest).join(issue, issue.c.id == table.c.issue_id).where(issue.c.slug == slug)
    return tx.execute(query.order_by(table.c.id.desc()).limit(1)).scalar()


def digests(tx: Connection) -> list[str]:
    """Of every edition that went out, the oldest campaign's first."""
    table = schema.campaign
    return list(dict.fromkeys(tx.execute(sa.select(table.c.digest).order_by(table.c.id)).scalars()))


def insert(tx: Connection, campaign: Campaign, list_id: int) -> int:
    """Writes a campaign down and gives its id; its `id` and counts are filled in by `freeze`."""
    result = tx.execute(
        schema.campaign.insert().values(
            issue_id=campaign.issue_id,
            round=campaign.round,
            list_id=list_id,
            digest=campaign.digest,
            provider=campaign.provider,
            planned_at=moments.millis(campaign.planned_at),
            recipients=0,
            excluded=0,
            segment=campaign.segment,
        )
    )
    return int(result.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one


def set_counts(tx: Connection, campaign_id: int, *, recipients: int, excluded: int) -> None:
    """The counts of a campaign just frozen."""
    table = schema.campaign
    tx.execute(table.update().where(table.c.id == campaign_id).values(recipients=recipients, excluded=excluded))


def tally(tx: Connection, campaign_id: int) -> Tally:
    """How many deliveries stand where."""
    chunk, except_ = schema.chunk, schema.delivery_exception
    counts = dict.fromkeys(("skipped", *(state.value for state in ChunkState)), 0)
    query = sa.select(chunk.c.state, sa.func.sum(chunk.c.recipients)).filter_by(campaign_id=campaign_id)
    for state, people in tx.execute(query.group_by(chunk.c.state)):
        counts[state] += people
    exceptions = (
        sa.select(chunk.c.state, except_.c.kind, sa.func.count())
        .join(
            chunk,
            sa.and_(chunk.c.campaign_id == except_.c.campaign_id, chunk.c.sequence == except_.c.sequence),
        )
        .where(except_.c.campaign_id == campaign_id)
        .group_by(chunk.c.state, except_.c.kind)
    )
    for state, kind, people in tx.execute(exceptions):
        counts[state] -= people
        counts["rejected" if kind == ExceptionKind.REJECTED.value else "skipped"] += people
    return Tally(**counts)


def _campaign(row: sa.Row[tuple[object, ...]]) -> Campaign:
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Campaign(
        id=facts["id"],
        issue_id=facts["issue_id"],
        round=facts["round"],
        list_name=facts["list_name"],
        digest=facts["digest"],
        provider=facts["provider"],
        planned_at=moments.moment(facts["planned_at"]),
        recipients=facts["recipients"],
        excluded=facts["excluded"],
        segment=facts["segment"],
    )

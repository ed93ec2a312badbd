"""Campaigns of the ledger: their audience, their plan, and what became of everybody."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter import moments
from newsletter.model.campaign import Campaign, ChunkState, ExceptionKind, Tally
from newsletter.model.people import Status
from newsletter.store import schema

_MAY_BE_MAILED = """
    FROM subscription AS u
    JOIN subscriber AS s ON s.id = u.subscriber_id
    LEFT JOIN suppression AS x ON x.address_mac = s.address_mac
    WHERE u.list_id = :list_id AND u.status = :confirmed AND x.address_mac IS NULL
"""
_AUDIENCE = sa.text(f"SELECT s.id {_MAY_BE_MAILED} ORDER BY s.id")
_AUDIENCE_SIZE = sa.text(f"SELECT count(*) {_MAY_BE_MAILED}")


def audience(tx: Connection, list_id: int) -> Iterator[int]:
    """Ids of everybody on a list who may be mailed, ascending, streamed."""
    values = {"list_id": list_id, "confirmed": Status.CONFIRMED.value}
    yield from tx.execute(_AUDIENCE, values, execution_options={"yield_per": 10_000}).scalars()


def audience_size(tx: Connection, list_id: int) -> int:
    """How many `audience` would give."""
    values = {"list_id": list_id, "confirmed": Status.CONFIRMED.value}
    return int(tx.execute(_AUDIENCE_SIZE, values).scalar_one())


def list_size(tx: Connection, list_id: int) -> int:
    """Everybody who is or was on a list."""
    count = sa.select(sa.func.count()).select_from(schema.subscription).filter_by(list_id=list_id)
    return int(tx.execute(count).scalar_one())


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
    )

"""Campaigns of the ledger: their plan, the state that their operator set, and the tally of their deliveries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import (
    CAMPAIGN_MOVES,
    GIVEN_UP,
    OUTBOX,
    Campaign,
    CampaignState,
    ChunkState,
    ExceptionKind,
    Policy,
    SendOptions,
    Tally,
)
from newsletter.storage import host_memory, schema
from newsletter.system import timestamps

_OPTIONS = ("not_before", "release_at", "rate", "in_flight")
_LOST = sa.text("""
    INSERT INTO lost_sending (campaign_id, planned_at, issue_id, slug, digest, list_name)
    VALUES (:number, :at, :issue, :slug, :digest, :list) ON CONFLICT (campaign_id, planned_at) DO NOTHING
""")


def lock_issue(tx: Connection, issue_id: str, slug: str) -> None:
    """Lock an issue's row until the transaction ends, so that two plans cannot both mail one person."""
    tx.execute(
        sa.text("INSERT INTO issue (id, slug) VALUES (:id, :slug) ON CONFLICT (id) DO UPDATE SET slug = excluded.slug"),
        {"id": issue_id, "slug": slug},
    )


def find_issue_id(tx: Connection, slug: str) -> str | None:
    """Return the id of an issue that was planned under that slug, or None."""
    return tx.execute(sa.select(schema.issue.c.id).filter_by(slug=slug).limit(1)).scalar()


def find_by_id(tx: Connection, campaign_id: int) -> Campaign | None:
    """Return the campaign with that id, or None."""
    return next(iter(_select(tx, schema.campaign.c.id == campaign_id)), None)


def list_all(tx: Connection) -> list[Campaign]:
    """Return all campaigns, the newest first."""
    return _select(tx, sa.true())


def list_unfinished(tx: Connection) -> list[Campaign]:
    """Return the campaigns with chunks that have not ended, the oldest first."""
    chunk = schema.chunk
    ended = [ChunkState.ACCEPTED.value, ChunkState.REJECTED.value, ChunkState.CANCELLED.value]
    is_unfinished = sa.exists().where(chunk.c.campaign_id == schema.campaign.c.id, chunk.c.state.not_in(ended))
    return _select(tx, is_unfinished)[::-1]


def list_with_open_chunks(tx: Connection, other_ids: Collection[int]) -> list[Campaign]:
    """Return the campaigns with ready, claimed or in-doubt chunks, and those with the ids `other_ids`; oldest first."""
    chunk, table = schema.chunk, schema.campaign
    states = [ChunkState.READY.value, ChunkState.CLAIMED.value, ChunkState.IN_DOUBT.value]
    open_ = sa.exists().where(chunk.c.campaign_id == table.c.id, chunk.c.state.in_(states))
    return _select(tx, sa.or_(open_, table.c.id.in_(other_ids)))[::-1]


def list_of_issue(tx: Connection, issue_id: str) -> list[Campaign]:
    """Return every campaign of an issue, the newest first."""
    return _select(tx, schema.campaign.c.issue_id == issue_id)


def list_of_list(tx: Connection, list_id: int) -> list[Campaign]:
    """Return every campaign to a list, sent or planned, the newest first."""
    return _select(tx, schema.campaign.c.list_id == list_id)


def _select(tx: Connection, condition: sa.ColumnElement[bool]) -> list[Campaign]:
    table, names, issue = schema.campaign, schema.mailing_list, schema.issue
    query = sa.select(table, names.c.name.label("list_name"), names.c.is_test, issue.c.slug)
    query = query.join(names, names.c.id == table.c.list_id).join(issue, issue.c.id == table.c.issue_id)
    return [_campaign(row) for row in tx.execute(query.where(condition).order_by(table.c.id.desc()))]


def change_state(tx: Connection, campaign: Campaign, state: CampaignState, now_ms: int) -> bool:
    """Change a campaign's state; return False if it was changed meanwhile. Raise ValueError for a forbidden move."""
    if state not in CAMPAIGN_MOVES[campaign.state]:
        raise ValueError(f"no move from {campaign.state} to {state}")
    table = schema.campaign
    is_unchanged = sa.and_(table.c.id == campaign.id, table.c.state == campaign.state.value)
    return tx.execute(table.update().where(is_unchanged).values(state=state.value, changed_at=now_ms)).rowcount == 1


def reschedule(tx: Connection, campaign: Campaign, options: SendOptions, now_ms: int) -> bool:
    """Give a campaign another time and make it active, even a cancelled one; False if it was changed meanwhile."""
    table = schema.campaign
    is_unchanged = sa.and_(table.c.id == campaign.id, table.c.state == campaign.state.value)
    times = {"not_before": options.not_before, "release_at": options.release_at, "changed_at": now_ms, "told": ""}
    result = tx.execute(table.update().where(is_unchanged).values(state=CampaignState.ACTIVE.value, **times))
    return result.rowcount == 1


def find_changed_at(tx: Connection, campaign_id: int) -> int:
    """Return when the operator last changed a campaign, in milliseconds."""
    return int(tx.execute(sa.select(schema.campaign.c.changed_at).filter_by(id=campaign_id)).scalar_one())


def mark_notified(tx: Connection, campaign_id: int, phase: str) -> bool:
    """Record that the operator is notified of `phase`; return False if that is recorded already."""
    table = schema.campaign
    is_new = sa.and_(table.c.id == campaign_id, table.c.told != phase)
    return tx.execute(table.update().where(is_new).values(told=phase)).rowcount == 1


@dataclass(frozen=True, slots=True)
class CampaignList:
    """The list of a campaign, which the links in its messages are about."""

    list_id: int
    list_name: str


def find_campaign_list(tx: Connection, campaign_id: int) -> CampaignList | None:
    """Return the list of a campaign, or None."""
    table, names = schema.campaign, schema.mailing_list
    query = sa.select(names.c.id, names.c.name).join(table, table.c.list_id == names.c.id)
    row = tx.execute(query.where(table.c.id == campaign_id)).first() or _find_lost_list(tx, campaign_id)
    return CampaignList(*row) if row else None


def _find_lost_list(tx: Connection, campaign_id: int) -> sa.Row[int, str] | None:
    """Find the list of a campaign that only the host memory remembers."""
    lost, names = schema.lost_sending, schema.mailing_list
    query = sa.select(names.c.id, names.c.name).join(lost, lost.c.list_name == names.c.name)
    return tx.execute(query.where(lost.c.campaign_id == campaign_id)).first()


def find_published(tx: Connection, slug: str, now_ms: int) -> str | None:
    """Return the digest of the newest edition under that slug that may have reached somebody, or None."""
    table, issue = schema.campaign, schema.issue
    query = sa.select(table.c.digest).join(issue, issue.c.id == table.c.issue_id).where(issue.c.slug == slug)
    return tx.execute(query.where(_is_out(now_ms)).order_by(table.c.id.desc()).limit(1)).scalar()


def list_published(tx: Connection, now_ms: int) -> list[str]:
    """Return the digests of editions that may have reached a reader, the oldest campaign first, without rehearsals."""
    table, names = schema.campaign, schema.mailing_list
    query = sa.select(table.c.digest).join(names, names.c.id == table.c.list_id)
    query = query.where(_is_out(now_ms), table.c.provider != OUTBOX, sa.not_(names.c.is_test)).order_by(table.c.id)
    return list(dict.fromkeys(tx.execute(query).scalars()))


def _is_out(now_ms: int) -> sa.ColumnElement[bool]:
    """Return the condition that a part of a campaign may have reached somebody.

    Its release time is over, and at least one chunk is claimed, accepted, in doubt, held or given up, with recipients
    who have no exception.
    """
    table, chunk = schema.campaign, schema.chunk
    unsent = [ChunkState.READY.value, ChunkState.CANCELLED.value, ChunkState.REJECTED.value]
    may_have_it = sa.or_(chunk.c.state.not_in(unsent), chunk.c.detail == GIVEN_UP)
    skipped = sa.select(sa.func.count()).select_from(schema.delivery_exception)
    skipped = skipped.where(
        schema.delivery_exception.c.campaign_id == table.c.id,
        schema.delivery_exception.c.sequence == chunk.c.sequence,
    ).correlate(table, chunk)
    some = chunk.c.recipients > skipped.scalar_subquery()
    return sa.and_(
        table.c.release_at <= now_ms, sa.exists().where(chunk.c.campaign_id == table.c.id, may_have_it, some)
    )


def insert(tx: Connection, campaign: Campaign, list_id: int) -> int:
    """Insert a campaign and return its id; its counts are set later, when its chunks are inserted."""
    options, planned_at = campaign.options, timestamps.millis(campaign.planned_at)
    result = tx.execute(
        schema.campaign.insert().values(
            issue_id=campaign.issue_id,
            round=campaign.round,
            list_id=list_id,
            digest=campaign.digest,
            provider=campaign.provider,
            planned_at=planned_at,
            recipients=0,
            excluded=0,
            segment=campaign.segment,
            changed_at=planned_at,
            not_before=options.not_before,
            release_at=options.release_at,
            policy=options.policy.value,
            rate=options.rate,
            in_flight=options.in_flight,
        )
    )
    number = int(result.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
    issue = {"issue": campaign.issue_id, "slug": campaign.slug, "digest": campaign.digest, "list": campaign.list_name}
    host_memory.note(tx, {"plan": number, "at": planned_at, **issue})
    return number


def is_stored(tx: Connection, plan: host_memory.Record) -> bool:
    """Check whether the campaign of that plan is in the database; another campaign may have its id."""
    table = schema.campaign.c
    query = sa.select(table.id).filter_by(id=plan["plan"], planned_at=plan["at"], issue_id=plan["issue"])
    return tx.execute(query).first() is not None


@dataclass(frozen=True, slots=True)
class LostSending:
    """A campaign that went out and that only the host memory remembers; `planned_at` in milliseconds."""

    campaign_id: int
    planned_at: int
    issue_id: str
    slug: str
    digest: str
    list_name: str


def list_lost(tx: Connection) -> list[LostSending]:
    """Return the campaigns that only the host memory remembers, the oldest first."""
    table = schema.lost_sending
    return [LostSending(*row) for row in tx.execute(sa.select(table).order_by(table.c.planned_at))]


def add_lost(tx: Connection, plan: host_memory.Record) -> None:
    """Store a campaign that went out and that only the host memory remembers."""
    named = {name: plan[name] for name in ("at", "issue", "slug", "digest", "list")}
    tx.execute(_LOST, {"number": plan["plan"], **named})


def set_counts(tx: Connection, campaign_id: int, *, recipients: int, excluded: int) -> None:
    """Set the counts of a campaign that was just frozen."""
    table = schema.campaign
    tx.execute(table.update().where(table.c.id == campaign_id).values(recipients=recipients, excluded=excluded))


def read_tally(tx: Connection, campaign_id: int) -> Tally:
    """Count the deliveries of a campaign by state."""
    chunk, except_ = schema.chunk, schema.delivery_exception
    counts = dict.fromkeys(("skipped", "given_up", *(state.value for state in ChunkState)), 0)
    given_up = sa.and_(chunk.c.state == ChunkState.CANCELLED.value, chunk.c.detail == GIVEN_UP)
    state_label = sa.case((given_up, "given_up"), else_=chunk.c.state).label("place")
    query = sa.select(state_label, sa.func.sum(chunk.c.recipients)).filter_by(campaign_id=campaign_id)
    for state, people in tx.execute(query.group_by("place")):
        counts[state] += people
    exceptions = (
        sa.select(state_label, except_.c.kind, sa.func.count())
        .join(
            chunk,
            sa.and_(chunk.c.campaign_id == except_.c.campaign_id, chunk.c.sequence == except_.c.sequence),
        )
        .where(except_.c.campaign_id == campaign_id)
        .group_by("place", except_.c.kind)
    )
    for state, kind, people in tx.execute(exceptions):
        counts[state] -= people
        counts["rejected" if kind == ExceptionKind.REJECTED.value else "skipped"] += people
    return Tally(**counts)


def count_unreleased(tx: Connection, campaign: Campaign, now_ms: int) -> int:
    """Count the people whose message the provider has accepted, but does not release before `now_ms`."""
    if campaign.options.release_at <= now_ms:
        return 0
    chunk, attempt = schema.chunk.c, schema.attempt.c
    same = sa.and_(
        attempt.campaign_id == chunk.campaign_id,
        attempt.sequence == chunk.sequence,
        attempt.number == chunk.attempt,
    )
    query = sa.select(sa.func.sum(attempt.recipients)).join(schema.chunk, same)
    query = query.where(chunk.campaign_id == campaign.id, chunk.state == ChunkState.ACCEPTED.value)
    return int(tx.execute(query.where(attempt.fence != "", attempt.release_at > now_ms)).scalar() or 0)


def _campaign(row: sa.Row[tuple[object, ...]]) -> Campaign:
    facts = row._mapping  # noqa: SLF001 - `_mapping` is public in SQLAlchemy
    return Campaign(
        id=facts["id"],
        issue_id=facts["issue_id"],
        round=facts["round"],
        list_name=facts["list_name"],
        digest=facts["digest"],
        provider=facts["provider"],
        planned_at=timestamps.moment(facts["planned_at"]),
        recipients=facts["recipients"],
        excluded=facts["excluded"],
        segment=facts["segment"],
        slug=facts["slug"],
        list_id=facts["list_id"],
        state=CampaignState(facts["state"]),
        options=SendOptions(policy=Policy(facts["policy"]), **{name: facts[name] for name in _OPTIONS}),
        rehearsal=facts["provider"] == OUTBOX or facts["is_test"],
    )

"""Attempts: one row for each time a chunk was handed over, never changed but to say what became of it.

They carry what a chunk's row forgets: under which name the provider reports it, by which fence it may be taken back,
and how many people went out when, which rate and cap count from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import PROVABLE, ChunkState, Claim, Part
from newsletter.model.delivery import attempt_name
from newsletter.storage import schema

HOUR = 3_600_000
UNCOUNTED = "not counted"
"""The reference of an attempt that says nothing about its readers: a limit of the account, or of connections."""
_NUMBERS, _DIGITS = 3, 10
_A = schema.attempt.c
_COUNTED = ("", ChunkState.ACCEPTED.value, ChunkState.IN_DOUBT.value)
"""What may have gone out."""
_END = sa.text("""
    UPDATE attempt SET ended_at = :now, outcome = :outcome, reference = :reference
    WHERE campaign_id = :campaign_id AND sequence = :sequence AND number = :number
""")
_BEFORE = sa.text("""
    SELECT min(started_at), coalesce(sum(CASE WHEN reference = :not THEN 0 ELSE 1 END), 0) FROM attempt
    WHERE campaign_id = :campaign_id AND sequence = :sequence
""")
_BEGIN = sa.text("""
    INSERT INTO attempt (campaign_id, sequence, number, token, recipients, started_at, fence, release_at)
    VALUES (:campaign_id, :sequence, :number, :token, :recipients, :now, :fence, :release_at)
    ON CONFLICT (campaign_id, sequence, number) DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """An attempt; times in milliseconds, None for never."""

    campaign_id: int
    sequence: int
    number: int
    token: str
    recipients: int
    started_at: int
    ended_at: int | None
    outcome: str
    """A chunk's state, empty as long as it is under way."""
    reference: str
    fence: str
    release_at: int
    fenced_at: int | None
    """When the provider was asked to let nothing of it go."""
    freed_at: int | None
    """When that place was given back."""
    evidence_at: int | None
    """When a report of the provider's showed that it was taken."""

    @property
    def name(self) -> str:
        """What the provider's reports call it by."""
        return attempt_name(self.campaign_id, self.sequence, self.number, self.token)


def begin(tx: Connection, claim: Claim, now: int, release_at: int, recipients: int | None = None) -> None:
    """In the claim's transaction: committed before the first byte."""
    people = len(claim.people) if recipients is None else recipients
    facts = {
        "campaign_id": claim.campaign_id, "sequence": claim.sequence, "number": claim.attempt, "token": claim.token,
        "recipients": people, "now": now, "fence": claim.fence, "release_at": release_at,
    }  # fmt: skip
    tx.execute(_BEGIN, facts)


def end(tx: Connection, claim: Claim, part: Part, now: int) -> None:
    """What came of it."""
    mine = {"campaign_id": claim.campaign_id, "sequence": claim.sequence, "number": claim.attempt}
    tx.execute(_END, mine | {"now": now, "outcome": part.state.value, "reference": part.reference})


def prove(tx: Connection, claim: Claim, now: int) -> None:
    """Notes that an attempt was taken though its chunk was taken away meanwhile; not of what is held back by now."""
    mine = _one(claim.campaign_id, claim.sequence, claim.attempt)
    open_ = sa.and_(_A.evidence_at.is_(None), _A.fenced_at.is_(None), _A.outcome != ChunkState.ACCEPTED.value)
    tx.execute(schema.attempt.update().where(mine, open_).values(evidence_at=now))


def of(tx: Connection, campaign_id: int, sequence: int, number: int) -> AttemptRecord | None:
    """One attempt."""
    return next(iter(_found(tx, _one(campaign_id, sequence, number))), None)


def named(tx: Connection, names: Iterable[str]) -> list[tuple[str, AttemptRecord]]:
    """Those that the provider's reports call so (`attempt_name`); another life's of this database are none of them."""
    found = []
    for name in names:
        *numbers, token = name.split(".")
        if len(numbers) == _NUMBERS and all(one.isascii() and one.isdigit() and len(one) < _DIGITS for one in numbers):
            tried = of(tx, *map(int, numbers))
            found += [(name, tried)] if tried and tried.token[:8] == token else []
    return found


def unproven(tx: Connection, names: Iterable[str]) -> list[str]:
    """Which of these names say something new: that of an attempt without evidence, or whose chunk is still in doubt."""
    return [name for name, one in named(tx, names) if one.evidence_at is None or _is_doubted(tx, one)]


def _is_doubted(tx: Connection, one: AttemptRecord) -> bool:
    unsure = [state.value for state in PROVABLE]
    query = sa.select(schema.chunk.c.state).filter_by(campaign_id=one.campaign_id, sequence=one.sequence)
    return tx.execute(query.filter_by(attempt=one.number)).scalar() in unsure


def doubted(tx: Connection, campaign_id: int) -> list[AttemptRecord]:
    """Those that were in doubt when they ended, whatever became clear later."""
    return _found(tx, (_A.campaign_id == campaign_id) & (_A.outcome == ChunkState.IN_DOUBT.value))


def fences(tx: Connection) -> list[AttemptRecord]:
    """Those that the provider was told to let go nothing of, and still holds back: it has room for ten."""
    return _found(tx, _A.fenced_at.is_not(None) & _A.freed_at.is_(None))


def mark(tx: Connection, one: AttemptRecord, **facts: int) -> None:
    """Notes `fenced_at`, `freed_at` or `evidence_at`."""
    tx.execute(schema.attempt.update().where(_one(one.campaign_id, one.sequence, one.number)).values(**facts))


def accepted_since(tx: Connection, campaign_id: int, since: int) -> list[AttemptRecord]:
    """Those that began later and were taken: what a doubt is held against."""
    accepted = (_A.outcome == ChunkState.ACCEPTED.value) & (_A.started_at >= since)
    return _found(tx, (_A.campaign_id == campaign_id) & accepted)


def count(tx: Connection) -> int:
    """How many there ever were: it only grows, but where a copy of the database was put back."""
    return int(tx.execute(sa.select(sa.func.count()).select_from(schema.attempt)).scalar_one())


def last_at(tx: Connection, campaign_id: int | None = None) -> int:
    """When the last attempt of a campaign, or of any, began; 0 for never."""
    query = sa.select(sa.func.max(_A.started_at))
    return int(tx.execute(query.where(_A.campaign_id == campaign_id) if campaign_id else query).scalar() or 0)


def before(tx: Connection, campaign_id: int, sequence: int, now: int) -> tuple[int, int]:
    """When a chunk's first attempt began (`now` where there was none), and how many counted (`UNCOUNTED` do not)."""
    began, counted = tx.execute(_BEFORE, {"campaign_id": campaign_id, "sequence": sequence, "not": UNCOUNTED}).one()
    return began or now, counted


def spent(tx: Connection, since: int) -> int:
    """How many people went out, or may have, since then, in all campaigns."""
    query = sa.select(sa.func.sum(_A.recipients)).where(_A.started_at >= since, _A.outcome.in_(_COUNTED))
    return int(tx.execute(query).scalar() or 0)


def clear_at(tx: Connection, campaign_id: int, rate: int) -> int:
    """When so many people an hour leave room for more: after the last attempt's have had their time."""
    query = sa.select(_A.started_at, _A.recipients).where(_A.campaign_id == campaign_id, _A.outcome.in_(_COUNTED))
    row = tx.execute(query.order_by(_A.started_at.desc()).limit(1)).first()
    return row.started_at + row.recipients * HOUR // rate if row else 0


def _one(campaign_id: int, sequence: int, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(_A.campaign_id == campaign_id, _A.sequence == sequence, _A.number == number)


def _found(tx: Connection, which: sa.ColumnElement[bool]) -> list[AttemptRecord]:
    query: sa.Select[Any] = sa.select(schema.attempt).where(which).order_by(_A.sequence, _A.number)
    return [AttemptRecord(*row) for row in tx.execute(query)]

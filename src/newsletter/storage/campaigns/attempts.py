"""Attempts: one row for each submission of a chunk. A row changes only to record what became of the attempt.

An attempt keeps what a chunk's row loses: the name in the provider's reports, the provider's batch that can be
cancelled, and how many people went out when. The rate limit and the quota are computed from these numbers.
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

HOUR_MS = 3_600_000
UNCOUNTED = "not counted"
"""The reference of an attempt that a limit of the account or of connections stopped: its readers are not the cause."""
_NUMBERS, _DIGITS = 3, 10
_A = schema.attempt.c
_COUNTED = ("", ChunkState.ACCEPTED.value, ChunkState.IN_DOUBT.value)
"""Outcomes of attempts that may have gone out; empty for an attempt in progress."""
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
    """The chunk's state after the attempt; empty while the attempt is in progress."""
    reference: str
    batch_id: str
    release_at: int
    cancelled_at: int | None
    """When the provider was asked to cancel the batch of the attempt."""
    freed_at: int | None
    """When the cancelled batch was freed at the provider."""
    evidence_at: int | None
    """When a report of the provider showed that the attempt was accepted."""

    @property
    def name(self) -> str:
        """Return the name of the attempt in the provider's reports."""
        return attempt_name(self.campaign_id, self.sequence, self.number, self.token)


def insert(tx: Connection, claim: Claim, now_ms: int, release_at: int, recipients: int | None = None) -> None:
    """Insert an attempt in the claim's transaction, which is committed before the first byte is sent."""
    count = len(claim.people) if recipients is None else recipients
    facts = {
        "campaign_id": claim.campaign_id, "sequence": claim.sequence, "number": claim.attempt, "token": claim.token,
        "recipients": count, "now": now_ms, "fence": claim.batch_id, "release_at": release_at,
    }  # fmt: skip
    tx.execute(_BEGIN, facts)


def record_outcome(tx: Connection, claim: Claim, part: Part, now_ms: int) -> None:
    """Record the outcome of an attempt."""
    key = {"campaign_id": claim.campaign_id, "sequence": claim.sequence, "number": claim.attempt}
    tx.execute(_END, key | {"now": now_ms, "outcome": part.state.value, "reference": part.reference})


def prove_claim(tx: Connection, claim: Claim, now_ms: int) -> None:
    """Record that an attempt was accepted although its chunk was taken away; not if its batch is cancelled by now."""
    same = _is_attempt(claim.campaign_id, claim.sequence, claim.attempt)
    open_ = sa.and_(_A.evidence_at.is_(None), _A.fenced_at.is_(None), _A.outcome != ChunkState.ACCEPTED.value)
    tx.execute(schema.attempt.update().where(same, open_).values(evidence_at=now_ms))


def find(tx: Connection, campaign_id: int, sequence: int, number: int) -> AttemptRecord | None:
    """Return one attempt, or None."""
    return next(iter(_select(tx, _is_attempt(campaign_id, sequence, number))), None)


def find_by_names(tx: Connection, names: Iterable[str]) -> list[tuple[str, AttemptRecord]]:
    """Look up attempts by their names in provider reports (`attempt_name`); skip names from another database copy."""
    found = []
    for name in names:
        *numbers, token = name.split(".")
        if len(numbers) == _NUMBERS and all(map(_is_number, numbers)):
            attempt = find(tx, *map(int, numbers))
            found += [(name, attempt)] if attempt and attempt.token[:8] == token else []
    return found


def find_unproven(tx: Connection, names: Iterable[str]) -> list[str]:
    """Return the names of attempts without evidence, or whose chunk a report can still prove accepted (`PROVABLE`)."""
    return [
        name for name, attempt in find_by_names(tx, names) if attempt.evidence_at is None or _is_doubted(tx, attempt)
    ]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _DIGITS


def _is_doubted(tx: Connection, attempt: AttemptRecord) -> bool:
    unsure = [state.value for state in PROVABLE]
    query = sa.select(schema.chunk.c.state).filter_by(campaign_id=attempt.campaign_id, sequence=attempt.sequence)
    return tx.execute(query.filter_by(attempt=attempt.number)).scalar() in unsure


def list_doubted(tx: Connection, campaign_id: int) -> list[AttemptRecord]:
    """Return a campaign's attempts that ended in doubt, even if their result became known later."""
    return _select(tx, (_A.campaign_id == campaign_id) & (_A.outcome == ChunkState.IN_DOUBT.value))


def list_cancelled(tx: Connection) -> list[AttemptRecord]:
    """Return the attempts whose batch is cancelled at the provider and not yet freed (the provider allows ten)."""
    return _select(tx, _A.fenced_at.is_not(None) & _A.freed_at.is_(None))


def mark_cancelled(tx: Connection, attempt: AttemptRecord, at_ms: int) -> None:
    """Record when the provider was asked to cancel the batch of an attempt."""
    _mark(tx, attempt, fenced_at=at_ms)


def mark_freed(tx: Connection, attempt: AttemptRecord, at_ms: int) -> None:
    """Record when the cancelled batch of an attempt was freed at the provider."""
    _mark(tx, attempt, freed_at=at_ms)


def mark_proven(tx: Connection, attempt: AttemptRecord, at_ms: int) -> None:
    """Record when a report of the provider showed that an attempt was accepted."""
    _mark(tx, attempt, evidence_at=at_ms)


def _mark(tx: Connection, attempt: AttemptRecord, **columns: int) -> None:
    same = _is_attempt(attempt.campaign_id, attempt.sequence, attempt.number)
    tx.execute(schema.attempt.update().where(same).values(**columns))


def list_accepted(tx: Connection, campaign_id: int, since_ms: int) -> list[AttemptRecord]:
    """Return the accepted attempts that began at `since_ms` or later; attempts in doubt are compared with them."""
    accepted = (_A.outcome == ChunkState.ACCEPTED.value) & (_A.started_at >= since_ms)
    return _select(tx, (_A.campaign_id == campaign_id) & accepted)


def count(tx: Connection) -> int:
    """Return the number of all attempts; it falls only if an older copy of the database was restored."""
    return int(tx.execute(sa.select(sa.func.count()).select_from(schema.attempt)).scalar_one())


def find_last_start(tx: Connection, campaign_id: int | None = None) -> int:
    """Return when the last attempt of a campaign, or of all campaigns, began (ms); 0 if there is none."""
    query = sa.select(sa.func.max(_A.started_at))
    return int(tx.execute(query.where(_A.campaign_id == campaign_id) if campaign_id else query).scalar() or 0)


def read_history(tx: Connection, campaign_id: int, sequence: int, now_ms: int) -> tuple[int, int]:
    """Return when a chunk's first attempt began (`now_ms` if none), and how many count (`UNCOUNTED` do not)."""
    began, counted = tx.execute(_BEFORE, {"campaign_id": campaign_id, "sequence": sequence, "not": UNCOUNTED}).one()
    return began or now_ms, counted


def count_recipients(tx: Connection, since_ms: int) -> int:
    """Return how many people went out, or may have gone out, since that time (ms), in all campaigns."""
    query = sa.select(sa.func.sum(_A.recipients)).where(_A.started_at >= since_ms, _A.outcome.in_(_COUNTED))
    return int(tx.execute(query).scalar() or 0)


def find_quota_end(tx: Connection, campaign_id: int, rate: int) -> int:
    """Return when (ms) a limit of `rate` people an hour allows the next attempt; 0 if there was none before.

    The last attempt uses up the time that its people take at this rate.
    """
    query = sa.select(_A.started_at, _A.recipients).where(_A.campaign_id == campaign_id, _A.outcome.in_(_COUNTED))
    row = tx.execute(query.order_by(_A.started_at.desc()).limit(1)).first()
    return row.started_at + row.recipients * HOUR_MS // rate if row else 0


def _is_attempt(campaign_id: int, sequence: int, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(_A.campaign_id == campaign_id, _A.sequence == sequence, _A.number == number)


def _select(tx: Connection, condition: sa.ColumnElement[bool]) -> list[AttemptRecord]:
    query: sa.Select[Any] = sa.select(schema.attempt).where(condition).order_by(_A.sequence, _A.number)
    return [AttemptRecord(*row) for row in tx.execute(query)]

"""Chunks of the ledger: adding, claiming, recording, splitting and cancelling them.

Every write after a claim carries the claim's token: a worker that was stopped, treated as dead and then
resumed finds that its chunk is no longer its own, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import CHUNK_MOVES, Campaign, CampaignState, ChunkState, ChunkStatus, Claim, Part
from newsletter.storage import dialects, host_memory, schema
from newsletter.storage.campaigns import attempts, delivery_exceptions, manifest
from newsletter.storage.campaigns.delivery_exceptions import Exclusion
from newsletter.system.batches import batched

_ROWS_AT_ONCE = 200
_COLUMNS = (
    "digest", "provider", "state", "campaign_id", "sequence", "recipients", "first_id", "last_id", "manifest",
)  # fmt: skip
_CLAIM = sa.text("""
    UPDATE chunk SET state = 'claimed', claim_token = :token, claimed_by = :worker, lease_until = :lease_until,
        since = :now, attempt = attempt + CASE WHEN state = 'ready' THEN 1 ELSE 0 END
    WHERE campaign_id = :campaign_id AND sequence = :sequence AND (
        state = 'claimed' AND claim_token = :token
        OR state = 'ready' AND (not_before IS NULL OR not_before <= :now)
        AND EXISTS (SELECT 1 FROM campaign WHERE id = :campaign_id AND state = 'active' AND not_before <= :now))
    RETURNING attempt, digest, manifest
""")
_MOVE = {
    same: sa.text(f"""
        UPDATE chunk SET state = :new, claim_token = NULL, lease_until = NULL, not_before = :not_before,
            detail = :detail, since = :now
        WHERE campaign_id = :campaign_id AND sequence = :sequence AND state = :old AND {same} = :{same}
    """)  # noqa: S608 - two names of columns
    for same in ("claim_token", "attempt")
}
_PUT_OFF = sa.text("""
    UPDATE chunk SET not_before = :until, detail = :reason WHERE campaign_id = :campaign_id AND state = 'ready'
        AND (not_before IS NULL OR not_before < :until)
""")
_DUE = sa.text("""
    SELECT min(c.sequence) FROM chunk AS c JOIN campaign AS p ON p.id = c.campaign_id
    WHERE c.campaign_id = :campaign_id AND c.state = 'ready' AND c.state IN ('ready', 'claimed')
        AND p.state = 'active' AND p.not_before <= :now
        AND (c.not_before IS NULL OR c.not_before <= :now)
""")
_NEXT = sa.text("""
    SELECT min(CASE WHEN c.not_before > p.not_before THEN c.not_before ELSE p.not_before END)
    FROM chunk AS c JOIN campaign AS p ON p.id = c.campaign_id
    WHERE c.campaign_id = :campaign_id AND c.state = 'ready' AND c.state IN ('ready', 'claimed') AND p.state = 'active'
""")
"""The state is tested twice: SQLite does not infer by itself that the index `chunk_open` has all ready chunks."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """The worker that claims, with the time and the lease of the claim; times in milliseconds."""

    name: str
    token: str
    now_ms: int
    lease_until: int
    batch_id: str = ""


def add_chunks(tx: Connection, campaign_id: int, campaign: Campaign, parts: Iterable[Sequence[int]]) -> int:
    """Freeze the recipients as chunks, and return the number of recipients."""
    total = 0
    shared = (campaign.digest, campaign.provider, ChunkState.READY.value)
    for batch in batched(enumerate(parts), _ROWS_AT_ONCE):
        rows = [
            (*shared, campaign_id, sequence, len(ids), ids[0], ids[-1], manifest.encode(ids)) for sequence, ids in batch
        ]
        dialects.insert_many(tx, schema.chunk, _COLUMNS, rows, new=True)
        total += sum(len(ids) for _, ids in batch)
    return total


def find_due(tx: Connection, campaign_id: int, now_ms: int) -> int | None:
    """Return the first chunk that is ready and due in an active campaign that is due, or None."""
    return tx.execute(_DUE, {"campaign_id": campaign_id, "now": now_ms}).scalar()


def find_next_due(tx: Connection, campaign_id: int) -> int | None:
    """Return when (ms) the first ready chunk may be sent; None if no chunk is ready."""
    return tx.execute(_NEXT, {"campaign_id": campaign_id}).scalar()


def count_people(tx: Connection, campaign_id: int, sequence: int) -> int:
    """Return the number of people in a chunk."""
    query = sa.select(schema.chunk.c.recipients).filter_by(campaign_id=campaign_id, sequence=sequence)
    return int(tx.execute(query).scalar_one())


def claim(tx: Connection, campaign: Campaign, sequence: int, claimant: Claimant) -> Claim | None:
    """Claim a ready chunk, without the people who left since it was frozen; return None if another worker was faster.

    A second call with the same token, because the answer to the first was lost, returns the same claim.
    """
    facts = {
        "token": claimant.token,
        "worker": claimant.name,
        "now": claimant.now_ms,
        "lease_until": claimant.lease_until,
    }
    row = tx.execute(_CLAIM, facts | {"campaign_id": campaign.id, "sequence": sequence}).first()
    if row is None:
        return None
    ids = manifest.decode(row.manifest)
    allowed, gone = delivery_exceptions.partition_deliverable(tx, campaign.list_id, ids)
    delivery_exceptions.add(tx, campaign.id, sequence, gone, claimant.now_ms)
    excepted = delivery_exceptions.list_ids(tx, campaign.id, sequence)
    kept = tuple(person for person in allowed if person.id not in excepted) if excepted else tuple(allowed)
    began_at, counted = attempts.read_history(tx, campaign.id, sequence, claimant.now_ms)
    claim_ = Claim(
        campaign.id, sequence, claimant.token, row.attempt, row.digest, kept, claimant.batch_id, counted + 1, began_at
    )
    release_at = campaign.options.release_at if claimant.batch_id else 0
    attempts.insert(tx, claim_, claimant.now_ms, release_at)
    host_memory.note(tx, _claim_record(claim_, claimant, len(ids), release_at))
    return claim_


def _claim_record(claimed: Claim, claimant: Claimant, members: int, release_at: int) -> host_memory.Record:
    """Return what `host_recovery` needs to claim the chunk again, if the database is replaced by a copy from before."""
    return {
        "claim": [claimed.campaign_id, claimed.sequence, claimed.attempt, claimed.token],
        "by": claimant.name, "members": members, "people": len(claimed.people), "at": claimant.now_ms,
        "until": claimant.lease_until, "fence": claimant.batch_id, "release_at": release_at,
    }  # fmt: skip


def record(tx: Connection, claim_: Claim, parts: Sequence[Part], refused: Sequence[Exclusion], now_ms: int) -> bool:
    """Record the result of a claimed chunk; return False, and leave the chunk unchanged, if the claim was lost.

    The first part keeps the chunk's row, with everybody whom no part names; each other part becomes a new chunk.
    If the claim was lost, an acceptance of the whole chunk is still recorded as evidence of the attempt.
    """
    first, *others = parts
    if others:
        _lock_campaign(
            tx, claim_.campaign_id
        )  # before any other write: otherwise two transactions that split chunks deadlock
    if not _move(tx, ChunkState.CLAIMED, first, claim_.campaign_id, claim_.sequence, now_ms, claim_token=claim_.token):
        if first.state is ChunkState.ACCEPTED and not others:
            attempts.prove_claim(tx, claim_, now_ms)  # the chunk was taken away meanwhile, but its messages went out
        return False
    delivery_exceptions.add(tx, claim_.campaign_id, claim_.sequence, refused, now_ms)
    attempts.record_outcome(tx, claim_, first, now_ms)
    split(tx, claim_.campaign_id, claim_.sequence, others, now_ms)
    return True


def split(tx: Connection, campaign_id: int, sequence: int, parts: Sequence[Part], now_ms: int) -> None:
    """Split a chunk: each part becomes a chunk of its own."""
    if not parts:
        return
    table = schema.chunk
    cancelled = _lock_campaign(tx, campaign_id) == CampaignState.CANCELLED.value
    row = tx.execute(sa.select(table).where(_is_chunk(campaign_id, sequence))).one()
    moved = {number for part in parts for number in part.ids or ()}
    kept = [number for number in manifest.decode(row.manifest) if number not in moved]
    tx.execute(table.update().where(_is_chunk(campaign_id, sequence)).values(_member_columns(kept)))
    last = tx.execute(sa.select(sa.func.max(table.c.sequence)).filter_by(campaign_id=campaign_id)).scalar_one()
    shared = {"campaign_id": campaign_id, "digest": row.digest, "provider": row.provider, "wave": row.wave}
    for sequence_, part in enumerate(parts, last + 1):
        ids = sorted(part.ids or ())
        state = ChunkState.CANCELLED if cancelled and part.state is ChunkState.READY else part.state
        columns = {"sequence": sequence_, "state": state.value, "not_before": part.not_before, "detail": part.detail}
        tx.execute(table.insert().values(shared | columns | _member_columns(ids) | {"since": now_ms}))
        delivery_exceptions.move(tx, campaign_id, ids, sequence_)


def _member_columns(ids: Sequence[int]) -> dict[str, object]:
    first, last = (ids[0], ids[-1]) if ids else (0, 0)
    return {"recipients": len(ids), "first_id": first, "last_id": last, "manifest": manifest.encode(ids)}


def limit_size(tx: Connection, campaign_id: int, sequence: int, people: int, now_ms: int) -> None:
    """Split a chunk that was never tried, so that it holds at most `people` people; the rest becomes another chunk.

    A chunk that was tried stays whole: reports name the attempt by the chunk.
    """
    _lock_campaign(tx, campaign_id)
    query = sa.select(schema.chunk.c.state, schema.chunk.c.attempt).where(_is_chunk(campaign_id, sequence))
    state, attempt = tx.execute(query.with_for_update()).one()
    ids = list_members(tx, campaign_id, sequence)
    if state == ChunkState.READY.value and not attempt and len(ids) > people:
        split(tx, campaign_id, sequence, [Part(ChunkState.READY, tuple(ids[people:]))], now_ms)


def list_members(tx: Connection, campaign_id: int, sequence: int) -> list[int]:
    """Return the ids of everybody in a chunk, with and without exceptions."""
    query = sa.select(schema.chunk.c.manifest).where(_is_chunk(campaign_id, sequence))
    return manifest.decode(tx.execute(query).scalar_one())


def list_chunks(tx: Connection, campaign_id: int, *states: ChunkState) -> list[ChunkStatus]:
    """Return the chunks in these states, in order."""
    chunk = schema.chunk
    names = (
        "sequence",
        "attempt",
        "claim_token",
        "claimed_by",
        "lease_until",
        "since",
        "recipients",
        "detail",
        "state",
    )
    query = sa.select(*(chunk.c[name] for name in names)).filter_by(campaign_id=campaign_id)
    rows = tx.execute(query.where(chunk.c.state.in_([state.value for state in states])).order_by(chunk.c.sequence))
    return [
        ChunkStatus(row.sequence, ChunkState(row.state), row.attempt, row.claim_token or "", row.claimed_by or "",
                 row.lease_until or 0, row.since, row.recipients, row.detail)
        for row in rows
    ]  # fmt: skip


def record_abandoned(tx: Connection, campaign_id: int, chunk: ChunkStatus, parts: Sequence[Part], now_ms: int) -> bool:
    """Take a chunk from a dead or silent worker and record what is known; return False if it was moved meanwhile."""
    abandoned = Claim(campaign_id, chunk.sequence, chunk.token, chunk.attempt, "", ())
    return record(tx, abandoned, parts, [], now_ms)


def put_off(tx: Connection, campaign_id: int, until_ms: int, reason: str) -> None:
    """Delay the ready chunks of a campaign until that time (ms) at least, and record the reason."""
    tx.execute(_PUT_OFF, {"campaign_id": campaign_id, "until": until_ms, "reason": reason})


def resolve_doubt(tx: Connection, campaign_id: int, chunk: ChunkStatus, part: Part, now_ms: int) -> bool:
    """Move a chunk from the state in `chunk`; return False if it was moved first by somebody else."""
    return _move(tx, chunk.state, part, campaign_id, chunk.sequence, now_ms, attempt=chunk.attempt)


def cancel_ready(tx: Connection, campaign_id: int, now_ms: int) -> int:
    """Cancel the chunks of a campaign that are still ready; return the number of people in them."""
    ready = list_chunks(tx, campaign_id, ChunkState.READY)
    return sum(
        chunk.recipients for chunk in ready if resolve_doubt(tx, campaign_id, chunk, Part(ChunkState.CANCELLED), now_ms)
    )


def _is_chunk(campaign_id: int, sequence: int) -> sa.ColumnElement[bool]:
    return sa.and_(schema.chunk.c.campaign_id == campaign_id, schema.chunk.c.sequence == sequence)


def _move(
    tx: Connection, old: ChunkState, part: Part, campaign_id: int, sequence: int, now_ms: int, **same: str | int
) -> bool:
    """Change a chunk's state, if the table of moves allows it; raise ValueError if not.

    Only this function and the claim change a state. `same` is a token or an attempt's number that the chunk must still
    have. In a cancelled campaign, a chunk that would become ready is cancelled.
    """
    if part.state not in CHUNK_MOVES[old]:
        raise ValueError(f"no move from {old} to {part.state}")
    if part.state is ChunkState.READY and _lock_campaign(tx, campaign_id) == CampaignState.CANCELLED.value:
        part = replace(part, state=ChunkState.CANCELLED)
    new = {"new": part.state.value, "not_before": part.not_before, "detail": part.detail, "now": now_ms}
    known = {"campaign_id": campaign_id, "sequence": sequence, "old": old.value}
    return tx.execute(_MOVE[next(iter(same))], new | known | same).rowcount == 1


def _lock_campaign(tx: Connection, campaign_id: int) -> str:
    """Lock the campaign until the transaction ends, and return its state; nobody else splits its chunks meanwhile."""
    query = sa.select(schema.campaign.c.state).filter_by(id=campaign_id).with_for_update()
    return str(tx.execute(query).scalar_one())


def lock_if_in_doubt(tx: Connection, campaign_id: int, chunk: ChunkStatus) -> bool:
    """Check whether a chunk is still in doubt about the same attempt; lock it until the transaction ends."""
    _lock_campaign(tx, campaign_id)
    query = sa.select(schema.chunk.c.state).where(_is_chunk(campaign_id, chunk.sequence)).with_for_update()
    state = tx.execute(query.where(schema.chunk.c.attempt == chunk.attempt)).scalar()
    attempt = attempts.find(tx, campaign_id, chunk.sequence, chunk.attempt)
    return state == ChunkState.IN_DOUBT.value and not (attempt and attempt.evidence_at)


def find_claimed(tx: Connection, campaign_id: int, token: str) -> int | None:
    """Return the sequence of the chunk that is claimed under a token, or None."""
    query = sa.select(schema.chunk.c.sequence).filter_by(campaign_id=campaign_id, claim_token=token)
    return tx.execute(query).scalar()


def renew_leases(tx: Connection, campaign_id: int, tokens: Sequence[str], lease_until_ms: int) -> set[str]:
    """Renew the leases of claims in progress; return the tokens of those that were not taken away."""
    chunk = schema.chunk
    is_claimed = sa.and_(chunk.c.campaign_id == campaign_id, chunk.c.claim_token.in_(tokens))
    statement = chunk.update().where(is_claimed).values(lease_until=lease_until_ms).returning(chunk.c.claim_token)
    return {str(token) for token in tx.execute(statement).scalars()}

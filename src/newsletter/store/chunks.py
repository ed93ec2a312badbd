"""Chunks of the ledger: frozen, claimed, recorded, given up, and the exceptions inside them.

Every write after a claim carries the claim's token: a worker that was stopped, given up for dead and
revived finds that its chunk is no longer its own, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from more_itertools import batched
from sqlalchemy.engine import Connection

from newsletter.model.campaign import CHUNK_MOVES, Campaign, ChunkState, Claim, ExceptionKind
from newsletter.model.people import Status, Subscriber
from newsletter.store import dialects, manifest, schema

_AT_ONCE = 200
_COLUMNS = (
    "digest", "provider", "state", "campaign_id", "sequence", "recipients", "first_id", "last_id", "manifest",
)  # fmt: skip
_STANDING = sa.text("""
    SELECT s.id, s.email, s.first_name, s.last_name, u.status, x.address_mac IS NOT NULL AS suppressed
    FROM subscriber AS s
    LEFT JOIN subscription AS u ON u.subscriber_id = s.id AND u.list_id = :list_id
    LEFT JOIN suppression AS x ON x.address_mac = s.address_mac
    WHERE s.id IN :ids
""").bindparams(sa.bindparam("ids", expanding=True))
_CLAIM = sa.text("""
    UPDATE chunk SET state = 'claimed', claim_token = :token, claimed_by = :worker, lease_until = :lease_until,
        attempt = attempt + 1
    WHERE campaign_id = :campaign_id AND sequence = :sequence AND state = 'ready'
        AND (not_before IS NULL OR not_before <= :now)
    RETURNING attempt, digest, manifest
""")
_EXCEPT = sa.text("""
    INSERT INTO delivery_exception (campaign_id, subscriber_id, sequence, kind, detail, created_at)
    VALUES (:campaign_id, :subscriber_id, :sequence, :kind, :detail, :now)
    ON CONFLICT (campaign_id, subscriber_id) DO NOTHING
""")


def add_chunks(tx: Connection, campaign_id: int, campaign: Campaign, parts: Iterable[Sequence[int]]) -> int:
    """Freezes the recipients as chunks and says how many they are."""
    total = 0
    facts = (campaign.digest, campaign.provider, ChunkState.READY.value)
    for several in batched(enumerate(parts), _AT_ONCE):
        rows = [
            (*facts, campaign_id, sequence, len(ids), ids[0], ids[-1], manifest.encode(ids))
            for sequence, ids in several
        ]
        dialects.insert_many(tx, schema.chunk, _COLUMNS, rows, new=True)
        total += sum(len(ids) for _, ids in several)
    return total


def due(tx: Connection, campaign_id: int, after: int, now: int) -> int | None:
    """The next chunk beyond sequence `after` that is ready and whose time has come."""
    chunk = schema.chunk
    ready = sa.and_(chunk.c.campaign_id == campaign_id, chunk.c.state == ChunkState.READY.value)
    come = sa.or_(chunk.c.not_before.is_(None), chunk.c.not_before <= now)
    query = sa.select(sa.func.min(chunk.c.sequence)).where(ready, chunk.c.sequence > after, come)
    return tx.execute(query).scalar()


def claim(  # noqa: PLR0913 - the facts of a claim, by keyword
    tx: Connection, campaign: Campaign, sequence: int, *, token: str, worker: str, now: int, lease_until: int
) -> Claim | None:
    """Takes a ready chunk, leaving out whoever left since it was frozen; None where somebody else was faster."""
    row = tx.execute(
        _CLAIM,
        {
            "campaign_id": campaign.id,
            "sequence": sequence,
            "token": token,
            "worker": worker,
            "now": now,
            "lease_until": lease_until,
        },
    ).first()
    if row is None:
        return None
    ids = manifest.decode(row.manifest)
    allowed, gone = _standing(tx, campaign, ids)
    _add_exceptions(tx, campaign.id, sequence, gone, now)
    excepted = _excepted(tx, campaign.id, sequence)
    kept = tuple(person for person in allowed if person.id not in excepted)
    return Claim(campaign.id, sequence, token, row.attempt, row.digest, kept)


def record(tx: Connection, held: Claim, state: ChunkState, *, not_before: int | None, detail: str) -> bool:
    """Writes down what became of a claimed chunk; False, and nothing changed, where the claim was lost."""
    return _move(
        tx,
        ChunkState.CLAIMED,
        state,
        sa.and_(
            schema.chunk.c.campaign_id == held.campaign_id,
            schema.chunk.c.sequence == held.sequence,
            schema.chunk.c.claim_token == held.token,
        ),
        not_before=not_before,
        detail=detail,
    )


def reject(tx: Connection, held: Claim, refused: Sequence[tuple[int, str]], now: int) -> None:
    """Notes the people of a chunk whom the provider refused one by one."""
    gone = [(subscriber_id, ExceptionKind.REJECTED, detail) for subscriber_id, detail in refused]
    _add_exceptions(tx, held.campaign_id, held.sequence, gone, now)


def claimed(tx: Connection, campaign_id: int) -> list[tuple[int, str, str, int]]:
    """Sequence, token, worker and end of lease of every chunk in somebody's hands."""
    chunk = schema.chunk
    rows = tx.execute(
        sa.select(chunk.c.sequence, chunk.c.claim_token, chunk.c.claimed_by, chunk.c.lease_until).where(
            chunk.c.campaign_id == campaign_id, chunk.c.state == ChunkState.CLAIMED.value
        )
    )
    return [(row.sequence, row.claim_token, row.claimed_by, row.lease_until) for row in rows]


def give_up(tx: Connection, campaign_id: int, sequence: int, token: str, state: ChunkState) -> bool:
    """Takes a dead worker's chunk away: back to ready where that is safe, in doubt otherwise."""
    chunk = schema.chunk
    mine = sa.and_(chunk.c.campaign_id == campaign_id, chunk.c.sequence == sequence, chunk.c.claim_token == token)
    return _move(tx, ChunkState.CLAIMED, state, mine, not_before=None, detail="worker died")


def _move(
    tx: Connection,
    old: ChunkState,
    new: ChunkState,
    which: sa.ColumnElement[bool],
    *,
    not_before: int | None,
    detail: str,
) -> bool:
    """The only place where a chunk's state changes but for the claim; holds it against the table of moves."""
    if new not in CHUNK_MOVES[old]:
        raise ValueError(f"no move from {old} to {new}")
    result = tx.execute(
        schema.chunk.update()
        .where(which, schema.chunk.c.state == old.value)
        .values(state=new.value, claim_token=None, lease_until=None, not_before=not_before, detail=detail)
    )
    return result.rowcount == 1


def _standing(
    tx: Connection, campaign: Campaign, ids: Sequence[int]
) -> tuple[list[Subscriber], list[tuple[int, ExceptionKind, str]]]:
    """Who of `ids` may still be mailed, and who not and why."""
    list_id = tx.execute(sa.select(schema.campaign.c.list_id).filter_by(id=campaign.id)).scalar_one()
    rows = {row.id: row for row in tx.execute(_STANDING, {"list_id": list_id, "ids": list(ids)})}
    allowed: list[Subscriber] = []
    gone: list[tuple[int, ExceptionKind, str]] = []
    for number in ids:
        row = rows.get(number)
        if row is None:
            gone.append((number, ExceptionKind.ERASED, ""))
        elif row.suppressed:
            gone.append((number, ExceptionKind.SUPPRESSED, ""))
        elif row.status != Status.CONFIRMED.value:
            gone.append((number, ExceptionKind.UNSUBSCRIBED, ""))
        else:
            allowed.append(Subscriber(row.id, row.email, row.first_name, row.last_name))
    return allowed, gone


def _excepted(tx: Connection, campaign_id: int, sequence: int) -> frozenset[int]:
    table = schema.delivery_exception
    query = sa.select(table.c.subscriber_id).filter_by(campaign_id=campaign_id, sequence=sequence)
    return frozenset(tx.execute(query).scalars())


def _add_exceptions(
    tx: Connection, campaign_id: int, sequence: int, gone: Sequence[tuple[int, ExceptionKind, str]], now: int
) -> None:
    rows = [
        {
            "campaign_id": campaign_id,
            "subscriber_id": subscriber_id,
            "sequence": sequence,
            "kind": kind.value,
            "detail": detail,
            "now": now,
        }
        for subscriber_id, kind, detail in gone
    ]
    if rows:
        tx.execute(_EXCEPT, rows)

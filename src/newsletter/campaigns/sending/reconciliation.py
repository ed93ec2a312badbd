"""Reconciliation of chunks in doubt: the answer was lost, and it is not known whether the provider accepted them.

    evidence    an event from the provider names the attempt: the chunk was accepted
    fence       the batch of a scheduled chunk is cancelled at the provider, and the chunk is sent again in a new batch
    control     events and Logs show later attempts, and neither shows this attempt: the chunk was not accepted
    held        otherwise: the operator sees who is in the chunk, and decides

A chunk is never sent again on a guess. Most programs do so after a time-out: this costs 14 duplicates in a thousand
chunks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from newsletter.campaigns.sending.worker import Worker
from newsletter.model.campaign import Campaign, ChunkState, ChunkStatus, Part, Policy
from newsletter.providers.base import BatchControl, Provider
from newsletter.storage.campaigns import attempts, chunks, delivery_exceptions
from newsletter.storage.campaigns.attempts import AttemptRecord
from newsletter.storage.database import Store

SURE_SECONDS = 600
"""A batch can be cancelled for certain until this long before its release."""
SETTLE_SECONDS = 180
"""A request under way during the cancellation may still be accepted; after this time the batch is cancelled again."""
EVIDENCE_SECONDS = 1800
"""How long to wait for evidence."""
LOOK_SECONDS = 60
FENCE_SECONDS = 3600
"""How long a cancelled batch is kept at the provider after its release time."""
PROBES = 3


@dataclass(frozen=True, slots=True)
class _Doubt:
    chunk: ChunkStatus
    tried: AttemptRecord


def resolve_doubts(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> int | None:
    """Resolve chunks in doubt as far as possible now; return when to look again (ms), None if not needed."""
    trace = provider if isinstance(provider, BatchControl) else None
    if trace:
        _free(store, trace, worker)
    again = [_resolve(store, trace, campaign, doubt, worker) for doubt in _doubts(store, campaign)]
    return min((moment for moment in again if moment), default=None)


def _doubts(store: Store, campaign: Campaign) -> Iterator[_Doubt]:
    with store.read() as tx:
        found = chunks.list_chunks(tx, campaign.id, ChunkState.IN_DOUBT, ChunkState.HELD)
        pairs = [(one, attempts.find(tx, campaign.id, one.sequence, one.attempt)) for one in found]
    for one, tried in pairs:
        yield _Doubt(one, tried or _untried(campaign, one))


def _untried(campaign: Campaign, one: ChunkStatus) -> AttemptRecord:
    """Return a placeholder attempt for a chunk that was divided off: the attempt row belongs to the original chunk."""
    return AttemptRecord(
        campaign.id, one.sequence, one.attempt, "", one.recipients, one.since, None, "", "", "", 0, None, None, None
    )


def _resolve(store: Store, trace: BatchControl | None, campaign: Campaign, doubt: _Doubt, worker: Worker) -> int | None:
    """Resolve one chunk; return when to look at it again (milliseconds), None if there is nothing more to do."""
    now, tried = worker.millis(), doubt.tried
    taken, held = Part(ChunkState.ACCEPTED, detail="evidence"), Part(ChunkState.HELD, detail=doubt.chunk.detail)
    if tried.evidence_at:
        return _settled(store, campaign, doubt, taken, now)
    if doubt.chunk.state is ChunkState.HELD:
        return None
    if trace is None:
        return _settled(store, campaign, doubt, held, now)
    if tried.fence and (tried.fenced_at or _can_fence(store, trace, doubt, now)):
        return _fence(store, trace, campaign, doubt, now)
    found = _is_found(store, trace, campaign, tried)
    if found:
        with store.write() as tx:
            attempts.mark(tx, tried, evidence_at=now)
        return _settled(store, campaign, doubt, taken, now)
    if now < max(doubt.chunk.since, tried.release_at) + EVIDENCE_SECONDS * 1000:
        return now + LOOK_SECONDS * 1000
    lost = found is False and campaign.orders.policy is Policy.COMPLETE and _controlled(store, trace, campaign, tried)
    part = replace(held, state=ChunkState.READY) if lost else held
    return _settled(store, campaign, doubt, part, now)


def _settled(store: Store, campaign: Campaign, doubt: _Doubt, part: Part, now: int) -> int | None:
    """Move the chunk to the state of `part`; return None, because there is nothing more to do."""
    with store.write() as tx:
        chunks.resolve_doubt(tx, campaign.id, doubt.chunk, part, now)
    return None


def _can_fence(store: Store, trace: BatchControl, doubt: _Doubt, now: int) -> bool:
    with store.read() as tx:
        used = len(attempts.list_cancelled(tx))
    room = doubt.tried.release_at - now > (SURE_SECONDS + SETTLE_SECONDS + LOOK_SECONDS) * 1000
    return room and used < trace.max_batches


def _fence(store: Store, trace: BatchControl, campaign: Campaign, doubt: _Doubt, now: int) -> int | None:
    """Cancel the batch, and again after SETTLE_SECONDS for requests that arrived late; then make the chunk ready."""
    tried = doubt.tried
    if not tried.fenced_at:
        with store.write() as tx:  # before the cancellation: from now on a report may only show that it worked
            if not chunks.is_doubted(tx, campaign.id, doubt.chunk):  # resolved in the meantime
                return None
            attempts.mark(tx, tried, fenced_at=now)
        trace.cancel_batch(tried.fence)
        return now + SETTLE_SECONDS * 1000
    if now < tried.fenced_at + SETTLE_SECONDS * 1000:
        return tried.fenced_at + SETTLE_SECONDS * 1000
    may_be_sure = tried.release_at - now > SURE_SECONDS * 1000
    if may_be_sure and not trace.cancel_batch(tried.fence):
        return now + LOOK_SECONDS * 1000  # a failed cancellation is repeated as long as there is time
    part = Part(ChunkState.READY if may_be_sure else ChunkState.HELD, detail=doubt.chunk.detail)
    return _settled(store, campaign, doubt, part, now)


def _free(store: Store, trace: BatchControl, worker: Worker) -> None:
    """Delete cancelled batches at the provider whose release was more than FENCE_SECONDS ago."""
    with store.read() as tx:
        over = [one for one in attempts.list_cancelled(tx) if worker.millis() > one.release_at + FENCE_SECONDS * 1000]
    for one in over:
        if trace.delete_batch(one.fence):
            with store.write() as tx:
                attempts.mark(tx, one, freed_at=worker.millis())


def _is_found(store: Store, trace: BatchControl, campaign: Campaign, tried: AttemptRecord) -> bool | None:
    with store.read() as tx:
        people, _ = delivery_exceptions.partition_deliverable(
            tx, campaign.list_id, chunks.members(tx, campaign.id, tried.sequence)
        )
    return trace.find(tried.name, _probes([person.email for person in people]), tried.started_at / 1000)


def _probes(emails: list[str]) -> list[str]:
    """Return the first, the middle and the last address."""
    return list(dict.fromkeys(emails[place] for place in (0, len(emails) // 2, -1))) if emails else []


def _controlled(store: Store, trace: BatchControl, campaign: Campaign, tried: AttemptRecord) -> bool:
    """Return True if events and Logs both show a later attempt, so that silence about this one is significant."""
    with store.read() as tx:
        later = [one for one in attempts.accepted_since(tx, campaign.id, tried.started_at) if one.evidence_at]
    return any(_is_found(store, trace, campaign, one) is True for one in later[:PROBES])

"""Reconciliation of chunks in doubt: the answer was lost, and it is not known whether the provider accepted them.

    evidence    an event from the provider names the attempt: the chunk was accepted
    batch       the batch of a scheduled chunk is cancelled at the provider, and the chunk is sent again in a new batch
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
RETRY_SECONDS = 60
KEEP_CANCELLED_SECONDS = 3600
"""How long a cancelled batch is kept at the provider after its release time."""
MAX_PROBES = 3


@dataclass(frozen=True, slots=True)
class _Doubt:
    chunk: ChunkStatus
    attempt: AttemptRecord


def resolve_doubts(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> int | None:
    """Resolve chunks in doubt as far as possible now; return when to look again (ms), None if not needed."""
    batches = provider if isinstance(provider, BatchControl) else None
    if batches:
        _delete_old_batches(store, batches, worker)
    due = [_resolve(store, batches, campaign, doubt, worker) for doubt in _list_doubts(store, campaign)]
    return min((due_ms for due_ms in due if due_ms), default=None)


def _list_doubts(store: Store, campaign: Campaign) -> Iterator[_Doubt]:
    with store.read() as tx:
        unresolved = chunks.list_chunks(tx, campaign.id, ChunkState.IN_DOUBT, ChunkState.HELD)
        pairs = [(chunk, attempts.find(tx, campaign.id, chunk.sequence, chunk.attempt)) for chunk in unresolved]
    for chunk, attempt in pairs:
        yield _Doubt(chunk, attempt or _make_placeholder(campaign, chunk))


def _make_placeholder(campaign: Campaign, chunk: ChunkStatus) -> AttemptRecord:
    """Return a placeholder attempt for a chunk that was divided off: the attempt row belongs to the original chunk."""
    return AttemptRecord(
        campaign_id=campaign.id,
        sequence=chunk.sequence,
        number=chunk.attempt,
        token="",
        recipients=chunk.recipients,
        started_at=chunk.since,
        ended_at=None,
        outcome="",
        reference="",
        batch_id="",
        release_at=0,
        cancelled_at=None,
        freed_at=None,
        evidence_at=None,
    )


def _resolve(
    store: Store, batches: BatchControl | None, campaign: Campaign, doubt: _Doubt, worker: Worker
) -> int | None:
    """Resolve one chunk; return when to look at it again (milliseconds), None if there is nothing more to do."""
    now_ms, attempt = worker.now_ms(), doubt.attempt
    accepted, held = Part(ChunkState.ACCEPTED, detail="evidence"), Part(ChunkState.HELD, detail=doubt.chunk.detail)
    if attempt.evidence_at:
        return _settle(store, campaign, doubt, accepted, now_ms)
    if doubt.chunk.state is ChunkState.HELD:
        return None
    if batches is None:
        return _settle(store, campaign, doubt, held, now_ms)
    if attempt.batch_id and (attempt.cancelled_at or _can_cancel(store, batches, doubt, now_ms)):
        return _cancel_batch(store, batches, campaign, doubt, now_ms)
    was_accepted = _was_accepted(store, batches, campaign, attempt)
    if was_accepted:
        with store.write() as tx:
            attempts.mark_proven(tx, attempt, now_ms)
        return _settle(store, campaign, doubt, accepted, now_ms)
    if now_ms < max(doubt.chunk.since, attempt.release_at) + EVIDENCE_SECONDS * 1000:
        return now_ms + RETRY_SECONDS * 1000
    may_resend = was_accepted is False and campaign.options.policy is Policy.COMPLETE
    may_resend = may_resend and _is_silence_significant(store, batches, campaign, attempt)
    part = replace(held, state=ChunkState.READY) if may_resend else held
    return _settle(store, campaign, doubt, part, now_ms)


def _settle(store: Store, campaign: Campaign, doubt: _Doubt, part: Part, now_ms: int) -> int | None:
    """Move the chunk to the state of `part`; return None, because there is nothing more to do."""
    with store.write() as tx:
        chunks.resolve_doubt(tx, campaign.id, doubt.chunk, part, now_ms)
    return None


def _can_cancel(store: Store, batches: BatchControl, doubt: _Doubt, now_ms: int) -> bool:
    with store.read() as tx:
        used_batches = len(attempts.list_cancelled(tx))
    has_time = doubt.attempt.release_at - now_ms > (SURE_SECONDS + SETTLE_SECONDS + RETRY_SECONDS) * 1000
    return has_time and used_batches < batches.max_batches


def _cancel_batch(store: Store, batches: BatchControl, campaign: Campaign, doubt: _Doubt, now_ms: int) -> int | None:
    """Cancel the batch, and again after SETTLE_SECONDS for requests that arrived late; then make the chunk ready."""
    attempt = doubt.attempt
    if not attempt.cancelled_at:
        with store.write() as tx:  # before the cancellation: from now on a report may only show that it worked
            if not chunks.lock_if_in_doubt(tx, campaign.id, doubt.chunk):  # resolved in the meantime
                return None
            attempts.mark_cancelled(tx, attempt, now_ms)
        batches.cancel_batch(attempt.batch_id)
        return now_ms + SETTLE_SECONDS * 1000
    if now_ms < attempt.cancelled_at + SETTLE_SECONDS * 1000:
        return attempt.cancelled_at + SETTLE_SECONDS * 1000
    is_safe = attempt.release_at - now_ms > SURE_SECONDS * 1000
    if is_safe and not batches.cancel_batch(attempt.batch_id):
        return now_ms + RETRY_SECONDS * 1000  # a failed cancellation is repeated as long as there is time
    part = Part(ChunkState.READY if is_safe else ChunkState.HELD, detail=doubt.chunk.detail)
    return _settle(store, campaign, doubt, part, now_ms)


def _delete_old_batches(store: Store, batches: BatchControl, worker: Worker) -> None:
    """Delete cancelled batches at the provider whose release was more than KEEP_CANCELLED_SECONDS ago."""
    with store.read() as tx:
        expired = [
            attempt
            for attempt in attempts.list_cancelled(tx)
            if worker.now_ms() > attempt.release_at + KEEP_CANCELLED_SECONDS * 1000
        ]
    for attempt in expired:
        if batches.delete_batch(attempt.batch_id):
            with store.write() as tx:
                attempts.mark_freed(tx, attempt, worker.now_ms())


def _was_accepted(store: Store, batches: BatchControl, campaign: Campaign, attempt: AttemptRecord) -> bool | None:
    with store.read() as tx:
        people, _ = delivery_exceptions.partition_deliverable(
            tx, campaign.list_id, chunks.list_members(tx, campaign.id, attempt.sequence)
        )
    probes = _choose_probes([person.email for person in people])
    return batches.was_accepted(attempt.name, probes, attempt.started_at / 1000)


def _choose_probes(emails: list[str]) -> list[str]:
    """Return the first, the middle and the last address."""
    return list(dict.fromkeys(emails[index] for index in (0, len(emails) // 2, -1))) if emails else []


def _is_silence_significant(store: Store, batches: BatchControl, campaign: Campaign, attempt: AttemptRecord) -> bool:
    """Return True if events and Logs both show a later attempt, so that silence about this one is significant."""
    with store.read() as tx:
        accepted = attempts.list_accepted(tx, campaign.id, attempt.started_at)
    later = [attempt for attempt in accepted if attempt.evidence_at]
    return any(_was_accepted(store, batches, campaign, attempt) is True for attempt in later[:MAX_PROBES])

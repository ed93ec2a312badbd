"""What becomes of a chunk in doubt: taken or not, nobody knew when its answer was lost.

    evidence    a report of the provider's that names the attempt: it was taken
    fence       whatever was handed over for later is held back at the provider, and goes out again under another name
    control     reports of later attempts came by both ways, and none of this one: it was not taken
    held        otherwise: the operator is shown who is in it, and decides

Never sent again on a guess: most programs do that after a time-out, which costs 14 duplicates in a thousand chunks.
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
"""Before that much time to its release, what was handed over can be held back for certain."""
SETTLE_SECONDS = 180
"""What was under way when it was held back may still be taken in; then it is said again."""
EVIDENCE_SECONDS = 1800
"""How long evidence is waited for."""
LOOK_SECONDS = 60
FENCE_SECONDS = 3600
"""How long after its release a fence stays."""
PROBES = 3


@dataclass(frozen=True, slots=True)
class _Doubt:
    chunk: ChunkStatus
    tried: AttemptRecord


def resolve(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> int | None:
    """Resolves what can be resolved now; when to look again, in milliseconds, None where nothing is in doubt."""
    trace = provider if isinstance(provider, BatchControl) else None
    if trace:
        _free(store, trace, worker)
    again = [_resolve(store, trace, campaign, doubt, worker) for doubt in _doubts(store, campaign)]
    return min((moment for moment in again if moment), default=None)


def _doubts(store: Store, campaign: Campaign) -> Iterator[_Doubt]:
    with store.read() as tx:
        found = chunks.standing(tx, campaign.id, ChunkState.IN_DOUBT, ChunkState.HELD)
        pairs = [(one, attempts.of(tx, campaign.id, one.sequence, one.attempt)) for one in found]
    for one, tried in pairs:
        yield _Doubt(one, tried or _untried(campaign, one))


def _untried(campaign: Campaign, one: ChunkStatus) -> AttemptRecord:
    """Of a part of a run of single messages: what was tried stands with the chunk that it was a part of."""
    return AttemptRecord(
        campaign.id, one.sequence, one.attempt, "", one.recipients, one.since, None, "", "", "", 0, None, None, None
    )


def _resolve(store: Store, trace: BatchControl | None, campaign: Campaign, doubt: _Doubt, worker: Worker) -> int | None:
    """When to look at it again, None where it is resolved."""
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
    """Moves the chunk; there is nothing to look at again."""
    with store.write() as tx:
        chunks.settle(tx, campaign.id, doubt.chunk, part, now)
    return None


def _can_fence(store: Store, trace: BatchControl, doubt: _Doubt, now: int) -> bool:
    with store.read() as tx:
        used = len(attempts.fences(tx))
    room = doubt.tried.release_at - now > (SURE_SECONDS + SETTLE_SECONDS + LOOK_SECONDS) * 1000
    return room and used < trace.most_fences


def _fence(store: Store, trace: BatchControl, campaign: Campaign, doubt: _Doubt, now: int) -> int | None:
    """Held back, and once more when whatever was still on its way has arrived; then it may go out again."""
    tried = doubt.tried
    if not tried.fenced_at:
        with store.write() as tx:  # before it is asked for: what is reported from now on may only show that it worked
            if not chunks.is_doubted(tx, campaign.id, doubt.chunk):  # cleared up while others were looked at
                return None
            attempts.mark(tx, tried, fenced_at=now)
        trace.cancel_batch(tried.fence)
        return now + SETTLE_SECONDS * 1000
    if now < tried.fenced_at + SETTLE_SECONDS * 1000:
        return tried.fenced_at + SETTLE_SECONDS * 1000
    may_be_sure = tried.release_at - now > SURE_SECONDS * 1000
    if may_be_sure and not trace.cancel_batch(tried.fence):
        return now + LOOK_SECONDS * 1000  # an answer that failed is asked for again, as long as there is time
    part = Part(ChunkState.READY if may_be_sure else ChunkState.HELD, detail=doubt.chunk.detail)
    return _settled(store, campaign, doubt, part, now)


def _free(store: Store, trace: BatchControl, worker: Worker) -> None:
    """Gives back the places of fences whose time is long over."""
    with store.read() as tx:
        over = [one for one in attempts.fences(tx) if worker.millis() > one.release_at + FENCE_SECONDS * 1000]
    for one in over:
        if trace.delete_batch(one.fence):
            with store.write() as tx:
                attempts.mark(tx, one, freed_at=worker.millis())


def _is_found(store: Store, trace: BatchControl, campaign: Campaign, tried: AttemptRecord) -> bool | None:
    with store.read() as tx:
        people, _ = delivery_exceptions.standing(tx, campaign.list_id, chunks.members(tx, campaign.id, tried.sequence))
    return trace.find(tried.name, _probes([person.email for person in people]), tried.started_at / 1000)


def _probes(emails: list[str]) -> list[str]:
    """The first, one of the middle, the last."""
    return list(dict.fromkeys(emails[place] for place in (0, len(emails) // 2, -1))) if emails else []


def _controlled(store: Store, trace: BatchControl, campaign: Campaign, tried: AttemptRecord) -> bool:
    """Whether reports of a later attempt came by both ways, so that the silence about this one says something."""
    with store.read() as tx:
        later = [one for one in attempts.accepted_since(tx, campaign.id, tried.started_at) if one.evidence_at]
    return any(_is_found(store, trace, campaign, one) is True for one in later[:PROBES])

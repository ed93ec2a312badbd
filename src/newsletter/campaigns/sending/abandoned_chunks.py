"""Recovery of chunks whose worker died: at once if its process is dead on this host, else when the lease ends.

If the provider is idempotent, the chunks are ready again. Otherwise a second submission could reach people twice. The
worker's submission file then shows which recipients were accepted and which provably were not; all others are in
doubt.
"""

from __future__ import annotations

from newsletter.campaigns.sending import submission
from newsletter.campaigns.sending.submission import ABANDONED
from newsletter.campaigns.sending.worker import Worker
from newsletter.model.campaign import Campaign, ChunkState, ChunkStatus, Part
from newsletter.providers.base import Provider
from newsletter.storage import Transaction
from newsletter.storage.campaigns import chunks, delivery_exceptions
from newsletter.storage.database import Store
from newsletter.system.processes import is_dead


def recover_abandoned(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> int:
    """Take back the chunks of dead workers, and of unknown workers after their lease; return how many they were."""
    now_ms, recovered = worker.now_ms(), list[str]()
    with store.write() as tx:
        for chunk in chunks.list_chunks(tx, campaign.id, ChunkState.CLAIMED):
            is_worker_dead = is_dead(chunk.worker)
            if is_worker_dead or (is_worker_dead is None and chunk.lease_until < now_ms):
                parts = _find_parts(tx, provider, campaign, chunk, worker)
                recovered += [chunk.token] * chunks.record_abandoned(tx, campaign.id, chunk, parts, now_ms)
    if worker.submissions:
        worker.submissions.discard(recovered)
    return len(recovered)


def _find_parts(
    tx: Transaction, provider: Provider, campaign: Campaign, chunk: ChunkStatus, worker: Worker
) -> list[Part]:
    """Return the parts of an abandoned chunk: all ready, all in doubt, or divided by the submission file."""
    if provider.caps.idempotent:
        return [Part(ChunkState.READY, detail=ABANDONED)]
    submitted = worker.submissions.take_over(chunk.token) if worker.submissions and chunk.token else None
    if submitted is None:
        return [Part(ChunkState.IN_DOUBT, detail=ABANDONED)]
    excepted = delivery_exceptions.list_ids(tx, campaign.id, chunk.sequence)
    members = [number for number in chunks.list_members(tx, campaign.id, chunk.sequence) if number not in excepted]
    return submission.split_abandoned(submitted, members)

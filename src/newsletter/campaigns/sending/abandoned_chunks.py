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
    now, taken = worker.millis(), list[str]()
    with store.write() as tx:
        for found in chunks.list_chunks(tx, campaign.id, ChunkState.CLAIMED):
            dead = is_dead(found.worker)
            if dead or (dead is None and found.lease_until < now):
                parts = _known_parts(tx, provider, campaign, found, worker)
                taken += [found.token] * chunks.take_back(tx, campaign.id, found, parts, now)
    if worker.submissions:
        worker.submissions.discard(taken)
    return len(taken)


def _known_parts(
    tx: Transaction, provider: Provider, campaign: Campaign, found: ChunkStatus, worker: Worker
) -> list[Part]:
    """Return the parts of an abandoned chunk: all ready, all in doubt, or divided by the submission file."""
    if provider.caps.idempotent:
        return [Part(ChunkState.READY, detail=ABANDONED)]
    submitted = worker.submissions.take_over(found.token) if worker.submissions and found.token else None
    if submitted is None:
        return [Part(ChunkState.IN_DOUBT, detail=ABANDONED)]
    without = delivery_exceptions.find(tx, campaign.id, found.sequence)
    members = [one for one in chunks.members(tx, campaign.id, found.sequence) if one not in without]
    return submission.split_abandoned(submitted, members)

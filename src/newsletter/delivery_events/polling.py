"""Queries to SendGrid for reports that its webhook did not post.

`import_suppressions` imports the suppression lists of the account. `resolve_doubts` searches the Logs for chunks in
doubt, as every dispatch does.
"""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.campaigns.sending import Worker, reconciliation
from newsletter.model.campaign import Campaign, ChunkState
from newsletter.model.subscribers import Method, Provenance
from newsletter.providers.sendgrid.account_queries import list_suppressions
from newsletter.providers.sendgrid.provider import SendGrid
from newsletter.storage.campaigns import campaigns, chunks
from newsletter.storage.database import Store
from newsletter.storage.subscribers import consent_journal, subscribers
from newsletter.subscribers.service import SubscriberContext, normalize_provider_address
from newsletter.system.batches import batched

BATCH = 500
_HOW = Provenance(Method.PROVIDER, "suppression list")


def import_suppressions(context: SubscriberContext, provider: SendGrid, since_seconds: int) -> int:
    """Suppress the addresses on the account's suppression lists since `since_seconds`; return how many are new."""
    new_count = 0
    for batch in batched(list_suppressions(provider, since_seconds), BATCH):
        with context.store.write() as tx:
            returned_at = consent_journal.find_returns(
                tx, sorted({normalize_provider_address(suppressed.email) for suppressed in batch})
            )
            for suppressed in batch:
                email = normalize_provider_address(suppressed.email)
                if suppressed.at and (suppressed.at + 1) * 1000 <= returned_at.get(email, 0):
                    continue  # the subscriber came back by choice after that
                mac = context.mac(email)
                new_count += subscribers.suppress(
                    tx, email, mac=mac, reason=suppressed.reason, provenance=_HOW, now_ms=context.now_ms
                )
    return new_count


def resolve_doubts(store: Store, provider: SendGrid, worker: Worker) -> int:
    """Resolve the chunks in doubt of every campaign of this provider; return how many are no longer in doubt."""
    with store.read() as tx:
        unfinished = [campaign for campaign in campaigns.list_unfinished(tx) if campaign.provider == provider.name]
    before = _count_doubts(store, unfinished)
    for campaign in unfinished:
        reconciliation.resolve_doubts(store, provider, campaign, worker)
    return before - _count_doubts(store, unfinished)


def _count_doubts(store: Store, among: Sequence[Campaign]) -> int:
    with store.read() as tx:
        return sum(len(chunks.list_chunks(tx, campaign.id, ChunkState.IN_DOUBT)) for campaign in among)

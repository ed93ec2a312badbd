"""Queries to SendGrid for reports that its webhook did not post.

`pull` imports the suppression lists of the account. `resolve` searches the Logs for chunks in doubt, as every
dispatch does.
"""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.campaigns.sending import Worker, reconciliation
from newsletter.model.campaign import Campaign, ChunkState
from newsletter.model.subscribers import Method, Provenance
from newsletter.providers.sendgrid.account_queries import suppressions
from newsletter.providers.sendgrid.provider import SendGrid
from newsletter.storage.campaigns import campaigns, chunks
from newsletter.storage.database import Store
from newsletter.storage.subscribers import consent_journal, subscribers
from newsletter.subscribers.service import SubscriberContext, normalize_provider_address
from newsletter.system.batches import batched

AT_ONCE = 500
_HOW = Provenance(Method.PROVIDER, "suppression list")


def pull(context: SubscriberContext, provider: SendGrid, since: int) -> int:
    """Suppress the addresses on the account's suppression lists since `since` (seconds); return how many are new."""
    new = 0
    for several in batched(suppressions(provider, since), AT_ONCE):
        with context.store.write() as tx:
            returns = consent_journal.returns(tx, sorted({normalize_provider_address(one.email) for one in several}))
            for one in several:
                email = normalize_provider_address(one.email)
                if one.at and (one.at + 1) * 1000 <= returns.get(email, 0):
                    continue  # the subscriber came back by choice after that
                mac = context.mac(email)
                new += subscribers.suppress(tx, email, mac=mac, reason=one.reason, provenance=_HOW, now=context.now)
    return new


def resolve(store: Store, provider: SendGrid, worker: Worker) -> int:
    """Resolve the chunks in doubt of every campaign of this provider; return how many are no longer in doubt."""
    with store.read() as tx:
        unfinished = [one for one in campaigns.list_unfinished(tx) if one.provider == provider.name]
    before = _doubts(store, unfinished)
    for campaign in unfinished:
        reconciliation.resolve_doubts(store, provider, campaign, worker)
    return before - _doubts(store, unfinished)


def _doubts(store: Store, among: Sequence[Campaign]) -> int:
    with store.read() as tx:
        return sum(len(chunks.list_chunks(tx, one.id, ChunkState.IN_DOUBT)) for one in among)

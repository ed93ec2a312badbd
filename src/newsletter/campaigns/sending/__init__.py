"""dispatch: hands a campaign's chunks to a provider so that nobody gets it twice and nobody is forgotten.

    claim a chunk     committed before a byte leaves             runner
    build             pure: the same deliveries, the same bytes  submission
    submit            one attempt                                submission
    record            under the claim's token                    runner

runner             one run over a campaign
submission         a chunk's requests: build them, submit them, what the answers mean
concurrency        how many chunks are under way at once
rate_limit         how fast they may go
reconciliation     what becomes of a chunk whose answer was lost
abandoned_chunks   what workers that died left behind
submission_log     how far each request came, in files that survive the worker
refusal_watch      refusals that are about the account, not about readers
worker             who sends: its name, clock and key
"""

from __future__ import annotations

import datetime as dt

from newsletter.campaigns.sending import submission
from newsletter.campaigns.sending.abandoned_chunks import recover
from newsletter.campaigns.sending.runner import Dispatcher
from newsletter.campaigns.sending.submission_log import SubmissionLog
from newsletter.campaigns.sending.worker import Notice, Worker
from newsletter.errors import ProviderError
from newsletter.model.campaign import Campaign
from newsletter.model.delivery import Attempt
from newsletter.model.edition import Edition
from newsletter.model.subscribers import Subscriber
from newsletter.providers.base import Provider
from newsletter.storage.database import Store

__all__ = ["Notice", "SubmissionLog", "Worker", "dispatch", "dispatch_chunk", "recover", "rehearse"]


def dispatch(store: Store, provider: Provider, campaign: Campaign, worker: Worker, *, patience: float = 0.0) -> None:
    """Recovers what dead workers left, resolves doubts, then hands over every chunk that is due.

    Waits for what is not due yet as long as that is no more than `patience` seconds. ProviderError where the provider
    cannot be reached or refuses everybody; nothing is lost then, and another call goes on.
    """
    run = Dispatcher(store, provider, campaign, worker, patience)
    run.through()
    if run.limiter.limit:
        at = dt.datetime.fromtimestamp(run.limited_until / 1000, worker.zone)
        facts = {"provider": provider.name, "reason": run.limiter.limit, "number": campaign.id, "at": at}
        raise ProviderError("account_limited", **facts)
    reason = run.limiter.trouble or ("" if worker.is_stopping() else run.limiter.silence)
    if reason:
        raise ProviderError("provider_unavailable", provider=provider.name, reason=reason)


def dispatch_chunk(store: Store, provider: Provider, campaign: Campaign, *, worker: Worker) -> bool:
    """The next chunk that is due, from claim to record; False where there is none. Stands alone."""
    return Dispatcher(store, provider, campaign, worker).one()


def rehearse(provider: Provider, edition: Edition, key: str) -> None:
    """Builds one message for nobody: what cannot be built must show before the campaign is frozen, not after."""
    moment = dt.datetime.fromtimestamp(0, dt.UTC)
    campaign = Campaign(1, edition.issue_id, 1, "", edition.digest, provider.name, moment, 0, 0)
    nobody = Subscriber(0, edition.sender.email)
    recipient = submission.recipient_maker(edition, campaign, key)(nobody)
    provider.build(edition, [recipient], Attempt(0, 0, 1, moment))

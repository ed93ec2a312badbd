"""Sending: submit the chunks of a campaign to a provider, so that no recipient gets it twice or is left out.

    claim a chunk     committed before a byte leaves             runner
    build             pure: the same deliveries, the same bytes  submission
    submit            one attempt                                submission
    record            under the claim's token                    runner

runner             the dispatch loop over a campaign
submission         build and submit the requests of a chunk, and interpret the outcomes
concurrency        limit on the chunks under way at once
rate_limit         limits on recipients per hour and per day
reconciliation     resolve chunks in doubt, whose answer was lost
abandoned_chunks   recover the chunks of workers that died
submission_log     progress of each request, in files that survive the worker
refusal_watch      detect refusals that concern the account, not the readers
worker             the worker's name, clock and signing key
"""

from __future__ import annotations

import datetime as dt

from newsletter.campaigns.sending import submission
from newsletter.campaigns.sending.abandoned_chunks import recover_abandoned
from newsletter.campaigns.sending.runner import Dispatcher
from newsletter.campaigns.sending.submission_log import SubmissionLog
from newsletter.campaigns.sending.worker import Progress, Worker
from newsletter.errors import ProviderError
from newsletter.model.campaign import Campaign
from newsletter.model.delivery import Attempt
from newsletter.model.edition import Edition
from newsletter.model.subscribers import Subscriber
from newsletter.providers.base import Provider
from newsletter.storage.database import Store

__all__ = ["Progress", "SubmissionLog", "Worker", "check_build", "dispatch", "recover_abandoned"]


def dispatch(store: Store, provider: Provider, campaign: Campaign, worker: Worker, *, patience: float = 0.0) -> None:
    """Recover the chunks of dead workers, resolve chunks in doubt, then submit every chunk that is due.

    Wait for chunks that become due within `patience` seconds. Raise ProviderError if the provider cannot be reached,
    refuses everybody, or leaves too many chunks in doubt. Nothing is lost then, and another call continues.
    """
    dispatcher = Dispatcher(store, provider, campaign, worker, patience)
    dispatcher.run()
    if dispatcher.limiter.account_limit:
        at = dt.datetime.fromtimestamp(dispatcher.limited_until / 1000, worker.zone)
        facts = {"provider": provider.name, "reason": dispatcher.limiter.account_limit, "number": campaign.id, "at": at}
        raise ProviderError("account_limited", **facts)
    reason = dispatcher.limiter.stop_reason or ("" if worker.is_stopping() else dispatcher.limiter.unreachable_reason)
    if reason:
        raise ProviderError("provider_unavailable", provider=provider.name, reason=reason)


def check_build(provider: Provider, edition: Edition, key: str) -> None:
    """Build one message for a dummy recipient, so that build errors show before the campaign is frozen."""
    moment = dt.datetime.fromtimestamp(0, dt.UTC)
    campaign = Campaign(
        id=1,
        issue_id=edition.issue_id,
        round=1,
        list_name="",
        digest=edition.digest,
        provider=provider.name,
        planned_at=moment,
        recipients=0,
        excluded=0,
    )
    dummy = Subscriber(0, edition.sender.email)
    recipient = submission.make_recipient_builder(edition, campaign, key)(dummy)
    provider.build(edition, [recipient], Attempt(campaign_id=0, chunk=0, number=1, date=moment))

"""Dry run of a send: the requests for all recipients are built and discarded, and nothing is submitted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from newsletter.campaigns.planning import Audience, select_recipients
from newsletter.campaigns.sending import submission
from newsletter.model.campaign import Campaign, Claim
from newsletter.model.edition import Edition
from newsletter.providers.base import Provider
from newsletter.storage.campaigns import delivery_exceptions
from newsletter.storage.database import Store
from newsletter.subscribers import selection
from newsletter.system.batches import batched


@dataclass(frozen=True, slots=True)
class RequestSizes:
    """Size of the send: counts, and the total and the largest request in bytes."""

    requests: int = 0
    recipients: int = 0
    bytes: int = 0
    largest: int = 0


def measure_requests(store: Store, edition: Edition, audience: Audience, provider: Provider, key: str) -> RequestSizes:
    """Build the requests as a dispatch would build them; return how many and how large they are."""
    now, sizes = dt.datetime.now(dt.UTC), RequestSizes()
    campaign = Campaign(
        id=1,
        issue_id=edition.issue_id,
        round=1,
        list_name=audience.list_name,
        digest=edition.digest,
        provider=provider.name,
        planned_at=now,
        recipients=0,
        excluded=0,
    )
    with store.read() as tx:
        list_id = selection.get_list(tx, audience.list_name).id
        everybody = list(select_recipients(tx, edition.issue_id, audience))
        for ids in batched(everybody, provider.caps.chunk_size):
            people, _ = delivery_exceptions.partition_deliverable(tx, list_id, ids)
            claim = Claim(campaign_id=0, sequence=0, token="", attempt=1, digest=edition.digest, people=tuple(people))
            prepared = submission.prepare_chunk(provider, edition, campaign, claim, key)
            lengths = [sum(map(len, request.parts)) for request in prepared.requests]
            sizes = replace(
                sizes,
                requests=sizes.requests + len(lengths),
                recipients=sizes.recipients + len(people),
                bytes=sizes.bytes + sum(lengths),
                largest=max(sizes.largest, *lengths),
            )
    return sizes

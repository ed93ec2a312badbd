"""Dry run of a send: the requests for all recipients are built and discarded, and nothing is submitted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from newsletter.campaigns.planning import Audience, had_before
from newsletter.campaigns.sending import submission
from newsletter.model.campaign import Campaign, Claim
from newsletter.model.edition import Edition
from newsletter.providers.base import Provider
from newsletter.storage.campaigns import audience as audience_, delivery_exceptions
from newsletter.storage.database import Store
from newsletter.subscribers import selection
from newsletter.system.batches import batched


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Size of the send: counts, and the total and the largest request in bytes."""

    requests: int = 0
    recipients: int = 0
    bytes: int = 0
    largest: int = 0


def rehearse(store: Store, edition: Edition, audience: Audience, provider: Provider, key: str) -> Rehearsal:
    """Build the requests as a dispatch would build them; return how many and how large they are."""
    now, made = dt.datetime.now(dt.UTC), Rehearsal()
    campaign = Campaign(1, edition.issue_id, 1, audience.list_name, edition.digest, provider.name, now, 0, 0)
    with store.read() as tx:
        list_id = selection.mailing_list(tx, audience.list_name).id
        had = had_before(tx, edition.issue_id, audience) if audience.only_missing else None
        everybody = audience_.Audience(tx, list_id, selection.condition(tx, audience.segment, audience.zone), had)
        for ids in batched(list(everybody), provider.caps.chunk_size):
            people, _ = delivery_exceptions.partition_deliverable(tx, list_id, ids)
            claim = Claim(0, 0, "", 1, edition.digest, tuple(people))
            loaded = submission.prepare_chunk(provider, edition, campaign, claim, key)
            sizes = [sum(map(len, request.parts)) for request in loaded.requests]
            made = replace(
                made,
                requests=made.requests + len(sizes),
                recipients=made.recipients + len(people),
                bytes=made.bytes + sum(sizes),
                largest=max(made.largest, *sizes),
            )
    return made

"""Campaigns that are due, and campaigns whose time is long past."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.campaigns.control import _OPEN
from newsletter.model.campaign import Campaign, CampaignState, ChunkState
from newsletter.storage.campaigns import attempts, campaigns, chunks
from newsletter.storage.database import Store

_DAY = 86_400_000


def due(store: Store, now: int) -> Iterator[Campaign]:
    """Campaigns that have something to send or to find out, the oldest first; what is in doubt is in any state."""
    with store.read() as tx:
        fenced = {one.campaign_id for one in attempts.fences(tx)}
        for one in campaigns.going(tx, fenced):
            open_ = {chunk.state for chunk in chunks.standing(tx, one.id, *_OPEN)}
            goes = one.state is CampaignState.ACTIVE and ChunkState.READY in open_ and one.orders.not_before <= now
            if goes or open_ - {ChunkState.READY} or one.id in fenced:
                yield one


def is_stale(store: Store, campaign: Campaign, now: int, *, grace: float, capped: bool = False) -> bool:
    """Whether what is still to go out should have long ago: a schedule missed, or a run that nobody went on with.

    A campaign that waits for the next day's share of a cap (`capped`) is a day younger.
    """
    with store.read() as tx:
        waiting = chunks.next_due(tx, campaign.id)
        if campaign.state is not CampaignState.ACTIVE or waiting is None:
            return False
        last = attempts.last_at(tx) + _DAY if capped else attempts.last_at(tx, campaign.id)
        touched = campaigns.touched_at(tx, campaign.id)
    since = max(campaign.orders.not_before, last, touched, waiting)
    return now - since > grace * 1000

"""Campaigns that are due, and campaigns that are overdue."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.campaigns.control import _OPEN
from newsletter.model.campaign import Campaign, CampaignState, ChunkState
from newsletter.storage.campaigns import attempts, campaigns, chunks
from newsletter.storage.database import Store

_DAY = 86_400_000


def list_due(store: Store, now: int) -> Iterator[Campaign]:
    """Yield the campaigns that are due, the oldest first.

    An active campaign is due if it has a ready chunk and its time has come. In any state, a campaign is due if it
    has claimed chunks, chunks in doubt, or cancelled batches that the provider still keeps.
    """
    with store.read() as tx:
        fenced = {one.campaign_id for one in attempts.list_cancelled(tx)}
        for one in campaigns.list_active(tx, fenced):
            open_ = {chunk.state for chunk in chunks.list_chunks(tx, one.id, *_OPEN)}
            goes = one.state is CampaignState.ACTIVE and ChunkState.READY in open_ and one.orders.not_before <= now
            if goes or open_ - {ChunkState.READY} or one.id in fenced:
                yield one


def is_stale(store: Store, campaign: Campaign, now: int, *, grace: float, capped: bool = False) -> bool:
    """Return True if the rest of a campaign is overdue by more than `grace` seconds: a missed or an interrupted run.

    With a daily cap (`capped`), a campaign may wait a day after the last attempt of any campaign.
    """
    with store.read() as tx:
        waiting = chunks.next_due(tx, campaign.id)
        if campaign.state is not CampaignState.ACTIVE or waiting is None:
            return False
        last = attempts.last_at(tx) + _DAY if capped else attempts.last_at(tx, campaign.id)
        touched = campaigns.find_changed_at(tx, campaign.id)
    since = max(campaign.orders.not_before, last, touched, waiting)
    return now - since > grace * 1000

"""Campaigns that are due, and campaigns that are overdue."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.campaigns.control import OPEN_STATES
from newsletter.model.campaign import Campaign, CampaignState, ChunkState
from newsletter.storage.campaigns import attempts, campaigns, chunks
from newsletter.storage.database import Store

_DAY_MS = 86_400_000


def list_due(store: Store, now_ms: int) -> Iterator[Campaign]:
    """Yield the campaigns that are due, the oldest first.

    An active campaign is due if it has a ready chunk and its time has come. In any state, a campaign is due if it
    has claimed chunks, chunks in doubt, or cancelled batches that the provider still keeps.
    """
    with store.read() as tx:
        cancelled = {attempt.campaign_id for attempt in attempts.list_cancelled(tx)}
        for campaign in campaigns.list_with_open_chunks(tx, cancelled):
            states = {chunk.state for chunk in chunks.list_chunks(tx, campaign.id, *OPEN_STATES)}
            is_due = campaign.options.not_before <= now_ms
            can_start = campaign.state is CampaignState.ACTIVE and ChunkState.READY in states and is_due
            if can_start or states - {ChunkState.READY} or campaign.id in cancelled:
                yield campaign


def is_overdue(
    store: Store, campaign: Campaign, now_ms: int, *, grace_seconds: float, has_daily_cap: bool = False
) -> bool:
    """Return True if the rest of a campaign is overdue by more than `grace_seconds`: a missed or an interrupted run.

    With a daily cap (`has_daily_cap`), a campaign may wait a day after the last attempt of any campaign.
    """
    with store.read() as tx:
        next_due_ms = chunks.find_next_due(tx, campaign.id)
        if campaign.state is not CampaignState.ACTIVE or next_due_ms is None:
            return False
        last_attempt_ms = (
            attempts.find_last_start(tx) + _DAY_MS if has_daily_cap else attempts.find_last_start(tx, campaign.id)
        )
        changed_ms = campaigns.find_changed_at(tx, campaign.id)
    since_ms = max(campaign.options.not_before, last_attempt_ms, changed_ms, next_due_ms)
    return now_ms - since_ms > grace_seconds * 1000

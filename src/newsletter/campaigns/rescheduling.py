"""Give a campaign another time, where nothing of it can still leave at the old one."""

from __future__ import annotations

from newsletter.campaigns import control
from newsletter.errors import Refused
from newsletter.model.campaign import GIVEN_UP, Campaign, CampaignState, ChunkState, Part, SendOptions, Tally
from newsletter.providers.base import BatchControl, Provider
from newsletter.storage.campaigns import campaigns, chunks
from newsletter.storage.database import Store
from newsletter.system import timestamps


def reschedule(store: Store, provider: Provider, campaign: Campaign, orders: SendOptions, now: int) -> None:
    """Give a campaign another time: what waits here, and what the provider keeps and can be taken back.

    Refused, and it keeps its time, where that cannot be proven, or where somebody of a cancelled one may have it.
    """
    _require_movable(store, provider, campaign, now)
    was_active = campaign.state is CampaignState.ACTIVE
    if was_active:
        control.store_state(store, campaign, CampaignState.PAUSED, now)  # nobody claims anything of it meanwhile
        campaign = control.get_campaign(store, campaign.id)
    try:
        _bring_back(store, provider, campaign, now)
    except Refused:
        if was_active:
            control.store_state(store, campaign, CampaignState.ACTIVE, now)
        raise
    with store.write() as tx:
        if not campaigns.reschedule(tx, campaign, orders, now):
            raise Refused("campaign_moved", number=campaign.id)
        for chunk in chunks.standing(tx, campaign.id, ChunkState.CANCELLED):
            if chunk.detail != GIVEN_UP:
                chunks.settle(tx, campaign.id, chunk, Part(ChunkState.READY), now)


def _require_movable(store: Store, provider: Provider, campaign: Campaign, now: int) -> None:
    tally, kept = control.counts(store, campaign, now)
    if _is_over(campaign, tally, kept):
        raise Refused("campaign_finished", number=campaign.id)
    if provider.name != campaign.provider:
        raise Refused("reschedule_by_another", provider=campaign.provider, number=campaign.id)
    _require_still(store, campaign, now)
    if kept and isinstance(provider, BatchControl):
        sure, room = control.kept_chunks(store, provider, campaign, now)
        if sum(tried.recipients for _, tried in sure) < kept:
            raise Refused("reschedule_too_late", count=kept, **_release(campaign))
        if sum(tried.fenced_at is None for _, tried in sure) > room:
            raise Refused("reschedule_no_room", count=kept, room=room, **_release(campaign))


def _is_over(campaign: Campaign, tally: Tally, kept: int) -> bool:
    """Whether nothing is left to give another time, or a cancelled one may have reached somebody."""
    if campaign.state is CampaignState.CANCELLED:
        unknown = tally.in_doubt + tally.held + tally.given_up
        return tally.accepted > kept or unknown > 0 or not tally.cancelled + kept + tally.claimed
    return not tally.ready + tally.claimed + kept


def _require_still(store: Store, campaign: Campaign, now: int) -> None:
    """Refused where something is under way, or in doubt and may still leave at the old time."""
    tally, _ = control.counts(store, campaign, now)
    if tally.claimed:
        raise Refused("reschedule_under_way", number=campaign.id, count=tally.claimed)
    doubted = tally.in_doubt + tally.held
    if doubted and campaign.orders.release_at > now:
        raise Refused("reschedule_in_doubt", count=doubted, **_release(campaign))


def _bring_back(store: Store, provider: Provider, campaign: Campaign, now: int) -> None:
    """Take back whatever the provider keeps; Refused where it did not confirm all of it."""
    _require_still(store, campaign, now)
    if not control.counts(store, campaign, now)[1]:
        return
    control.take_back(store, provider, campaign, now)
    tally, kept = control.counts(store, campaign, now)
    if kept + tally.in_doubt:
        raise Refused("reschedule_unconfirmed", count=kept + tally.in_doubt, **_release(campaign))


def _release(campaign: Campaign) -> dict[str, object]:
    return {"number": campaign.id, "provider": campaign.provider, "at": timestamps.moment(campaign.orders.release_at)}

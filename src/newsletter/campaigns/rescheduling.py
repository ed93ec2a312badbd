"""Rescheduling of campaigns, if no message can still leave at the old time."""

from __future__ import annotations

from newsletter.campaigns import control
from newsletter.errors import Refused
from newsletter.model.campaign import GIVEN_UP, Campaign, CampaignState, ChunkState, Part, SendOptions, Tally
from newsletter.providers.base import BatchControl, Provider
from newsletter.storage.campaigns import campaigns, chunks
from newsletter.storage.database import Store
from newsletter.system import timestamps


def reschedule(store: Store, provider: Provider, campaign: Campaign, options: SendOptions, now_ms: int) -> None:
    """Give a campaign another time: its waiting chunks, and the chunks that can be taken back from the provider.

    Raise Refused, and keep the old time, if a message may still leave at the old time, or if the campaign is
    cancelled and a recipient may have the message.
    """
    _require_reschedulable(store, provider, campaign, now_ms)
    was_active = campaign.state is CampaignState.ACTIVE
    if was_active:
        control.store_state(store, campaign, CampaignState.PAUSED, now_ms)  # so that no worker claims a chunk meanwhile
        campaign = control.get_campaign(store, campaign.id)
    try:
        _take_back_all(store, provider, campaign, now_ms)
    except Refused:
        if was_active:
            control.store_state(store, campaign, CampaignState.ACTIVE, now_ms)
        raise
    with store.write() as tx:
        if not campaigns.reschedule(tx, campaign, options, now_ms):
            raise Refused("campaign_moved", number=campaign.id)
        for chunk in chunks.list_chunks(tx, campaign.id, ChunkState.CANCELLED):
            if chunk.detail != GIVEN_UP:
                chunks.resolve_doubt(tx, campaign.id, chunk, Part(ChunkState.READY), now_ms)


def _require_reschedulable(store: Store, provider: Provider, campaign: Campaign, now_ms: int) -> None:
    tally, kept = control.read_counts(store, campaign, now_ms)
    if _is_over(campaign, tally, kept):
        raise Refused("campaign_finished", number=campaign.id)
    if provider.name != campaign.provider:
        raise Refused("reschedule_by_another", provider=campaign.provider, number=campaign.id)
    _require_idle(store, campaign, now_ms)
    if kept and isinstance(provider, BatchControl):
        cancellable, free_batches = control.list_cancellable(store, provider, campaign, now_ms)
        if sum(attempt.recipients for _, attempt in cancellable) < kept:
            raise Refused("reschedule_too_late", count=kept, **_release_facts(campaign))
        if sum(attempt.cancelled_at is None for _, attempt in cancellable) > free_batches:
            raise Refused("reschedule_no_room", count=kept, room=free_batches, **_release_facts(campaign))


def _is_over(campaign: Campaign, tally: Tally, kept: int) -> bool:
    """Return True if no chunk is left to reschedule, or if a cancelled campaign may have reached a recipient."""
    if campaign.state is CampaignState.CANCELLED:
        unknown = tally.in_doubt + tally.held + tally.given_up
        return tally.accepted > kept or unknown > 0 or not tally.cancelled + kept + tally.claimed
    return not tally.ready + tally.claimed + kept


def _require_idle(store: Store, campaign: Campaign, now_ms: int) -> None:
    """Raise Refused if a chunk is under way, or is in doubt and may still leave at the old time."""
    tally, _ = control.read_counts(store, campaign, now_ms)
    if tally.claimed:
        raise Refused("reschedule_under_way", number=campaign.id, count=tally.claimed)
    doubted = tally.in_doubt + tally.held
    if doubted and campaign.options.release_at > now_ms:
        raise Refused("reschedule_in_doubt", count=doubted, **_release_facts(campaign))


def _take_back_all(store: Store, provider: Provider, campaign: Campaign, now_ms: int) -> None:
    """Take back all chunks that the provider keeps; raise Refused if it does not confirm all of them."""
    _require_idle(store, campaign, now_ms)
    if not control.read_counts(store, campaign, now_ms)[1]:
        return
    control.take_back(store, provider, campaign, now_ms)
    tally, kept = control.read_counts(store, campaign, now_ms)
    if kept + tally.in_doubt:
        raise Refused("reschedule_unconfirmed", count=kept + tally.in_doubt, **_release_facts(campaign))


def _release_facts(campaign: Campaign) -> dict[str, object]:
    return {"number": campaign.id, "provider": campaign.provider, "at": timestamps.moment(campaign.options.release_at)}

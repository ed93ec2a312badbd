"""Operator control of campaigns: pause, resume, hold and cancel a campaign, and resolve its held chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.campaigns.sending.reconciliation import SURE_SECONDS
from newsletter.errors import InputError, Refused
from newsletter.model.campaign import (
    CAMPAIGN_MOVES,
    GIVEN_UP,
    Campaign,
    CampaignState,
    ChunkState,
    ChunkStatus,
    Part,
    Tally,
)
from newsletter.providers.base import BatchControl, Provider
from newsletter.storage.campaigns import attempts, campaigns, chunks
from newsletter.storage.campaigns.attempts import AttemptRecord
from newsletter.storage.database import Store

OPEN_STATES = (ChunkState.READY, ChunkState.CLAIMED, ChunkState.IN_DOUBT)
_ENDED_STATES = frozenset({ChunkState.ACCEPTED, ChunkState.REJECTED, ChunkState.CANCELLED})


@dataclass(frozen=True, slots=True)
class CancellationCounts:
    """Result of a cancellation; each field is a number of people."""

    stopped: int
    """People who will not get the campaign."""
    gone: int
    """People who have it."""
    too_late: int
    """People who will get it: the provider has the message, and it can no longer be taken back."""
    unsure: int
    """People for whom the outcome is not known, or not yet: claimed, in doubt, held, given up."""


def get_campaign(store: Store, campaign_id: int) -> Campaign:
    """Return the campaign with that id; raise InputError, which lists known ids, if there is none."""
    with store.read() as tx:
        campaign = campaigns.find_by_id(tx, campaign_id)
        if campaign is None:
            known_ids = ", ".join(str(campaign.id) for campaign in campaigns.list_all(tx)[:20]) or "—"
            raise InputError("campaign_unknown", number=campaign_id, known=known_ids)
    return campaign


def pause(store: Store, campaign: Campaign, now_ms: int) -> None:
    """Pause a campaign: no new chunk is started, chunks under way are completed."""
    _move(store, campaign, CampaignState.PAUSED, now_ms)


def resume(store: Store, campaign: Campaign, now_ms: int) -> None:
    """Resume a campaign: the next dispatch continues it."""
    _move(store, campaign, CampaignState.ACTIVE, now_ms)


def hold(store: Store, campaign: Campaign, now_ms: int) -> None:
    """Hold a campaign until the operator says whether it is still to be sent."""
    _move(store, campaign, CampaignState.HELD, now_ms)


def _move(store: Store, campaign: Campaign, state: CampaignState, now_ms: int) -> None:
    if is_finished(store, campaign):
        raise Refused("campaign_finished", number=campaign.id)
    if state not in CAMPAIGN_MOVES[campaign.state]:
        raise Refused("campaign_waits", number=campaign.id, state=campaign.state.value)
    store_state(store, campaign, state, now_ms)


def store_state(store: Store, campaign: Campaign, state: CampaignState, now_ms: int) -> None:
    """Store the new state of a campaign; raise Refused if somebody changed the state meanwhile."""
    with store.write() as tx:
        if not campaigns.change_state(tx, campaign, state, now_ms):
            raise Refused("campaign_moved", number=campaign.id)


def require_cancellable(store: Store, provider: str, campaign: Campaign, now_ms: int) -> None:
    """Raise Refused if nothing is left to cancel, or if only the campaign's own provider can take messages back."""
    unreleased = read_counts(store, campaign, now_ms)[1]
    if is_finished(store, campaign) and not unreleased:
        raise Refused("campaign_finished", number=campaign.id)
    if unreleased and provider != campaign.provider:
        raise Refused("kept_by_another_provider", provider=campaign.provider, number=campaign.id)


def cancel(store: Store, provider: Provider, campaign: Campaign, now_ms: int) -> CancellationCounts:
    """Cancel a campaign: its waiting chunks, and the chunks that the provider keeps and can still cancel."""
    require_cancellable(store, provider.name, campaign, now_ms)
    with store.write() as tx:
        if campaign.state is not CampaignState.CANCELLED and not campaigns.change_state(
            tx, campaign, CampaignState.CANCELLED, now_ms
        ):
            raise Refused("campaign_moved", number=campaign.id)
        stopped_count = chunks.cancel_ready(tx, campaign.id, now_ms)
    stopped_count += take_back(store, provider, campaign, now_ms)
    tally, too_late = read_counts(store, campaign, now_ms)
    unsure = tally.claimed + tally.in_doubt + tally.held + tally.given_up
    return CancellationCounts(stopped=stopped_count, gone=tally.accepted - too_late, too_late=too_late, unsure=unsure)


def take_back(store: Store, provider: Provider, campaign: Campaign, now_ms: int) -> int:
    """Take back the chunks that the provider keeps for later and can cancel for certain; return the number of people.

    A chunk that was taken back is ready again, or cancelled if the campaign is cancelled. It is in doubt if the
    provider did not confirm the cancellation.
    """
    if not isinstance(provider, BatchControl) or provider.name != campaign.provider:
        return 0
    kept, free_batches = list_cancellable(store, provider, campaign, now_ms)
    stopped = 0
    for chunk, attempt in kept:
        if attempt.cancelled_at is None and free_batches <= 0:
            continue
        free_batches -= attempt.cancelled_at is None
        with store.write() as tx:
            attempts.mark_cancelled(tx, attempt, attempt.cancelled_at or now_ms)
        is_sure = provider.cancel_batch(attempt.batch_id)
        part = Part(ChunkState.READY) if is_sure else Part(ChunkState.IN_DOUBT, detail="not confirmed")
        with store.write() as tx:
            is_moved = chunks.resolve_doubt(tx, campaign.id, chunk, part, now_ms)
        stopped += attempt.recipients if is_moved and is_sure else 0
    return stopped


def list_cancellable(
    store: Store, provider: BatchControl, campaign: Campaign, now_ms: int
) -> tuple[list[tuple[ChunkStatus, AttemptRecord]], int]:
    """Return the chunks that the provider keeps and can cancel for certain, and how many more batches it can cancel."""
    with store.read() as tx:
        free_batches = provider.max_batches - len(attempts.list_cancelled(tx))
        accepted = chunks.list_chunks(tx, campaign.id, ChunkState.ACCEPTED)
        pairs = [(chunk, attempts.find(tx, campaign.id, chunk.sequence, chunk.attempt)) for chunk in accepted]
    safe_from_ms = now_ms + SURE_SECONDS * 1000
    cancellable = [
        (chunk, attempt)
        for chunk, attempt in pairs
        if attempt and attempt.batch_id and attempt.release_at >= safe_from_ms
    ]
    return cancellable, free_batches


def read_counts(store: Store, campaign: Campaign, now_ms: int) -> tuple[Tally, int]:
    """Return the tally, and the number of people whose message the provider keeps for later."""
    with store.read() as tx:
        return campaigns.read_tally(tx, campaign.id), campaigns.count_unreleased(tx, campaign, now_ms)


def list_resolvable(store: Store, campaign: Campaign, sequences: Sequence[int]) -> list[ChunkStatus]:
    """Return the chunks that the operator may resolve: all held ones, or the given ones that are held or in doubt.

    Raise InputError, which lists those chunks, if a given one is not among them or if there is none to resolve.
    """
    with store.read() as tx:
        open_ = chunks.list_chunks(tx, campaign.id, ChunkState.HELD, ChunkState.IN_DOUBT)
    chosen = [chunk for chunk in open_ if _is_chosen(chunk, sequences)]
    unknown = sorted(set(sequences) - {chunk.sequence for chunk in open_})
    known = ", ".join(str(chunk.sequence) for chunk in open_) or "—"
    if unknown:
        raise InputError("chunk_unknown", number=", ".join(map(str, unknown)), known=known)
    if not chosen:
        raise InputError("nothing_held", known=known)
    return chosen


def _is_chosen(chunk: ChunkStatus, sequences: Sequence[int]) -> bool:
    return chunk.sequence in sequences if sequences else chunk.state is ChunkState.HELD


def resolve(store: Store, campaign: Campaign, chosen: Sequence[ChunkStatus], state: ChunkState, now_ms: int) -> int:
    """Record the operator's decision about chunks (accepted, ready again, given up); return the number of people.

    Raise Refused for chunks to send again in a cancelled campaign, and for accepted chunks whose batch was cancelled.
    """
    if state is ChunkState.READY and campaign.state is CampaignState.CANCELLED:
        raise Refused("resolve_cancelled", number=campaign.id)
    part = Part(state, detail=GIVEN_UP if state is ChunkState.CANCELLED else "operator")
    with store.write() as tx:
        found = [attempts.find(tx, campaign.id, chunk.sequence, chunk.attempt) for chunk in chosen]
        if state is ChunkState.ACCEPTED and any(attempt and attempt.cancelled_at for attempt in found):
            raise Refused("chunk_fenced", number=campaign.id)
        return sum(chunk.recipients for chunk in chosen if chunks.resolve_doubt(tx, campaign.id, chunk, part, now_ms))


def is_finished(store: Store, campaign: Campaign) -> bool:
    """Return True if every chunk is accepted, rejected or cancelled."""
    with store.read() as tx:
        return not chunks.list_chunks(tx, campaign.id, *(frozenset(ChunkState) - _ENDED_STATES))

"""What an operator does about campaigns: pauses, resumes, cancels them, and decides about what is held.

And what is due without anybody at a terminal: `dispatch` goes through it, and asks before it touches what is old.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.errors import InputError, Refused
from newsletter.model.campaign import CAMPAIGN_MOVES, Campaign, CampaignState, ChunkState, Part
from newsletter.providers import Provider, Tracing
from newsletter.store import attempts, campaigns, chunks
from newsletter.store.engine import Store

GRACE_SECONDS = 12 * 3600
"""What should have gone on longer ago asks first: the database may be a restored copy."""
_ENDED = frozenset({ChunkState.ACCEPTED, ChunkState.REJECTED, ChunkState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a cancellation did: people who will not get it, who have it, and who will because it was too late."""

    stopped: int
    gone: int
    too_late: int


def known(store: Store, campaign_id: int) -> Campaign:
    """The campaign of that number; InputError says which there are."""
    with store.read() as tx:
        found = campaigns.by_id(tx, campaign_id)
        if found is None:
            there = ", ".join(str(one.id) for one in campaigns.every(tx)[:20]) or "—"
            raise InputError("campaign_unknown", number=campaign_id, known=there)
    return found


def pause(store: Store, campaign: Campaign, now: int) -> None:
    """Nothing more of it is begun; what is under way is ended."""
    _move(store, campaign, CampaignState.PAUSED, now)


def resume(store: Store, campaign: Campaign, now: int) -> None:
    """It goes on, with the next dispatch."""
    _move(store, campaign, CampaignState.ACTIVE, now)


def hold(store: Store, campaign: Campaign, now: int) -> None:
    """It waits until somebody says whether it is still to go out."""
    _move(store, campaign, CampaignState.HELD, now)


def _move(store: Store, campaign: Campaign, state: CampaignState, now: int) -> None:
    if state not in CAMPAIGN_MOVES[campaign.state]:
        raise Refused("campaign_move", number=campaign.id, state=campaign.state.value, wanted=state.value)
    with store.write() as tx:
        if not campaigns.move(tx, campaign, state, now):
            raise Refused("campaign_moved", number=campaign.id)


def cancel(store: Store, provider: Provider, campaign: Campaign, now: int) -> Cancelled:
    """Nothing more of it goes out, and of what was handed over for later as much as the provider still lets go of."""
    if is_finished(store, campaign) and campaign.orders.release_at <= now:
        raise Refused("campaign_finished", number=campaign.id)
    with store.write() as tx:
        if campaign.state is not CampaignState.CANCELLED and not campaigns.move(
            tx, campaign, CampaignState.CANCELLED, now
        ):
            raise Refused("campaign_moved", number=campaign.id)
        stopped = chunks.cancel(tx, campaign.id, now)
        given = chunks.standing(tx, campaign.id, ChunkState.ACCEPTED, ChunkState.CLAIMED, ChunkState.IN_DOUBT)
        late = [one for one in given if campaign.orders.release_at > now]
    held_back = _hold_back(store, provider, campaign, now) if late else 0
    gone = sum(one.recipients for one in given) - (sum(one.recipients for one in late) if late else 0)
    return Cancelled(stopped + held_back, gone, sum(one.recipients for one in late) - held_back)


def _hold_back(store: Store, provider: Provider, campaign: Campaign, now: int) -> int:
    """How many people's messages the provider let go of, of those that it was handed for later."""
    if not isinstance(provider, Tracing):
        return 0
    with store.read() as tx:
        room = provider.most_fences - len(attempts.fences(tx))
        fenced = [one for one in attempts.accepted_since(tx, campaign.id, 0) if one.fence and not one.fenced_at]
    stopped = 0
    for one in fenced[: max(room, 0)]:
        if provider.hold_back(one.fence):
            stopped += one.recipients
            with store.write() as tx:
                attempts.mark(tx, one, fenced_at=now)
    return stopped


def resolve(store: Store, campaign: Campaign, sequences: list[int], state: ChunkState, now: int) -> int:
    """What the operator found out about chunks held or in doubt: taken, to go again, given up. How many people."""
    with store.write() as tx:
        open_ = {one.sequence: one for one in chunks.standing(tx, campaign.id, ChunkState.HELD, ChunkState.IN_DOUBT)}
        wanted = sequences or sorted(open_)
        strange = [number for number in wanted if number not in open_]
        if strange or not wanted:
            there = ", ".join(map(str, sorted(open_))) or "—"
            raise InputError("chunk_unknown", number=", ".join(map(str, strange)) or "—", known=there)
        part = Part(state, detail="operator")
        return sum(
            open_[number].recipients for number in wanted if chunks.settle(tx, campaign.id, open_[number], part, now)
        )


def is_finished(store: Store, campaign: Campaign) -> bool:
    """Whether every chunk ended."""
    with store.read() as tx:
        return not chunks.standing(tx, campaign.id, *(frozenset(ChunkState) - _ENDED))


def due(store: Store, now: int) -> Iterator[Campaign]:
    """Campaigns that have something to do or to find out, the oldest first."""
    with store.read() as tx:
        found = campaigns.unfinished(tx)
    for one in found:
        if one.state in {CampaignState.ACTIVE, CampaignState.CANCELLED} and one.orders.not_before <= now:
            yield one


def is_stale(store: Store, campaign: Campaign, now: int, grace: float = GRACE_SECONDS) -> bool:
    """Whether what is still to go out should have long ago: a schedule missed, or a run that nobody went on with."""
    with store.read() as tx:
        if campaign.state is not CampaignState.ACTIVE or chunks.next_due(tx, campaign.id) is None:
            return False
        last = attempts.last_at(tx, campaign.id) or 0
        since = max(campaign.orders.not_before, last, campaigns.touched_at(tx, campaign.id))
        waiting = chunks.next_due(tx, campaign.id) or 0
    return now - max(since, waiting) > grace * 1000

"""Why the rest of a campaign does not go out now, and until when: a time, a limit, doubts, another process."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.dispatching.doubts import EVIDENCE_SECONDS
from newsletter.dispatching.flight import DOUBTS
from newsletter.dispatching.run import FENCED
from newsletter.dispatching.worker import Worker
from newsletter.model.campaign import Campaign, CampaignState, ChunkState
from newsletter.providers import Provider
from newsletter.reporting import Account
from newsletter.store import attempts, chunks
from newsletter.store.engine import Store


@dataclass(frozen=True, slots=True)
class Wait:
    """Why nothing more of a campaign goes out now, and until when."""

    reason: str
    """provider, time, cap, rate, fences, doubts, elsewhere."""
    until: int = 0
    """In milliseconds; 0 where nobody knows."""
    people: int = 0
    """How many the reason is about: a limit, or who is in doubt."""
    detail: str = ""
    """What the provider said last to what waits."""


def find_wait(store: Store, provider: Provider, account: Account, worker: Worker) -> Wait | None:
    """Return what an active campaign waits for; None where it could go on now, or has nothing to send."""
    campaign, now = account.campaign, worker.millis()
    if campaign.state is not CampaignState.ACTIVE or account.next_at is None or account.phase == "scheduled":
        return None
    if campaign.provider != provider.name:
        return Wait("provider")
    if account.next_at > now:
        return Wait("time", account.next_at, detail=_detail(store, campaign))
    found = _limit(store, provider, campaign, worker) or _doubts(store, provider, account)
    return found or (Wait("elsewhere", people=account.tally.claimed) if account.tally.claimed else None)


def _detail(store: Store, campaign: Campaign) -> str:
    with store.read() as tx:
        ready = chunks.standing(tx, campaign.id, ChunkState.READY)
    latest = max(ready, key=lambda chunk: (chunk.detail != "", chunk.since), default=None)
    return latest.detail if latest else ""


def _limit(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> Wait | None:
    orders, cap, now = campaign.orders, worker.daily_cap, worker.millis()
    with store.read() as tx:
        if cap and attempts.spent(tx, worker.midnight()) >= cap:
            return Wait("cap", worker.next_midnight(), cap)
        clear_at = attempts.clear_at(tx, campaign.id, orders.rate) if orders.rate else 0
        if clear_at > now:
            return Wait("rate", clear_at, orders.rate)
        full = len(attempts.fences(tx)) >= getattr(provider, "most_fences", 0)
    return Wait("fences", orders.release_at) if orders.release_at > now and full else None


def _doubts(store: Store, provider: Provider, account: Account) -> Wait | None:
    """Whether so much is in doubt that no more is begun, as `dispatching.run` counts it, and when that is over."""
    orders = account.campaign.orders
    most = orders.in_flight or provider.caps.in_flight
    most = max(min(most, FENCED) if orders.release_at else most, DOUBTS)
    doubted = [one for one in account.unsure if one.state is ChunkState.IN_DOUBT]
    if len(doubted) < most:
        return None
    with store.read() as tx:
        tried = [attempts.of(tx, account.campaign.id, one.sequence, one.attempt) for one in doubted]
    ends = sorted(max(one.since, it.release_at if it else 0) for one, it in zip(doubted, tried, strict=True))
    until = ends[len(doubted) - most] + EVIDENCE_SECONDS * 1000
    return Wait("doubts", until, sum(one.recipients for one in doubted))

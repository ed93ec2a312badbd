"""Reasons why the rest of a campaign is not sent now, and until when: a time, a limit, doubts, another process."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.campaigns.reports import Account
from newsletter.campaigns.sending.concurrency import DOUBTS
from newsletter.campaigns.sending.reconciliation import EVIDENCE_SECONDS
from newsletter.campaigns.sending.runner import FENCED
from newsletter.campaigns.sending.worker import Worker
from newsletter.model.campaign import Campaign, CampaignState, ChunkState
from newsletter.providers.base import BatchControl, Provider
from newsletter.storage.campaigns import attempts, chunks
from newsletter.storage.database import Store


@dataclass(frozen=True, slots=True)
class Wait:
    """The reason why the rest of a campaign is not sent now, and until when."""

    reason: str
    """One of: provider, time, cap, rate, fences, doubts, elsewhere."""
    until: int = 0
    """In milliseconds; 0 if unknown."""
    people: int = 0
    """The number of people that the reason is about: the limit, or the people who wait or are in doubt."""
    detail: str = ""
    """The provider's last answer about the waiting chunks."""


def find_wait(store: Store, provider: Provider, account: Account, worker: Worker) -> Wait | None:
    """Return what a campaign waits for; None if it could continue now, or if it waits for nothing but the operator."""
    campaign, now = account.campaign, worker.millis()
    is_active = campaign.state is CampaignState.ACTIVE
    if campaign.provider != provider.name:
        people = account.tally.in_doubt + (account.tally.ready if is_active else 0)
        return Wait("provider", people=people) if people else None
    if not is_active or account.next_at is None or account.phase == "scheduled":
        return None
    if account.next_at > now:
        return Wait("time", account.next_at, detail=_detail(store, campaign))
    found = _limit(store, provider, campaign, worker) or _doubts(store, provider, account)
    return found or (Wait("elsewhere", people=account.tally.claimed) if account.tally.claimed else None)


def _detail(store: Store, campaign: Campaign) -> str:
    with store.read() as tx:
        ready = chunks.list_chunks(tx, campaign.id, ChunkState.READY)
    latest = max(ready, key=lambda chunk: (chunk.detail != "", chunk.since), default=None)
    return latest.detail if latest else ""


def _limit(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> Wait | None:
    orders, cap, now = campaign.orders, worker.daily_cap, worker.millis()
    with store.read() as tx:
        if cap and attempts.count_recipients(tx, worker.midnight()) >= cap:
            return Wait("cap", worker.next_midnight(), cap)
        clear_at = attempts.find_quota_end(tx, campaign.id, orders.rate) if orders.rate else 0
        if clear_at > now:
            return Wait("rate", clear_at, orders.rate)
        full = isinstance(provider, BatchControl) and len(attempts.list_cancelled(tx)) >= provider.max_batches
    return Wait("fences", orders.release_at) if orders.release_at > now and full else None


def _doubts(store: Store, provider: Provider, account: Account) -> Wait | None:
    """Return a Wait if so many chunks are in doubt that the runner starts no more, and until when; None otherwise."""
    orders = account.campaign.orders
    most = orders.in_flight or provider.caps.in_flight
    most = max(min(most, FENCED) if orders.release_at else most, DOUBTS)
    doubted = [one for one in account.unsure if one.state is ChunkState.IN_DOUBT]
    if len(doubted) < most:
        return None
    with store.read() as tx:
        tried = [attempts.find(tx, account.campaign.id, one.sequence, one.attempt) for one in doubted]
    ends = sorted(max(one.since, it.release_at if it else 0) for one, it in zip(doubted, tried, strict=True))
    until = ends[len(doubted) - most] + EVIDENCE_SECONDS * 1000
    return Wait("doubts", until, sum(one.recipients for one in doubted))

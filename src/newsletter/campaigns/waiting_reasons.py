"""Reasons why the rest of a campaign is not sent now, and until when: a time, a limit, doubts, another process."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.campaigns.reports import CampaignReport
from newsletter.campaigns.sending.concurrency import MAX_DOUBTS
from newsletter.campaigns.sending.reconciliation import EVIDENCE_SECONDS
from newsletter.campaigns.sending.runner import MAX_CANCELLABLE
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


def find_wait(store: Store, provider: Provider, report: CampaignReport, worker: Worker) -> Wait | None:
    """Return what a campaign waits for; None if it could continue now, or if it waits for nothing but the operator."""
    campaign, now_ms = report.campaign, worker.now_ms()
    is_active = campaign.state is CampaignState.ACTIVE
    if campaign.provider != provider.name:
        people = report.tally.in_doubt + (report.tally.ready if is_active else 0)
        return Wait("provider", people=people) if people else None
    if not is_active or report.next_at is None or report.phase == "scheduled":
        return None
    if report.next_at > now_ms:
        return Wait("time", report.next_at, detail=_detail(store, campaign))
    wait = _limit(store, provider, campaign, worker) or _doubts(store, provider, report)
    return wait or (Wait("elsewhere", people=report.tally.claimed) if report.tally.claimed else None)


def _detail(store: Store, campaign: Campaign) -> str:
    with store.read() as tx:
        ready = chunks.list_chunks(tx, campaign.id, ChunkState.READY)
    latest = max(ready, key=lambda chunk: (chunk.detail != "", chunk.since), default=None)
    return latest.detail if latest else ""


def _limit(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> Wait | None:
    options, cap, now_ms = campaign.options, worker.daily_cap, worker.now_ms()
    with store.read() as tx:
        if cap and attempts.count_recipients(tx, worker.midnight_ms()) >= cap:
            return Wait("cap", worker.next_midnight_ms(), cap)
        free_at_ms = attempts.find_quota_end(tx, campaign.id, options.rate) if options.rate else 0
        if free_at_ms > now_ms:
            return Wait("rate", free_at_ms, options.rate)
        is_full = isinstance(provider, BatchControl) and len(attempts.list_cancelled(tx)) >= provider.max_batches
    return Wait("fences", options.release_at) if options.release_at > now_ms and is_full else None


def _doubts(store: Store, provider: Provider, report: CampaignReport) -> Wait | None:
    """Return a Wait if so many chunks are in doubt that the runner starts no more, and until when; None otherwise."""
    options = report.campaign.options
    max_in_flight = options.in_flight or provider.caps.in_flight
    max_doubts = max(min(max_in_flight, MAX_CANCELLABLE) if options.release_at else max_in_flight, MAX_DOUBTS)
    doubted = [chunk for chunk in report.unsure if chunk.state is ChunkState.IN_DOUBT]
    if len(doubted) < max_doubts:
        return None
    with store.read() as tx:
        found = [attempts.find(tx, report.campaign.id, chunk.sequence, chunk.attempt) for chunk in doubted]
    ends_ms = sorted(
        max(chunk.since, attempt.release_at if attempt else 0) for chunk, attempt in zip(doubted, found, strict=True)
    )
    until_ms = ends_ms[len(doubted) - max_doubts] + EVIDENCE_SECONDS * 1000
    return Wait("doubts", until_ms, sum(chunk.recipients for chunk in doubted))

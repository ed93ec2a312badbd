"""Rate limits: people per hour for a campaign, and people per day for all campaigns.

Both are counted from the attempts in the database, so a restart or a second worker changes nothing.
"""

from __future__ import annotations

from newsletter.campaigns.sending.worker import Worker
from newsletter.model.campaign import Campaign
from newsletter.storage import Transaction, dialects
from newsletter.storage.campaigns import attempts, chunks

_RATE_LOCK = 4
_MINUTES_PER_HOUR = 60


def limit_chunk(tx: Transaction, campaign: Campaign, sequence: int, worker: Worker) -> int:
    """Shrink the chunk to the remaining quota; return 0 if it may go now, else when to try again (milliseconds)."""
    now_ms, rate, cap = worker.now_ms(), campaign.options.rate, worker.daily_cap
    if not rate and not cap:
        return 0
    dialects.lock(tx, _RATE_LOCK)
    max_people = chunks.count_people(tx, campaign.id, sequence)
    if rate:
        free_at_ms = attempts.find_quota_end(tx, campaign.id, rate)
        max_people = min(max_people, max(1, rate // _MINUTES_PER_HOUR))
        if free_at_ms > now_ms:
            return free_at_ms
    if cap:
        max_people = min(max_people, cap - attempts.count_recipients(tx, worker.midnight_ms()))
        if max_people <= 0:
            return worker.next_midnight_ms()
    chunks.limit_size(tx, campaign.id, sequence, max_people, now_ms)
    return 0

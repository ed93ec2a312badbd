"""Rate limits: people per hour for a campaign, and people per day for all campaigns.

Both are counted from the attempts in the database, so a restart or a second worker changes nothing.
"""

from __future__ import annotations

from newsletter.campaigns.sending.worker import Worker
from newsletter.model.campaign import Campaign
from newsletter.storage import Transaction, dialects
from newsletter.storage.campaigns import attempts, chunks

_PACING = 4
_MINUTES = 60


def reserve_quota(tx: Transaction, campaign: Campaign, sequence: int, worker: Worker) -> int:
    """Shrink the chunk to the remaining quota; return 0 if it may go now, else when to try again (milliseconds)."""
    now, rate, cap = worker.millis(), campaign.orders.rate, worker.daily_cap
    if not rate and not cap:
        return 0
    dialects.lock(tx, _PACING)
    most = chunks.size(tx, campaign.id, sequence)
    if rate:
        until = attempts.find_quota_end(tx, campaign.id, rate)
        most = min(most, max(1, rate // _MINUTES))
        if until > now:
            return until
    if cap:
        most = min(most, cap - attempts.count_recipients(tx, worker.midnight()))
        if most <= 0:
            return worker.next_midnight()
    chunks.shorten(tx, campaign.id, sequence, most, now)
    return 0

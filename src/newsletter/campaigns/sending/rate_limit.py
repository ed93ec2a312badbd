"""How fast a campaign may go: so many people an hour, so many a day.

Counted from the attempts, so that a restart, or a second worker, changes nothing.
"""

from __future__ import annotations

from newsletter.campaigns.sending.worker import Worker
from newsletter.model.campaign import Campaign
from newsletter.storage import Transaction, dialects
from newsletter.storage.campaigns import attempts, chunks

_PACING = 4
_MINUTES = 60


def reserve_quota(tx: Transaction, campaign: Campaign, sequence: int, worker: Worker) -> int:
    """Makes a chunk as small as there is room for; 0 where it may go now, else when to ask again, in milliseconds."""
    now, rate, cap = worker.millis(), campaign.orders.rate, worker.daily_cap
    if not rate and not cap:
        return 0
    dialects.lock(tx, _PACING)
    most = chunks.size(tx, campaign.id, sequence)
    if rate:
        until = attempts.clear_at(tx, campaign.id, rate)
        most = min(most, max(1, rate // _MINUTES))
        if until > now:
            return until
    if cap:
        most = min(most, cap - attempts.spent(tx, worker.midnight()))
        if most <= 0:
            return worker.next_midnight()
    chunks.shorten(tx, campaign.id, sequence, most, now)
    return 0

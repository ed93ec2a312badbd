"""The status of each delivery, computed from its events, and the figures per domain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from newsletter.model.delivery_events import STATUS_FLAGS, Event
from newsletter.storage import Transaction, delivery_events
from newsletter.storage.delivery_events import DeliveryStatus

_STATUS_FLAGS = int(STATUS_FLAGS)
"""A plain int: an operation on flags takes a microsecond each."""


def update_statuses(tx: Transaction, fresh: Sequence[Event]) -> None:
    """Merge events into the status of each delivery, and add its new flags to the figures of the campaign."""
    campaigns: dict[int, dict[int, DeliveryStatus]] = defaultdict(dict)
    emails: dict[int, str] = {}
    for event in fresh:
        subscriber_id = event.subscriber_id
        if subscriber_id and event.campaign_id:
            statuses, status = campaigns[event.campaign_id], DeliveryStatus(int(event.flags), event.at, event.detail)
            statuses[subscriber_id] = _merge(statuses[subscriber_id], status) if subscriber_id in statuses else status
            emails[subscriber_id] = event.email
    new_flags: Counter[tuple[int, str, int]] = Counter()
    for campaign_id, statuses in campaigns.items():
        old = delivery_events.find_statuses(tx, campaign_id, list(statuses))
        for subscriber_id, stored in old.items():
            statuses[subscriber_id] = _merge(statuses[subscriber_id], stored)
        changed = {
            subscriber_id: status for subscriber_id, status in statuses.items() if status != old.get(subscriber_id)
        }
        delivery_events.save_statuses(tx, campaign_id, changed)
        for subscriber_id, status in changed.items():
            domain = emails[subscriber_id].partition("@")[2].lower()[:255]
            for flag in _bits(status.flags & ~old[subscriber_id].flags if subscriber_id in old else status.flags):
                new_flags[campaign_id, domain, flag] += 1
    delivery_events.add_figures(tx, new_flags)


def _merge(first: DeliveryStatus, second: DeliveryStatus) -> DeliveryStatus:
    """Merge two statuses; the result does not depend on the order of merges or on repetition."""
    higher = first if _rank(first) >= _rank(second) else second
    return DeliveryStatus(first.flags | second.flags, higher.at, higher.detail)


def _rank(status: DeliveryStatus) -> tuple[int, int, str]:
    return (status.flags & _STATUS_FLAGS).bit_length(), status.at, status.detail


@cache
def _bits(flags: int) -> tuple[int, ...]:
    return tuple(1 << place for place in range(flags.bit_length()) if flags >> place & 1)

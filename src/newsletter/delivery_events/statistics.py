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
        who = event.subscriber_id
        if who and event.campaign_id:
            found, mine = campaigns[event.campaign_id], DeliveryStatus(int(event.flags), event.at, event.detail)
            found[who] = _merge(found[who], mine) if who in found else mine
            emails[who] = event.email
    more: Counter[tuple[int, str, int]] = Counter()
    for campaign_id, found in campaigns.items():
        old = delivery_events.find_statuses(tx, campaign_id, list(found))
        for who, before in old.items():
            found[who] = _merge(found[who], before)
        news = {who: one for who, one in found.items() if one != old.get(who)}
        delivery_events.save_statuses(tx, campaign_id, news)
        for who, one in news.items():
            domain = emails[who].partition("@")[2].lower()[:255]
            for flag in _bits(one.flags & ~old[who].flags if who in old else one.flags):
                more[campaign_id, domain, flag] += 1
    delivery_events.add_figures(tx, more)


def _merge(one: DeliveryStatus, other: DeliveryStatus) -> DeliveryStatus:
    """Merge two statuses; the result does not depend on the order of merges or on repetition."""
    higher = one if _rank(one) >= _rank(other) else other
    return DeliveryStatus(one.flags | other.flags, higher.at, higher.detail)


def _rank(one: DeliveryStatus) -> tuple[int, int, str]:
    return (one.flags & _STATUS_FLAGS).bit_length(), one.at, one.detail


@cache
def _bits(flags: int) -> tuple[int, ...]:
    return tuple(1 << place for place in range(flags.bit_length()) if flags >> place & 1)

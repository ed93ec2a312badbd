"""Suppression of addresses by what providers report: complaints, unsubscribes, dead mailboxes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from newsletter.delivery_events.result import DAY_SECONDS, Mac, ProcessingCounts, address_of
from newsletter.model.delivery_events import DeliveryFlags, Event
from newsletter.model.subscribers import REASON_PRECEDENCE, SuppressionReason
from newsletter.storage import Transaction, delivery_events
from newsletter.storage.subscribers import subscribers
from newsletter.storage.subscribers.subscribers import ReportedAddress

BLOCKS, BLOCK_DAYS = 5, 21
"""A mailbox counts as dead after refusals on BLOCKS days, the first and the last at least BLOCK_DAYS days apart."""


def find_blocked(tx: Transaction, told: Sequence[Event], returns: Mapping[str, int]) -> set[int]:
    """Record temporary refusals, and return the subscribers whose mailbox counts as dead.

    Refusals before a subscriber came back (`returns`: address → milliseconds) do not count.
    """
    refused = [one for one in told if one.flags is DeliveryFlags.BLOCKED and one.subscriber_id]
    days = [(one.subscriber_id, one.at // DAY_SECONDS) for one in refused]
    delivery_events.add_blocked(tx, days)
    delivery_events.delete_blocked(
        tx, {one.subscriber_id: returns.get(address_of(one), 0) // 1000 // DAY_SECONDS for one in refused}
    )
    return set(delivery_events.find_often_blocked(tx, sorted({who for who, _ in days}), BLOCKS, BLOCK_DAYS))


def suppress_people(
    main: Transaction, told: Sequence[Event], gone: set[int], mac: Mac, now: int, done: ProcessingCounts
) -> None:
    """Suppress the addresses that the events forbid to mail again, and record who clicked."""
    bad: dict[bytes, ReportedAddress] = {}
    for event in sorted(told, key=lambda one: (one.at, one.key)):
        reason = event.suppress or (SuppressionReason.BOUNCE if event.subscriber_id in gone else None)
        if reason:
            email = address_of(event)
            one = ReportedAddress(email, reason, _remove_address(event.email, event.detail))
            bad[mac(email)] = max(
                bad.get(mac(email), one), one, key=lambda known: REASON_PRECEDENCE.index(known.reason)
            )
    done.suppressed = subscribers.suppress_reported(main, bad, now)
    clicks = sorted(
        (one.at, one.subscriber_id) for one in told if one.flags is DeliveryFlags.CLICKED and one.subscriber_id
    )
    subscribers.record_contacts(main, {who: min(at * 1000, now) for at, who in clicks})  # the last of several clicks


def _remove_address(email: str, detail: str) -> str:
    """Return `detail` with the address removed, at most 200 characters: the journal names nobody."""
    return re.sub(re.escape(email), "…", detail, flags=re.IGNORECASE)[:200] if email else detail[:200]

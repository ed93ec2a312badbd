"""Suppression of addresses by what providers report: complaints, unsubscribes, dead mailboxes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from newsletter.delivery_events.result import DAY_SECONDS, HashAddress, ProcessingCounts, address_of
from newsletter.model.delivery_events import DeliveryFlags, Event
from newsletter.model.subscribers import REASON_PRECEDENCE, SuppressionReason
from newsletter.storage import Transaction, delivery_events
from newsletter.storage.subscribers import subscribers
from newsletter.storage.subscribers.subscribers import ReportedAddress

BLOCKS, BLOCK_DAYS = 5, 21
"""A mailbox counts as dead after refusals on BLOCKS days, the first and the last at least BLOCK_DAYS days apart."""


def find_blocked(tx: Transaction, events: Sequence[Event], returned_ms: Mapping[str, int]) -> set[int]:
    """Record temporary refusals, and return the subscribers whose mailbox counts as dead.

    Refusals before a subscriber came back (`returned_ms`: address → milliseconds) do not count.
    """
    refusals = [event for event in events if event.flags is DeliveryFlags.BLOCKED and event.subscriber_id]
    days = [(event.subscriber_id, event.at // DAY_SECONDS) for event in refusals]
    delivery_events.add_blocked(tx, days)
    delivery_events.delete_blocked(
        tx, {event.subscriber_id: returned_ms.get(address_of(event), 0) // 1000 // DAY_SECONDS for event in refusals}
    )
    return set(
        delivery_events.find_often_blocked(tx, sorted({subscriber_id for subscriber_id, _ in days}), BLOCKS, BLOCK_DAYS)
    )


def suppress_people(
    main: Transaction, events: Sequence[Event], dead: set[int], mac: HashAddress, now_ms: int, done: ProcessingCounts
) -> None:
    """Suppress the addresses that the events forbid to mail again, and record who clicked."""
    reports: dict[bytes, ReportedAddress] = {}
    for event in sorted(events, key=lambda event: (event.at, event.key)):
        reason = event.suppress or (SuppressionReason.BOUNCE if event.subscriber_id in dead else None)
        if reason:
            email = address_of(event)
            report = ReportedAddress(email, reason, _remove_address(event.email, event.detail))
            reports[mac(email)] = max(
                reports.get(mac(email), report), report, key=lambda candidate: REASON_PRECEDENCE.index(candidate.reason)
            )
    done.suppressed = subscribers.suppress_reported(main, reports, now_ms)
    clicks = sorted(
        (event.at, event.subscriber_id)
        for event in events
        if event.flags is DeliveryFlags.CLICKED and event.subscriber_id
    )
    subscribers.record_contacts(
        main, {subscriber_id: min(at * 1000, now_ms) for at, subscriber_id in clicks}
    )  # the last of several clicks


def _remove_address(email: str, detail: str) -> str:
    """Return `detail` with the address removed, at most 200 characters: the journal names nobody."""
    return re.sub(re.escape(email), "…", detail, flags=re.IGNORECASE)[:200] if email else detail[:200]

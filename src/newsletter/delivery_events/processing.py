"""Processing of webhook posts: each post is stored as it came, and its events are applied later.

The events suppress addresses, resolve chunks in doubt, and update the status of each delivery.

An event that comes twice, late or out of order does no harm: flags are added and never removed. Subscribers and
ledger are committed first, the list of seen events last. After a crash in between, the events are applied again
without any effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from newsletter.delivery_events.evidence import apply_evidence
from newsletter.delivery_events.result import DAY_SECONDS, HashAddress, Parse, ProcessingCounts, address_of
from newsletter.delivery_events.statistics import update_statuses
from newsletter.delivery_events.suppression import find_blocked, suppress_people
from newsletter.model.campaign import ChunkState
from newsletter.model.delivery_events import DeliveryFlags, Event
from newsletter.storage import Transaction, delivery_events
from newsletter.storage.campaigns import attempts
from newsletter.storage.database import Store
from newsletter.storage.subscribers import consent_journal, records, subscribers

POSTS = 8
"""Posts that are applied together."""
REMEMBERED_SECONDS = 30 * DAY_SECONDS
"""Seconds for which seen events are kept: a provider repeats its reports for a day, and its Logs cover 30 days."""
_SENT_STATES = frozenset({ChunkState.ACCEPTED, ChunkState.IN_DOUBT, ChunkState.HELD, ChunkState.CLAIMED})


def store_post(store: Store, body: bytes, now_ms: int) -> None:
    """Store a webhook post; it is parsed later, so that the provider gets its answer at once."""
    with store.events.write() as tx:
        delivery_events.insert_post(tx, body, now_ms)


def apply_posts(store: Store, parse: Parse, mac: HashAddress, now_ms: int, posts: int = POSTS) -> ProcessingCounts:
    """Apply the oldest waiting webhook posts; the result has `posts` 0 if there were none.

    The posts are read and parsed before the lock on the events database is taken, so that new posts can be stored
    meanwhile. Another process that reads the same posts finds that all their events have been seen.
    """
    done = ProcessingCounts()
    with store.events.read() as tx:
        waiting = delivery_events.list_posts(tx, posts)
    events = [event for _, body in waiting for event in _parse(parse, body, done)]
    if waiting:
        with store.events.write() as tx:
            delivery_events.lock_events(tx)
            _apply(store, tx, events, mac, now_ms, done)
            delivery_events.delete_posts(tx, [number for number, _ in waiting])
    done.posts = len(waiting)
    return done


def requeue_post(store: Store, now_ms: int) -> None:
    """Requeue the oldest webhook post at the end of the queue, so that a bad post cannot block the others."""
    with store.events.write() as tx:
        delivery_events.lock_events(tx)
        for number, body in delivery_events.list_posts(tx, 1):
            delivery_events.delete_posts(tx, [number])
            delivery_events.insert_post(tx, body, now_ms)


def delete_old_keys(store: Store, now_ms: int) -> int:
    """Delete the seen events that are too old to be repeated; return how many they were."""
    with store.events.write() as tx:
        return delivery_events.delete_seen(tx, now_ms // 1000 - REMEMBERED_SECONDS)


def _parse(parse: Parse, body: bytes, done: ProcessingCounts) -> Sequence[Event]:
    try:
        return parse(body)
    except ValueError:
        done.unreadable += 1
        return ()


def _apply(
    store: Store, tx: Transaction, events: Sequence[Event], mac: HashAddress, now_ms: int, done: ProcessingCounts
) -> None:
    by_key = {(event.at, event.key): event for event in events}
    new_keys = delivery_events.record_seen(tx, list(by_key))
    fresh = [event for pair, event in by_key.items() if pair in new_keys]
    done.events, done.repeated = len(fresh), len(events) - len(fresh)
    relevant = [
        event
        for event in fresh
        if event.suppress or event.flags is DeliveryFlags.BLOCKED or event.flags is DeliveryFlags.CLICKED
    ]
    with store.read() as main:
        _resolve_recipients(main, relevant)
        _drop_erased(main, fresh)
        returned_ms = consent_journal.find_returns(
            main, sorted({address_of(event) for event in relevant if event.flags is not DeliveryFlags.CLICKED})
        )
        attempt_names = attempts.find_unproven(
            main, {event.attempt for event in fresh if event.attempt and event.proves}
        )
    dead = find_blocked(tx, relevant, returned_ms)
    relevant = [event for event in relevant if not _is_outdated(event, returned_ms)]
    if relevant or attempt_names:  # otherwise there is nothing to write, and no need to wait for a lock
        with store.write() as main:
            suppress_people(main, relevant, dead, mac, now_ms, done)
            sent_on: dict[str, int] = {}
            for event in fresh:
                if event.proves and event.flags is not DeliveryFlags.DROPPED:
                    sent_on[event.attempt] = max(sent_on.get(event.attempt, 0), event.at)
            done.resolved = apply_evidence(main, attempt_names, sent_on, now_ms)
    update_statuses(tx, fresh)


def _resolve_recipients(main: Transaction, relevant: Iterable[Event]) -> None:
    """Assign events that name only an address, such as late bounces, to the newest campaign that went there."""
    for event in relevant:
        if event.subscriber_id or event.campaign_id or event.flags is DeliveryFlags.CLICKED:
            continue
        person = subscribers.find_by_email(main, address_of(event))
        if person:
            event.subscriber_id = person.id
            event.campaign_id = max(_list_campaigns_before(main, person.id, event.at), default=0)


def _list_campaigns_before(main: Transaction, subscriber_id: int, at_seconds: int) -> Iterator[int]:
    """Yield the campaigns that went to a subscriber and were planned by `at_seconds`: a report may come much later."""
    for delivery in records.list_deliveries(main, subscriber_id):
        if delivery.state in _SENT_STATES and delivery.planned_at.timestamp() < at_seconds + 1:
            yield delivery.campaign_id


def _is_outdated(event: Event, returned_ms: Mapping[str, int]) -> bool:
    """Return True if the subscriber subscribed or came back by choice after the event: that choice is newer."""
    return event.flags is not DeliveryFlags.CLICKED and (event.at + 1) * 1000 <= returned_ms.get(address_of(event), 0)


def _drop_erased(main: Transaction, fresh: Sequence[Event]) -> None:
    """Remove the subscriber id from events about erased subscribers, so that nothing about them is stored again."""
    known = subscribers.find_on_file(main, list({event.subscriber_id for event in fresh}))
    for event in fresh:
        if event.subscriber_id not in known:
            event.subscriber_id = 0

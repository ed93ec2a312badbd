"""feedback: what providers report is kept as it came, and applied later.

It says who may not be mailed any more, what became of what was in doubt, and where each delivery is.

A report that comes twice, late or before another changes nothing: what is known only grows. People and ledger are
written first and what has been seen last, so that a crash in between has it all done again, to no effect.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from newsletter.errors import InputError
from newsletter.model.campaign import ChunkState, Part
from newsletter.model.event import Event, Fate
from newsletter.model.people import Method, Provenance, SuppressionReason
from newsletter.store import attempts, chunks, events, records, subscribers
from newsletter.store.engine import Store
from newsletter.store.events import Known
from newsletter.subscribing.people import spelled

POSTS = 8
"""Taken at once."""
BLOCKS, BLOCK_DAYS = 5, 21
"""A mailbox that refused on so many days, over so many, is taken for gone."""
_DAY = 86_400
REMEMBERED = 30 * _DAY
"""A provider repeats for a day; Logs go back for thirty."""

Parse = Callable[[bytes], Sequence[Event]]
Mac = Callable[[str], bytes]


@dataclass(slots=True)
class Applied:
    """What became of reports."""

    posts: int = 0
    events: int = 0
    repeated: int = 0
    suppressed: int = 0
    resolved: int = 0
    """Chunks that are in doubt no more."""
    unreadable: int = 0


def receive(store: Store, body: bytes, now: int) -> None:
    """Keeps a post; what it means is found out later, so that whoever sent it is answered at once."""
    with store.events.write() as tx:
        events.keep(tx, body, now)


def apply(store: Store, parse: Parse, mac: Mac, now: int, posts: int = POSTS) -> Applied:
    """Applies the oldest posts that are waiting; `posts` 0 in the answer where there was none."""
    done = Applied()
    with store.events.write() as tx:
        events.alone(tx)
        waiting = events.waiting(tx, posts)
        found = [event for _, body in waiting for event in _parsed(parse, body, done)]
        if found:
            _take(store, tx, found, mac, now, done)
        if waiting:
            events.done(tx, [number for number, _ in waiting])
    done.posts = len(waiting)
    return done


def forget(store: Store, now: int) -> int:
    """Forgets which reports were seen so long ago that nobody repeats them; how many those were."""
    with store.events.write() as tx:
        return events.prune(tx, now // 1000 - REMEMBERED)


def take(store: Store, found: Sequence[Event], mac: Mac, now: int) -> Applied:
    """Applies events that were asked for."""
    done = Applied()
    with store.events.write() as tx:
        events.alone(tx)
        _take(store, tx, found, mac, now, done)
    return done


def _parsed(parse: Parse, body: bytes, done: Applied) -> Sequence[Event]:
    try:
        return parse(body)
    except ValueError:
        done.unreadable += 1
        return ()


def _take(store: Store, tx: Connection, found: Sequence[Event], mac: Mac, now: int, done: Applied) -> None:
    once = {(event.at, event.key): event for event in found}
    first = events.first_seen(tx, list(once))
    fresh = [event for pair, event in once.items() if pair in first]
    done.events, done.repeated = len(fresh), len(found) - len(fresh)
    told = [event for event in fresh if event.suppress or event.fate & (Fate.BLOCKED | Fate.CLICKED)]
    names = {event.attempt: False for event in fresh if event.attempt and event.proves}
    names |= {
        event.attempt: True for event in fresh if event.attempt and event.proves and event.fate is not Fate.DROPPED
    }
    if told or names:
        with store.write() as main:
            _place(main, told)
            _people(main, tx, told, mac, now, done)
            done.resolved = _evidence(main, names, now)
    _fates(tx, fresh)


def _place(main: Connection, told: Iterable[Event]) -> None:
    """A bounce that comes hours later names only the address: it is about the newest campaign that went there."""
    for event in told:
        if event.subscriber_id:
            continue
        person = subscribers.by_email(main, _address(event.email))
        if person:
            event.subscriber_id = person.id
            event.campaign_id = max((one.campaign_id for one in records.deliveries(main, person.id)), default=0)


def _address(written: str) -> str:
    try:
        return spelled(written)
    except InputError:
        return written.strip().lower()


def _people(main: Connection, tx: Connection, told: Sequence[Event], mac: Mac, now: int, done: Applied) -> None:
    events.blocked(
        tx, [(one.subscriber_id, one.at // _DAY) for one in told if one.fate is Fate.BLOCKED and one.subscriber_id]
    )
    ids = sorted({one.subscriber_id for one in told if one.fate is Fate.BLOCKED})
    gone = set(events.often_blocked(tx, ids, BLOCKS, BLOCK_DAYS))
    for event in told:
        reason = event.suppress or (SuppressionReason.BOUNCE if event.subscriber_id in gone else None)
        if reason:
            email = _address(event.email)
            how = Provenance(Method.PROVIDER, source=event.detail[:200].replace(event.email, "…"))
            done.suppressed += subscribers.suppress(main, email, mac=mac(email), reason=reason, provenance=how, now=now)
    clicked = [one.subscriber_id for one in told if one.fate is Fate.CLICKED and one.subscriber_id]
    subscribers.touch(main, sorted(set(clicked)), now)


def _evidence(main: Connection, names: Mapping[str, bool], now: int) -> int:
    """Whatever is reported about an attempt shows that all of it was taken, for it is all or nothing.

    But of what was held back behind a fence only that which was sent on: `names` says of which that is reported.
    """
    resolved = 0
    for name, tried in attempts.named(main, names):
        if tried.fenced_at and not names[name]:
            continue
        if tried.evidence_at is None:
            attempts.mark(main, tried, evidence_at=now)
        for chunk in chunks.standing(main, tried.campaign_id, ChunkState.IN_DOUBT, ChunkState.HELD, ChunkState.READY):
            if (chunk.sequence, chunk.attempt) == (tried.sequence, tried.number):
                part = Part(ChunkState.ACCEPTED, detail="evidence")
                resolved += chunks.settle(main, tried.campaign_id, chunk, part, now)
    return resolved


def _fates(tx: Connection, fresh: Sequence[Event]) -> None:
    """Where each delivery is now, and how many people that is news about."""
    by_campaign: dict[int, dict[int, Known]] = defaultdict(dict)
    domains: dict[int, str] = {}
    for event in fresh:
        if event.campaign_id > 0 and event.subscriber_id:
            campaign = by_campaign[event.campaign_id]
            before = campaign.get(event.subscriber_id)
            domains[event.subscriber_id] = event.email.rpartition("@")[2].lower()[:255]
            campaign[event.subscriber_id] = (
                _joined(before, event) if before else Known(event.fate, event.at, event.detail)
            )
    more: Counter[tuple[int, str, int]] = Counter()
    for campaign_id, found in by_campaign.items():
        old = events.fates(tx, campaign_id, list(found))
        news = {who: one for who, one in found.items() if one.flags | old.get(who, Fate(0)) != old.get(who)}
        events.set_fates(tx, campaign_id, {
            who: Known(one.flags | old.get(who, Fate(0)), one.at, one.detail) for who, one in news.items()
        })  # fmt: skip
        for who, one in news.items():
            for flag in one.flags & ~old.get(who, Fate(0)):
                more[campaign_id, domains[who], flag.value] += 1
    events.count(tx, more)


def _joined(before: Known, event: Event) -> Known:
    return Known(before.flags | event.fate, max(before.at, event.at), event.detail or before.detail)

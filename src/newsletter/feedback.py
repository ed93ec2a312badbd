"""feedback: what providers report is kept as it came, and applied later.

It says who may not be mailed any more, what became of what was in doubt, and where each delivery is.

A report that comes twice, late or before another changes nothing: what is known only grows. People and ledger are
written first and what has been seen last, so that a crash in between has it all done again, to no effect.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy.engine import Connection

from newsletter.model.campaign import PROVABLE, ChunkState, Part
from newsletter.model.event import WHEREABOUTS, Event, Fate
from newsletter.model.people import WEIGHTS, SuppressionReason
from newsletter.store import attempts, chunks, events, journal, records, subscribers
from newsletter.store.engine import Store
from newsletter.store.events import Known
from newsletter.store.subscribers import Reported
from newsletter.subscribing.people import spelled_by_others

POSTS = 8
"""Taken at once."""
BLOCKS, BLOCK_DAYS = 5, 21
"""A mailbox that refused on so many days, over so many, is taken for gone."""
_DAY = 86_400
REMEMBERED = 30 * _DAY
"""A provider repeats for a day; Logs go back for thirty."""
_WENT = frozenset({ChunkState.ACCEPTED, ChunkState.IN_DOUBT, ChunkState.HELD, ChunkState.CLAIMED})
_WHEREABOUTS = int(WHEREABOUTS)
"""A plain number: a flag takes a microsecond for each sum."""

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
    """Applies the oldest posts that are waiting; `posts` 0 in the answer where there was none.

    They are read before the database is anybody's alone, so that what comes meanwhile is kept meanwhile; whoever
    else reads the same ones finds that everything in them has been seen.
    """
    done = Applied()
    with store.events.read() as tx:
        waiting = events.waiting(tx, posts)
    found = [event for _, body in waiting for event in _parsed(parse, body, done)]
    if waiting:
        with store.events.write() as tx:
            events.alone(tx)
            _take(store, tx, found, mac, now, done)
            events.done(tx, [number for number, _ in waiting])
    done.posts = len(waiting)
    return done


def set_aside(store: Store, now: int) -> None:
    """Puts the oldest post behind all others: whatever is wrong with it, they need not wait for it."""
    with store.events.write() as tx:
        events.alone(tx)
        for number, body in events.waiting(tx, 1):
            events.done(tx, [number])
            events.keep(tx, body, now)


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
    told = [event for event in fresh if event.suppress or event.fate is Fate.BLOCKED or event.fate is Fate.CLICKED]
    with store.read() as main:
        _place(main, told)
        _forget_strangers(main, fresh)
        returns = journal.returns(main, sorted({_email(event) for event in told if event.fate is not Fate.CLICKED}))
        names = attempts.unproven(main, {event.attempt for event in fresh if event.attempt and event.proves})
    gone = _blocked(tx, told, returns)
    told = [event for event in told if not _is_outdated(event, returns)]
    if told or names:  # nobody waits for a lock where all is well
        with store.write() as main:
            _people(main, told, gone, mac, now, done)
            sent_on: dict[str, int] = {}
            for event in fresh:
                if event.proves and event.fate is not Fate.DROPPED:
                    sent_on[event.attempt] = max(sent_on.get(event.attempt, 0), event.at)
            done.resolved = _evidence(main, names, sent_on, now)
    _fates(tx, fresh)


def _place(main: Connection, told: Iterable[Event]) -> None:
    """A bounce that comes hours later names only the address: it is about the newest campaign that went there."""
    for event in told:
        if event.subscriber_id or event.campaign_id or event.fate is Fate.CLICKED:
            continue
        person = subscribers.by_email(main, _email(event))
        if person:
            event.subscriber_id = person.id
            event.campaign_id = max(_went_before(main, person.id, event.at), default=0)


def _went_before(main: Connection, subscriber_id: int, at: int) -> Iterator[int]:
    """Campaigns that went to somebody and had begun by then, for a report may be told again much later."""
    for one in records.deliveries(main, subscriber_id):
        if one.state in _WENT and one.planned_at.timestamp() < at + 1:
            yield one.campaign_id


def _email(event: Event) -> str:
    return spelled_by_others(event.email)


def _is_outdated(event: Event, returns: Mapping[str, int]) -> bool:
    """Whether somebody subscribed or came back by their own wish after what is reported: their wish is newer."""
    return event.fate is not Fate.CLICKED and (event.at + 1) * 1000 <= returns.get(_email(event), 0)


def _forget_strangers(main: Connection, fresh: Sequence[Event]) -> None:
    """Of whoever was erased nothing is written down again."""
    known = subscribers.on_file(main, list({event.subscriber_id for event in fresh}))
    for event in fresh:
        if event.subscriber_id not in known:
            event.subscriber_id = 0


def _blocked(tx: Connection, told: Sequence[Event], returns: Mapping[str, int]) -> set[int]:
    """Whose mailbox is taken for gone, by what was refused since they came back."""
    refused = [one for one in told if one.fate is Fate.BLOCKED and one.subscriber_id]
    days = [(one.subscriber_id, one.at // _DAY) for one in refused]
    events.blocked(tx, days)
    events.forget_blocked(tx, {one.subscriber_id: returns.get(_email(one), 0) // 1000 // _DAY for one in refused})
    return set(events.often_blocked(tx, sorted({who for who, _ in days}), BLOCKS, BLOCK_DAYS))


def _people(main: Connection, told: Sequence[Event], gone: set[int], mac: Mac, now: int, done: Applied) -> None:
    bad: dict[bytes, Reported] = {}
    for event in sorted(told, key=lambda one: (one.at, one.key)):
        reason = event.suppress or (SuppressionReason.BOUNCE if event.subscriber_id in gone else None)
        if reason:
            email = _email(event)
            one = Reported(email, reason, _without(event.email, event.detail))
            bad[mac(email)] = max(bad.get(mac(email), one), one, key=lambda known: WEIGHTS.index(known.reason))
    done.suppressed = subscribers.suppress_reported(main, bad, now)
    clicks = sorted((one.at, one.subscriber_id) for one in told if one.fate is Fate.CLICKED and one.subscriber_id)
    subscribers.touch(main, {who: min(at * 1000, now) for at, who in clicks})  # of several, the last


def _without(email: str, detail: str) -> str:
    """The journal says why, and names nobody."""
    return re.sub(re.escape(email), "…", detail, flags=re.IGNORECASE)[:200] if email else detail[:200]


def _evidence(main: Connection, names: Iterable[str], sent_on: Mapping[str, int], now: int) -> int:
    """Whatever is reported about an attempt shows that all of it was taken, for it is all or nothing.

    But of what was held back behind a fence only that it was sent on (`sent_on` says when), after its release.
    """
    resolved = 0
    for name, tried in attempts.named(main, sorted(names)):
        if tried.fenced_at and sent_on.get(name, 0) * 1000 < tried.release_at:
            continue
        if tried.evidence_at is None:
            attempts.mark(main, tried, evidence_at=now)
        for chunk in chunks.standing(main, tried.campaign_id, *PROVABLE):
            if (chunk.sequence, chunk.attempt) == (tried.sequence, tried.number):
                part = Part(ChunkState.ACCEPTED, detail="evidence")
                resolved += chunks.settle(main, tried.campaign_id, chunk, part, now)
    return resolved


def _fates(tx: Connection, fresh: Sequence[Event]) -> None:
    """Where each delivery is now, and how many people that is news about."""
    campaigns: dict[int, dict[int, Known]] = defaultdict(dict)
    emails: dict[int, str] = {}
    for event in fresh:
        who = event.subscriber_id
        if who and event.campaign_id:
            found, mine = campaigns[event.campaign_id], Known(int(event.fate), event.at, event.detail)
            found[who] = _joined(found[who], mine) if who in found else mine
            emails[who] = event.email
    more: Counter[tuple[int, str, int]] = Counter()
    for campaign_id, found in campaigns.items():
        old = events.fates(tx, campaign_id, list(found))
        for who, before in old.items():
            found[who] = _joined(found[who], before)
        news = {who: one for who, one in found.items() if one != old.get(who)}
        events.set_fates(tx, campaign_id, news)
        for who, one in news.items():
            domain = emails[who].partition("@")[2].lower()[:255]
            for flag in _bits(one.flags & ~old[who].flags if who in old else one.flags):
                more[campaign_id, domain, flag] += 1
    events.count(tx, more)


def _joined(one: Known, other: Known) -> Known:
    """Both: in whatever order any number of them are joined, the same comes out."""
    higher = one if _height(one) >= _height(other) else other
    return Known(one.flags | other.flags, higher.at, higher.detail)


def _height(one: Known) -> tuple[int, int, str]:
    return (one.flags & _WHEREABOUTS).bit_length(), one.at, one.detail


@cache
def _bits(flags: int) -> tuple[int, ...]:
    return tuple(1 << place for place in range(flags.bit_length()) if flags >> place & 1)

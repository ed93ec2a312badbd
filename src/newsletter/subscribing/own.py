"""What readers do about themselves, by a link in a mail: leave, choose, confirm, be shown what is kept, be forgotten.

Everything is by their wish (`Method.FORM`), and counts as a contact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from newsletter.errors import Refused
from newsletter.model.people import (
    Action,
    Arrival,
    Method,
    Provenance,
    Record,
    Status,
    Suppression,
    SuppressionReason,
)
from newsletter.store import arrivals, journal, lists, records, subscribers
from newsletter.store.engine import Store
from newsletter.subscribing import exporting, rows
from newsletter.subscribing.people import Keeper, forget

EVERY_LIST = 0


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody leaves a list, or `EVERY_LIST` for good; `source` says by which way."""

    subscriber_id: int
    list_id: int
    source: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants: which lists, under which names, in which language."""

    lists: frozenset[str]
    first_name: str
    last_name: str
    language: str


def leave(tx: Connection, leaves: Sequence[Leave], now: int) -> None:
    """Takes many people off at once; who is gone already, or was never there, is nothing to be done about."""
    grouped: dict[tuple[int, str], set[int]] = defaultdict(set)
    for one in leaves:
        grouped[one.list_id, one.source].add(one.subscriber_id)
    for (list_id, source), ids in sorted(grouped.items()):
        how, people = Provenance(Method.FORM, source), sorted(ids)
        if list_id == EVERY_LIST:
            _leave_for_good(tx, people, how, now)
        else:
            subscribers.leave(tx, people, [list_id], how, now)
    subscribers.touch(tx, sorted({one.subscriber_id for one in leaves}), now)


def _leave_for_good(tx: Connection, ids: Sequence[int], how: Provenance, now: int) -> None:
    hashes = subscribers.hashes_of(tx, ids)
    gone = Suppression(SuppressionReason.UNSUBSCRIBED_ALL, now)
    fresh = subscribers.suppress_many(tx, dict.fromkeys(hashes.values(), gone))
    subscribers.leave_all(tx, ids, how, now)
    scribe = journal.Scribe(tx, how)
    journal.add(
        tx, [scribe.line(number, now, Action.SUPPRESSED) for number, mac in sorted(hashes.items()) if mac in fresh]
    )


def record_of(store: Store, subscriber_id: int) -> Record | None:
    """What is kept about somebody; None where they are not on file any more."""
    with store.read() as tx:
        found = records.of(tx, [subscriber_id])
    return found[0] if found else None


def choose(keeper: Keeper, subscriber_id: int, choice: Choice, words: Mapping[str, str]) -> Record | None:
    """Does what somebody chose, and gives the record after it; None where they are not on file any more.

    `words` is what stood beside each list's box. Whoever left everything comes back by ticking a list; who is
    suppressed for another reason is Refused, for then the address itself, or somebody else, said so.
    """
    with keeper.store.write() as tx:
        subscribers.alone(tx)
        found = records.of(tx, [subscriber_id])
        if not found:
            return None
        (record,) = found
        _rename(tx, record, choice)
        known = {one.name: one.id for one in lists.every(tx)}
        on = {name for name, status in record.lists.items() if status is Status.CONFIRMED}
        ended = {name for name, status in record.lists.items() if status is not Status.UNSUBSCRIBED} - choice.lists
        for name in sorted((choice.lists & record.lists.keys()) - on):
            _join(tx, keeper, record, known[name], words.get(name, ""))
        subscribers.leave(tx, [record.id], [known[name] for name in sorted(ended)], _page(), keeper.now)
        subscribers.touch(tx, [record.id], keeper.now)
        return records.of(tx, [record.id])[0]


def _page(words: str = "") -> Provenance:
    return Provenance(Method.FORM, "preferences", words)


def _rename(tx: Connection, record: Record, choice: Choice) -> None:
    first, last = (rows.clean(name)[: rows.MAX_NAME] for name in (choice.first_name, choice.last_name))
    wanted = {"first_name": first, "last_name": last, "language": rows.language(choice.language) or record.language}
    if wanted != {"first_name": record.first_name, "last_name": record.last_name, "language": record.language}:
        subscribers.rewrite(tx, record.id, wanted)


def _join(tx: Connection, keeper: Keeper, record: Record, list_id: int, words: str) -> None:
    """Their address is proven: the link came by mail. So no list, single or double opt-in, has to ask again."""
    mac, how = keeper.mac(record.email), _page(words)
    reason = subscribers.suppression(tx, mac)
    if reason not in {None, SuppressionReason.UNSUBSCRIBED_ALL}:
        raise Refused("reader_suppressed")
    if reason:
        subscribers.release(tx, record.email, mac, how, keeper.now)
    arrivals.take_in(tx, [Arrival(record.email, mac, subscriptions={list_id: Status.CONFIRMED})], how, keeper.now)


def list_name(store: Store, list_id: int) -> str:
    """The name of a list; empty where it is not there any more."""
    with store.read() as tx:
        return _name(tx, list_id)


def _name(tx: Connection, list_id: int) -> str:
    return next((one.name for one in lists.every(tx) if one.id == list_id), "")


def confirm(keeper: Keeper, subscriber_id: int, list_id: int) -> str | None:
    """Confirms a pending subscription and gives the list's name; None where nobody is waiting any more."""
    with keeper.store.write() as tx:
        subscribers.alone(tx)
        found = records.of(tx, [subscriber_id])
        name = _name(tx, list_id)
        status = found[0].lists.get(name) if found else None
        if status is Status.CONFIRMED:
            return name
        if status is not Status.PENDING:
            return None
        email = found[0].email
        arrival = Arrival(email, keeper.mac(email), subscriptions={list_id: Status.CONFIRMED})
        arrivals.take_in(tx, [arrival], Provenance(Method.FORM, "confirmation"), keeper.now)
        return name


def data(store: Store, subscriber_id: int) -> dict[str, object] | None:
    """Everything that is kept about somebody; None where nothing is."""
    with store.read() as tx:
        found = records.of(tx, [subscriber_id], with_journal=True)
        return exporting.dossier_facts(found[0], records.deliveries(tx, subscriber_id)) if found else None


def erase(keeper: Keeper, subscriber_id: int, sweep: Callable[[Sequence[int]], int]) -> bool:
    """Forgets somebody everywhere; False where they were not on file any more."""
    record = record_of(keeper.store, subscriber_id)
    if record is not None:
        forget(keeper, record.email, sweep)
    return record is not None

"""Bulk insert and update of subscribers: one code path for a file of a million rows, a form and an operator.

A batch is looked up, compared, and written with a few statements of many rows each: 50,000 people a
second on SQLite. Every status changes along `STATUS_MOVES`; every change is counted and journalled in
the same transaction.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.subscribers import (
    BY_THEIR_WISH,
    STATUS_MOVES,
    VOLUNTARY_REASONS,
    Action,
    Attribute,
    Provenance,
    Status,
    SubscriberUpsert,
    Suppression,
    UpsertCounts,
)
from newsletter.storage import dialects, host_memory, schema
from newsletter.storage.subscribers import consent_journal, lists, subscribers, tags

_FIND_PEOPLE = """
    SELECT s.id, s.email, s.first_name, s.last_name, s.language, CAST(s.attributes AS text) AS attributes,
        x.reason
    FROM {wanted} CROSS JOIN subscriber AS s
    LEFT JOIN suppression AS x ON x.address_mac = s.address_mac WHERE s.email = wanted.value
"""
_READ_STATUSES = """
    SELECT u.list_id, u.subscriber_id, u.status FROM {wanted}
    CROSS JOIN subscription AS u WHERE u.list_id = :list_id AND u.subscriber_id = wanted.value
"""
_COLUMNS = (
    "id", "email", "address_mac", "first_name", "last_name", "created_at",
    "public_id", "language", "attributes", "last_contact_at",
)  # fmt: skip
_UPDATE = sa.text("""
    UPDATE subscriber SET first_name = :first_name, last_name = :last_name, language = :language,
        attributes = :attributes WHERE id = :id
""").bindparams(sa.bindparam("attributes", type_=sa.JSON))
_MOVE = sa.text("""
    UPDATE subscription SET status = :status, updated_at = :now
    WHERE list_id = :list_id AND subscriber_id = :id
""")
_ACTIONS = {status: Action(status.value) for status in Status}
_Row = sa.Row[Any]
_ADDRESS = itemgetter(1)


@dataclass(slots=True)
class _Batch:
    """State of one batch: what is known about it, and the rows that will be written."""

    line_builder: consent_journal.LineBuilder
    now_ms: int
    fresh: int
    statuses: Mapping[tuple[int, int], Status]
    suppressed: set[bytes]
    tag_ids: Mapping[str, int]
    list_names: Mapping[int, str]
    lines: list[consent_journal.Line] = field(default_factory=list)
    newcomers: list[tuple[int, int, str, int, int]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    tags: list[tuple[int, int]] = field(default_factory=list)
    leaving: list[int] = field(default_factory=list)
    """Ids of the people whom a suppression takes off every list."""
    contacts: list[int] = field(default_factory=list)
    """Ids of the people who have just done something."""
    counts: Counter[tuple[int, Status]] = field(default_factory=Counter)
    notes: list[host_memory.Record] = field(default_factory=list)
    """Records of people who left or came back, for the host memory."""


_MANY = 1000


def upsert_subscribers(
    tx: Connection, changes: Sequence[SubscriberUpsert], provenance: Provenance, now_ms: int
) -> UpsertCounts:
    """Add or update people whose addresses all differ, and return how many had which outcome."""
    if not changes:
        return UpsertCounts()
    subscribers.lock_subscribers(tx)
    if len(changes) > _MANY:
        dialects.enlarge_cache(tx)
    suppressed = _suppress(tx, changes, now_ms)
    known = _find_people(tx, [change.email for change in changes])
    fresh = _insert(tx, _choose_new(tx, changes, known, suppressed), now_ms)
    host_memory.note(tx, *([host_memory.make_ids(max(fresh.values()))] if fresh else []))
    batch = _Batch(
        line_builder=consent_journal.LineBuilder(tx, provenance),
        now_ms=now_ms,
        fresh=len(fresh),
        statuses=_read_statuses(tx, changes, known),
        suppressed=suppressed,
        tag_ids={
            name: tags.get_or_create_tag(tx, name)
            for name in sorted({tag for change in changes for tag in change.tags})
        },
        list_names=lists.list_names(tx),
    )
    outcomes = Counter(_apply(batch, change, known.get(change.email), fresh.get(change.email)) for change in changes)
    _write_batch(tx, batch)
    subscribers.unsubscribe_from_all(tx, batch.leaving, provenance, now_ms)
    return UpsertCounts(**outcomes)


def _suppress(tx: Connection, changes: Sequence[SubscriberUpsert], now_ms: int) -> set[bytes]:
    """Suppress the addresses whose changes ask for it; return the newly suppressed hashes."""
    requested = {
        change.address_mac: Suppression(change.suppressed, change.at or now_ms)
        for change in changes
        if change.suppressed
    }
    return subscribers.suppress_many(tx, requested)


def _find_people(tx: Connection, emails: Sequence[str]) -> dict[str, _Row]:
    """Return the people on file: address → row."""
    wanted, value = dialects.values_table(tx, emails)
    rows = tx.execute(sa.text(_FIND_PEOPLE.format(wanted=wanted)), {"wanted": value})
    return {row[1]: row for row in rows}


def _choose_new(
    tx: Connection, changes: Sequence[SubscriberUpsert], known: Mapping[str, _Row], suppressed: set[bytes]
) -> list[SubscriberUpsert]:
    """Return the people to insert; people suppressed before are left out, for they may have asked to be erased."""
    unknown = [change for change in changes if change.on_file and change.email not in known]
    barred = subscribers.find_suppressed(tx, [change.address_mac for change in unknown]) - suppressed
    return [change for change in unknown if change.address_mac not in barred]


def _insert(tx: Connection, new: Sequence[SubscriberUpsert], now_ms: int) -> dict[str, int]:
    """Insert people and return their ids: address → id. The subscribers lock keeps every other writer away."""
    taken_ids = _find_taken_ids(tx, [change.public_id for change in new if change.public_id])
    random = secrets.token_bytes(10 * len(new))
    # time first, as in UUIDs of version 7: an index that only grows at its end is several times faster
    prefix = now_ms.to_bytes(6, "big")
    ids = dialects.next_ids(tx, schema.subscriber, len(new))
    for number, change in enumerate(new):
        if not change.public_id or change.public_id in taken_ids:
            change.public_id = prefix + random[10 * number : 10 * number + 10]
        taken_ids.add(change.public_id)
    rows = [
        (
            ids[number],
            change.email,
            change.address_mac,
            change.first_name,
            change.last_name,
            change.at or now_ms,
            change.public_id,
            change.language,
            orjson.dumps(change.attributes).decode() if change.attributes else "{}",
            change.contact_at or change.at or now_ms,
        )
        for number, change in enumerate(new)
    ]
    rows.sort(key=_ADDRESS)  # so that each page of the address index is written once
    dialects.insert_many(tx, schema.subscriber, _COLUMNS, rows, new=True)
    return {change.email: ids[number] for number, change in enumerate(new)}


def _find_taken_ids(tx: Connection, wanted_ids: Sequence[bytes]) -> set[bytes]:
    """Return which of these public ids are taken; a person from an old export then gets another one."""
    if not wanted_ids:
        return set()
    wanted, value = dialects.values_table(tx, wanted_ids)
    query = f"SELECT s.public_id FROM {wanted} CROSS JOIN subscriber AS s WHERE s.public_id = wanted.value"  # noqa: S608 - our words
    return {bytes(public_id) for public_id in tx.execute(sa.text(query), {"wanted": value}).scalars()}


def _read_statuses(
    tx: Connection, changes: Sequence[SubscriberUpsert], known: Mapping[str, _Row]
) -> dict[tuple[int, int], Status]:
    """Return the status of people who were on file before: (list id, subscriber id) → status."""
    found: dict[tuple[int, int], Status] = {}
    ids = [person.id for person in known.values()]
    for list_id in sorted({list_id for change in changes for list_id in change.subscriptions}) if ids else ():
        wanted, value = dialects.values_table(tx, ids)
        rows = tx.execute(sa.text(_READ_STATUSES.format(wanted=wanted)), {"wanted": value, "list_id": list_id})
        found |= {(row.list_id, row.subscriber_id): Status(row.status) for row in rows}
    return found


def _apply(batch: _Batch, change: SubscriberUpsert, person: _Row | None, new_id: int | None) -> str:
    """Apply one change to the batch; return the outcome as the name of a field of `UpsertCounts`."""
    is_newly_suppressed = change.address_mac in batch.suppressed
    subscriber_id = person.id if person else new_id
    if subscriber_id is None:
        return "suppressed" if is_newly_suppressed else "kept_out" if change.on_file else "unchanged"
    outcome = "added" if person is None else _update(batch, change, person)
    for list_id, wanted in change.subscriptions.items():
        move_outcome = _subscribe(batch, change, person, subscriber_id, list_id=list_id, wanted=wanted)
        outcome = move_outcome if move_outcome != "unchanged" and outcome != "added" else outcome
    batch.tags += [(batch.tag_ids[tag], subscriber_id) for tag in change.tags]
    if person is None and change.journal:
        list_ids = {name: list_id for list_id, name in batch.list_names.items()}
        batch.lines += [
            batch.line_builder.build_restored(subscriber_id, entry, list_ids.get(entry.list_name))
            for entry in change.journal
        ]
    elif is_newly_suppressed:
        batch.lines.append(batch.line_builder.build(subscriber_id, batch.now_ms, Action.SUPPRESSED, None, change.line))
    # also if the person was suppressed before, for a bounce: a bounce ends no subscription
    if person is not None and change.suppressed in VOLUNTARY_REASONS:
        batch.leaving.append(subscriber_id)
    return "suppressed" if is_newly_suppressed else outcome


def _subscribe(
    batch: _Batch, change: SubscriberUpsert, person: _Row | None, subscriber_id: int, *, list_id: int, wanted: Status
) -> str:
    """Move one subscription, if the table of moves allows it and the person is not suppressed; return the outcome."""
    old = batch.statuses.get((list_id, subscriber_id))
    is_barred = person is not None and person.reason and wanted is not Status.UNSUBSCRIBED
    if not is_barred and (old is wanted or (old is Status.CONFIRMED and wanted is Status.PENDING)):
        return "unchanged"
    method = batch.line_builder.provenance.method
    if is_barred or method not in STATUS_MOVES.get((old, wanted), ()):
        return "kept_out"
    at = change.at or batch.now_ms
    if old is None:
        batch.newcomers.append((list_id, subscriber_id, wanted.value, at, at))
    else:
        at = batch.now_ms
        batch.moves.append({"list_id": list_id, "id": subscriber_id, "status": wanted.value, "now": at})
        batch.counts[list_id, old] -= 1
    batch.counts[list_id, wanted] += 1
    if Status.UNSUBSCRIBED in {old, wanted}:
        make_record = host_memory.make_departure if wanted is Status.UNSUBSCRIBED else host_memory.make_return
        batch.notes.append(make_record(change.address_mac, batch.now_ms, batch.list_names[list_id]))
    if person is not None or not change.journal:
        batch.lines.append(batch.line_builder.build(subscriber_id, at, _ACTIONS[wanted], list_id, change.line))
    if person is not None and method in BY_THEIR_WISH:
        batch.contacts.append(subscriber_id)
    return "added" if old is None else "updated"


def _update(batch: _Batch, change: SubscriberUpsert, person: _Row) -> str:
    """Fill in missing values and merge the attributes; never empty a value. Return the outcome.

    An existing name was perhaps corrected by hand, or by the person: an old file must not undo the correction. Only a
    method in BY_THEIR_WISH may replace it.
    """
    is_by_wish = batch.line_builder.provenance.method in BY_THEIR_WISH
    first, second = (change, person) if is_by_wish else (person, change)
    new = {name: getattr(first, name) or getattr(second, name) for name in ("first_name", "last_name", "language")}
    old_attributes: dict[str, Attribute] = orjson.loads(person.attributes)
    attributes = {**old_attributes, **change.attributes}
    if attributes == old_attributes and all(getattr(person, name) == value for name, value in new.items()):
        return "unchanged"
    batch.updates.append({"id": person.id, **new, "attributes": attributes})
    return "updated"


def _write_batch(tx: Connection, batch: _Batch) -> None:
    columns = ("list_id", "subscriber_id", "status", "updated_at", "created_at")
    dialects.insert_many(tx, schema.subscription, columns, batch.newcomers, new=True)
    if batch.moves:
        tx.execute(_MOVE, batch.moves)
    if batch.updates:
        tx.execute(_UPDATE, batch.updates)
    subscribers.record_contacts(tx, dict.fromkeys(batch.contacts, batch.now_ms))
    dialects.insert_many(tx, schema.subscriber_tag, ("tag_id", "subscriber_id"), batch.tags)
    consent_journal.insert_lines(tx, batch.lines)
    lists.add_counts(tx, batch.counts, people=batch.fresh)
    host_memory.note(tx, *batch.notes)

"""People on file: finding, unsubscribing, suppressing and erasing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.subscribers import (
    REASON_PRECEDENCE,
    VOLUNTARY_REASONS,
    Action,
    Attribute,
    Entry,
    Method,
    Provenance,
    Status,
    Subscriber,
    Suppression,
    SuppressionReason,
)
from newsletter.storage import dialects, host_memory, schema
from newsletter.storage.subscribers import consent_journal, lists, suppressions, tags

_SUBSCRIBERS_LOCK = 2
_SUPPRESS = sa.text(
    "INSERT INTO suppression (address_mac, reason, created_at) VALUES (:mac, :reason, :at)"
    " ON CONFLICT (address_mac) DO NOTHING"
)
_SUBSCRIBED = """
    SELECT u.subscriber_id, u.status, s.address_mac, l.name AS list_name
    FROM {wanted} CROSS JOIN subscription AS u JOIN subscriber AS s ON s.id = u.subscriber_id
    JOIN list AS l ON l.id = u.list_id
    WHERE u.list_id = :list_id AND u.subscriber_id = wanted.value AND u.status <> :gone
"""
_END = """
    UPDATE subscription SET status = :gone, updated_at = :now
    WHERE list_id = :list_id AND subscriber_id IN (SELECT value FROM {wanted}) AND status <> :gone
"""
_TOUCH = """
    UPDATE subscriber SET last_contact_at = contact.second FROM ({contacts}) AS contact
    WHERE subscriber.id = contact.first AND subscriber.last_contact_at < contact.second
"""
_HASHES = "SELECT s.id, s.address_mac FROM {wanted} CROSS JOIN subscriber AS s WHERE s.id = wanted.value"
_SUPPRESSED = "SELECT x.address_mac FROM {wanted} CROSS JOIN suppression AS x WHERE x.address_mac = wanted.value"


class ReportedAddress(NamedTuple):
    """An address that a provider reports, and the reason to suppress it."""

    email: str
    reason: SuppressionReason
    source: str
    """The provider's text, which names nobody."""


def lock_subscribers(tx: Connection) -> None:
    """Take the lock that serialises all changes to subscribers until the transaction ends.

    SQLite has only one writer at a time. With row locks only, an import on PostgreSQL brought back people who left
    while it ran.
    """
    dialects.lock(tx, _SUBSCRIBERS_LOCK)


def find_by_email(tx: Connection, email: str) -> Subscriber | None:
    """Return the person with that normalised address, or None."""
    return _person(tx, email=email)


def find_by_id(tx: Connection, subscriber_id: int) -> Subscriber | None:
    """Return the person with that id, or None."""
    return _person(tx, id=subscriber_id)


def _person(tx: Connection, **known: object) -> Subscriber | None:
    table = schema.subscriber
    columns = (table.c.id, table.c.email, table.c.first_name, table.c.last_name)
    row = tx.execute(sa.select(*columns).filter_by(**known)).first()
    return Subscriber(*row) if row else None


def find_hashes(tx: Connection, ids: Sequence[int]) -> dict[int, bytes]:
    """Return the hashes of people's addresses: subscriber id → hash."""
    wanted, value = dialects.values_table(tx, ids)
    rows = tx.execute(sa.text(_HASHES.format(wanted=wanted)), {"wanted": value})
    return {row.id: bytes(row.address_mac) for row in rows}


def find_on_file(tx: Connection, ids: Sequence[int]) -> set[int]:
    """Return which of these people are on file, that is, not erased."""
    wanted, value = dialects.values_table(tx, ids)
    query = f"SELECT s.id FROM {wanted} CROSS JOIN subscriber AS s WHERE s.id = wanted.value"  # noqa: S608 - our words
    return set(tx.execute(sa.text(query), {"wanted": value}).scalars()) if ids else set()


def find_emails(tx: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return the addresses of the people who are on file: subscriber id → address."""
    if not ids:
        return {}
    wanted, value = dialects.values_table(tx, ids)
    query = f"SELECT s.id, s.email FROM {wanted} CROSS JOIN subscriber AS s WHERE s.id = wanted.value"  # noqa: S608 - our words
    return {row.id: row.email for row in tx.execute(sa.text(query), {"wanted": value})}


def record_contacts(tx: Connection, contacted_ms: Mapping[int, int]) -> None:
    """Record when people last did something, in milliseconds (`prune` counts from it); keep a later time."""
    if not contacted_ms:
        return
    lock_subscribers(tx)
    contacts, values = dialects.pairs_table(tx, sorted(contacted_ms.items()))
    tx.execute(sa.text(_TOUCH.format(contacts=contacts)), values)


def unsubscribe(tx: Connection, ids: Sequence[int], list_ids: Sequence[int], how: Provenance, now_ms: int) -> int:
    """End subscriptions, effective for the next chunk that is claimed; return how many were ended."""
    lock_subscribers(tx)
    ended = [(list_id, number) for list_id in list_ids for number in _end_subscriptions(tx, ids, list_id, now_ms)]
    builder = consent_journal.LineBuilder(tx, how)
    lines = [builder.build(number, now_ms, Action.UNSUBSCRIBED, list_id) for list_id, number in ended]
    consent_journal.insert_lines(tx, lines)
    return len(ended)


def _end_subscriptions(tx: Connection, ids: Sequence[int], list_id: int, now_ms: int) -> list[int]:
    """End subscriptions to one list; return the ids of their subscribers. The caller writes the journal."""
    wanted, value = dialects.values_table(tx, ids)
    facts = {"wanted": value, "list_id": list_id, "gone": Status.UNSUBSCRIBED.value}
    ended = tx.execute(sa.text(_SUBSCRIBED.format(wanted=wanted)), facts).all()
    if ended:
        tx.execute(sa.text(_END.format(wanted=wanted)), facts | {"now": now_ms})
        counts = Counter({(list_id, Status.UNSUBSCRIBED): len(ended)})
        counts.subtract((list_id, Status(row.status)) for row in ended)
        lists.add_counts(tx, counts)
        departures = (host_memory.make_departure(bytes(row.address_mac), now_ms, row.list_name) for row in ended)
        host_memory.note(tx, *departures)
    return [row.subscriber_id for row in ended]


def unsubscribe_from_all(tx: Connection, ids: Sequence[int], provenance: Provenance, now_ms: int) -> int:
    """End every subscription of people; return how many were ended."""
    list_ids = [mailing_list.id for mailing_list in lists.list_all(tx)] if ids else []
    return unsubscribe(tx, ids, list_ids, provenance, now_ms) if ids else 0


def suppress(
    tx: Connection, email: str, *, mac: bytes, reason: SuppressionReason, provenance: Provenance, now_ms: int
) -> bool:
    """Suppress an address, so that it is never mailed again; return False if it was suppressed already.

    The first reason stays, unless `strengthen` replaces it. A voluntary reason ends the person's subscriptions, also
    if a bounce had suppressed the address before, so that a later release does not revive them.
    """
    is_new = bool(suppress_many(tx, {mac: Suppression(reason, now_ms)}))
    if is_new:
        _journal(tx, email, Action.SUPPRESSED, provenance, now_ms)
    person = find_by_email(tx, email)
    if person and reason in VOLUNTARY_REASONS:
        unsubscribe_from_all(tx, [person.id], provenance, now_ms)
    return is_new


def suppress_reported(tx: Connection, reports: Mapping[bytes, ReportedAddress], now_ms: int) -> int:
    """Suppress hashes that a provider reports; return how many are new.

    A voluntary reason ends subscriptions even if the address was suppressed before.
    """
    if not reports:
        return 0
    fresh = suppress_many(tx, {mac: Suppression(report.reason, now_ms) for mac, report in reports.items()})
    for index, reason in enumerate(REASON_PRECEDENCE):
        known = [mac for mac, report in reports.items() if report.reason is reason and mac not in fresh]
        _replace_weaker_reasons(tx, known, reason, REASON_PRECEDENCE[:index], now_ms)
    ids = _find_ids(tx, [report.email for report in reports.values()])
    builder = consent_journal.LineBuilder(tx, Provenance(Method.PROVIDER))
    on_file = {mac: report for mac, report in reports.items() if report.email in ids}
    lines = []
    for report in (report for mac, report in on_file.items() if mac in fresh):
        entry = Entry(now_ms, Action.SUPPRESSED, Provenance(Method.PROVIDER, report.source))
        lines.append(builder.build_restored(ids[report.email], entry, None))
    consent_journal.insert_lines(tx, lines)
    leaving = [ids[report.email] for report in on_file.values() if report.reason in VOLUNTARY_REASONS]
    unsubscribe_from_all(tx, sorted(leaving), builder.provenance, now_ms)
    return len(fresh)


def _replace_weaker_reasons(
    tx: Connection, macs: Sequence[bytes], reason: SuppressionReason, weaker: Sequence[SuppressionReason], now_ms: int
) -> None:
    if macs and weaker:
        table = schema.suppression
        is_weaker = table.c.address_mac.in_(macs) & table.c.reason.in_([reason.value for reason in weaker])
        statement = table.update().where(is_weaker).values(reason=reason.value).returning(table.c.address_mac)
        replaced = tx.execute(statement)
        departures = (host_memory.make_departure(bytes(mac), now_ms, why=reason) for mac in replaced.scalars())
        host_memory.note(tx, *departures)


def _find_ids(tx: Connection, emails: Sequence[str]) -> dict[str, int]:
    wanted, value = dialects.values_table(tx, emails)
    query = f"SELECT s.email, s.id FROM {wanted} CROSS JOIN subscriber AS s WHERE s.email = wanted.value"  # noqa: S608 - our words
    return {row.email: row.id for row in tx.execute(sa.text(query), {"wanted": value})}


def suppress_many(tx: Connection, requested: Mapping[bytes, Suppression]) -> set[bytes]:
    """Suppress many hashes at once; return the newly suppressed hashes. The caller writes the journal."""
    lock_subscribers(tx)
    suppressions.strengthen(tx, requested)
    fresh = set(requested) - find_suppressed(tx, list(requested)) if requested else set()
    if fresh:
        added = [(mac, requested[mac]) for mac in sorted(fresh)]
        tx.execute(_SUPPRESS, [{"mac": mac, "reason": new.reason.value, "at": new.at} for mac, new in added])
        host_memory.note(tx, *(host_memory.make_departure(mac, new.at, why=new.reason) for mac, new in added))
    return fresh


def find_suppressed(tx: Connection, macs: Sequence[bytes]) -> set[bytes]:
    """Return which of these hashes are suppressed."""
    if not macs:
        return set()
    wanted, value = dialects.values_table(tx, macs)
    return {bytes(mac) for mac in tx.execute(sa.text(_SUPPRESSED.format(wanted=wanted)), {"wanted": value}).scalars()}


def find_suppression(tx: Connection, address_mac: bytes) -> SuppressionReason | None:
    """Return why an address is suppressed; None if it may be mailed."""
    reason = tx.execute(sa.select(schema.suppression.c.reason).filter_by(address_mac=address_mac)).scalar()
    return SuppressionReason(reason) if reason else None


def release(tx: Connection, email: str, mac: bytes, provenance: Provenance, now_ms: int) -> None:
    """Delete the suppression of an address, because the person asked for it."""
    lock_subscribers(tx)
    table = schema.suppression
    if tx.execute(table.delete().where(table.c.address_mac == mac)).rowcount:
        host_memory.note(tx, host_memory.make_return(mac, now_ms))
        _journal(tx, email, Action.RELEASED, provenance, now_ms)


def _journal(tx: Connection, email: str, action: Action, provenance: Provenance, now_ms: int) -> None:
    person = find_by_email(tx, email)
    if person is not None:
        consent_journal.insert_lines(tx, [consent_journal.LineBuilder(tx, provenance).build(person.id, now_ms, action)])


def change_address(
    tx: Connection, subscriber_id: int, *, email: str, address_mac: bytes, provenance: Provenance, now_ms: int
) -> None:
    """Give a person a new address. The journal records the change, but neither the old nor the new address."""
    lock_subscribers(tx)
    table = schema.subscriber
    tx.execute(table.update().where(table.c.id == subscriber_id).values(email=email, address_mac=address_mac))
    consent_journal.insert_lines(
        tx, [consent_journal.LineBuilder(tx, provenance).build(subscriber_id, now_ms, Action.READDRESSED)]
    )


def update_fields(tx: Connection, subscriber_id: int, values: Mapping[str, str | Mapping[str, Attribute]]) -> None:
    """Set a person's names, language or attributes."""
    table = schema.subscriber
    tx.execute(table.update().where(table.c.id == subscriber_id).values(**values))


def count_inactive(tx: Connection, before_ms: int) -> int:
    """Return how many people had their last contact before that time (ms)."""
    table = schema.subscriber
    query = sa.select(sa.func.count()).select_from(table).where(table.c.last_contact_at < before_ms)
    return int(tx.execute(query).scalar_one())


def list_inactive(tx: Connection, before_ms: int, limit: int) -> list[int]:
    """Return the ids of at most `limit` people who had their last contact before that time (ms)."""
    table = schema.subscriber
    query = sa.select(table.c.id).where(table.c.last_contact_at < before_ms).order_by(table.c.id).limit(limit)
    return list(tx.execute(query).scalars())


def erase(tx: Connection, ids: Sequence[int]) -> dict[str, int]:
    """Delete everything about people except the hashes of suppressed addresses; return the number of rows by kind."""
    lock_subscribers(tx)
    subscription, except_ = schema.subscription, schema.delivery_exception
    is_theirs = subscription.c.subscriber_id.in_(ids)
    counts: Counter[tuple[int, Status]] = Counter()
    for list_id, status in tx.execute(sa.select(subscription.c.list_id, subscription.c.status).where(is_theirs)):
        counts[list_id, Status(status)] -= 1
    # the provider's text about an address may quote the address
    clear_details = except_.update().where(except_.c.subscriber_id.in_(ids), except_.c.detail != "").values(detail="")
    deleted = {
        "journal": consent_journal.delete_lines(tx, ids),
        "tags": tags.untag(tx, ids),
        "subscriptions": tx.execute(subscription.delete().where(is_theirs)).rowcount,
        "subscribers": tx.execute(schema.subscriber.delete().where(schema.subscriber.c.id.in_(ids))).rowcount,
        "details": tx.execute(clear_details).rowcount,
    }
    lists.add_counts(tx, counts, people=-deleted["subscribers"])
    return deleted

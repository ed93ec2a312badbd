"""Suppressions of many addresses at once: strengthened by a wish, found, and lifted if the reason is only a bounce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.subscribers import Action, Provenance, Status, Suppression, SuppressionReason
from newsletter.storage import dialects, host_memory, schema, sql_functions
from newsletter.storage.subscribers import consent_journal

LIFTABLE = (SuppressionReason.BOUNCE, SuppressionReason.INVALID)
"""Reasons that come from the mailbox and not from a person's wish."""
_WEAKER = """
    SELECT x.address_mac FROM {wanted} CROSS JOIN suppression AS x
    WHERE x.address_mac = wanted.value AND x.reason IN ('bounce', 'invalid')
"""
_STRENGTHEN = sa.text("UPDATE suppression SET reason = :reason WHERE address_mac = :mac")
_LIFT = sa.text("DELETE FROM suppression WHERE address_mac = :mac")
_ENDLESS = 1 << 62


class Blocked(NamedTuple):
    """A suppressed person who is on file."""

    id: int
    address_mac: bytes


class Selection(NamedTuple):
    """Criteria for suppressions: a reason, made from `since` to before `until` (ms), addresses in `domains` if any."""

    reason: SuppressionReason
    since: int = 0
    until: int = _ENDLESS
    domains: tuple[str, ...] = ()


def strengthen(tx: Connection, requested: Mapping[bytes, Suppression]) -> None:
    """Replace a bounce by a wish, a complaint or an erasure, so that lifting the bounce does not undo that."""
    stronger = [mac for mac, suppression in requested.items() if suppression.reason not in LIFTABLE]
    if not stronger:
        return
    wanted, value = dialects.values_table(tx, stronger)
    found = tx.execute(sa.text(_WEAKER.format(wanted=wanted)), {"wanted": value}).scalars()
    weaker = {bytes(mac): requested[bytes(mac)] for mac in found}
    if weaker:
        tx.execute(
            _STRENGTHEN, [{"mac": mac, "reason": suppression.reason.value} for mac, suppression in weaker.items()]
        )
        host_memory.note(
            tx,
            *(
                host_memory.make_departure(mac, suppression.at, why=suppression.reason)
                for mac, suppression in weaker.items()
            ),
        )


def count_liftable(tx: Connection, selection: Selection) -> int:
    """Count the people on file whom lifting would bring back to a list."""
    return _count(tx, _matching(selection) & _is_on_a_list())


def count_gone(tx: Connection, selection: Selection) -> int:
    """Count the people who have left every list: lifting would bring them back to none, so they stay suppressed."""
    return _count(tx, _matching(selection) & sa.not_(_is_on_a_list()))


def _count(tx: Connection, condition: sa.ColumnElement[bool]) -> int:
    return int(tx.execute(_select(sa.func.count()).where(condition)).scalar_one())


def find_liftable(tx: Connection, selection: Selection, limit: int) -> list[Blocked]:
    """Return at most `limit` of the people whom lifting would bring back to a list."""
    person = schema.subscriber.c
    query = _select(person.id, person.address_mac).where(_matching(selection) & _is_on_a_list())
    return [Blocked(row.id, bytes(row.address_mac)) for row in tx.execute(query.order_by(person.id).limit(limit))]


def _select(*columns: Any) -> sa.Select[Any]:  # noqa: ANN401 - columns of any type
    """Return a SELECT from people joined with their suppressions."""
    person, barred = schema.subscriber, schema.suppression
    return sa.select(*columns).select_from(person.join(barred, barred.c.address_mac == person.c.address_mac))


def _matching(selection: Selection) -> sa.ColumnElement[bool]:
    barred = schema.suppression.c
    matching = sa.and_(
        barred.reason == selection.reason.value,
        barred.created_at >= selection.since,
        barred.created_at < selection.until,
    )
    if not selection.domains:
        return matching
    return sa.and_(matching, sql_functions.domain_of(schema.subscriber.c.email).in_(selection.domains))


def _is_on_a_list() -> sa.ColumnElement[bool]:
    subscription = schema.subscription.c
    return sa.exists().where(
        subscription.subscriber_id == schema.subscriber.c.id, subscription.status != Status.UNSUBSCRIBED.value
    )


def lift(tx: Connection, people: Sequence[Blocked], provenance: Provenance, now_ms: int) -> None:
    """Lift the suppressions of people, with a journal line for each person. The caller must hold `lock_subscribers`."""
    if not people:
        return
    line_builder = consent_journal.LineBuilder(tx, provenance)
    tx.execute(_LIFT, [{"mac": person.address_mac} for person in people])
    host_memory.note(tx, *(host_memory.make_return(person.address_mac, now_ms) for person in people))
    consent_journal.insert_lines(tx, [line_builder.build(person.id, now_ms, Action.UNBLOCKED) for person in people])

"""Subscriber records: one person's whole record, pages of people, everything for an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import GIVEN_UP, Delivery
from newsletter.model.subscribers import Record, Status, SuppressionReason
from newsletter.storage import dialects, schema
from newsletter.storage.campaigns import delivery_exceptions, manifest
from newsletter.storage.subscribers import consent_journal
from newsletter.system import timestamps

PAGE = 2_000
_PEOPLE = """
    SELECT s.id, s.public_id, s.email, s.first_name, s.last_name, s.language, CAST(s.attributes AS text) AS attributes,
        s.created_at, s.last_contact_at, x.reason
    FROM {wanted} CROSS JOIN subscriber AS s
    LEFT JOIN suppression AS x ON x.address_mac = s.address_mac WHERE s.id = wanted.value ORDER BY s.id
"""
_LISTS = """
    SELECT u.subscriber_id, l.name, u.status FROM {wanted} CROSS JOIN list AS l
    CROSS JOIN subscription AS u WHERE u.list_id = l.id AND u.subscriber_id = wanted.value ORDER BY l.name
"""
_TAGS = """
    SELECT h.subscriber_id, t.name FROM {wanted} CROSS JOIN tag AS t
    CROSS JOIN subscriber_tag AS h WHERE h.tag_id = t.id AND h.subscriber_id = wanted.value ORDER BY t.name
"""
_ORPHANS = sa.text("""
    SELECT x.address_mac, x.reason, x.created_at FROM suppression AS x
    LEFT JOIN subscriber AS s ON s.address_mac = x.address_mac WHERE s.id IS NULL ORDER BY x.address_mac
""")


def list_next_ids(tx: Connection, chosen: sa.ColumnElement[bool], after: int, size: int = PAGE) -> list[int]:
    """Return the next ids after `after` among the chosen people, ascending, at most `size`."""
    table = schema.subscriber
    query = sa.select(table.c.id).where(table.c.id > after, chosen).order_by(table.c.id).limit(size)
    return list(tx.execute(query).scalars())


def list_id_pages(tx: Connection, chosen: sa.ColumnElement[bool]) -> Iterator[list[int]]:
    """Yield all ids of the chosen people, in pages."""
    after = 0
    while ids := list_next_ids(tx, chosen, after):
        yield ids
        after = ids[-1]


def list_records(tx: Connection, ids: Sequence[int], *, with_journal: bool = False) -> list[Record]:
    """Return the records of people, by ascending id."""
    if not ids:
        return []
    lists = _group_by_person(tx, _LISTS, ids)
    tags = _group_by_person(tx, _TAGS, ids)
    entries = consent_journal.list_entries(tx, ids) if with_journal else {}
    wanted, value = dialects.values_table(tx, ids)
    rows = tx.execute(sa.text(_PEOPLE.format(wanted=wanted)), {"wanted": value}).all()
    return [
        Record(
            row.id, bytes(row.public_id), row.email, row.first_name, row.last_name, row.language,
            orjson.loads(row.attributes), row.created_at, row.last_contact_at,
            lists={name: Status(status) for _, name, status in lists.get(row.id, ())},
            tags=tuple(name for _, name in tags.get(row.id, ())),
            suppressed=SuppressionReason(row.reason) if row.reason else None,
            journal=entries.get(row.id, ()),
        )
        for row in rows
    ]  # fmt: skip


def find_by_hash(tx: Connection, macs: Sequence[bytes]) -> dict[bytes, Record]:
    """Return records with journals: address hash → record. This reads the whole subscriber table once."""
    if not macs:
        return {}
    wanted, value = dialects.values_table(tx, macs)
    query = f"SELECT id, address_mac FROM subscriber WHERE address_mac IN (SELECT wanted.value FROM {wanted})"  # noqa: S608 - our words
    hashes = {row.id: bytes(row.address_mac) for row in tx.execute(sa.text(query), {"wanted": value})}
    return {hashes[record.id]: record for record in list_records(tx, sorted(hashes), with_journal=True)}


def _group_by_person(tx: Connection, query: str, ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    wanted, value = dialects.values_table(tx, ids)
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in tx.execute(sa.text(query.format(wanted=wanted)), {"wanted": value}):
        found.setdefault(row[0], []).append(tuple(row))
    return found


def list_orphan_suppressions(tx: Connection) -> Iterator[tuple[bytes, SuppressionReason, int]]:
    """Yield the hash, the reason and the time of every suppression whose address is not on file."""
    for row in tx.execute(_ORPHANS, execution_options={"yield_per": PAGE}):
        yield bytes(row.address_mac), SuppressionReason(row.reason), row.created_at


def list_deliveries(tx: Connection, subscriber_id: int) -> list[Delivery]:
    """Return a person's deliveries and their states; only chunks whose range of ids includes the person are decoded."""
    chunk, campaign, issue = schema.chunk, schema.campaign, schema.issue
    columns = (
        chunk.c.campaign_id, chunk.c.sequence, chunk.c.state, chunk.c.attempt, chunk.c.manifest, chunk.c.detail,
        campaign.c.planned_at, issue.c.slug,
    )  # fmt: skip
    rows = tx.execute(
        sa.select(*columns)
        .join(campaign, campaign.c.id == chunk.c.campaign_id)
        .join(issue, issue.c.id == campaign.c.issue_id)
        .where(chunk.c.first_id <= subscriber_id, chunk.c.last_id >= subscriber_id)
        .order_by(chunk.c.campaign_id)
    )
    kinds = delivery_exceptions.list_kinds(tx, subscriber_id)
    found = []
    for row in rows:
        if subscriber_id in manifest.decode(row.manifest):
            state = "given_up" if row.detail == GIVEN_UP else row.state
            state, detail = kinds.get(row.campaign_id, (state, ""))
            planned_at = timestamps.moment(row.planned_at)
            found.append(Delivery(row.campaign_id, row.slug, planned_at, state, detail, row.sequence, row.attempt))
    return found

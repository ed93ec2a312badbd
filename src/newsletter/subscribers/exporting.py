"""Export subscribers: one row or one object for each person.

JSON lines and JSON contain everything: the journal, the lists, and the hashes of suppressed addresses without a
subscriber. CSV contains what a spreadsheet can hold, with an apostrophe before a cell that it would calculate.
Each format can be imported again, and the result gives the same export.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from newsletter.model.campaign import Delivery
from newsletter.model.subscribers import Entry, Record
from newsletter.storage import Transaction
from newsletter.storage.subscribers import lists, records
from newsletter.storage.subscribers.segments import Condition
from newsletter.subscribers.importing.row_mapping import FORMULA
from newsletter.system import timestamps

COLUMNS = (
    "email", "first_name", "last_name", "language", "tags", "lists", "suppressed",
    "created_at", "last_contact_at", "public_id", "attributes",
)  # fmt: skip


def as_csv(tx: Transaction, chosen: Condition) -> Iterator[str]:
    """Yield lines of CSV, the header first."""
    yield _line(COLUMNS)
    for ids in records.list_id_pages(tx, chosen):
        for record in records.list_records(tx, ids):
            facts = facts_of(record)
            facts["tags"] = "; ".join(record.tags)
            facts["lists"] = "; ".join(f"{name}={status}" for name, status in record.lists.items())
            facts["attributes"] = orjson.dumps(record.attributes).decode() if record.attributes else ""
            yield _line(tuple(str(facts[column] or "") for column in COLUMNS))


def as_json_lines(tx: Transaction, chosen: Condition, key: str, *, whole: bool) -> Iterator[str]:
    """Yield JSON objects, one a line: lists first, then people.

    `whole` adds the hashes of suppressed addresses without a subscriber; `key` is the fingerprint of their key.
    """
    for mailing_list in lists.list_all(tx):
        yield _json({"list": mailing_list.name, "opt_in": mailing_list.opt_in})
    for ids in records.list_id_pages(tx, chosen):
        for record in records.list_records(tx, ids, with_journal=True):
            yield _json(facts_of(record) | {"journal": [entry_facts(entry) for entry in record.journal]})
    for mac, reason, at in records.list_orphan_suppressions(tx) if whole else ():
        yield _json({"suppressed_hash": mac.hex(), "reason": reason, "at": format_ms(at), "key": key})


def as_json(lines: Iterator[str]) -> Iterator[str]:
    """Turn the lines of `as_json_lines` into one JSON array."""
    opening = "[\n"
    for line in lines:
        yield opening + line.rstrip("\n")
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def facts_of(record: Record) -> dict[str, Any]:
    """Return a record as JSON values."""
    return {
        "email": record.email,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "language": record.language,
        "tags": list(record.tags),
        "lists": record.lists,
        "suppressed": record.suppressed,
        "created_at": format_ms(record.created_at),
        "last_contact_at": format_ms(record.last_contact_at),
        "public_id": record.public_id.hex(),
        "attributes": record.attributes,
    }


def dossier_facts(record: Record, deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """Return everything that is stored about a person, as JSON values."""
    return facts_of(record) | {
        "journal": [entry_facts(entry) for entry in record.journal],
        "campaigns": [
            {"issue": delivery.slug, "planned_at": delivery.planned_at.isoformat(), "state": delivery.state}
            for delivery in deliveries
        ],
    }


def entry_facts(entry: Entry) -> dict[str, Any]:
    """Return an entry of the consent journal as JSON values, without empty fields."""
    provenance = entry.provenance
    facts = {
        "at": format_ms(entry.at),
        "action": entry.action,
        "list": entry.list_name,
        "method": provenance.method,
        "source": provenance.source,
        "line": entry.line,
        "words": provenance.words,
    }
    return {name: value for name, value in facts.items() if value}


def format_ms(ms: int) -> str:
    """Format a time (ms since 1970) in ISO 8601, in UTC, to the millisecond."""
    return timestamps.moment(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([f"'{cell}" if FORMULA.match(cell) else cell for cell in cells])
    return out.getvalue()


def _json(facts: dict[str, Any]) -> str:
    return orjson.dumps(facts, option=orjson.OPT_APPEND_NEWLINE).decode()

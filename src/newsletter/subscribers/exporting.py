"""Everything back: one row or one object for each person.

JSON lines and JSON hold all there is: journal, lists, and the hashes of whoever is suppressed and not on
file. CSV holds what a spreadsheet can, with an apostrophe before whatever it would calculate. Either
can be imported again and gives the same export.
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
    """Lines of CSV, the header first."""
    yield _line(COLUMNS)
    for ids in records.pages(tx, chosen):
        for record in records.of(tx, ids):
            facts = facts_of(record)
            facts["tags"] = "; ".join(record.tags)
            facts["lists"] = "; ".join(f"{name}={status}" for name, status in record.lists.items())
            facts["attributes"] = orjson.dumps(record.attributes).decode() if record.attributes else ""
            yield _line(tuple(str(facts[column] or "") for column in COLUMNS))


def as_json_lines(tx: Transaction, chosen: Condition, key: str, *, whole: bool) -> Iterator[str]:
    """Objects, one a line: lists first, then people; `whole` adds the hashes of suppressed strangers under `key`."""
    for one in lists.every(tx):
        yield _json({"list": one.name, "opt_in": one.opt_in})
    for ids in records.pages(tx, chosen):
        for record in records.of(tx, ids, with_journal=True):
            yield _json(facts_of(record) | {"journal": [entry_facts(entry) for entry in record.journal]})
    for mac, reason, at in records.suppressed_strangers(tx) if whole else ():
        yield _json({"suppressed_hash": mac.hex(), "reason": reason, "at": moment(at), "key": key})


def as_json(lines: Iterator[str]) -> Iterator[str]:
    """The same objects as one array."""
    opening = "[\n"
    for line in lines:
        yield opening + line.rstrip("\n")
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def facts_of(record: Record) -> dict[str, Any]:
    """A record as JSON holds it."""
    return {
        "email": record.email,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "language": record.language,
        "tags": list(record.tags),
        "lists": record.lists,
        "suppressed": record.suppressed,
        "created_at": moment(record.created_at),
        "last_contact_at": moment(record.last_contact_at),
        "public_id": record.public_id.hex(),
        "attributes": record.attributes,
    }


def dossier_facts(record: Record, deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """Everything that is kept about a person, as JSON holds it."""
    return facts_of(record) | {
        "journal": [entry_facts(entry) for entry in record.journal],
        "campaigns": [
            {"issue": one.slug, "planned_at": one.planned_at.isoformat(), "state": one.state} for one in deliveries
        ],
    }


def entry_facts(entry: Entry) -> dict[str, Any]:
    """A line of the journal as JSON holds it."""
    how = entry.provenance
    facts = {
        "at": moment(entry.at),
        "action": entry.action,
        "list": entry.list_name,
        "method": how.method,
        "source": how.source,
        "line": entry.line,
        "words": how.words,
    }
    return {name: value for name, value in facts.items() if value}


def moment(millis: int) -> str:
    """A moment in UTC, to the millisecond."""
    return timestamps.moment(millis).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([f"'{cell}" if FORMULA.match(cell) else cell for cell in cells])
    return out.getvalue()


def _json(facts: dict[str, Any]) -> str:
    return orjson.dumps(facts, option=orjson.OPT_APPEND_NEWLINE).decode()

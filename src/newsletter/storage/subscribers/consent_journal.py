"""The consent journal: who, which list, which action, when, how, in which words, from which source. It only grows.

A million rows of a file have the same words and source, so each text is stored once, in `phrase`. Only
`subscribers.erase` deletes lines, together with the person they are about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.subscribers import BY_THEIR_WISH, Action, Entry, Method, Provenance
from newsletter.storage import dialects, schema

Line = tuple[int, int, int | None, str, str, int | None, int | None, int]
"""The values of a journal line, in the order of `COLUMNS`."""
COLUMNS = ("subscriber_id", "at", "list_id", "action", "method", "words_id", "source_id", "line")
_OF = """
    SELECT j.subscriber_id, j.at, j.action, j.method, s.text AS source, w.text AS words, l.name AS list_name, j.line
    FROM {wanted} CROSS JOIN journal AS j
    LEFT JOIN list AS l ON l.id = j.list_id
    LEFT JOIN phrase AS w ON w.id = j.words_id
    LEFT JOIN phrase AS s ON s.id = j.source_id
    WHERE j.subscriber_id = wanted.value ORDER BY j.subscriber_id, j.at, j.id
"""


_RETURNS = """
    SELECT s.email, max(j.at) AS at FROM {wanted} CROSS JOIN subscriber AS s JOIN journal AS j ON j.subscriber_id = s.id
    WHERE s.email = wanted.value
      AND (j.action = 'released' OR (j.action IN ('pending', 'confirmed') AND j.method IN ({methods})))
    GROUP BY s.email
"""
_PHRASE = sa.text("SELECT id FROM phrase WHERE digest = :digest")
_NEW_PHRASE = sa.text("INSERT INTO phrase (digest, text) VALUES (:digest, :text) ON CONFLICT (digest) DO NOTHING")


class LineBuilder:
    """Builder of journal lines for one transaction; it stores new phrases, and caches the ids of those it has seen."""

    def __init__(self, tx: Connection, provenance: Provenance) -> None:
        self._tx = tx
        self._phrases: dict[str, int | None] = {"": None}
        self.provenance = provenance

    def build(self, subscriber_id: int, at_ms: int, action: Action, list_id: int | None = None, line: int = 0) -> Line:
        """Return a line about a change that this transaction makes."""
        return (subscriber_id, at_ms, list_id, action.value, *self._own_columns, line)

    def build_restored(self, subscriber_id: int, entry: Entry, list_id: int | None) -> Line:
        """Return a line for an entry that has its own time and provenance, as in an export."""
        return (
            subscriber_id,
            entry.at,
            list_id,
            entry.action.value,
            *self._provenance_columns(entry.provenance),
            entry.line,
        )

    @cached_property
    def _own_columns(self) -> tuple[str, int | None, int | None]:
        return self._provenance_columns(self.provenance)

    def _provenance_columns(self, provenance: Provenance) -> tuple[str, int | None, int | None]:
        return provenance.method.value, self._phrase_id(provenance.words), self._phrase_id(provenance.source)

    def _phrase_id(self, text: str) -> int | None:
        if text not in self._phrases:
            self._phrases[text] = get_or_create_phrase(self._tx, text)
        return self._phrases[text]


def get_or_create_phrase(tx: Connection, text: str) -> int:
    """Return the id of a text; store the text if it is new."""
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    phrase_id = tx.execute(_PHRASE, {"digest": digest}).scalar()
    if phrase_id is None:
        tx.execute(_NEW_PHRASE, {"digest": digest, "text": text})
        phrase_id = tx.execute(_PHRASE, {"digest": digest}).scalar_one()
    return int(phrase_id)


def insert_lines(tx: Connection, lines: Sequence[Line]) -> None:
    """Insert lines into the journal."""
    dialects.insert_many(tx, schema.journal, COLUMNS, lines, new=True)


def list_entries(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[Entry, ...]]:
    """Return the entries about people, the oldest first: subscriber id → entries."""
    found: dict[int, list[Entry]] = {}
    if ids:
        wanted, value = dialects.values_table(tx, ids)
        for row in tx.execute(sa.text(_OF.format(wanted=wanted)), {"wanted": value}):
            found.setdefault(row.subscriber_id, []).append(_entry(row))
    return {number: tuple(entries) for number, entries in found.items()}


def find_returns(tx: Connection, emails: Sequence[str]) -> dict[str, int]:
    """Return when people last subscribed or came back by their own wish: address → time in milliseconds."""
    if not emails:
        return {}
    wanted, value = dialects.values_table(tx, emails)
    methods = {f"method_{number}": method.value for number, method in enumerate(sorted(BY_THEIR_WISH))}
    names = ", ".join(f":{name}" for name in methods)
    rows = tx.execute(sa.text(_RETURNS.format(wanted=wanted, methods=names)), {"wanted": value, **methods})
    return {row.email: row.at for row in rows}


def delete_lines(tx: Connection, ids: Iterable[int]) -> int:
    """Delete the lines about people and the phrases that no other line uses; return the number of lines."""
    table = schema.journal
    is_theirs = table.c.subscriber_id.in_(list(ids))
    phrase_rows = tx.execute(sa.select(table.c.words_id, table.c.source_id).where(is_theirs).distinct()).all()
    erased = tx.execute(table.delete().where(is_theirs)).rowcount
    for number in {number for row in phrase_rows for number in row if number is not None}:
        is_used = sa.exists().where(sa.or_(table.c.words_id == number, table.c.source_id == number))
        tx.execute(schema.phrase.delete().where(schema.phrase.c.id == number, sa.not_(is_used)))
    return erased


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    columns = row._mapping  # noqa: SLF001 - `_mapping` is public in SQLAlchemy
    provenance = Provenance(Method(columns["method"]), columns["source"] or "", columns["words"] or "")
    return Entry(columns["at"], Action(columns["action"]), provenance, columns["list_name"] or "", columns["line"])

"""Rows to people, in batches that stand alone.

A killed import has taken a whole number of batches and is simply run again: nothing is taken twice,
nobody who left is brought back, and what was taken before is counted as unchanged.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from newsletter.errors import InputError, SubscribersError
from newsletter.store.engine import Store
from newsletter.subscribing import origins, reading, rows
from newsletter.subscribing.batches import Batches
from newsletter.subscribing.job import Door, Report, Wanted
from newsletter.subscribing.origins import Origin
from newsletter.subscribing.reading import Table
from newsletter.subscribing.rejects import Rejects

BATCH = 30_000
"""Rows a transaction."""


def import_file(store: Store, wanted: Wanted, door: Door) -> Report:
    """Takes the people of a file in; InputError where the file, a column or the list cannot be used."""
    report = Report()
    headed = list(_tables(wanted))  # all of them, before the first one is taken in
    found = _origins(wanted, headed)
    report.passed_over = [name for name, origin in found.items() if origin is None]
    for table in headed:
        if origin := found[table.name]:
            _check(wanted, table, origin)
            report.origins.append(origin.name)
            door.expect(table.lines)
    with _seldom_collecting():
        for table in _tables(wanted):
            if origin := found[table.name]:
                _import_table(store, wanted, door, table, origin, report)
    if report.rows >= BATCH and not wanted.rehearsal:
        store.learn()
    return report


def _origins(wanted: Wanted, tables: Sequence[Table]) -> dict[str, Origin | None]:
    """Whose export each table is. None: beside a known program's people, what it says of its posts is not people.

    Substack's archive holds who opened each post; whoever left is among them.
    """
    found = {table.name: origins.recognised(table.columns, table.name, wanted.origin) for table in tables}
    if not found:
        raise SubscribersError("archive_without_tables", path=wanted.path)
    known = any(origin is not origins.GENERIC for origin in found.values())
    return {name: None if known and origin is origins.GENERIC else origin for name, origin in found.items()}


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Rows make no cycles, and looking for some every 700 objects takes a sixth of an import's time."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _tables(wanted: Wanted) -> Iterator[Table]:
    return reading.tables(wanted.path, lambda columns: rows.recognises(columns, wanted.columns))


def _check(wanted: Wanted, table: Table, origin: Origin) -> None:
    """An error where a table cannot be taken in as it is."""
    rows.require_fields(wanted.columns, table.columns, wanted.path)
    if not rows.recognises(table.columns, wanted.columns):
        found, known = ", ".join(table.columns)[:100] or "—", ", ".join(origins.COLUMNS["email"][:8])
        raise SubscribersError("csv_without_address_column", path=wanted.path, found=found, wanted=known)
    if not wanted.origin and origins.is_bare_suppression(table.columns, origin):
        raise InputError("import_suppression_unclear", file=table.name)
    if origin is origins.OURS and wanted.list_name:
        raise InputError("import_list_given", list=wanted.list_name)
    if origin is not origins.OURS and not origin.only_columns and not wanted.list_name:
        raise InputError("import_list_missing")
    doubt = origins.unclear([name for name in table.columns if not _mapped(wanted, name)], origin)
    if doubt:
        raise InputError("import_state_unclear", file=table.name, column=doubt)


def _mapped(wanted: Wanted, column: str) -> bool:
    return origins.folded(column) in map(origins.folded, wanted.columns)


def _import_table(store: Store, wanted: Wanted, door: Door, table: Table, origin: Origin, report: Report) -> None:
    rejects = Rejects(wanted.path, table, door.explain, wanted.permissions)
    batches = Batches(store, wanted, door, origin, table, rejects, report)
    finished = False
    try:
        while taken := batches.take(islice(table.rows, BATCH)):
            door.notify(taken)
        finished = True
    finally:
        place = rejects.close(keep=finished and not wanted.rehearsal)
        report.files += [place] if place else []

"""Import a file: rows become subscribers, in batches of one transaction each.

A killed import has committed a whole number of batches, and can be run again: no row is imported twice, nobody
who unsubscribed is subscribed again, and the rows imported before are counted as unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from newsletter.errors import InputError, SubscribersError
from newsletter.storage.database import Store
from newsletter.subscribers.importing import file_reader, source_formats
from newsletter.subscribers.importing.batch import Batches
from newsletter.subscribers.importing.layout import TablePlan, has_addresses, require_fields
from newsletter.subscribers.importing.options import ImportCallbacks, ImportOptions, Report
from newsletter.subscribers.importing.survey import survey_table
from newsletter.subscribers.importing.table import Table
from newsletter.system.garbage_collection import collect_seldom

BATCH = 30_000
"""Rows in one transaction."""


def import_file(store: Store, wanted: ImportOptions, callbacks: ImportCallbacks) -> Report:
    """Import the people of a file.

    Raise InputError or SubscribersError if the file, a column or the list cannot be used.
    """
    report = Report()
    with collect_seldom():
        plans = _plan_tables(wanted, report)
        for plan in plans.values():
            _check(wanted, plan)
            callbacks.expect(plan.lines)
        report.plans += plans.values()
        callbacks.announce(report.plans)
        for table in _tables(wanted):
            if table.name in plans:
                _import_table(Batches(store, wanted, callbacks, plans[table.name], table, report))
    if report.rows >= BATCH and not wanted.rehearsal:
        store.analyze()
    return report


def _plan_tables(wanted: ImportOptions, report: Report) -> dict[str, TablePlan]:
    """Survey all tables before the first one is imported.

    Beside the table of a known program, the other tables are passed over: Substack's archive also contains, for each
    post, the people who opened it, and some of them have unsubscribed.
    """
    found = {
        table.name: source_formats.detect_origin(table.columns, table.name, wanted.origin) for table in _tables(wanted)
    }
    if not found:
        raise SubscribersError("archive_without_tables", path=wanted.path)
    known = any(origin is not source_formats.GENERIC for origin in found.values())
    kept = {name: origin for name, origin in found.items() if not known or origin is not source_formats.GENERIC}
    report.passed_over = [name for name in found if name not in kept]
    return {
        table.name: survey_table(table, kept[table.name], wanted) for table in _tables(wanted) if table.name in kept
    }


def _tables(wanted: ImportOptions) -> Iterator[Table]:
    return file_reader.read_tables(wanted.path, lambda columns: has_addresses(columns, wanted.columns))


def _check(wanted: ImportOptions, plan: TablePlan) -> None:
    """Raise InputError or SubscribersError if a table cannot be imported as it is."""
    columns, origin = [*plan.layout.folded], plan.origin
    require_fields(wanted.columns, columns, wanted.path)
    if not has_addresses(columns, wanted.columns):
        found, known = ", ".join(columns)[:100] or "—", ", ".join(source_formats.COLUMNS["email"][:8])
        raise SubscribersError("csv_without_address_column", path=wanted.path, found=found, wanted=known)
    if not wanted.origin and source_formats.is_bare_suppression(columns, origin):
        raise InputError("import_suppression_unclear", file=plan.name)
    if origin is source_formats.OURS and wanted.list_name:
        raise InputError("import_list_given", list=wanted.list_name)
    if origin is not source_formats.OURS and not origin.only_columns and not wanted.list_name:
        raise InputError("import_list_missing")
    if plan.opinions:
        raise _refuse_opinions(plan)


def _refuse_opinions(plan: TablePlan) -> InputError:
    named = " · ".join(f"« {column} »" for column in plan.opinions)
    options = " ".join(f'--map "{column}="' for column in plan.opinions)
    return InputError(
        "import_state_unclear", file=plan.name, columns=named, column=plan.opinions[0], options=options,
        count=len(plan.opinions),
    )  # fmt: skip


def _import_table(batches: Batches) -> None:
    finished = False
    try:
        while taken := batches.take(islice(batches.table.rows, BATCH)):
            batches.callbacks.notify(taken)
        finished = True
    finally:
        place = batches.rejects.close(keep=finished and not batches.wanted.rehearsal)
        batches.report.files += [place] if place else []

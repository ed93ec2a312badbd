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


def import_file(store: Store, options: ImportOptions, callbacks: ImportCallbacks) -> Report:
    """Import the people of a file.

    Raise InputError or SubscribersError if the file, a column or the list cannot be used.
    """
    report = Report()
    with collect_seldom():
        plans = _plan_tables(options, report)
        for plan in plans.values():
            _check(options, plan)
            callbacks.expect(plan.lines)
        report.plans += plans.values()
        callbacks.announce(report.plans)
        for table in _tables(options):
            if table.name in plans:
                _import_table(
                    Batches(
                        store=store,
                        options=options,
                        callbacks=callbacks,
                        plan=plans[table.name],
                        table=table,
                        report=report,
                    )
                )
    if report.rows >= BATCH and not options.rehearsal:
        store.analyze()
    return report


def _plan_tables(options: ImportOptions, report: Report) -> dict[str, TablePlan]:
    """Survey all tables before the first one is imported.

    Beside the table of a known program, the other tables are passed over: Substack's archive also contains, for each
    post, the people who opened it, and some of them have unsubscribed.
    """
    origins = {
        table.name: source_formats.detect_origin(table.columns, table.name, options.origin)
        for table in _tables(options)
    }
    if not origins:
        raise SubscribersError("archive_without_tables", path=options.path)
    known = any(origin is not source_formats.GENERIC for origin in origins.values())
    kept = {name: origin for name, origin in origins.items() if not known or origin is not source_formats.GENERIC}
    report.passed_over = [name for name in origins if name not in kept]
    return {
        table.name: survey_table(table, kept[table.name], options) for table in _tables(options) if table.name in kept
    }


def _tables(options: ImportOptions) -> Iterator[Table]:
    return file_reader.read_tables(options.path, lambda columns: has_addresses(columns, options.columns))


def _check(options: ImportOptions, plan: TablePlan) -> None:
    """Raise InputError or SubscribersError if a table cannot be imported as it is."""
    columns, origin = [*plan.layout.folded], plan.origin
    require_fields(options.columns, columns, options.path)
    if not has_addresses(columns, options.columns):
        found, known = ", ".join(columns)[:100] or "—", ", ".join(source_formats.COLUMNS["email"][:8])
        raise SubscribersError("csv_without_address_column", path=options.path, found=found, wanted=known)
    if not options.origin and source_formats.is_bare_suppression(columns, origin):
        raise InputError("import_suppression_unclear", file=plan.name)
    if origin is source_formats.OURS and options.list_name:
        raise InputError("import_list_given", list=options.list_name)
    if origin is not source_formats.OURS and not origin.only_columns and not options.list_name:
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
        while row_count := batches.import_rows(islice(batches.table.rows, BATCH)):
            batches.callbacks.notify(row_count)
        finished = True
    finally:
        place = batches.rejects.close(keep=finished and not batches.options.rehearsal)
        batches.report.files += [place] if place else []

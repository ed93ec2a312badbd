"""The output of `subscribers import`: before the import, the meaning of the columns; after it, the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, display_path

if TYPE_CHECKING:
    from newsletter.model.subscribers import RejectedRow
    from newsletter.subscribers.importing.layout import TablePlan
    from newsletter.subscribers.importing.options import ImportOptions, Report

MAX_SHOWN = 20
"""Maximum number of printed doubtful addresses, dates and line numbers; the file of rejects has all refused rows."""
MAX_EXAMPLES = 5
"""Maximum number of printed refused rows for each reason."""


def print_columns(session: Session, plans: Sequence[TablePlan]) -> None:
    """Print what each column becomes, and how dates are read if the order of day and month is ambiguous."""
    for plan in plans:
        session.print_message("import_columns", file=plan.name, program=_program(plan))
        for column, meaning in _meanings(session, plan).items():
            click.echo(f"  {column} → {meaning}", err=True)
        if plan.open_date:
            session.print_message("import_dates_open", example=plan.open_date, order=_order(session, plan))


def _program(plan: TablePlan) -> str:
    return "" if plan.origin.name == "generic" else plan.origin.name


def _meanings(session: Session, plan: TablePlan) -> dict[str, str]:
    """Return column → what it becomes, in words."""
    return {column: _meaning(session, plan, column) for column in plan.layout.folded if column}


def _meaning(session: Session, plan: TablePlan, column: str) -> str:
    field = plan.layout.fields.get(column, "")
    if field.startswith("."):
        return session.say("column_attribute", name=field[1:])
    if field == "created_at" and plan.has_figures:
        return f"{session.say('column_created_at')} ({_order(session, plan)})"
    if field == "created_at" and plan.origin.only_columns:
        return session.say("column_suppressed_at")
    if not field and _program(plan):  # the layout of the other program decides whether the column is read
        return session.say("column_of_program", program=_program(plan))
    return session.say(f"column_{field or 'skipped'}")


def _order(session: Session, plan: TablePlan) -> str:
    return session.say(f"order_{plan.layout.dates.order}")


def print_report(session: Session, options: ImportOptions, report: Report) -> None:
    """Print the refused rows by reason, the doubtful rows, and the counts."""
    file = display_path(options.path)
    _print_refused_rows(session, file, report)
    for row in (*report.typos[:MAX_SHOWN], *report.unread_dates[:MAX_SHOWN]):
        click.echo(_line(session, file, row), err=True)
    if report.doubtful > MAX_SHOWN:
        session.print_message("import_more_typos", count=report.doubtful - MAX_SHOWN)
    if report.passed_over:
        session.print_message("import_passed_over", tables=", ".join(report.passed_over)[:300])
    session.print_message(
        "import_rehearsed" if options.rehearsal else "import_done", list=options.list_name, **_counts(report)
    )
    for path in report.files:
        session.print_message("import_rejects", path=display_path(path))


def _print_refused_rows(session: Session, file: Path, report: Report) -> None:
    """Print up to `MAX_EXAMPLES` refused rows for each reason, and how many more there are."""
    for code, count in report.reasons.items():
        rows = [row for row in report.rejected if row.code == code]
        for row in rows[:MAX_EXAMPLES]:
            click.echo(_line(session, file, row))
        more = count - len(rows[:MAX_EXAMPLES])
        if more:
            lines = ", ".join(str(row.line) for row in rows[MAX_EXAMPLES:][:MAX_SHOWN])
            cut = ", …" if more > MAX_SHOWN else ""
            session.print_message("import_more_refused", count=more, lines=lines + cut)


def _line(session: Session, file: Path, row: RejectedRow) -> str:
    inside = f"{file}/{row.member}" if row.member else str(file)
    return f"{inside}:{row.line}: {session.say(row.code, value=row.value)}"


def _counts(report: Report) -> dict[str, int]:
    names = ("rows", "added", "updated", "unchanged", "kept_out", "suppressed", "refused", "doubtful")
    return {name: getattr(report, name) for name in names}


def report_facts(session: Session, report: Report) -> dict[str, object]:
    """Return the report as an object for `--format json`."""

    def with_messages(rows: Iterable[RejectedRow]) -> list[Mapping[str, object]]:
        return [asdict(row) | {"message": session.say(row.code, value=row.value)} for row in rows]

    return {
        **_counts(report),
        "recognised": report.origins,
        "passed_over": report.passed_over,
        "columns": {plan.name: _fields(plan) for plan in report.plans},
        "date_orders": {plan.name: str(plan.layout.dates.order) for plan in report.plans if plan.has_figures},
        "open_dates": {plan.name: plan.open_date for plan in report.plans if plan.open_date},
        "rejects": [str(path) for path in report.files],
        "reasons": dict(report.reasons),
        "rejected": with_messages(report.rejected),
        "probably_mistyped": with_messages(report.typos),
        "unread_dates": with_messages(report.unread_dates),
    }


def _fields(plan: TablePlan) -> dict[str, str]:
    """Return column → field: `attributes.NAME` for an attribute, an empty string for a skipped column."""
    fields = plan.layout.fields
    return {
        column: f"attributes{field}" if (field := fields.get(column, "")).startswith(".") else field
        for column in plan.layout.folded
    }

"""The commands `newsletter subscribers import` and `export`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import ProgressBar, Session, format_option, print_json, publication_command
from newsletter.cli.subscribers import import_report
from newsletter.errors import InputError, Refused
from newsletter.system import timestamps
from newsletter.system.files import Permissions, replace_file

if TYPE_CHECKING:
    from newsletter.subscribers.importing.options import ImportCallbacks


def _make_callbacks(session: Session, bar: ProgressBar, *, quiet: bool) -> ImportCallbacks:
    """Make the callbacks of an import: suppression key, current time, refusal messages, progress, announcement."""
    from newsletter.subscribers.importing.options import ImportCallbacks

    announce = (lambda _plans: None) if quiet else partial(import_report.print_columns, session)
    suppression_key, now_ms = session.app.settings.suppression(), timestamps.now_ms()
    return ImportCallbacks(
        suppression_key=suppression_key,
        now_ms=now_ms,
        explain=lambda code, value: session.say(code, value=value),
        notify=bar.advance,
        expect=bar.expect,
        announce=announce,
    )


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--list", "list_name", default="", metavar="NAME", help="List to add them to; created if it does not exist."
)
@click.option("--dry-run", is_flag=True, help="Print what would happen, and change nothing.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Tag them; may be repeated.")
@click.option("--consent", default="", metavar="TEXT", help="The words they agreed to, exactly as shown to them.")
@click.option(
    "--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="The field of a column; COLUMN= skips the column."
)
@click.option(
    "--from",
    "origin",
    default="",
    metavar="PROGRAM",
    help="The program that exported the file, if it is not recognised.",
)
@format_option
@publication_command
def import_(
    session: Session,
    file: Path,
    list_name: str,
    dry_run: bool,
    tags: tuple[str, ...],
    consent: str,
    maps: tuple[str, ...],
    origin: str,
    format_: str,
) -> int:
    """Import subscribers from CSV, JSON, JSON lines, or a zip of them.

    Exports of SendGrid, Mailchimp, Brevo, Substack, Ghost, Buttondown, listmonk and newsletter itself are recognised
    by their columns; in any other file unknown columns become attributes. Prints what each column becomes before
    anything is written. It can be interrupted and run again. People who left are not brought back. Refused rows are
    written to FILE.rejects.csv: correct that file and import it. Exit code 1 if rows were refused.
    """
    from newsletter.subscribers.importing import importer, options, row_mapping, source_formats

    app = session.app
    if origin and origin not in source_formats.NAMES:
        raise InputError("origin_unknown", name=origin, allowed=", ".join(source_formats.NAMES))
    if list_name and row_mapping.clean_label(list_name) != list_name:
        raise InputError("list_name_wrong", name=list_name)
    import_options = options.ImportOptions(
        path=file,
        list_name=list_name,
        tags=tuple(filter(None, map(row_mapping.clean_label, tags))),
        words=consent,
        columns=_parse_maps(maps),
        origin=origin,
        zone=session.zone,
        language=app.publication.language,
        permissions=app.permissions,
        rehearsal=dry_run,
    )
    store = app.store()
    with session.progress("import_progress", 0) as bar:
        report = importer.import_file(store, import_options, _make_callbacks(session, bar, quiet=format_ == "json"))
    store.close()
    if format_ == "json":
        print_json(import_report.report_facts(session, report))
    else:
        import_report.print_report(session, import_options, report)
    return 1 if report.refused else 0


def _parse_maps(maps: Iterable[str]) -> dict[str, str]:
    from newsletter.subscribers.importing.source_formats import fold

    pairs = [typed.rpartition("=") for typed in maps]
    for column, sign, field in pairs:
        if not sign or not column:
            raise InputError("map_wrong", typed=column or field)
    for _, _, field in pairs:
        if field and not fold(field):
            raise InputError("map_wrong", typed=field)
    return {column: _field(field) for column, _, field in pairs}


def _field(typed: str) -> str:
    """Return the field that a column name means: « prénom » is first_name; any other name is an attribute."""
    from newsletter.subscribers.importing.source_formats import COLUMNS, fold

    return next((field for field, names in COLUMNS.items() if field and fold(typed) in names), typed)


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option(
    "--format", "format_", type=click.Choice(["csv", "json", "jsonl"]), help="Default: the file's ending, or csv."
)
@click.option("--where", default="", metavar="FILTER", help="Only these people: a filter, or a segment's name.")
@publication_command
def export(session: Session, file: Path | None, format_: str | None, where: str) -> None:
    """Export everything: to FILE, or to the terminal.

    jsonl and json hold everything, with the consent journal and the hashes of suppressed people; csv holds what a
    spreadsheet can show, safe from formulas. Each can be imported again.
    """
    from newsletter.storage.address_hash import fingerprint
    from newsletter.subscribers import exporting, selection

    kind = format_ or {".json": "json", ".jsonl": "jsonl"}.get(file.suffix if file else "", "csv")
    if file and file.exists():
        raise Refused("file_exists", path=file)
    store, key = session.app.store(), fingerprint(session.app.settings.suppression())
    with store.read() as tx:
        condition = selection.build_condition(tx, where, session.zone)
        lines = (
            exporting.as_csv(tx, condition)
            if kind == "csv"
            else exporting.as_json_lines(tx, condition, key, whole=not where)
        )
        _write_lines(exporting.as_json(lines) if kind == "json" else lines, file, session.app.permissions)
    store.close()


def _write_lines(lines: Iterable[str], file: Path | None, permissions: Permissions) -> None:
    """Write lines to stdout, or to a file that is replaced only when it is complete."""
    if file is None:
        sys.stdout.writelines(lines)
        return
    with replace_file(file, permissions) as out:
        out.writelines(line.encode() for line in lines)


COMMANDS = (import_, export)

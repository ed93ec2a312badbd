"""newsletter subscribers"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.session import Session, format_option, print_json, publication_command

if TYPE_CHECKING:
    from newsletter.subscribing import Report

SHOWN = 20
"""Rejected rows printed; --format json has them all."""


@click.group("subscribers")
def command() -> None:
    """Take subscribers in."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--list", "list_name", required=True, metavar="NAME", help="List to take them onto; made if new.")
@format_option
@publication_command
def import_(session: Session, file: Path, list_name: str, format_: str) -> int:
    """Take the people of a CSV file onto a list: email, first_name, last_name (or email, prenom, nom).

    Can be run again without change; whoever left the list is not brought back. Exit code 1 where
    rows were rejected.
    """
    import time  # noqa: PLC0415 - keeps the help fast

    from newsletter.subscribing import import_file  # noqa: PLC0415 - as above

    app = session.app
    with session.progress("import_progress", None) as advance:
        report = import_file(
            app.store(),
            file,
            list_name,
            suppression_key=app.settings.suppression(),
            now=int(time.time() * 1000),
            notify=advance,
        )
    if format_ == "json":
        print_json(_facts(session, report))
    else:
        _print(session, file, list_name, report)
    return 1 if report.rejected else 0


def _print(session: Session, file: Path, list_name: str, report: Report) -> None:
    for row in report.rejected[:SHOWN]:
        click.echo(f"{file}:{row.line}: {session.say(row.code, value=row.value)}")
    if len(report.rejected) > SHOWN:
        session.tell("import_more", count=len(report.rejected) - SHOWN)
    facts = {"added": report.added, "unchanged": report.unchanged, "rejected": len(report.rejected)}
    session.tell("import_summary", list=list_name, **facts)


def _facts(session: Session, report: Report) -> dict[str, object]:
    return {
        "rows": report.rows,
        "added": report.added,
        "unchanged": report.unchanged,
        "rejected": [
            {"line": row.line, "code": row.code, "value": row.value, "message": session.say(row.code, value=row.value)}
            for row in report.rejected
        ],
    }

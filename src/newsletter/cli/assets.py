"""newsletter assets export"""

from __future__ import annotations

import time
from pathlib import Path

import click

from newsletter.cli.session import Session, publication_command, shown
from newsletter.errors import Refused


@click.group("assets")
def command() -> None:
    """What messages link to, for whoever has no server of their own."""


@command.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("issues", nargs=-1)
@publication_command
def export(session: Session, folder: Path, issues: tuple[str, ...]) -> None:
    """Write pictures and pages of every issue that reached readers, and of ISSUES as they are now, as a static site.

    What is scheduled, cancelled before anybody had it, or rehearsed is not published, unless ISSUES name it. Publish
    FOLDER where base_url points, before you send. Files that are there are kept: old messages need them.
    """
    from newsletter.cli.editorial import examine, find  # noqa: PLC0415 - keeps the help fast
    from newsletter.files import write_whole  # noqa: PLC0415 - as above
    from newsletter.readonline import files, static_site  # noqa: PLC0415 - as above

    app = session.app
    store = app.store()
    try:
        count, written = 0, set()
        for name, data in static_site(store, int(time.time() * 1000)):
            write_whole(folder / name, data)
            written.add(name)
            count += 1
    finally:
        store.close()
    for issue in issues:
        reading = examine(app, find(app, issue))
        if reading.blocked:
            session.show(reading.findings, to_stderr=True)
            raise Refused("assets_blocked", issue=reading.issue.slug)
        sent = f"n/{reading.edition.slug}/index.html" in written
        for name, data in files(reading.edition):
            if not (sent and name.startswith("n/")):  # what went out stays as it went out
                write_whole(folder / name, data)
                count += 1
    session.tell("assets_exported", count=count, folder=shown(folder), base_url=app.publication.base_url)

"""The command `newsletter assets export`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from newsletter.cli.context import Session, publication_command, shown
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
    from newsletter.campaigns.web_archive import files, static_site
    from newsletter.cli.issue_arguments import examine, find

    app = session.app
    store = app.store()
    try:
        count, written = 0, set()
        for name, data in static_site(store, int(time.time() * 1000)):
            _publish(folder, name, data)
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
            if not (sent and name.startswith("n/")):  # keep the page of a sent issue as it was sent
                _publish(folder, name, data)
                count += 1
    session.tell("assets_exported", count=count, folder=shown(folder), base_url=app.publication.base_url)


def _publish(folder: Path, name: str, data: bytes) -> None:
    """Write a file that a web server can read. Raise Refused if a symbolic link leads out of the site."""
    from newsletter.system.files import PUBLIC, write_whole

    path = folder / name
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise Refused("assets_outside", folder=path.parent)
    write_whole(path, data, PUBLIC)

"""The command `newsletter assets export`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.context import Session, display_path, publication_command
from newsletter.errors import Refused
from newsletter.system import timestamps


@click.group("assets")
def command() -> None:
    """Export images and web pages as a static site."""


@command.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("issues", nargs=-1)
@publication_command
def export(session: Session, folder: Path, issues: tuple[str, ...]) -> None:
    """Write the images and web pages of every sent issue, and of ISSUES as they are now, as a static site.

    Issues that are scheduled, cancelled before anybody received them, or sent as a rehearsal are left out, unless
    ISSUES names them. Publish FOLDER at base_url before you send. Existing files are kept: old messages need them.
    """
    from newsletter.campaigns.web_archive import list_files, list_site_files
    from newsletter.cli.issue_arguments import examine, find

    app = session.app
    store = app.store()
    try:
        count, written = 0, set()
        for name, data in list_site_files(store, timestamps.now_ms()):
            _publish(folder, name, data)
            written.add(name)
            count += 1
    finally:
        store.close()
    for issue in issues:
        reading = examine(app, find(app, issue))
        if reading.blocked:
            session.print_findings(reading.findings, to_stderr=True)
            raise Refused("assets_blocked", issue=reading.issue.slug)
        is_sent = f"n/{reading.edition.slug}/index.html" in written
        for name, data in list_files(reading.edition):
            if not (is_sent and name.startswith("n/")):  # keep the page of a sent issue as it was sent
                _publish(folder, name, data)
                count += 1
    session.print_message(
        "assets_exported", count=count, folder=display_path(folder), base_url=app.publication.base_url
    )


def _publish(folder: Path, name: str, data: bytes) -> None:
    """Write a file that a web server can read. Raise Refused if a symbolic link leads out of the site."""
    from newsletter.system.files import PUBLIC, write_whole

    path = folder / name
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise Refused("assets_outside", folder=path.parent)
    write_whole(path, data, PUBLIC)

"""newsletter new"""

from __future__ import annotations

import click

from newsletter.cli.context import Session, publication_command, shown


@click.command("new")
@click.argument("title")
@publication_command
def command(session: Session, title: str) -> None:
    """Begin an issue: a folder in issues/, with an index.md to fill in. Prints its path."""
    import datetime as dt
    import secrets
    from zoneinfo import ZoneInfo

    from newsletter.content import issue_files

    publication = session.app.publication
    today = dt.datetime.now(ZoneInfo(publication.timezone)).date()
    path = issue_files.new(session.app.issues, title, publication, today=today, issue_id=secrets.token_hex(8))
    click.echo(shown(path))
    session.tell("new_next", path=shown(path), folder=path.parent.name)

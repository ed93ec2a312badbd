"""newsletter new"""

from __future__ import annotations

import click

from newsletter.cli.session import Session, publication_command, shown


@click.command("new")
@click.argument("title")
@publication_command
def command(session: Session, title: str) -> None:
    """Begin an issue: a folder in issues/, with an index.md to fill in. Prints its path."""
    import datetime as dt  # noqa: PLC0415 - keeps the help fast
    import secrets  # noqa: PLC0415 - as above
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - as above

    from newsletter.compose import shelf  # noqa: PLC0415 - as above

    publication = session.app.publication
    today = dt.datetime.now(ZoneInfo(publication.timezone)).date()
    path = shelf.new(session.app.issues, title, publication, today=today, issue_id=secrets.token_hex(8))
    click.echo(shown(path))
    session.tell("new_next", path=shown(path), folder=path.parent.name)

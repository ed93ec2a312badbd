"""The command `newsletter new`."""

from __future__ import annotations

import click

from newsletter.cli.context import Session, display_path, publication_command


@click.command("new")
@click.argument("title")
@publication_command
def command(session: Session, title: str) -> None:
    """Create an issue: a folder in issues/ with an index.md to fill in. Prints its path."""
    import datetime as dt

    from newsletter.content import issue_files

    path = issue_files.create(session.app.issues, title, session.app.publication, dt.datetime.now(dt.UTC))
    click.echo(display_path(path))
    session.print_message("new_next", path=display_path(path), folder=path.parent.name)

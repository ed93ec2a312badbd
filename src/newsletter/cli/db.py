"""The commands `newsletter db …`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.context import Session, publication_command, yes_option
from newsletter.errors import Refused
from newsletter.system import timestamps


@click.group("db")
def command() -> None:
    """Back up or upgrade the database."""


@command.command("upgrade")
@publication_command
def upgrade(session: Session) -> None:
    """Upgrade the database to this program's version, all or nothing. Make a backup first."""
    before, after = session.app.upgrade()
    session.print_message(
        "db_made" if before is None else "db_current" if before == after else "db_upgraded", before=before, after=after
    )


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@publication_command
def backup(session: Session, file: Path) -> None:
    """Copy a SQLite database to FILE as of one moment, while others continue to write."""
    from newsletter.storage.database import backup_store

    if not session.app.has_store():
        raise Refused("database_empty")
    backup_store(session.app.database_url(), file)
    session.print_message("db_copied", path=file)


@command.command("adopt")
@yes_option
@publication_command
def adopt(session: Session, yes: bool) -> None:
    """Send from this folder and this database from now on, after one of them was copied, moved or restored.

    Shows what the database did not know, and asks.
    """
    from newsletter.campaigns import database_copy

    store = session.app.store()
    if database_copy.is_own_database(store):
        session.print_message("db_own_already")
        return
    for sending in database_copy.list_lost_sendings(store):
        at = session.to_local_time(timestamps.moment(sending.planned_at))
        session.print_message("db_lost_sending", number=sending.campaign_id, slug=sending.slug, at=at)
    for campaign in database_copy.list_held(store):
        session.print_message("db_held", number=campaign.id, slug=campaign.slug)
    session.confirm("db_adopt_confirm", yes=yes)
    database_copy.adopt(store, timestamps.now_ms())
    session.print_message("db_adopted")

"""newsletter db"""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.session import Session, publication_command
from newsletter.errors import Refused


@click.group("db")
def command() -> None:
    """The database: copy it, bring it up to date."""


@command.command("upgrade")
@publication_command
def upgrade(session: Session) -> None:
    """Bring the database to this program's version, all or nothing. Make a backup first."""
    before, after = session.app.upgrade()
    session.tell(
        "db_made" if before is None else "db_current" if before == after else "db_upgraded", before=before, after=after
    )


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@publication_command
def backup(session: Session, file: Path) -> None:
    """Copy a SQLite database to FILE as of one moment, while others go on writing."""
    from newsletter.store.engine import backup_store  # noqa: PLC0415 - keeps the help fast

    if not session.app.has_store():
        raise Refused("database_empty")
    backup_store(session.app.database_url(), file)
    session.tell("db_copied", path=file)

"""The commands `newsletter subscribers …`."""

from __future__ import annotations

import click

from newsletter.cli.subscribers import bulk, import_export, person


@click.group("subscribers")
def command() -> None:
    """Import, list, edit, erase and export subscribers."""


for part in (*import_export.COMMANDS, *person.COMMANDS, *bulk.COMMANDS):
    command.add_command(part)

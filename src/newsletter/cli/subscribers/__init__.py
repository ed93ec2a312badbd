"""The commands `newsletter subscribers …`."""

from __future__ import annotations

import click

from newsletter.cli.subscribers import bulk, import_export, person


@click.group("subscribers")
def command() -> None:
    """Take subscribers in, show, change, forget them, and give them back."""


for part in (*import_export.COMMANDS, *person.COMMANDS, *bulk.COMMANDS):
    command.add_command(part)

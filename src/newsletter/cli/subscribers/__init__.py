"""newsletter subscribers"""

from __future__ import annotations

import click

from newsletter.cli.subscribers import many, person, transfer


@click.group("subscribers")
def command() -> None:
    """Take subscribers in, show, change, forget them, and give them back."""


for part in (*transfer.COMMANDS, *person.COMMANDS, *many.COMMANDS):
    command.add_command(part)

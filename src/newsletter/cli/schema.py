"""newsletter schema"""

from __future__ import annotations

import click

from newsletter.cli.session import print_json


@click.command("schema")
def command() -> None:
    """Print the JSON schema of the fields between the two ---, for editors that complete them."""
    from newsletter.compose.schema import schema  # noqa: PLC0415 - keeps the help fast

    print_json(schema())

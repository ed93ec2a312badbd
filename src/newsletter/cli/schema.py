"""The command `newsletter schema`."""

from __future__ import annotations

import click

from newsletter.cli.context import print_json


@click.command("schema")
def command() -> None:
    """Print the JSON schema of the front matter, for editors that complete its fields."""
    from newsletter.content.front_matter_schema import make_schema

    print_json(make_schema())

"""The command `newsletter completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell: eval "$(newsletter completion bash)"."""
    completion = get_completion_class(shell)
    root = context.find_root().command
    if completion is not None:
        click.echo(completion(root, {}, "newsletter", "_NEWSLETTER_COMPLETE").source())

"""The command `newsletter init`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.context import display_path
from newsletter.cli.error_boundary import MessageLanguage
from newsletter.cli.help_language import LANGUAGES
from newsletter.i18n import say


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", help="Name of the publication [the folder's name].")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of messages.")
@click.pass_obj
def command(message_language: MessageLanguage, directory: Path, name: str | None, lang: str | None) -> None:
    """Create a publication in a folder: settings, keys, templates, a first issue, subscribers, snippets.

    In an existing publication, creates missing keys and changes nothing else.
    """
    import datetime as dt

    from newsletter.editorial.new_publication import NewPublication, create_publication

    message_language.language = lang or message_language.language
    folder = directory.resolve()
    today = dt.datetime.now().astimezone().date()
    created = create_publication(
        NewPublication(folder=folder, name=name or folder.name.replace("-", " ").capitalize() or "Lettre", today=today)
    )
    for path in created:
        click.echo(display_path(path))
    has_new_issues = any(path.name == "issues" for path in created)
    key = "init_next" if has_new_issues else "init_keys" if created else "init_nothing"
    click.echo(say(message_language.language, key, folder=display_path(folder)), err=True)

"""The commands `newsletter segments …`."""

from __future__ import annotations

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command
from newsletter.errors import InputError
from newsletter.system import timestamps

_HELP = """People by a filter, under a name.

\b
tag = "presse" and ville in ("Lyon", "Paris")
list = "club" or points >= 10 and created < 2026-01-01
not email ~ "@example.org"

Fields: email (courriel), domain, first_name (prenom), last_name (nom), language (langue), tag, list (confirmed
on it), created, contact (last one), and every attribute that somebody has; `attribut.ville` is one that nobody
has yet. `=` `!=` `<` `<=` `>` `>=`, `~` (holds), `in (…)`, `and`, `or`, `not`.
"""


@click.group("segments", help=_HELP)
def command() -> None:
    """Save, show and count filters (the help is `_HELP`)."""


@command.command("save")
@click.argument("name")
@click.argument("filter_", metavar="FILTER")
@publication_command
def save(session: Session, name: str, filter_: str) -> None:
    """Save a filter under a name."""
    from newsletter.storage.subscribers import segments
    from newsletter.subscribers import selection
    from newsletter.subscribers.importing.layout import is_attribute

    if not is_attribute(name):
        raise InputError("segment_name_wrong", name=name)
    with session.app.store().write() as tx:
        selection.read_filter(tx, filter_)
        segments.save(tx, name, filter_, timestamps.now_ms())
    session.print_message("segment_saved", name=name)


@command.command("show")
@format_option
@publication_command
def show(session: Session, format_: str) -> None:
    """Print the segments and their filters."""
    from newsletter.storage.subscribers import segments

    with session.app.store().read() as tx:
        saved = segments.list_saved(tx)
    if format_ == "json":
        print_json(saved)
        return
    for name, text in saved.items():
        click.echo(f"{name}  {text}")


@command.command("count")
@click.argument("filter_", metavar="FILTER")
@click.option(
    "--list", "list_name", default="", metavar="NAME", help="Count the people of this list that a sending would reach."
)
@publication_command
def count(session: Session, filter_: str, list_name: str) -> None:
    """Count the people that a filter, or the segment of that name, selects."""
    from newsletter.campaigns import planning
    from newsletter.storage.subscribers import segments
    from newsletter.subscribers import selection

    store = session.app.store()
    if list_name:
        click.echo(
            planning.count(store, planning.Audience(list_name=list_name, segment=filter_, zone=session.zone)).recipients
        )
        return
    with store.read() as tx:
        click.echo(segments.count(tx, selection.build_condition(tx, filter_, session.zone)))


@command.command("drop")
@click.argument("name")
@publication_command
def drop(session: Session, name: str) -> None:
    """Delete a segment; no subscriber is changed."""
    from newsletter.storage.subscribers import segments
    from newsletter.subscribers import selection

    with session.app.store().write() as tx:
        if not segments.delete(tx, name):
            raise selection.unknown_segment_error(name, segments.list_saved(tx))
    session.print_message("segment_dropped", name=name)

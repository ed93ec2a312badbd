"""newsletter segments"""

from __future__ import annotations

import time

import click

from newsletter.cli.session import Session, format_option, print_json, publication_command
from newsletter.errors import InputError

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
    """Saved filters: `_HELP`."""


@command.command("save")
@click.argument("name")
@click.argument("filter_", metavar="FILTER")
@publication_command
def save(session: Session, name: str, filter_: str) -> None:
    """Keep a filter under a name."""
    from newsletter import choosing  # noqa: PLC0415 - keeps the help fast
    from newsletter.store import segments  # noqa: PLC0415 - as above
    from newsletter.subscribing.layout import is_attribute  # noqa: PLC0415 - as above

    if not is_attribute(name):
        raise InputError("segment_name_wrong", name=name)
    with session.app.store().write() as tx:
        choosing.read_filter(tx, filter_)
        segments.save(tx, name, filter_, int(time.time() * 1000))
    session.tell("segment_saved", name=name)


@command.command("show")
@format_option
@publication_command
def show(session: Session, format_: str) -> None:
    """Name the segments and their filters."""
    from newsletter.store import segments  # noqa: PLC0415 - keeps the help fast

    with session.app.store().read() as tx:
        saved = segments.saved(tx)
    if format_ == "json":
        print_json(saved)
        return
    for name, text in saved.items():
        click.echo(f"{name}  {text}")


@command.command("count")
@click.argument("filter_", metavar="FILTER")
@click.option("--list", "list_name", default="", metavar="NAME", help="Whom of this list a sending would reach.")
@publication_command
def count(session: Session, filter_: str, list_name: str) -> None:
    """Count whom a filter, or the segment of that name, means."""
    from newsletter import choosing, planning  # noqa: PLC0415 - keeps the help fast
    from newsletter.store import segments  # noqa: PLC0415 - as above

    store = session.app.store()
    if list_name:
        click.echo(planning.count(store, planning.Audience(list_name, filter_, session.zone)).recipients)
        return
    with store.read() as tx:
        click.echo(segments.count(tx, choosing.condition(tx, filter_, session.zone)))


@command.command("drop")
@click.argument("name")
@publication_command
def drop(session: Session, name: str) -> None:
    """Forget a segment; nobody is changed by that."""
    from newsletter import choosing  # noqa: PLC0415 - keeps the help fast
    from newsletter.store import segments  # noqa: PLC0415 - as above

    with session.app.store().write() as tx:
        if not segments.drop(tx, name):
            raise choosing.unknown_segment(name, segments.saved(tx))
    session.tell("segment_dropped", name=name)

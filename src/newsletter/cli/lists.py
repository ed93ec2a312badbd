"""newsletter lists"""

from __future__ import annotations

import time

import click

from newsletter.cli.session import Session, format_option, print_json, publication_command
from newsletter.errors import InputError


@click.group("lists")
def command() -> None:
    """What people subscribe to."""


@command.command("show")
@format_option
@publication_command
def show(session: Session, format_: str) -> None:
    """Name the lists, and how many stand where on them."""
    from newsletter.store import lists  # noqa: PLC0415 - keeps the help fast

    with session.app.store().read() as tx:
        every = lists.every(tx)
    if format_ == "json":
        print_json([{"list": one.name, "opt_in": one.opt_in, "counts": one.counts} for one in every])
        return
    for one in every:
        click.echo(f"{one.name}  {session.say(f'opt_in_{one.opt_in}')}  {session.counted(one.counts)}")


@command.command("add")
@click.argument("name")
@click.option("--double-opt-in/--single-opt-in", "double", default=None, help="Must who asks confirm their address?")
@publication_command
def add(session: Session, name: str, double: bool | None) -> None:  # noqa: FBT001 - click's
    """Make a list, or say how one gets onto it."""
    from newsletter.model.people import OptIn  # noqa: PLC0415 - keeps the help fast
    from newsletter.store import lists  # noqa: PLC0415 - as above
    from newsletter.subscribing.rows import label  # noqa: PLC0415 - as above

    if not name or label(name) != name:
        raise InputError("list_name_wrong", name=name)
    wanted = {True: OptIn.DOUBLE, False: OptIn.SINGLE, None: None}[double]
    with session.app.store().write() as tx:
        found = lists.make(tx, name, int(time.time() * 1000), wanted or OptIn.SINGLE)
        lists.set_opt_in(tx, found.id, wanted or found.opt_in)
    session.tell("list_made", list=name, opt_in=session.say(f"opt_in_{wanted or found.opt_in}"))

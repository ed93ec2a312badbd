"""The commands `newsletter lists …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command
from newsletter.errors import InputError
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.model.subscribers import MailingList


@click.group("lists")
def command() -> None:
    """Create and show lists of subscribers."""


@command.command("show")
@format_option
@publication_command
def show(session: Session, format_: str) -> None:
    """Print the lists, with the number of subscribers in each state."""
    from newsletter.storage.subscribers import lists

    with session.app.store().read() as tx:
        mailing_lists = lists.list_all(tx)
    if format_ == "json":
        print_json(
            [
                {
                    "list": mailing_list.name,
                    "opt_in": mailing_list.opt_in,
                    "test": mailing_list.is_test,
                    "counts": mailing_list.counts,
                }
                for mailing_list in mailing_lists
            ]
        )
        return
    for mailing_list in mailing_lists:
        click.echo(
            f"{mailing_list.name}  {_kind(session, mailing_list)}  {session.format_status_counts(mailing_list.counts)}"
        )


@command.command("add")
@click.argument("name")
@click.option(
    "--double-opt-in/--single-opt-in", "double", default=None, help="Must new subscribers confirm their address?"
)
@click.option("--test/--no-test", "test", default=None, help="Is it a list for tests? Sending to it is a rehearsal.")
@publication_command
def add(session: Session, *, name: str, double: bool | None, test: bool | None) -> None:
    """Create a list, or change how people subscribe to it, or whether it is for tests.

    What is sent to a list for tests does not count as received: the issue can be sent to readers afterwards.
    """
    from newsletter.model.subscribers import OptIn
    from newsletter.subscribers.importing.row_mapping import clean_label
    from newsletter.subscribers.lists import add_list

    if not name or clean_label(name) != name:
        raise InputError("list_name_wrong", name=name)
    opt_in = {True: OptIn.DOUBLE, False: OptIn.SINGLE, None: None}[double]
    mailing_list = add_list(session.app.store(), name, timestamps.now_ms(), opt_in=opt_in, is_test=test)
    session.print_message("list_made", list=name, opt_in=_kind(session, mailing_list))


def _kind(session: Session, mailing_list: MailingList) -> str:
    """Describe a list: single or double opt-in, and whether it is for tests."""
    return session.say(f"opt_in_{mailing_list.opt_in}") + (session.say("list_is_test") if mailing_list.is_test else "")

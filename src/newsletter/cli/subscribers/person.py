"""newsletter subscribers add, remove, edit, show, forget"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.session import Session, format_option, print_json, publication_command, yes_option
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.model.people import Attribute, Record
    from newsletter.subscribing.people import Dossier, Keeper

_attributes = click.option(
    "--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="An attribute; empty takes it away."
)
_names = (
    click.option("--first-name", default=None, metavar="TEXT", help="First name."),
    click.option("--last-name", default=None, metavar="TEXT", help="Last name."),
    click.option("--language", default=None, metavar="CODE", help="Language, for example fr."),
)


@click.command("add")
@click.argument("address")
@click.option("--list", "list_name", required=True, metavar="NAME", help="List to put them on; made if new.")
@click.option("--consent", default="", metavar="TEXT", help="The words they agreed to.")
@click.option("--confirmed", is_flag=True, help="They confirmed their address already (needs --consent).")
@click.option("--again", is_flag=True, help="They left or were suppressed, and asked to come back (needs --consent).")
@_names[0]
@_names[1]
@_names[2]
@_attributes
@publication_command
def add(  # noqa: PLR0913, PLR0917 - click gives each option
    session: Session,
    address: str,
    list_name: str,
    consent: str,
    confirmed: bool,  # noqa: FBT001 - click's
    again: bool,  # noqa: FBT001 - as above
    first_name: str | None,
    last_name: str | None,
    language: str | None,
    attributes: tuple[str, ...],
) -> None:
    """Put one person on a list."""
    from newsletter.model.people import Arrival, Status  # noqa: PLC0415 - keeps the help fast
    from newsletter.subscribing import people, rows  # noqa: PLC0415 - as above

    keeper, email = session.keeper(), people.spelled(address)
    if not list_name or rows.label(list_name) != list_name:
        raise InputError("list_name_wrong", name=list_name)
    first, last = _name(first_name or ""), _name(last_name or "")
    tongue = _language(language or "")
    arrival = Arrival(email, keeper.mac(email), first, last, tongue, attributes=_read(attributes))
    taken = people.add(keeper, arrival, list_name, words=consent, confirmed=confirmed, again=again)
    record = people.show(keeper.store, email).record
    status = record.lists[list_name]
    key = "added" if taken.added or taken.updated else "added_before"
    session.tell(key, address=email, list=list_name, status=session.say(f"status_{status}"))
    if status is Status.PENDING:
        _ask_to_confirm(session, keeper, record, list_name)


def _ask_to_confirm(session: Session, keeper: Keeper, record: Record, list_name: str) -> None:
    """Sends the mail of a double opt-in; whoever added them hears where it did not go out."""
    import datetime as dt  # noqa: PLC0415 - keeps the help fast

    from newsletter import noticing  # noqa: PLC0415 - as above
    from newsletter.choosing import mailing_list  # noqa: PLC0415 - as above
    from newsletter.links import Errand  # noqa: PLC0415 - as above
    from newsletter.model.campaign import Accepted  # noqa: PLC0415 - as above

    app = session.app
    with keeper.store.read() as tx:
        list_id = mailing_list(tx, list_name).id
    to = noticing.Addressee(record.id, record.email, record.language or app.publication.language)
    notifier = app.notifier(dt.datetime.now(dt.UTC))
    outcome = noticing.send(notifier, Errand.CONFIRM, to, list_id=list_id, list_name=list_name)
    key = "confirmation_sent" if isinstance(outcome, Accepted) else "confirmation_not_sent"
    session.tell(key, address=record.email, reason=getattr(outcome, "reason", ""))


@click.command("remove")
@click.argument("address")
@click.option("--list", "list_name", default="", metavar="NAME", help="Only from this list.")
@publication_command
def remove(session: Session, address: str, list_name: str) -> None:
    """Take a person off a list, or off every list for good.

    Of a mail that asks to leave, the subject ("unsubscribe 0100…") will do: its token says who, and which list.
    """
    from newsletter.subscribing import people  # noqa: PLC0415 - keeps the help fast

    if "@" not in address:
        _remove_by_token(session, address)
        return
    ended = people.remove(session.keeper(), address, list_name)
    email = people.spelled(address)
    if list_name:
        session.tell("removed" if ended else "removed_before", address=email, list=list_name)
    else:
        session.tell("removed_everywhere", address=email, count=ended)


def _remove_by_token(session: Session, subject: str) -> None:
    """Whoever wrote to leave, by the token that the link put into their subject."""
    from newsletter import links  # noqa: PLC0415 - keeps the help fast
    from newsletter.store import campaigns, subscribers  # noqa: PLC0415 - as above
    from newsletter.subscribing import own  # noqa: PLC0415 - as above

    token = (subject.split() or [""])[-1]
    ticket = links.read(session.app.settings.keys(), links.as_sent(token))
    keeper = session.keeper()
    with keeper.store.write() as tx:
        brought, person = campaigns.brought(tx, ticket.campaign_id), subscribers.by_id(tx, ticket.subscriber_id)
        if brought and person:
            own.leave(tx, [own.Leave(person.id, brought.list_id, "mail")], keeper.now)
    if brought and person:
        session.tell("removed", address=person.email, list=brought.list_name)
    else:
        session.tell("removed_nobody")


@click.command("edit")
@click.argument("address")
@click.option("--email", default=None, metavar="ADDRESS", help="A new address.")
@_names[0]
@_names[1]
@_names[2]
@_attributes
@publication_command
def edit(  # noqa: PLR0913, PLR0917 - click gives each option
    session: Session,
    address: str,
    email: str | None,
    first_name: str | None,
    last_name: str | None,
    language: str | None,
    attributes: tuple[str, ...],
) -> None:
    """Change a person's names, language, attributes or address."""
    from newsletter.subscribing import people  # noqa: PLC0415 - keeps the help fast

    given = {"email": email, "first_name": first_name, "last_name": last_name, "language": language}
    values = {name: _name(value) for name, value in given.items() if value is not None}
    if language is not None:
        values["language"] = _language(language)
    people.edit(session.keeper(), address, values, _read(attributes))
    session.tell("edited", address=values.get("email") or people.spelled(address))


def _name(typed: str) -> str:
    from newsletter.subscribing import rows  # noqa: PLC0415 - as above

    if len(typed) > rows.MAX_NAME:
        raise InputError("row_name_too_long", value=typed[:20])
    return rows.clean(typed)


def _language(typed: str) -> str:
    from newsletter.subscribing.rows import language  # noqa: PLC0415 - as above

    if typed and not language(typed):
        raise InputError("language_wrong", typed=typed)
    return language(typed)


def _read(attributes: tuple[str, ...]) -> dict[str, Attribute]:
    from newsletter.subscribing import layout, rows  # noqa: PLC0415 - keeps the help fast

    found: dict[str, Attribute] = {}
    for typed in attributes:
        name, sign, value = typed.partition("=")
        if not sign or not layout.is_attribute(name):
            raise InputError("attribute_wrong", typed=typed)
        try:
            found[name] = rows.attribute(value)
        except rows.RowError as error:
            raise InputError(error.code, value=name) from error
    return found


@click.command("show")
@click.argument("address")
@format_option
@publication_command
def show(session: Session, address: str, format_: str) -> None:
    """Show everything that is kept about a person, with journal and campaigns: what they may ask for."""
    from newsletter.subscribing import exporting, people  # noqa: PLC0415 - keeps the help fast

    dossier = people.show(session.app.store(), address)
    if format_ == "json":
        print_json(exporting.dossier_facts(dossier.record, dossier.deliveries))
    else:
        _print(session, dossier)


def _print(session: Session, dossier: Dossier) -> None:
    record, say = dossier.record, session.say
    facts = {
        "show_name": f"{record.first_name} {record.last_name}".strip(),
        "show_language": record.language,
        "show_lists": ", ".join(f"{name} ({say(f'status_{status}')})" for name, status in record.lists.items()),
        "show_tags": ", ".join(record.tags),
        "show_suppressed": say(f"reason_{record.suppressed}") if record.suppressed else "",
        "show_created": session.moment(record.created_at),
        "show_contact": session.moment(record.last_contact_at),
        "show_public_id": record.public_id.hex(),
        **{f".{name}": str(value) for name, value in record.attributes.items()},
    }
    click.secho(record.email, bold=True)
    for name, value in facts.items():
        if value:
            click.echo(f"  {name[1:] if name.startswith('.') else say(name)} : {value}")
    click.secho(say("show_journal"), bold=True)
    for entry in record.journal:
        how = entry.provenance
        source = f"{how.source}:{entry.line}" if entry.line else how.source
        parts = (entry.list_name, say(f"method_{how.method}"), source, f"« {how.words} »" if how.words else "")
        what = say(f"action_{entry.action}")
        click.echo(f"  {session.moment(entry.at)}  {what}  {' · '.join(part for part in parts if part)}")
    click.secho(say("show_campaigns"), bold=True)
    for one in dossier.deliveries:
        click.echo(
            f"  {one.planned_at.astimezone(session.zone):%Y-%m-%d %H:%M}  {one.slug}  {say(f'delivery_{one.state}')}"
        )


@click.command("forget")
@click.argument("address")
@yes_option
@publication_command
def forget(session: Session, address: str, yes: bool) -> None:  # noqa: FBT001 - click's
    """Erase a person everywhere; only a hash is left, so that no import brings them back."""
    from newsletter.subscribing import people  # noqa: PLC0415 - keeps the help fast

    email = people.spelled(address)
    session.confirm("forget_confirm", yes=yes, address=email)
    done = people.forget(session.keeper(), email, session.app.provider().forget)
    session.tell("forgotten", address=email, files=done.files, **done.rows)
    session.tell("forgotten_elsewhere")


COMMANDS = (add, remove, edit, show, forget)

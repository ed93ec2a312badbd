"""The commands `newsletter subscribers add`, `remove`, `edit`, `show` and `forget`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command, yes_option
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.model.subscribers import Attribute, Record
    from newsletter.subscribers.service import Dossier, SubscriberContext

_attributes = click.option(
    "--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="An attribute; an empty value removes it."
)
_names = (
    click.option("--first-name", default=None, metavar="TEXT", help="First name."),
    click.option("--last-name", default=None, metavar="TEXT", help="Last name."),
    click.option("--language", default=None, metavar="CODE", help="Language, for example fr."),
)


@click.command("add")
@click.argument("address")
@click.option(
    "--list", "list_name", required=True, metavar="NAME", help="List to add them to; created if it does not exist."
)
@click.option("--consent", default="", metavar="TEXT", help="The words they agreed to.")
@click.option("--confirmed", is_flag=True, help="They confirmed their address already (needs --consent).")
@click.option("--again", is_flag=True, help="They left or were suppressed, and asked to come back (needs --consent).")
@_names[0]
@_names[1]
@_names[2]
@_attributes
@publication_command
def add(
    session: Session,
    address: str,
    list_name: str,
    consent: str,
    confirmed: bool,
    again: bool,
    first_name: str | None,
    last_name: str | None,
    language: str | None,
    attributes: tuple[str, ...],
) -> None:
    """Add one person to a list."""
    from newsletter.model.subscribers import Status, SubscriberUpsert
    from newsletter.subscribers import service
    from newsletter.subscribers.importing import row_mapping

    context, email = session.subscriber_context(), service.normalize_address(address)
    if not list_name or row_mapping.clean_label(list_name) != list_name:
        raise InputError("list_name_wrong", name=list_name)
    clean_first_name, clean_last_name = _clean_name(first_name or ""), _clean_name(last_name or "")
    language_code = _parse_language(language or "")
    change = SubscriberUpsert(
        email=email,
        address_mac=context.mac(email),
        first_name=clean_first_name,
        last_name=clean_last_name,
        language=language_code,
        attributes=_parse_attributes(attributes),
    )
    counts = service.add(context, change, list_name, words=consent, confirmed=confirmed, again=again)
    record = service.read_dossier(context.store, email).record
    status = record.lists[list_name]
    key = "added" if counts.added or counts.updated else "added_before"
    session.print_message(key, address=email, list=list_name, status=session.say(f"status_{status}"))
    if status is Status.PENDING:
        _ask_to_confirm(session, context, record, list_name)


def _ask_to_confirm(session: Session, context: SubscriberContext, record: Record, list_name: str) -> None:
    """Send the confirmation mail of a double opt-in, and print whether it was sent."""
    import datetime as dt

    from newsletter.model.delivery import Accepted
    from newsletter.subscribers.confirmation_mail import send_confirmation

    notifier = session.app.notifier(dt.datetime.now(dt.UTC))
    outcome = send_confirmation(notifier, context.store, record, list_name)
    key = "confirmation_sent" if isinstance(outcome, Accepted) else "confirmation_not_sent"
    session.print_message(key, address=record.email, reason=getattr(outcome, "reason", ""))


@click.command("remove")
@click.argument("address")
@click.option("--list", "list_name", default="", metavar="NAME", help="Only from this list.")
@publication_command
def remove(session: Session, address: str, list_name: str) -> None:
    """Remove a person from a list, or from every list for good.

    For a mail that asks to unsubscribe, give its subject ("unsubscribe 0100…"): its token names person and list.
    """
    from newsletter.subscribers import service

    if "@" not in address:
        _remove_by_token(session, address)
        return
    ended = service.remove(session.subscriber_context(), address, list_name)
    email = service.normalize_address(address)
    if list_name:
        session.print_message("removed" if ended else "removed_before", address=email, list=list_name)
    else:
        session.print_message("removed_everywhere", address=email, count=ended)


def _remove_by_token(session: Session, subject: str) -> None:
    """Unsubscribe the person whose unsubscribe token is in the subject of a mail that asks to leave."""
    from newsletter.personalization import tokens
    from newsletter.storage.campaigns import campaigns
    from newsletter.storage.subscribers import subscribers
    from newsletter.subscribers import self_service

    token = (subject.split() or [""])[-1]
    unsubscribe_token = tokens.read_unsubscribe(session.app.settings.keys(), tokens.strip_punctuation(token))
    context = session.subscriber_context()
    with context.store.write() as tx:
        campaign_list, person = (
            campaigns.find_campaign_list(tx, unsubscribe_token.campaign_id),
            subscribers.find_by_id(tx, unsubscribe_token.subscriber_id),
        )
        if campaign_list and person:
            self_service.unsubscribe(
                tx,
                [self_service.Unsubscription(subscriber_id=person.id, list_id=campaign_list.list_id, source="mail")],
                context.now_ms,
            )
    if campaign_list and person:
        session.print_message("removed", address=person.email, list=campaign_list.list_name)
    else:
        session.print_message("removed_nobody")


@click.command("edit")
@click.argument("address")
@click.option("--email", default=None, metavar="ADDRESS", help="A new address.")
@_names[0]
@_names[1]
@_names[2]
@_attributes
@publication_command
def edit(
    session: Session,
    address: str,
    email: str | None,
    first_name: str | None,
    last_name: str | None,
    language: str | None,
    attributes: tuple[str, ...],
) -> None:
    """Change a person's names, language, attributes or address."""
    from newsletter.subscribers import service

    options = {"email": email, "first_name": first_name, "last_name": last_name, "language": language}
    values = {name: _clean_name(value) for name, value in options.items() if value is not None}
    if language is not None:
        values["language"] = _parse_language(language)
    service.edit(session.subscriber_context(), address, values, _parse_attributes(attributes))
    session.print_message("edited", address=values.get("email") or service.normalize_address(address))


def _clean_name(typed: str) -> str:
    from newsletter.subscribers.importing import row_mapping

    if len(typed) > row_mapping.MAX_NAME:
        raise InputError("row_name_too_long", value=typed[:20])
    return row_mapping.clean(typed)


def _parse_language(typed: str) -> str:
    from newsletter.subscribers.importing.row_mapping import clean_language

    if typed and not clean_language(typed):
        raise InputError("language_wrong", typed=typed)
    return clean_language(typed)


def _parse_attributes(attributes: tuple[str, ...]) -> dict[str, Attribute]:
    from newsletter.subscribers.importing import layout, row_mapping

    attributes_by_name: dict[str, Attribute] = {}
    for typed in attributes:
        name, sign, value = typed.partition("=")
        if not sign or not layout.is_attribute(name):
            raise InputError("attribute_wrong", typed=typed)
        try:
            attributes_by_name[name] = row_mapping.clean_attribute(value)
        except row_mapping.RowError as error:
            raise InputError(error.code, value=name) from error
    return attributes_by_name


@click.command("show")
@click.argument("address")
@format_option
@publication_command
def show(session: Session, address: str, format_: str) -> None:
    """Show everything that is stored about a person, with journal and campaigns, for a request of access."""
    from newsletter.subscribers import exporting, service

    dossier = service.read_dossier(session.app.store(), address)
    if format_ == "json":
        print_json(exporting.dossier_facts(dossier.record, dossier.deliveries))
    else:
        _print_dossier(session, dossier)


def _print_dossier(session: Session, dossier: Dossier) -> None:
    record, say = dossier.record, session.say
    facts = {
        "show_name": f"{record.first_name} {record.last_name}".strip(),
        "show_language": record.language,
        "show_lists": ", ".join(f"{name} ({say(f'status_{status}')})" for name, status in record.lists.items()),
        "show_tags": ", ".join(record.tags),
        "show_suppressed": say(f"reason_{record.suppressed}") if record.suppressed else "",
        "show_created": session.format_timestamp(record.created_at),
        "show_contact": session.format_timestamp(record.last_contact_at),
        "show_public_id": record.public_id.hex(),
        **{f".{name}": str(value) for name, value in record.attributes.items()},
    }
    click.secho(record.email, bold=True)
    for name, value in facts.items():
        if value:
            click.echo(f"  {name[1:] if name.startswith('.') else say(name)} : {value}")
    click.secho(say("show_journal"), bold=True)
    for entry in record.journal:
        provenance = entry.provenance
        source = f"{provenance.source}:{entry.line}" if entry.line else provenance.source
        parts = (
            entry.list_name,
            say(f"method_{provenance.method}"),
            source,
            f"« {provenance.words} »" if provenance.words else "",
        )
        action = say(f"action_{entry.action}")
        click.echo(f"  {session.format_timestamp(entry.at)}  {action}  {' · '.join(part for part in parts if part)}")
    click.secho(say("show_campaigns"), bold=True)
    for delivery in dossier.deliveries:
        planned_at = session.to_local_time(delivery.planned_at)
        click.echo(f"  {planned_at:%Y-%m-%d %H:%M}  {delivery.slug}  {say(f'delivery_{delivery.state}')}")


@click.command("forget")
@click.argument("address")
@yes_option
@publication_command
def forget(session: Session, address: str, yes: bool) -> None:
    """Erase a person everywhere; only a hash is kept, so that no import adds them again."""
    from newsletter.subscribers import service

    email = service.normalize_address(address)
    session.confirm("forget_confirm", yes=yes, address=email)
    erased = service.erase_subscriber(session.subscriber_context(), email, session.app.provider().forget)
    session.print_message("forgotten", address=email, files=erased.files, **erased.rows)
    session.print_message("forgotten_elsewhere")


COMMANDS = (add, remove, edit, show, forget)

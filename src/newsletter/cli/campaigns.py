"""The commands `newsletter campaigns …`: show campaigns, and pause, resume, cancel, reschedule or resolve them."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command, yes_option
from newsletter.cli.param_types import Span, moment
from newsletter.errors import InputError, Refused, SettingsError
from newsletter.model.campaign import ChunkState
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.reports import Account, Person
    from newsletter.campaigns.waiting_reasons import Wait
    from newsletter.model.campaign import Campaign
    from newsletter.storage.database import Store

WHO = ["accepted", "claimed", "ready", "in_doubt", "held", "rejected", "cancelled", "given_up", "skipped"]
_STANDS = frozenset({"campaign_finished", "campaign_waits"})
_NUMBER = click.argument("number", type=click.IntRange(1, 2**31))


@click.group("campaigns", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """What went out, what is under way, and what to do about it."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@command.command("list")
@format_option
@publication_command
def list_(session: Session, format_: str) -> None:
    """Every campaign, the newest first."""
    from newsletter.campaigns import reports
    from newsletter.cli.campaign_table import print_table

    accounts = reports.list_accounts(session.app.store(), _now())
    if format_ == "json":
        print_json([_facts(one) for one in accounts])
        return
    if not accounts:
        session.tell("campaigns_none")
        return
    print_table(session, accounts)


@command.command("show")
@_NUMBER
@click.option("--address", default="", metavar="ADDRESS", help="What became of this person's.")
@click.option("--who", type=click.Choice(WHO), help="Everybody who stands there, an address a line (or JSON lines).")
@format_option
@publication_command
def show(session: Session, number: int, address: str, who: str | None, format_: str) -> None:
    """Who got it, who did not, and why."""
    from newsletter.campaigns import control, reports
    from newsletter.subscribers.service import normalize_address

    store = session.app.store()
    campaign = control.get_campaign(store, number)
    if address:
        _show_person(session, reports.person(store, campaign, normalize_address(address)), as_json=format_ == "json")
    elif who:
        _show_people(store, campaign, who, as_json=format_ == "json")
    else:
        _show_account(session, store, reports.read_account(store, campaign, _now()), as_json=format_ == "json")


def _show_person(session: Session, person: Person, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(person))
        return
    state = session.say(f"delivery_{person.state}")
    reported = session.say(f"stats_row_{person.reported}") if person.reported not in {"", "processed"} else ""
    click.echo(session.say("campaign_person", email=person.email, state=state, detail=person.detail, reported=reported))


def _show_people(store: Store, campaign: Campaign, who: str, *, as_json: bool) -> None:
    """Print the recipients one by one, so that a list of a million does not fill the memory."""
    from newsletter.campaigns import reports

    for person in reports.people(store, campaign, who):
        click.echo(_line(person) if as_json else f"{person.email or person.subscriber_id}\t{person.detail}".rstrip())


def _line(person: Person) -> str:
    import json

    return json.dumps(asdict(person), ensure_ascii=False)


def _show_account(session: Session, store: Store, account: Account, *, as_json: bool) -> None:
    if as_json:
        print_json(_facts(account))
        return
    from newsletter.campaigns import status_text

    campaign, about = account.campaign, (session.language, account, session.zone)
    head = {"number": campaign.id, "issue": campaign.slug, "list": campaign.list_name, "segment": campaign.segment}
    head["status"] = status_text.status(*about)
    click.echo(session.say("campaign_head", **head, provider=campaign.provider))
    click.echo(session.say("campaign_planned", at=session.here(campaign.planned_at)))
    click.echo(status_text.counts(*about))
    for chunk in account.unsure:
        facts = asdict(chunk) | {"state": session.say(f"delivery_{chunk.state.value}")}
        click.echo(session.say("campaign_chunk", at=session.here(timestamps.moment(chunk.since)), **facts))
    for tried in account.twice:
        click.echo(session.say("campaign_twice", sequence=tried.sequence, recipients=tried.recipients))
    waits = _waits(session, store, account)
    if waits:
        click.echo(status_text.waiting(session.language, waits, account, session.zone))
    for step in status_text.next_steps(*about, waits):
        click.echo(step)


def _waits(session: Session, store: Store, account: Account) -> Wait | None:
    """Return what the rest of the campaign waits for, or None if the settings are incomplete."""
    from newsletter.campaigns import waiting_reasons

    try:
        return waiting_reasons.find_wait(store, session.app.provider(), account, session.app.worker())
    except SettingsError:
        return None


def _facts(account: Account) -> dict[str, object]:
    campaign, orders = account.campaign, account.campaign.orders
    return {
        "campaign": campaign.id, "issue": campaign.slug, "issue_id": campaign.issue_id, "round": campaign.round,
        "list": campaign.list_name, "segment": campaign.segment, "provider": campaign.provider,
        "digest": campaign.digest, "phase": account.phase, "planned_at": campaign.planned_at.isoformat(),
        "not_before": _moment(orders.not_before), "release_at": _moment(orders.release_at), "policy": orders.policy,
        "rate": orders.rate, "recipients": campaign.recipients, "excluded": campaign.excluded,
        **asdict(account.tally), "unreleased": account.unreleased, "status": account.status,
        "rehearsal": campaign.rehearsal, "at": _moment(account.at),
        "unsure": [
            {"chunk": one.sequence, "state": one.state, "recipients": one.recipients, "since": _moment(one.since),
             "detail": one.detail} for one in account.unsure
        ],
        "twice": [
            {"chunk": one.sequence, "attempt": one.number, "recipients": one.recipients} for one in account.twice
        ],
    }  # fmt: skip


def _moment(millis: int) -> str | None:
    return timestamps.moment(millis).isoformat() if millis else None


def _done(session: Session, store: Store, format_: str, key: str, *, number: int, **facts: object) -> None:
    """Print what was done; with `--format json`, print the campaign's current status."""
    from newsletter.campaigns import control, reports

    if format_ == "json":
        print_json(_facts(reports.read_account(store, control.get_campaign(store, number), _now())))
    else:
        session.tell(key, number=number, **facts)


@contextmanager
def _explaining(session: Session, store: Store, number: int) -> Iterator[None]:
    """Replace a refusal by the campaign's state with one that states its status and the command to use.

    Convert the times in other refusals to the publication's time zone.
    """
    from newsletter.campaigns import control, reports, status_text

    try:
        yield
    except Refused as error:
        if error.key in _STANDS:
            account = reports.read_account(store, control.get_campaign(store, number), _now())
            raise Refused("campaign_stands", **status_text.stands(session.language, account, session.zone)) from error
        local = {name: session.here(fact) for name, fact in error.facts.items() if isinstance(fact, dt.datetime)}
        raise Refused(error.key, **error.facts | local) from error


@command.command("pause")
@_NUMBER
@format_option
@publication_command
def pause(session: Session, number: int, format_: str) -> None:
    """Begin nothing more of a campaign; what is under way is ended."""
    from newsletter.campaigns import control

    store = session.app.store()
    with _explaining(session, store, number):
        control.pause(store, control.get_campaign(store, number), _now())
    _done(session, store, format_, "campaign_paused", number=number)


@command.command("resume")
@_NUMBER
@format_option
@publication_command
def resume(session: Session, number: int, format_: str) -> None:
    """Let a campaign go on, which was paused or waits for your word."""
    from newsletter.campaigns import control

    store = session.app.store()
    with _explaining(session, store, number):
        control.resume(store, control.get_campaign(store, number), _now())
    _done(session, store, format_, "campaign_resumed", number=number)


@command.command("cancel")
@_NUMBER
@yes_option
@format_option
@publication_command
def cancel(session: Session, *, number: int, yes: bool, format_: str) -> None:
    """Let nothing more of a campaign go out, and take back what can be."""
    from newsletter.campaigns import control, reports

    store = session.app.store()
    with _explaining(session, store, number):
        campaign = control.get_campaign(store, number)
        control.require_cancellable(store, session.app.settings.provider, campaign, _now())
        tally = reports.read_account(store, campaign, _now()).tally
        session.confirm("campaign_cancel_confirm", yes=yes, number=number, ready=tally.ready, accepted=tally.accepted)
        done = control.cancel(store, session.app.provider(), campaign, _now())
    _done(session, store, format_, "campaign_cancelled", number=number)
    for what, count in asdict(done).items():
        if count:
            session.tell(f"campaign_cancelled_{what}", count=count)


@command.command("reschedule")
@_NUMBER
@click.option("--at", default="", metavar="TIME", help="When: 01/12/2026 08:00, 2026-12-01 08:00, or 08:00.")
@click.option("--hold", type=Span(), default=None, metavar="TIME", help="After so long: 10m; 0s for now.")
@format_option
@publication_command
def reschedule(session: Session, *, number: int, at: str, hold: dt.timedelta | None, format_: str) -> None:
    """Give a campaign another time: one that waits, is paused, or was cancelled before anybody had it.

    What the provider keeps for later is taken back first; refused where that cannot be proven.
    """
    from newsletter.campaigns import control, planning, reports, rescheduling, status_text
    from newsletter.providers.base import BatchControl

    if not at and hold is None:
        raise InputError("reschedule_when", number=number)
    store, provider, now = session.app.store(), session.app.provider(), dt.datetime.now(dt.UTC)
    when = moment(at, session.zone, now) if at else None
    with _explaining(session, store, number):
        campaign = control.get_campaign(store, number)
        orders = planning.set_times(
            replace(campaign.orders, not_before=0, release_at=0),
            at=when, hold=hold or dt.timedelta(), can_fence=isinstance(provider, BatchControl), now=now,
        )  # fmt: skip
        rescheduling.reschedule(store, provider, campaign, orders, timestamps.millis(now))
    account = reports.read_account(store, control.get_campaign(store, number), _now())
    words = status_text.status(session.language, account, session.zone)
    _done(session, store, format_, "campaign_rescheduled", number=number, status=words)
    if format_ == "text":
        for step in status_text.next_steps(session.language, account, session.zone):
            click.echo(step, err=True)


@command.command("resolve")
@_NUMBER
@click.option(
    "--chunk", "chunks", type=click.IntRange(0), multiple=True, help="Only these; otherwise whatever is held."
)
@click.option("--taken", "state", flag_value=ChunkState.ACCEPTED.value, help="The provider has it.")
@click.option("--again", "state", flag_value=ChunkState.READY.value, help="It has not: send it again.")
@click.option("--give-up", "state", flag_value=ChunkState.CANCELLED.value, help="Nobody knows: let it be.")
@yes_option
@format_option
@publication_command
def resolve(
    session: Session, *, number: int, chunks: tuple[int, ...], state: str | None, yes: bool, format_: str
) -> None:
    """Say what became of chunks that are held, or of these, held or in doubt."""
    from newsletter.campaigns import control

    if state is None:
        raise click.UsageError("--taken, --again or --give-up")
    store = session.app.store()
    campaign = control.get_campaign(store, number)
    chosen = control.list_doubts(store, campaign, chunks)
    if state == ChunkState.READY.value:
        session.confirm("campaign_again_confirm", yes=yes, count=sum(one.recipients for one in chosen))
    count = control.resolve(store, campaign, chosen, ChunkState(state), _now())
    _done(session, store, format_, "campaign_resolved", number=number, count=count)


def _now() -> int:
    return int(time.time() * 1000)

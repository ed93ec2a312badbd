"""The commands `newsletter campaigns …`: show campaigns, and pause, resume, cancel, reschedule or resolve them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from newsletter.cli.campaign_view import campaign_facts, print_people, print_person, print_report
from newsletter.cli.context import Session, format_option, print_json, publication_command, yes_option
from newsletter.cli.param_types import Duration, parse_moment
from newsletter.errors import InputError, Refused
from newsletter.model.campaign import ChunkState
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.model.campaign import Campaign
    from newsletter.storage.database import Store

RECIPIENT_STATES = ["accepted", "claimed", "ready", "in_doubt", "held", "rejected", "cancelled", "given_up", "skipped"]
_STATE_REFUSALS = frozenset({"campaign_finished", "campaign_waits"})
_NUMBER = click.argument("number", type=click.IntRange(1, 2**31))


@click.group("campaigns", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Show what was sent and what is in progress; pause, resume, cancel, decide."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@command.command("list")
@format_option
@publication_command
def list_(session: Session, format_: str) -> None:
    """Print every campaign, newest first."""
    from newsletter.campaigns import reports
    from newsletter.cli.campaign_table import print_table

    campaign_reports = reports.list_reports(session.app.store(), timestamps.now_ms())
    if format_ == "json":
        print_json([campaign_facts(report) for report in campaign_reports])
        return
    if not campaign_reports:
        session.print_message("campaigns_none")
        return
    print_table(session, campaign_reports)


@command.command("show")
@_NUMBER
@click.option("--address", default="", metavar="ADDRESS", help="Show what happened to this person's message.")
@click.option(
    "--who",
    type=click.Choice(RECIPIENT_STATES),
    help="Print everybody in this state, one address per line (or JSON lines).",
)
@format_option
@publication_command
def show(session: Session, number: int, address: str, who: str | None, format_: str) -> None:
    """Show who received a campaign, who did not, and why."""
    from newsletter.campaigns import control, reports
    from newsletter.subscribers.service import normalize_address

    store = session.app.store()
    campaign = control.get_campaign(store, number)
    if address:
        print_person(
            session, reports.find_person(store, campaign, normalize_address(address)), as_json=format_ == "json"
        )
    elif who:
        print_people(store, campaign, who, as_json=format_ == "json")
    else:
        print_report(
            session, store, reports.read_report(store, campaign, timestamps.now_ms()), as_json=format_ == "json"
        )


def _print_done(session: Session, store: Store, format_: str, key: str, *, number: int, **facts: object) -> None:
    """Print what was done; with `--format json`, print the campaign's current status."""
    from newsletter.campaigns import reports

    if format_ == "json":
        print_json(campaign_facts(reports.read_current_report(store, number)))
    else:
        session.print_message(key, number=number, **facts)


@contextmanager
def _explain_refusals(session: Session, store: Store, number: int) -> Iterator[None]:
    """Replace a refusal by the campaign's state with one that states its status and the command to use.

    Convert the times in other refusals to the publication's time zone.
    """
    from newsletter.campaigns import reports, status_text

    try:
        yield
    except Refused as error:
        if error.key in _STATE_REFUSALS:
            report = reports.read_current_report(store, number)
            raise status_text.refuse_in_state(session.language, report, session.zone) from error
        local = {
            name: session.to_local_time(fact) for name, fact in error.facts.items() if isinstance(fact, dt.datetime)
        }
        raise Refused(error.key, **error.facts | local) from error


def _change_campaign(
    session: Session, number: int, format_: str, change: Callable[[Store, Campaign, int], object], key: str
) -> None:
    from newsletter.campaigns import control

    store = session.app.store()
    with _explain_refusals(session, store, number):
        change(store, control.get_campaign(store, number), timestamps.now_ms())
    _print_done(session, store, format_, key, number=number)


@command.command("pause")
@_NUMBER
@format_option
@publication_command
def pause(session: Session, number: int, format_: str) -> None:
    """Start no further chunk of a campaign; requests in progress are finished."""
    from newsletter.campaigns import control

    _change_campaign(session, number, format_, control.pause, "campaign_paused")


@command.command("resume")
@_NUMBER
@format_option
@publication_command
def resume(session: Session, number: int, format_: str) -> None:
    """Continue a campaign that is paused or waits for your confirmation."""
    from newsletter.campaigns import control

    _change_campaign(session, number, format_, control.resume, "campaign_resumed")


@command.command("cancel")
@_NUMBER
@yes_option
@format_option
@publication_command
def cancel(session: Session, *, number: int, yes: bool, format_: str) -> None:
    """Stop a campaign for good, and take back what the provider still holds."""
    from newsletter.campaigns import control, reports

    store = session.app.store()
    with _explain_refusals(session, store, number):
        campaign = control.get_campaign(store, number)
        control.require_cancellable(store, session.app.settings.provider, campaign, timestamps.now_ms())
        tally = reports.read_report(store, campaign, timestamps.now_ms()).tally
        session.confirm("campaign_cancel_confirm", yes=yes, number=number, ready=tally.ready, accepted=tally.accepted)
        cancelled = control.cancel(store, session.app.provider(), campaign, timestamps.now_ms())
    _print_done(session, store, format_, "campaign_cancelled", number=number)
    for kind, count in asdict(cancelled).items():
        if count:
            session.print_message(f"campaign_cancelled_{kind}", count=count)


@command.command("reschedule")
@_NUMBER
@click.option("--at", default="", metavar="TIME", help="When: 01/12/2026 08:00, 2026-12-01 08:00, or 08:00.")
@click.option(
    "--hold", type=Duration(), default=None, metavar="SPAN", help="Wait this long before sending: 10m; 0s to send now."
)
@format_option
@publication_command
def reschedule(session: Session, *, number: int, at: str, hold: dt.timedelta | None, format_: str) -> None:
    """Change the time of a campaign that waits, is paused, or was cancelled before anybody received it.

    Messages that the provider keeps for later are cancelled first; refused if that cannot be proven.
    """
    from newsletter.campaigns import control, planning, reports, rescheduling, status_text
    from newsletter.providers.base import BatchControl

    if not at and hold is None:
        raise InputError("reschedule_when", number=number)
    store, provider, now = session.app.store(), session.app.provider(), dt.datetime.now(dt.UTC)
    at_time = parse_moment(at, session.zone, now) if at else None
    with _explain_refusals(session, store, number):
        campaign = control.get_campaign(store, number)
        options = planning.set_times(
            replace(campaign.options, not_before=0, release_at=0),
            at=at_time, cancel_window=hold or dt.timedelta(), can_cancel=isinstance(provider, BatchControl), now=now,
        )  # fmt: skip
        rescheduling.reschedule(store, provider, campaign, options, timestamps.millis(now))
    report = reports.read_current_report(store, number)
    status = status_text.status(session.language, report, session.zone)
    _print_done(session, store, format_, "campaign_rescheduled", number=number, status=status)
    if format_ == "text":
        for step in status_text.next_steps(session.language, report, session.zone):
            click.echo(step, err=True)


@command.command("resolve")
@_NUMBER
@click.option(
    "--chunk", "chunks", type=click.IntRange(0), multiple=True, help="Only these chunks; otherwise every held chunk."
)
@click.option("--taken", "state", flag_value=ChunkState.ACCEPTED.value, help="The provider accepted it.")
@click.option(
    "--again", "state", flag_value=ChunkState.READY.value, help="The provider did not accept it: send it again."
)
@click.option("--give-up", "state", flag_value=ChunkState.CANCELLED.value, help="Nobody knows: do not send it again.")
@yes_option
@format_option
@publication_command
def resolve(
    session: Session, *, number: int, chunks: tuple[int, ...], state: str | None, yes: bool, format_: str
) -> None:
    """Decide what happened to held chunks (or to the given chunks, held or in doubt)."""
    from newsletter.campaigns import control

    if state is None:
        raise click.UsageError("--taken, --again or --give-up")
    store = session.app.store()
    campaign = control.get_campaign(store, number)
    doubts = control.list_resolvable(store, campaign, chunks)
    if state == ChunkState.READY.value:
        session.confirm("campaign_again_confirm", yes=yes, count=sum(chunk.recipients for chunk in doubts))
    count = control.resolve(store, campaign, doubts, ChunkState(state), timestamps.now_ms())
    _print_done(session, store, format_, "campaign_resolved", number=number, count=count)

"""newsletter campaigns: what went out, what is under way, and what an operator does about it"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from newsletter import moments
from newsletter.cli.session import Session, format_option, print_json, publication_command, yes_option
from newsletter.cli.times import Span, moment
from newsletter.errors import InputError, Refused, SettingsError
from newsletter.model.campaign import ChunkState

if TYPE_CHECKING:
    from newsletter.model.campaign import Campaign
    from newsletter.reporting import Account, Person
    from newsletter.store.engine import Store

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
    from newsletter import reporting  # noqa: PLC0415 - keeps the help fast
    from newsletter.cli.campaign_table import print_table  # noqa: PLC0415 - as above

    accounts = reporting.every(session.app.store(), _now())
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
    from newsletter import reporting, steering  # noqa: PLC0415 - as above
    from newsletter.subscribing.people import spelled  # noqa: PLC0415 - as above

    store = session.app.store()
    campaign = steering.known(store, number)
    if address:
        _show_person(session, reporting.person(store, campaign, spelled(address)), as_json=format_ == "json")
    elif who:
        _show_people(store, campaign, who, as_json=format_ == "json")
    else:
        _show_account(session, store, reporting.account(store, campaign, _now()), as_json=format_ == "json")


def _show_person(session: Session, person: Person, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(person))
        return
    state = session.say(f"delivery_{person.state}")
    reported = session.say(f"stats_row_{person.reported}") if person.reported not in {"", "processed"} else ""
    click.echo(session.say("campaign_person", email=person.email, state=state, detail=person.detail, reported=reported))


def _show_people(store: Store, campaign: Campaign, who: str, *, as_json: bool) -> None:
    """Streamed: a list of a million is no reason to keep a million in memory."""
    from newsletter import reporting  # noqa: PLC0415 - as above

    for person in reporting.people(store, campaign, who):
        click.echo(_line(person) if as_json else f"{person.email or person.subscriber_id}\t{person.detail}".rstrip())


def _line(person: Person) -> str:
    import json  # noqa: PLC0415 - as above

    return json.dumps(asdict(person), ensure_ascii=False)


def _show_account(session: Session, store: Store, account: Account, *, as_json: bool) -> None:
    if as_json:
        print_json(_facts(account))
        return
    from newsletter import campaign_text  # noqa: PLC0415 - as above

    campaign, about = account.campaign, (session.language, account, session.zone)
    head = {"number": campaign.id, "issue": campaign.slug, "list": campaign.list_name, "segment": campaign.segment}
    head["status"] = campaign_text.status(*about)
    click.echo(session.say("campaign_head", **head, provider=campaign.provider))
    click.echo(session.say("campaign_planned", at=session.here(campaign.planned_at)))
    click.echo(campaign_text.counts(*about))
    for chunk in account.unsure:
        facts = asdict(chunk) | {"state": session.say(f"delivery_{chunk.state.value}")}
        click.echo(session.say("campaign_chunk", at=session.here(moments.moment(chunk.since)), **facts))
    for tried in account.twice:
        click.echo(session.say("campaign_twice", sequence=tried.sequence, recipients=tried.recipients))
    waits = _waiting(session, store, account)
    for line in [*waits, *campaign_text.next_steps(*about, waits=bool(waits))]:
        click.echo(line)


def _waiting(session: Session, store: Store, account: Account) -> list[str]:
    """What the rest waits for; nothing where the settings are not complete enough to say."""
    from newsletter import campaign_text, campaign_waits  # noqa: PLC0415 - as above

    try:
        found = campaign_waits.find_wait(store, session.app.provider(), account, session.app.worker())
    except SettingsError:
        return []
    return [campaign_text.waiting(session.language, found, account, session.zone)] if found else []


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
    return moments.moment(millis).isoformat() if millis else None


def _done(session: Session, store: Store, format_: str, key: str, *, number: int, **facts: object) -> None:
    """Says what was done; as JSON, how the campaign stands now."""
    from newsletter import reporting, steering  # noqa: PLC0415 - as above

    if format_ == "json":
        print_json(_facts(reporting.account(store, steering.known(store, number), _now())))
    else:
        session.tell(key, number=number, **facts)


@contextmanager
def _explaining(session: Session, store: Store, number: int) -> Iterator[None]:
    """Say, of what a campaign's state forbids, where it stands and which command works; moments by the local clock."""
    from newsletter import campaign_text, reporting, steering  # noqa: PLC0415 - as above

    try:
        yield
    except Refused as error:
        if error.key in _STANDS:
            account = reporting.account(store, steering.known(store, number), _now())
            raise Refused("campaign_stands", **campaign_text.stands(session.language, account, session.zone)) from error
        local = {name: session.here(fact) for name, fact in error.facts.items() if isinstance(fact, dt.datetime)}
        raise Refused(error.key, **error.facts | local) from error


@command.command("pause")
@_NUMBER
@format_option
@publication_command
def pause(session: Session, number: int, format_: str) -> None:
    """Begin nothing more of a campaign; what is under way is ended."""
    from newsletter import steering  # noqa: PLC0415 - as above

    store = session.app.store()
    with _explaining(session, store, number):
        steering.pause(store, steering.known(store, number), _now())
    _done(session, store, format_, "campaign_paused", number=number)


@command.command("resume")
@_NUMBER
@format_option
@publication_command
def resume(session: Session, number: int, format_: str) -> None:
    """Let a campaign go on, which was paused or waits for your word."""
    from newsletter import steering  # noqa: PLC0415 - as above

    store = session.app.store()
    with _explaining(session, store, number):
        steering.resume(store, steering.known(store, number), _now())
    _done(session, store, format_, "campaign_resumed", number=number)


@command.command("cancel")
@_NUMBER
@yes_option
@format_option
@publication_command
def cancel(session: Session, *, number: int, yes: bool, format_: str) -> None:
    """Let nothing more of a campaign go out, and take back what can be."""
    from newsletter import reporting, steering  # noqa: PLC0415 - as above

    store = session.app.store()
    with _explaining(session, store, number):
        campaign = steering.known(store, number)
        steering.require_cancellable(store, session.app.settings.provider, campaign, _now())
        tally = reporting.account(store, campaign, _now()).tally
        session.confirm("campaign_cancel_confirm", yes=yes, number=number, ready=tally.ready, accepted=tally.accepted)
        done = steering.cancel(store, session.app.provider(), campaign, _now())
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
    from newsletter import campaign_text, planning, reporting, rescheduling, steering  # noqa: PLC0415 - as above
    from newsletter.providers import Tracing  # noqa: PLC0415 - as above

    if not at and hold is None:
        raise InputError("reschedule_when", number=number)
    store, provider, now = session.app.store(), session.app.provider(), dt.datetime.now(dt.UTC)
    when = moment(at, session.zone, now) if at else None
    with _explaining(session, store, number):
        campaign = steering.known(store, number)
        orders = planning.orders(
            replace(campaign.orders, not_before=0, release_at=0),
            at=when, hold=hold or dt.timedelta(), can_fence=isinstance(provider, Tracing), now=now,
        )  # fmt: skip
        rescheduling.reschedule(store, provider, campaign, orders, moments.millis(now))
    account = reporting.account(store, steering.known(store, number), _now())
    words = campaign_text.status(session.language, account, session.zone)
    _done(session, store, format_, "campaign_rescheduled", number=number, status=words)
    if format_ == "text":
        for step in campaign_text.next_steps(session.language, account, session.zone):
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
    from newsletter import steering  # noqa: PLC0415 - as above

    if state is None:
        raise click.UsageError("--taken, --again or --give-up")
    store = session.app.store()
    campaign = steering.known(store, number)
    chosen = steering.unsure(store, campaign, chunks)
    if state == ChunkState.READY.value:
        session.confirm("campaign_again_confirm", yes=yes, count=sum(one.recipients for one in chosen))
    count = steering.resolve(store, campaign, chosen, ChunkState(state), _now())
    _done(session, store, format_, "campaign_resolved", number=number, count=count)


def _now() -> int:
    return int(time.time() * 1000)

"""newsletter send"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import click

from newsletter.cli.context import Session, format_option, publication_command, yes_option
from newsletter.cli.param_types import Rate, Span, moment
from newsletter.errors import InputError, NewsletterError, Refused
from newsletter.model.campaign import CampaignState, Orders, Policy
from newsletter.system import timestamps

if TYPE_CHECKING:
    from pathlib import Path

    from newsletter.campaigns.planning import Audience
    from newsletter.editorial.review import Reading
    from newsletter.model.approval import Approval
    from newsletter.model.campaign import Campaign
    from newsletter.model.edition import Edition
    from newsletter.storage.campaigns.repeats import Repeat
    from newsletter.storage.database import Store


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says of a sending that is not planned yet."""

    orders: Orders
    at: dt.datetime | None
    hold: dt.timedelta
    fence: bool
    dry_run: bool
    yes: bool
    same_as: tuple[int, ...]

    @property
    def after(self) -> dt.timedelta:
        """How long after the confirmation it leaves; zero where a moment was given."""
        return dt.timedelta() if self.at else self.hold or (FENCE if self.fence else self.hold)


FENCE = dt.timedelta(minutes=25)
POLICIES = [one.value for one in Policy]


@click.command("send")
@click.argument("issue")
@click.option("--list", "list_name", required=True, metavar="NAME", help="List to send to.")
@click.option("--segment", default="", metavar="FILTER", help="Only these of the list: a filter, or a segment's name.")
@click.option("--only-missing", is_flag=True, help="Another round, to those of the list who did not get it yet.")
@click.option(
    "--at",
    default="",
    metavar="TIME",
    help="When: 01/12/2026 08:00, 2026-12-01 08:00, or 08:00; the publication's time zone.",
)
@click.option(
    "--hold", type=Span(), default="0s", metavar="TIME", help="Nothing leaves for so long: 10m. See `campaigns`."
)
@click.option("--fence", is_flag=True, help="Hand over for 25 minutes later: what gets no answer can be taken back.")
@click.option("--rate", type=Rate(), default=None, metavar="N/h", help="How many people an hour at most: 5000/h.")
@click.option("--in-flight", type=click.IntRange(0, 64), default=0, metavar="N", help="Requests under way at once.")
@click.option(
    "--policy", type=click.Choice(POLICIES), default=POLICIES[0], help="What gets no answer is held, or sent again."
)
@click.option(
    "--new-issue",
    "same_as",
    type=click.IntRange(1),
    multiple=True,
    metavar="N",
    help="Send it although campaign N sent the same: whoever had that gets it again.",
)
@click.option("--dry-run", is_flag=True, help="Build everything for everybody, send and write nothing.")
@yes_option
@format_option
@publication_command
def command(  # noqa: PLR0913 - click gives each option by its name
    session: Session,
    *,
    issue: str,
    list_name: str,
    segment: str,
    only_missing: bool,
    at: str,
    hold: dt.timedelta,
    fence: bool,
    rate: int | None,
    in_flight: int,
    policy: str,
    same_as: tuple[int, ...],
    dry_run: bool,
    yes: bool,
    format_: str,
) -> int:
    """Send an issue to a list, to everybody exactly once.

    Edition and audience are frozen first. Run it again after any accident: whoever has it does not
    get it twice, whoever has it not gets it.
    """
    from newsletter.campaigns import (
        database_copy,
        planning,
    )
    from newsletter.cli.campaign_progress import carry
    from newsletter.cli.issue_arguments import find

    app, now = session.app, dt.datetime.now(dt.UTC)
    path = find(app, issue)
    orders = Orders(policy=Policy(policy), rate=rate or 0, in_flight=in_flight)
    when = moment(at, session.zone, now) if at else None
    wanted = Wanted(orders, when, hold, fence, dry_run, yes, same_as)
    audience = planning.Audience(list_name, segment, session.zone, only_missing, app.settings.provider)
    store = app.store()
    try:
        if not dry_run:
            database_copy.require_own_database(store)
        campaign = _campaign(session, store, path, audience, wanted)
        if campaign is None:
            return 0 if dry_run else 1
        return carry(session, store, campaign, as_json=format_ == "json")
    finally:
        store.close()


def _campaign(session: Session, store: Store, path: Path, audience: Audience, wanted: Wanted) -> Campaign | None:
    """The one that was planned before, or a new one."""
    from newsletter.campaigns import planning
    from newsletter.cli.issue_arguments import copied
    from newsletter.content.reader import read

    source = read(path, session.app.publication)
    with _explaining(session, store):
        campaign = planning.standing(store, source.front.id, source.slug, audience)
    if campaign and not copied(source):
        _tell_standing(session, store, campaign, path, wanted)
        return campaign
    return _planned(session, store, path, audience, wanted)


@contextmanager
def _explaining(session: Session, store: Store) -> Iterator[None]:
    """Say of a round that is not finished where it stands, and which command works."""
    try:
        yield
    except Refused as error:
        if error.key == "round_unfinished":
            raise _stands(session, store, cast("int", error.facts["campaign"])) from error
        raise


def _stands(session: Session, store: Store, number: int) -> Refused:
    from newsletter.campaigns import (
        control,
        reports,
        status_text,
    )

    account = reports.account(store, control.known(store, number), timestamps.millis(dt.datetime.now(dt.UTC)))
    return Refused("campaign_stands", **status_text.stands(session.language, account, session.zone))


def _planned(session: Session, store: Store, path: Path, audience: Audience, wanted: Wanted) -> Campaign | None:
    """The campaign, planned after everything was looked at and confirmed; None where something found forbids it."""
    from newsletter.campaigns import planning
    from newsletter.campaigns.sending import rehearse
    from newsletter.cli import send_summary
    from newsletter.editorial import preflight
    from newsletter.providers.base import Tracing

    reading = _examined(session, path)
    if reading.blocked:
        session.tell("send_blocked", issue=reading.issue.slug)
        return None
    app, now = session.app, dt.datetime.now(dt.UTC)
    provider, edition = app.provider(), reading.edition
    alike, same_as = _ask_whether_new(session, store, edition, audience, wanted)
    rehearse(provider, edition, app.settings.keys()[0])
    planning.require_values(store, edition, audience)
    preflight.require(store, edition, app.publication, provider)
    approved = _approved(session, store, edition)
    orders = _orders(wanted, now, can_fence=isinstance(provider, Tracing))
    if wanted.fence and not orders.release_at:
        raise InputError("fence_impossible")
    counts = planning.count(store, audience, edition.issue_id)
    if not counts.recipients:
        raise planning.nobody(store, audience)
    plan = send_summary.Plan(provider, orders, counts, approved, wanted.after)
    send_summary.show(session, store, reading, audience, plan)
    for one in alike:
        session.tell("send_same_subject", number=one.campaign_id, slug=one.slug)
    if wanted.dry_run:
        send_summary.rehearse(session, store, edition, audience, provider)
        return None
    session.confirm_number("send_type_number", counts.recipients, yes=wanted.yes)
    now = dt.datetime.now(dt.UTC)  # whoever took their time to answer has that much less
    orders = _orders(wanted, now, can_fence=isinstance(provider, Tracing))
    terms = planning.Terms(provider.name, provider.caps.chunk_size, orders, same_as)
    return planning.plan(store, edition, audience, terms, now=now).campaign


def _ask_whether_new(
    session: Session, store: Store, edition: Edition, audience: Audience, wanted: Wanted
) -> tuple[list[Repeat], tuple[int, ...]]:
    """Ask whether what went out under another id may go out again; `--yes` does not answer that.

    Return the campaigns with nothing but the subject in common, and those that were named as the same.
    """
    from newsletter.campaigns import planning

    same_as = wanted.same_as
    while True:
        try:
            return planning.require_new(store, edition, audience, same_as), same_as
        except Refused as error:
            if wanted.yes or not sys.stdin.isatty():
                raise
            session.tell(error.key, **error.facts)
            session.confirm("send_again_confirm", yes=False)
            same_as = (*same_as, cast("int", error.facts["number"]))


def _orders(wanted: Wanted, now: dt.datetime, *, can_fence: bool) -> Orders:
    from newsletter.campaigns import planning

    at = now + FENCE if wanted.fence and wanted.at is None else wanted.at
    return planning.orders(wanted.orders, at=at, hold=wanted.hold, can_fence=can_fence, now=now)


def _approved(session: Session, store: Store, edition: Edition) -> tuple[Approval, ...]:
    """Who approved the edition; Refused where the publication wants somebody to, and nobody did."""
    from newsletter.editorial.approvals import assent

    given = assent(store, session.app.settings.keys(), digest=edition.digest, slug=edition.slug)
    if session.app.settings.require_approval and not given.current:
        before = given.lost[-1].by if given.lost else ""
        raise Refused("approval_missing", digest=edition.digest[:12], by=before, slug=edition.slug)
    return given.current


def _examined(session: Session, path: Path) -> Reading:
    """The issue with its findings printed; one that has no id is given one, for it is how it is recognised."""
    import secrets

    from newsletter.cli.issue_arguments import examine
    from newsletter.content import issue_files

    reading = examine(session.app, path)
    session.show(reading.findings, to_stderr=True)
    if reading.blocked or reading.issue.front.id:
        return reading
    issue_files.give_id(path, secrets.token_hex(8))
    session.tell("id_given", path=path)
    again = examine(session.app, path)
    if again.blocked or not again.issue.front.id:
        raise InputError("issue_without_front_matter", path=path)
    return again


def _tell_standing(session: Session, store: Store, campaign: Campaign, path: Path, wanted: Wanted) -> None:
    """What a second run must know: this was planned before, and perhaps from another text, with other options.

    Whatever is wrong with the text now, the frozen edition is what goes out, so nothing is checked.
    """
    from newsletter.campaigns import (
        control,
    )
    from newsletter.cli.issue_arguments import examine

    if campaign.state is not CampaignState.ACTIVE:
        raise _stands(session, store, campaign.id)
    is_finished = control.is_finished(store, campaign)
    if campaign.provider != session.app.settings.provider and not is_finished:
        raise Refused("sent_by_another_provider", provider=campaign.provider, number=campaign.id)
    facts = {"number": campaign.id, "date": session.here(campaign.planned_at), "recipients": campaign.recipients}
    session.tell("send_nothing_more" if is_finished else "send_again", **facts)
    if wanted.orders != Orders() or wanted.at or wanted.hold or wanted.fence:
        session.tell("send_orders_stand")
    try:
        changed = examine(session.app, path).edition.digest != campaign.digest
    except NewsletterError:
        changed = True
    if changed:
        session.tell("send_changed_before" if is_finished else "send_changed", digest=campaign.digest[:12])

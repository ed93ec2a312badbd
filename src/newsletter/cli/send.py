"""The command `newsletter send`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import click

from newsletter.cli import send_summary
from newsletter.cli.context import Session, format_option, publication_command, yes_option
from newsletter.cli.param_types import Duration, Rate, parse_moment
from newsletter.errors import Refused
from newsletter.model.campaign import CampaignState, Policy, SendOptions

if TYPE_CHECKING:
    from pathlib import Path

    from newsletter.campaigns.planning import Audience
    from newsletter.campaigns.send_campaign import PreparedSending, SendContext, SendRequest
    from newsletter.editorial.review import Reading
    from newsletter.model.campaign import Campaign
    from newsletter.storage.database import Store

POLICIES = [policy.value for policy in Policy]


@click.command("send")
@click.argument("issue")
@click.option("--list", "list_name", required=True, metavar="NAME", help="List to send to.")
@click.option(
    "--segment", default="", metavar="FILTER", help="Only these people of the list: a filter, or the name of a segment."
)
@click.option(
    "--only-missing", is_flag=True, help="Send another round to the people of the list who do not have it yet."
)
@click.option(
    "--at",
    default="",
    metavar="TIME",
    help="When: 01/12/2026 08:00, 2026-12-01 08:00, or 08:00; the publication's time zone.",
)
@click.option(
    "--hold",
    type=Duration(),
    default="0s",
    metavar="SPAN",
    help="Wait this long before sending (10m), so that you can still cancel.",
)
@click.option("--fence", is_flag=True, help="Deliver 25 minutes from now, so that unanswered batches can be cancelled.")
@click.option(
    "--rate", type=Rate(), default=None, metavar="N/h", help="Send to at most this many people an hour: 5000/h."
)
@click.option(
    "--in-flight", type=click.IntRange(0, 64), default=0, metavar="N", help="Number of requests at the same time."
)
@click.option(
    "--policy", type=click.Choice(POLICIES), default=POLICIES[0], help="Hold unanswered chunks, or send them again."
)
@click.option(
    "--new-issue",
    "same_as",
    type=click.IntRange(1),
    multiple=True,
    metavar="N",
    help="Send it although campaign N sent the same text: its readers get it again.",
)
@click.option("--dry-run", is_flag=True, help="Build every message, but send and write nothing.")
@yes_option
@format_option
@publication_command
def command(
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

    Edition and audience are frozen first. After any interruption run it again: it continues, and nobody gets the
    issue twice.
    """
    from newsletter.campaigns import database_copy
    from newsletter.campaigns.planning import Audience
    from newsletter.campaigns.send_campaign import SendRequest
    from newsletter.cli.campaign_progress import run_campaign
    from newsletter.cli.issue_arguments import find

    app, now = session.app, dt.datetime.now(dt.UTC)
    path = find(app, issue)
    options = SendOptions(policy=Policy(policy), rate=rate or 0, in_flight=in_flight)
    at_time = parse_moment(at, session.zone, now) if at else None
    request = SendRequest(options=options, at=at_time, cancel_window=hold, fence=fence, intended_repeats=same_as)
    audience = Audience(
        list_name=list_name,
        segment=segment,
        zone=session.zone,
        only_missing=only_missing,
        provider=app.settings.provider,
    )
    context = app.send_context()
    if not dry_run:
        database_copy.require_own_database(context.store)
    campaign = _continue_planned(session, context, path, audience, request)
    if campaign is None:
        prepared = _prepare(session, context, path, audience, request, yes=yes)
        if prepared is None:
            return 1
        if dry_run:
            send_summary.print_dry_run(session, context.store, prepared)
            return 0
        campaign = _confirm_and_plan(session, context, prepared, yes=yes)
    return run_campaign(session, context.store, campaign, as_json=format_ == "json")


def _continue_planned(
    session: Session, context: SendContext, path: Path, audience: Audience, request: SendRequest
) -> Campaign | None:
    """Return the campaign that an earlier run planned, and print how it continues. Return None if there is none.

    Raise Refused if the campaign is paused, held or cancelled.
    """
    from newsletter.campaigns import send_campaign

    with _explain_unfinished_round(session, context.store):
        campaign = send_campaign.find_planned(context, path, audience)
    if campaign is None:
        return None
    if campaign.state is not CampaignState.ACTIVE:
        raise _state_refusal(session, context.store, campaign.id)
    planned = send_campaign.continue_planned(context, campaign, path)
    facts = {
        "number": campaign.id,
        "date": session.to_local_time(campaign.planned_at),
        "recipients": campaign.recipients,
    }
    session.print_message("send_nothing_more" if planned.is_finished else "send_again", **facts)
    if not request.is_default:
        session.print_message("send_orders_stand")
    if planned.is_changed:
        key = "send_changed_before" if planned.is_finished else "send_changed"
        session.print_message(key, digest=campaign.digest[:12])
    return campaign


@contextmanager
def _explain_unfinished_round(session: Session, store: Store) -> Iterator[None]:
    """Replace the refusal of an unfinished round by one that states its status and the command to use."""
    try:
        yield
    except Refused as error:
        if error.key == "round_unfinished":
            raise _state_refusal(session, store, cast("int", error.facts["campaign"])) from error
        raise


def _state_refusal(session: Session, store: Store, number: int) -> Refused:
    from newsletter.campaigns import reports, status_text

    report = reports.read_current_report(store, number)
    return status_text.refuse_in_state(session.language, report, session.zone)


def _prepare(
    session: Session, context: SendContext, path: Path, audience: Audience, request: SendRequest, *, yes: bool
) -> PreparedSending | None:
    """Check the issue and the sending, and print the summary. Return None if a finding forbids the sending."""
    reading = _read_issue(session, context, path)
    if reading.blocked:
        session.print_message("send_blocked", issue=reading.issue.slug)
        return None
    prepared = _ask_whether_new(session, context, reading, audience, request, yes=yes)
    send_summary.print_summary(session, context.store, prepared)
    for repeat in prepared.same_subject:
        session.print_message("send_same_subject", number=repeat.campaign_id, slug=repeat.slug)
    return prepared


def _read_issue(session: Session, context: SendContext, path: Path) -> Reading:
    """Read the issue and print its findings. Print too if the issue was given an id."""
    from newsletter.campaigns import send_campaign

    reading, has_new_id = send_campaign.read_issue(context, path)
    session.print_findings(reading.findings, to_stderr=True)
    if has_new_id:
        session.print_message("id_given", path=path)
    return reading


def _ask_whether_new(
    session: Session, context: SendContext, reading: Reading, audience: Audience, request: SendRequest, *, yes: bool
) -> PreparedSending:
    """Prepare the sending. If the same issue was sent under another id, ask whether to send it again.

    With `--yes`, or if stdin is not a terminal, raise Refused in place of the question.
    """
    from newsletter.campaigns import planning, send_campaign

    while True:
        try:
            return send_campaign.prepare(context, reading, audience, request)
        except Refused as error:
            if not planning.is_repeat(error) or yes or not sys.stdin.isatty():
                raise
            session.print_message(error.key, **error.facts)
            session.confirm("send_again_confirm", yes=False)
            request = replace(request, intended_repeats=(*request.intended_repeats, cast("int", error.facts["number"])))


def _confirm_and_plan(session: Session, context: SendContext, prepared: PreparedSending, *, yes: bool) -> Campaign:
    """Plan the campaign after the user has typed its number of recipients."""
    from newsletter.campaigns import send_campaign

    session.confirm_number("send_type_number", prepared.counts.recipients, yes=yes)
    return send_campaign.plan_prepared(context, prepared, dt.datetime.now(dt.UTC))

"""Run a campaign for `send` and `dispatch`: show progress, handle stops, alert the operator, print the result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, print_json
from newsletter.cli.signals import stop_on_signal
from newsletter.cli.waiting import wait_until_due
from newsletter.errors import ProviderError
from newsletter.model.campaign import OUTBOX
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.reports import CampaignReport
    from newsletter.model.campaign import Campaign
    from newsletter.providers.base import Provider
    from newsletter.storage.database import Store

PATIENCE_SECONDS = 900.0
"""Seconds that `send` waits at the terminal for work that is not due yet."""
STOPPED_EXIT_CODE = 130
SUCCESS_PHASES = frozenset({"done", "handed", "scheduled", "cancelled"})


def run_campaign(session: Session, store: Store, campaign: Campaign, *, as_json: bool = False) -> int:
    """Run a campaign for `send`, waiting up to `PATIENCE_SECONDS` for its time. Return the exit code."""
    from newsletter.campaigns import control, reports, send_campaign

    provider, stopped = session.app.provider(), False
    try:
        if control.is_finished(store, campaign):
            operator = session.app.operator(provider, dt.datetime.now(dt.UTC))
            report = send_campaign.alert_operator(store, campaign, operator)
        else:
            with stop_on_signal(lambda: session.print_message("send_stopping")) as is_stopping:
                report = _wait_and_dispatch(session, store, provider, campaign, is_stopping)
                stopped = is_stopping()
        _print_result(session, store, provider, report, as_json=as_json)
    except ProviderError:
        if not as_json:
            print_status(session, store, provider, reports.read_report(store, campaign, timestamps.now_ms()))
        raise
    finally:
        provider.close()
    if stopped and report.phase not in SUCCESS_PHASES:
        session.print_message("send_stopped")
        return STOPPED_EXIT_CODE
    return 0 if report.phase in SUCCESS_PHASES and not report.tally.rejected else 1


def _wait_and_dispatch(
    session: Session, store: Store, provider: Provider, campaign: Campaign, is_stopping: Callable[[], bool]
) -> CampaignReport:
    """Wait for the campaign's time if it is near, then dispatch. Return the campaign's report."""
    from newsletter.campaigns import reports

    if not wait_until_due(session, store, campaign, is_stopping, patience=PATIENCE_SECONDS):
        return reports.read_report(store, campaign, timestamps.now_ms())
    return dispatch_with_progress(
        session, store, provider, campaign, is_stopping=is_stopping, patience=PATIENCE_SECONDS
    )


def dispatch_with_progress(
    session: Session, store: Store, provider: Provider, campaign: Campaign, *, is_stopping: Callable[[], bool],
    patience: float,
) -> CampaignReport:  # fmt: skip
    """Dispatch what is due of a campaign and show the progress. Return the campaign's report."""
    from newsletter.campaigns import reports, send_campaign
    from newsletter.campaigns.sending import Progress

    before = reports.read_report(store, campaign, timestamps.now_ms()).tally
    operator = session.app.operator(provider, dt.datetime.now(dt.UTC))
    with session.progress("send_progress", before.ready + before.claimed) as bar:

        def notify(progress: Progress) -> None:
            if progress.point == "submitted":
                bar.advance(progress.people)

        worker = session.app.worker(notify=notify, is_stopping=is_stopping)
        return send_campaign.dispatch_and_alert(store, provider, campaign, worker, operator=operator, patience=patience)


def _print_result(session: Session, store: Store, provider: Provider, report: CampaignReport, *, as_json: bool) -> None:
    campaign = report.campaign
    facts = {"campaign": campaign.id, "digest": campaign.digest, "recipients": campaign.recipients}
    facts |= asdict(report.tally) | {"unreleased": report.unreleased, "status": report.status}
    if as_json:
        print_json(facts | {"phase": report.phase, "approved_by": _approvers(session, store, campaign)})
        return
    print_status(session, store, provider, report)
    if campaign.provider == OUTBOX and report.tally.accepted:
        session.print_message("send_where", folder=session.app.folder / "outbox")


def print_status(session: Session, store: Store, provider: Provider, report: CampaignReport) -> None:
    """Print status and counts on stdout, then what the rest waits for and what to do on stderr.

    For a scheduled campaign, print all of it on stdout.
    """
    first, *others = status_lines(session, store, provider, report)
    click.echo(first)
    for line in others:
        click.echo(line, err=report.phase != "scheduled")


def status_lines(session: Session, store: Store, provider: Provider, report: CampaignReport) -> list[str]:
    """Return lines with a campaign's status, what the rest waits for, and what to do.

    If the campaign is done, leave out what to do.
    """
    from newsletter.campaigns import status_text, waiting_reasons

    campaign, status_arguments = report.campaign, (session.language, report, session.zone)
    status, counts = status_text.status(*status_arguments), status_text.counts(*status_arguments)
    lines = [session.say("dispatch_line", number=campaign.id, issue=campaign.slug, status=status, counts=counts)]
    wait = waiting_reasons.find_wait(store, provider, report, session.app.worker())
    if wait:
        lines.append(status_text.describe_wait(session.language, wait, report, session.zone))
    return lines if report.status == "done" else [*lines, *status_text.next_steps(*status_arguments, wait)]


def _approvers(session: Session, store: Store, campaign: Campaign) -> list[str]:
    from newsletter.editorial.approvals import find_approvals

    approvals = find_approvals(store, session.app.settings.keys(), digest=campaign.digest, slug=campaign.slug)
    return [approval.by for approval in approvals.current]

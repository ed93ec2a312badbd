"""The command `newsletter stats`: the delivery figures of an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.reports import CampaignReport, Figures

FIGURES = (
    "delivered", "deferred", "blocked", "bounced", "dropped", "complained", "left", "clicked", "opened",
    "machine_opened",
)  # fmt: skip
MAX_DOMAINS, MAX_EARLIER_CAMPAIGNS = 10, 5


@click.command("stats")
@click.argument("issue", default="")
@format_option
@publication_command
def command(session: Session, issue: str, format_: str) -> None:
    """Count what happened to an issue (the newest by default): delivered, bounced, complained, by domain."""
    from newsletter.campaigns import reports

    store = session.app.store()
    campaign_reports = reports.list_reports(store, timestamps.now_ms())
    slug = _read_slug(session, issue) if issue else campaign_reports[0].campaign.slug if campaign_reports else ""
    selected = [report for report in campaign_reports if report.campaign.slug == slug]
    earlier = [
        report
        for report in campaign_reports
        if report.campaign.slug != slug
        and report.campaign.id < max(_campaign_ids(selected), default=0)
        and _is_comparable(report)
    ]
    pairs = [
        (report, reports.read_figures(store, report.campaign))
        for report in [*selected, *earlier[:MAX_EARLIER_CAMPAIGNS]]
    ]
    if format_ == "json":
        print_json([_facts(*pair) for pair in pairs])
        return
    if not selected:
        session.print_message("campaigns_none")
    for report, figures in pairs[: len(selected)]:
        _print_campaign(session, report, figures)
    _print_earlier_campaigns(session, pairs[len(selected) :])


def _read_slug(session: Session, issue: str) -> str:
    from newsletter.cli.issue_arguments import find
    from newsletter.content.reader import read

    return read(find(session.app, issue), session.app.publication).slug


def _campaign_ids(campaign_reports: list[CampaignReport]) -> list[int]:
    return [report.campaign.id for report in campaign_reports]


def _is_comparable(report: CampaignReport) -> bool:
    """Return True if a campaign reached readers: neither cancelled before, nor scheduled, nor a rehearsal."""
    return report.reached > 0 and not report.campaign.rehearsal


def _facts(report: CampaignReport, figures: Figures) -> dict[str, object]:
    """Return the figures for JSON. A figure that no event reports is null, because it is unknown and not zero."""
    campaign, counts = report.campaign, figures.counts
    rate = round(figures.complaint_rate, 6) if counts.get("delivered") else None
    return {
        "campaign": campaign.id, "issue": campaign.slug, "round": campaign.round,
        "planned_at": campaign.planned_at.isoformat(), "recipients": campaign.recipients,
        "accepted": figures.accepted, "in_doubt": report.tally.in_doubt + report.tally.held,
        **{row: counts.get(row, 0) if figures.domains else None for row in FIGURES},
        "twice": sum(attempt.recipients for attempt in report.twice),
        "complaint_rate": rate, "domains": figures.domains, "status": report.status,
        "rehearsal": campaign.rehearsal,
    }  # fmt: skip


def _print_campaign(session: Session, report: CampaignReport, figures: Figures) -> None:
    click.secho(_heading(session, report, figures), bold=True)
    if not figures.domains and not report.reached:
        return
    if not figures.domains:
        click.echo(session.say("stats_unreported", provider=report.campaign.provider))
        return
    accepted = max(1, figures.accepted)
    counts = {row: figures.counts.get(row, 0) for row in FIGURES}
    counts |= {"in_doubt": report.tally.in_doubt + report.tally.held}
    for row, people in counts.items():
        if people or (figures.counts.get("delivered") and row in {"bounced", "complained"}):
            share = session.say("percent", value=round(100 * people / accepted, 1))
            click.echo(f"  {session.format_number(people):>10}  {share:>7}  {session.say(f'stats_row_{row}')}")
    _print_complaint_rate(session, figures)
    for attempt in report.twice:
        click.secho(session.say("campaign_twice", sequence=attempt.sequence, recipients=attempt.recipients), fg="red")
    click.echo(session.say("stats_domains"))
    for name, domain_counts in list(figures.domains.items())[:MAX_DOMAINS]:
        figures_text = ", ".join(
            f"{session.format_number(domain_counts[row])} {session.say(f'stats_row_{row}')}"
            for row in FIGURES
            if domain_counts.get(row)
        )
        click.echo(f"  {name}: {figures_text}")


def _heading(session: Session, report: CampaignReport, figures: Figures) -> str:
    from newsletter.campaigns.status_text import status

    campaign, at = report.campaign, session.to_local_time(timestamps.moment(report.at))
    facts = {"issue": campaign.slug, "date": at, "recipients": campaign.recipients}
    is_plain = report.status == "done" and not campaign.rehearsal
    facts["status"] = "" if is_plain else f", {status(session.language, report, session.zone)}"
    return session.say("stats_head", accepted=figures.accepted, **facts)


def _print_complaint_rate(session: Session, figures: Figures) -> None:
    from newsletter.campaigns.reports import GOOD_COMPLAINTS, MOST_COMPLAINTS

    if not figures.counts.get("delivered"):
        return
    rate = figures.complaint_rate
    kind = "good" if rate < GOOD_COMPLAINTS else "high" if rate < MOST_COMPLAINTS else "worst"
    colour = {"good": "green", "high": "yellow", "worst": "red"}[kind]
    click.secho(session.say(f"stats_complaints_{kind}", rate=round(100 * rate, 3)), fg=colour)


def _print_earlier_campaigns(session: Session, pairs: list[tuple[CampaignReport, Figures]]) -> None:
    if pairs:
        click.echo(session.say("stats_before"))
    for report, figures in pairs:
        rows = [row for row in ("delivered", "bounced", "complained") if _is_known(figures, row)]
        reported = [
            f"{session.format_number(figures.counts.get(row, 0))} {session.say(f'stats_row_{row}')}" for row in rows
        ]
        parts = reported or [session.say("stats_unreported", provider=report.campaign.provider)]
        click.echo(f"  {', '.join([_heading(session, report, figures), *parts])}")


def _is_known(figures: Figures, row: str) -> bool:
    """Return True if the figure is known. A zero is known only if the provider reports deliveries."""
    return bool(figures.counts.get("delivered") or figures.counts.get(row))

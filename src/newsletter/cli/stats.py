"""The command `newsletter stats`: the delivery figures of an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.reports import Account, Figures

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
    accounts = reports.list_accounts(store, timestamps.now_ms())
    slug = _read_slug(session, issue) if issue else accounts[0].campaign.slug if accounts else ""
    selected = [account for account in accounts if account.campaign.slug == slug]
    earlier = [
        account
        for account in accounts
        if account.campaign.slug != slug
        and account.campaign.id < max(_campaign_ids(selected), default=0)
        and _is_comparable(account)
    ]
    pairs = [
        (account, reports.read_figures(store, account.campaign))
        for account in [*selected, *earlier[:MAX_EARLIER_CAMPAIGNS]]
    ]
    if format_ == "json":
        print_json([_facts(*pair) for pair in pairs])
        return
    if not selected:
        session.print_message("campaigns_none")
    for account, figures in pairs[: len(selected)]:
        _print_campaign(session, account, figures)
    _print_earlier_campaigns(session, pairs[len(selected) :])


def _read_slug(session: Session, issue: str) -> str:
    from newsletter.cli.issue_arguments import find
    from newsletter.content.reader import read

    return read(find(session.app, issue), session.app.publication).slug


def _campaign_ids(accounts: list[Account]) -> list[int]:
    return [account.campaign.id for account in accounts]


def _is_comparable(account: Account) -> bool:
    """Return True if a campaign reached readers: neither cancelled before, nor scheduled, nor a rehearsal."""
    return account.reached > 0 and not account.campaign.rehearsal


def _facts(account: Account, figures: Figures) -> dict[str, object]:
    """Return the figures for JSON. A figure that no event reports is null, because it is unknown and not zero."""
    campaign, counts = account.campaign, figures.counts
    rate = round(figures.complaint_rate, 6) if counts.get("delivered") else None
    return {
        "campaign": campaign.id, "issue": campaign.slug, "round": campaign.round,
        "planned_at": campaign.planned_at.isoformat(), "recipients": campaign.recipients,
        "accepted": figures.accepted, "in_doubt": account.tally.in_doubt + account.tally.held,
        **{row: counts.get(row, 0) if figures.domains else None for row in FIGURES},
        "twice": sum(attempt.recipients for attempt in account.twice),
        "complaint_rate": rate, "domains": figures.domains, "status": account.status,
        "rehearsal": campaign.rehearsal,
    }  # fmt: skip


def _print_campaign(session: Session, account: Account, figures: Figures) -> None:
    click.secho(_heading(session, account, figures), bold=True)
    if not figures.domains and not account.reached:
        return
    if not figures.domains:
        click.echo(session.say("stats_unreported", provider=account.campaign.provider))
        return
    accepted = max(1, figures.accepted)
    counts = {row: figures.counts.get(row, 0) for row in FIGURES}
    counts |= {"in_doubt": account.tally.in_doubt + account.tally.held}
    for row, people in counts.items():
        if people or (figures.counts.get("delivered") and row in {"bounced", "complained"}):
            share = session.say("percent", value=round(100 * people / accepted, 1))
            click.echo(f"  {session.format_number(people):>10}  {share:>7}  {session.say(f'stats_row_{row}')}")
    _print_complaint_rate(session, figures)
    for attempt in account.twice:
        click.secho(session.say("campaign_twice", sequence=attempt.sequence, recipients=attempt.recipients), fg="red")
    click.echo(session.say("stats_domains"))
    for name, domain_counts in list(figures.domains.items())[:MAX_DOMAINS]:
        figures_text = ", ".join(
            f"{session.format_number(domain_counts[row])} {session.say(f'stats_row_{row}')}"
            for row in FIGURES
            if domain_counts.get(row)
        )
        click.echo(f"  {name}: {figures_text}")


def _heading(session: Session, account: Account, figures: Figures) -> str:
    from newsletter.campaigns.status_text import status

    campaign, at = account.campaign, session.to_local_time(timestamps.moment(account.at))
    facts = {"issue": campaign.slug, "date": at, "recipients": campaign.recipients}
    is_plain = account.status == "done" and not campaign.rehearsal
    facts["status"] = "" if is_plain else f", {status(session.language, account, session.zone)}"
    return session.say("stats_head", accepted=figures.accepted, **facts)


def _print_complaint_rate(session: Session, figures: Figures) -> None:
    from newsletter.campaigns.reports import GOOD_COMPLAINTS, MOST_COMPLAINTS

    if not figures.counts.get("delivered"):
        return
    rate = figures.complaint_rate
    kind = "good" if rate < GOOD_COMPLAINTS else "high" if rate < MOST_COMPLAINTS else "worst"
    colour = {"good": "green", "high": "yellow", "worst": "red"}[kind]
    click.secho(session.say(f"stats_complaints_{kind}", rate=round(100 * rate, 3)), fg=colour)


def _print_earlier_campaigns(session: Session, pairs: list[tuple[Account, Figures]]) -> None:
    if pairs:
        click.echo(session.say("stats_before"))
    for account, figures in pairs:
        rows = [row for row in ("delivered", "bounced", "complained") if _is_known(figures, row)]
        reported = [
            f"{session.format_number(figures.counts.get(row, 0))} {session.say(f'stats_row_{row}')}" for row in rows
        ]
        parts = reported or [session.say("stats_unreported", provider=account.campaign.provider)]
        click.echo(f"  {', '.join([_heading(session, account, figures), *parts])}")


def _is_known(figures: Figures, row: str) -> bool:
    """Return True if the figure is known. A zero is known only if the provider reports deliveries."""
    return bool(figures.counts.get("delivered") or figures.counts.get(row))

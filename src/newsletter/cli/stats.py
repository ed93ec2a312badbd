"""The command `newsletter stats`: the delivery figures of an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.reports import Account, Figures

ROWS = (
    "delivered", "deferred", "blocked", "bounced", "dropped", "complained", "left", "clicked", "opened",
    "machine_opened",
)  # fmt: skip
DOMAINS, BEFORE = 10, 5


@click.command("stats")
@click.argument("issue", default="")
@format_option
@publication_command
def command(session: Session, issue: str, format_: str) -> None:
    """Count what happened to an issue (the newest by default): delivered, bounced, complained, by domain."""
    from newsletter.campaigns import reports

    store = session.app.store()
    accounts = reports.list_accounts(store, timestamps.now_ms())
    slug = _slug(session, issue) if issue else accounts[0].campaign.slug if accounts else ""
    shown = [one for one in accounts if one.campaign.slug == slug]
    before = [
        one
        for one in accounts
        if one.campaign.slug != slug and one.campaign.id < max(_numbers(shown), default=0) and _is_comparable(one)
    ]
    pairs = [(one, reports.read_figures(store, one.campaign)) for one in [*shown, *before[:BEFORE]]]
    if format_ == "json":
        print_json([_facts(*pair) for pair in pairs])
        return
    if not shown:
        session.tell("campaigns_none")
    for account, figures in pairs[: len(shown)]:
        _show(session, account, figures)
    _compare(session, pairs[len(shown) :])


def _slug(session: Session, issue: str) -> str:
    from newsletter.cli.issue_arguments import find
    from newsletter.content.reader import read

    return read(find(session.app, issue), session.app.publication).slug


def _numbers(accounts: list[Account]) -> list[int]:
    return [one.campaign.id for one in accounts]


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
        **{row: counts.get(row, 0) if figures.domains else None for row in ROWS},
        "twice": sum(one.recipients for one in account.twice),
        "complaint_rate": rate, "domains": figures.domains, "status": account.status,
        "rehearsal": campaign.rehearsal,
    }  # fmt: skip


def _show(session: Session, account: Account, figures: Figures) -> None:
    click.secho(_head(session, account, figures), bold=True)
    if not figures.domains and not account.reached:
        return
    if not figures.domains:
        click.echo(session.say("stats_unreported", provider=account.campaign.provider))
        return
    whole = max(1, figures.accepted)
    counts = {row: figures.counts.get(row, 0) for row in ROWS}
    counts |= {"in_doubt": account.tally.in_doubt + account.tally.held}
    for row, people in counts.items():
        if people or (figures.counts.get("delivered") and row in {"bounced", "complained"}):
            share = session.say("percent", value=round(100 * people / whole, 1))
            click.echo(f"  {session.number(people):>10}  {share:>7}  {session.say(f'stats_row_{row}')}")
    _complaints(session, figures)
    for tried in account.twice:
        click.secho(session.say("campaign_twice", sequence=tried.sequence, recipients=tried.recipients), fg="red")
    click.echo(session.say("stats_domains"))
    for name, found in list(figures.domains.items())[:DOMAINS]:
        said = ", ".join(
            f"{session.number(found[row])} {session.say(f'stats_row_{row}')}" for row in ROWS if found.get(row)
        )
        click.echo(f"  {name}: {said}")


def _head(session: Session, account: Account, figures: Figures) -> str:
    from newsletter.campaigns.status_text import status

    campaign, at = account.campaign, session.here(timestamps.moment(account.at))
    facts = {"issue": campaign.slug, "date": at, "recipients": campaign.recipients}
    is_plain = account.status == "done" and not campaign.rehearsal
    facts["status"] = "" if is_plain else f", {status(session.language, account, session.zone)}"
    return session.say("stats_head", accepted=figures.accepted, **facts)


def _complaints(session: Session, figures: Figures) -> None:
    from newsletter.campaigns.reports import GOOD_COMPLAINTS, MOST_COMPLAINTS

    if not figures.counts.get("delivered"):
        return
    rate = figures.complaint_rate
    kind = "good" if rate < GOOD_COMPLAINTS else "high" if rate < MOST_COMPLAINTS else "worst"
    colour = {"good": "green", "high": "yellow", "worst": "red"}[kind]
    click.secho(session.say(f"stats_complaints_{kind}", rate=round(100 * rate, 3)), fg=colour)


def _compare(session: Session, pairs: list[tuple[Account, Figures]]) -> None:
    if pairs:
        click.echo(session.say("stats_before"))
    for account, figures in pairs:
        rows = [row for row in ("delivered", "bounced", "complained") if _is_known(figures, row)]
        said = [f"{session.number(figures.counts.get(row, 0))} {session.say(f'stats_row_{row}')}" for row in rows]
        known = said or [session.say("stats_unreported", provider=account.campaign.provider)]
        click.echo(f"  {', '.join([_head(session, account, figures), *known])}")


def _is_known(figures: Figures, row: str) -> bool:
    """Return True if the figure is known. A zero is known only if the provider reports deliveries."""
    return bool(figures.counts.get("delivered") or figures.counts.get(row))

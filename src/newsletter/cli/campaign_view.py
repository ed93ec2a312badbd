"""What `newsletter campaigns show` prints: a campaign, one person of it, or everybody in a state."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, print_json
from newsletter.errors import SettingsError
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.reports import Account, Person
    from newsletter.campaigns.waiting_reasons import Wait
    from newsletter.model.campaign import Campaign
    from newsletter.storage.database import Store


def show_person(session: Session, person: Person, *, as_json: bool) -> None:
    """Print what happened to one person's message."""
    if as_json:
        print_json(asdict(person))
        return
    state = session.say(f"delivery_{person.state}")
    reported = session.say(f"stats_row_{person.reported}") if person.reported not in {"", "processed"} else ""
    click.echo(session.say("campaign_person", email=person.email, state=state, detail=person.detail, reported=reported))


def show_people(store: Store, campaign: Campaign, who: str, *, as_json: bool) -> None:
    """Print the recipients one by one, so that a list of a million does not fill the memory."""
    from newsletter.campaigns import reports

    for person in reports.list_people(store, campaign, who):
        click.echo(_line(person) if as_json else f"{person.email or person.subscriber_id}\t{person.detail}".rstrip())


def _line(person: Person) -> str:
    import json

    return json.dumps(asdict(person), ensure_ascii=False)


def show_account(session: Session, store: Store, account: Account, *, as_json: bool) -> None:
    """Print where a campaign stands, its doubts, what it waits for, and the next steps."""
    if as_json:
        print_json(facts_of(account))
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
        click.echo(status_text.describe_wait(session.language, waits, account, session.zone))
    for step in status_text.next_steps(*about, waits):
        click.echo(step)


def _waits(session: Session, store: Store, account: Account) -> Wait | None:
    """Return what the rest of the campaign waits for, or None if the settings are incomplete."""
    from newsletter.campaigns import waiting_reasons

    try:
        return waiting_reasons.find_wait(store, session.app.provider(), account, session.app.worker())
    except SettingsError:
        return None


def facts_of(account: Account) -> dict[str, object]:
    """Return a campaign as `--format json` prints it; the keys are public."""
    campaign, options = account.campaign, account.campaign.options
    return {
        "campaign": campaign.id, "issue": campaign.slug, "issue_id": campaign.issue_id, "round": campaign.round,
        "list": campaign.list_name, "segment": campaign.segment, "provider": campaign.provider,
        "digest": campaign.digest, "phase": account.phase, "planned_at": campaign.planned_at.isoformat(),
        "not_before": _moment(options.not_before), "release_at": _moment(options.release_at), "policy": options.policy,
        "rate": options.rate, "recipients": campaign.recipients, "excluded": campaign.excluded,
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

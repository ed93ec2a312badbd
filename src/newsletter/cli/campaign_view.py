"""What `newsletter campaigns show` prints: a campaign, one person of it, or everybody in a state."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, print_json
from newsletter.errors import SettingsError
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.reports import CampaignReport, Person
    from newsletter.campaigns.waiting_reasons import Wait
    from newsletter.model.campaign import Campaign
    from newsletter.storage.database import Store


def print_person(session: Session, person: Person, *, as_json: bool) -> None:
    """Print what happened to one person's message."""
    if as_json:
        print_json(asdict(person))
        return
    state = session.say(f"delivery_{person.state}")
    reported = session.say(f"stats_row_{person.reported}") if person.reported not in {"", "processed"} else ""
    click.echo(session.say("campaign_person", email=person.email, state=state, detail=person.detail, reported=reported))


def print_people(store: Store, campaign: Campaign, state: str, *, as_json: bool) -> None:
    """Print the recipients one by one, so that a list of a million does not fill the memory."""
    from newsletter.campaigns import reports

    for person in reports.list_people(store, campaign, state):
        click.echo(_line(person) if as_json else f"{person.email or person.subscriber_id}\t{person.detail}".rstrip())


def _line(person: Person) -> str:
    import json

    return json.dumps(asdict(person), ensure_ascii=False)


def print_report(session: Session, store: Store, report: CampaignReport, *, as_json: bool) -> None:
    """Print where a campaign stands, its doubts, what it waits for, and the next steps."""
    if as_json:
        print_json(campaign_facts(report))
        return
    from newsletter.campaigns import status_text

    campaign, status_arguments = report.campaign, (session.language, report, session.zone)
    heading = {"number": campaign.id, "issue": campaign.slug, "list": campaign.list_name, "segment": campaign.segment}
    heading["status"] = status_text.status(*status_arguments)
    click.echo(session.say("campaign_head", **heading, provider=campaign.provider))
    click.echo(session.say("campaign_planned", at=session.to_local_time(campaign.planned_at)))
    click.echo(status_text.counts(*status_arguments))
    for chunk in report.unsure:
        facts = asdict(chunk) | {"state": session.say(f"delivery_{chunk.state.value}")}
        click.echo(session.say("campaign_chunk", at=session.to_local_time(timestamps.moment(chunk.since)), **facts))
    for attempt in report.twice:
        click.echo(session.say("campaign_twice", sequence=attempt.sequence, recipients=attempt.recipients))
    wait = _find_wait(session, store, report)
    if wait:
        click.echo(status_text.describe_wait(session.language, wait, report, session.zone))
    for step in status_text.next_steps(*status_arguments, wait):
        click.echo(step)


def _find_wait(session: Session, store: Store, report: CampaignReport) -> Wait | None:
    """Return what the rest of the campaign waits for, or None if the settings are incomplete."""
    from newsletter.campaigns import waiting_reasons

    try:
        return waiting_reasons.find_wait(store, session.app.provider(), report, session.app.worker())
    except SettingsError:
        return None


def campaign_facts(report: CampaignReport) -> dict[str, object]:
    """Return a campaign as `--format json` prints it; the keys are public."""
    campaign, options = report.campaign, report.campaign.options
    return {
        "campaign": campaign.id, "issue": campaign.slug, "issue_id": campaign.issue_id, "round": campaign.round,
        "list": campaign.list_name, "segment": campaign.segment, "provider": campaign.provider,
        "digest": campaign.digest, "phase": report.phase, "planned_at": campaign.planned_at.isoformat(),
        "not_before": _isoformat(options.not_before), "release_at": _isoformat(options.release_at),
        "policy": options.policy, "rate": options.rate,
        "recipients": campaign.recipients, "excluded": campaign.excluded,
        **asdict(report.tally), "unreleased": report.unreleased, "status": report.status,
        "rehearsal": campaign.rehearsal, "at": _isoformat(report.at),
        "unsure": [
            {"chunk": chunk.sequence, "state": chunk.state, "recipients": chunk.recipients,
             "since": _isoformat(chunk.since), "detail": chunk.detail} for chunk in report.unsure
        ],
        "twice": [
            {"chunk": attempt.sequence, "attempt": attempt.number, "recipients": attempt.recipients}
            for attempt in report.twice
        ],
    }  # fmt: skip


def _isoformat(timestamp_ms: int) -> str | None:
    return timestamps.moment(timestamp_ms).isoformat() if timestamp_ms else None

"""Sentences about a campaign, the same in every output: state, counts, reason to wait, next steps.

`Account.status` selects each sentence, so the sentence agrees with the ledger at that moment.
"""

from __future__ import annotations

import datetime as dt
import shlex
from dataclasses import asdict

from newsletter.campaigns.reports import CampaignReport
from newsletter.campaigns.waiting_reasons import Wait
from newsletter.errors import Refused
from newsletter.i18n import say
from newsletter.i18n.exceptions import provider_key
from newsletter.model.campaign import Campaign
from newsletter.system import timestamps

_ALSO = {"unsure": "held", "clearing": "in_doubt", "sending": "claimed"}
"""Chunks that need a decision or time in any state of the campaign: key of the sentence → field of the tally."""
_GOES_ON = frozenset({"ready", "begun"})
"""States whose advice to continue at once is left out if the rest waits for something."""


def status(language: str, report: CampaignReport, zone: dt.tzinfo) -> str:
    """Return the state in a few words, for a table or a badge."""
    words = say(language, f"status_{report.status}", at=_at(report, zone))
    return say(language, "status_rehearsal", status=words) if report.campaign.rehearsal else words


def counts(language: str, report: CampaignReport, zone: dt.tzinfo) -> str:
    """Return how many were handed over, and every other count that is not zero."""
    tally = asdict(report.tally)
    accepted = say(language, "tally", accepted=tally.pop("accepted"), recipients=report.campaign.recipients)
    parts = [say(language, f"tally_{place}", count=count) for place, count in tally.items() if count]
    if report.unreleased:
        parts.insert(0, say(language, "tally_unreleased", count=report.unreleased, at=_at(report, zone)))
    return ", ".join([accepted, *parts]) + "."


def next_steps(language: str, report: CampaignReport, zone: dt.tzinfo, wait: Wait | None = None) -> list[str]:
    """Return the next steps for the operator, each with the command that works in this state.

    If the campaign waits for something (`wait`), `describe_wait` gives the reason. The advice to continue at once is
    left out then.
    """
    tally, key = asdict(report.tally), report.status
    keys = [name for name, place in _ALSO.items() if tally[place] and name != key]
    if key == "cancelled_unknown":
        keys += [] if keys else ["cancelled_some"]
    elif not (wait and key in _GOES_ON):
        keys.insert(0, key)
    if wait and wait.reason == "provider":  # no run queries that provider
        keys = [name for name in keys if name != "clearing"]
    command, number = send_command(report.campaign, "--only-missing"), report.campaign.id
    return [say(language, f"next_{name}", number=number, command=command, at=_at(report, zone)) for name in keys]


def refuse_in_state(language: str, report: CampaignReport, zone: dt.tzinfo) -> Refused:
    """Return the refusal that names the state of the campaign, and what to do next."""
    steps = " ".join(next_steps(language, report, zone))
    words = f"{status(language, report, zone)}, {counts(language, report, zone)}"
    return Refused("campaign_stands", number=report.campaign.id, status=words, next=steps)


def describe_wait(language: str, wait: Wait, report: CampaignReport, zone: dt.tzinfo) -> str:
    """Return the sentence that says why the rest is not sent now, and until when."""
    until = timestamps.moment(wait.until).astimezone(zone)
    facts = {"ready": report.tally.ready, "people": wait.people, "until": until}
    provider = report.campaign.provider
    sentence = say(language, f"wait_{wait.reason}", provider=provider, detail=wait.detail, **facts)
    key = provider_key(provider, wait.detail)
    advice = say(language, key, provider=provider, reason=wait.detail) if key != "provider_unavailable" else ""
    return f"{sentence} {advice}".strip()


def send_command(campaign: Campaign, *options: str) -> str:
    """Return the `newsletter send` command for the issue, list and segment of this campaign."""
    words = ["newsletter", "send", campaign.slug, "--list", campaign.list_name]
    words += ["--segment", campaign.segment] if campaign.segment else []
    return shlex.join([*words, *options])


def _at(report: CampaignReport, zone: dt.tzinfo) -> dt.datetime:
    return timestamps.moment(report.at).astimezone(zone)

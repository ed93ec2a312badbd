"""What is said of a campaign, the same everywhere: its state, its counts, what it waits for, what to do next.

Each sentence is chosen by `Account.status`, so it holds for what the ledger says at that moment.
"""

from __future__ import annotations

import datetime as dt
import shlex
from dataclasses import asdict

from newsletter.campaigns.reports import Account
from newsletter.campaigns.waiting_reasons import Wait
from newsletter.i18n import say
from newsletter.i18n.exceptions import provider_key
from newsletter.model.campaign import Campaign
from newsletter.system import timestamps

_ALSO = {"unsure": "held", "clearing": "in_doubt", "sending": "claimed"}
"""What must be decided or waited for whatever the state of the campaign: key of the sentence, count of the tally."""
_GOES_ON = frozenset({"ready", "begun"})
"""States in which nobody is told to go on at once where the rest waits for something."""


def status(language: str, account: Account, zone: dt.tzinfo) -> str:
    """Return the state in a few words, for a table or a badge."""
    words = say(language, f"status_{account.status}", at=_at(account, zone))
    return say(language, "status_rehearsal", status=words) if account.campaign.rehearsal else words


def counts(language: str, account: Account, zone: dt.tzinfo) -> str:
    """Return how many were handed over, and every other count that is not zero."""
    tally = asdict(account.tally)
    accepted = say(language, "tally", accepted=tally.pop("accepted"), recipients=account.campaign.recipients)
    parts = [say(language, f"tally_{place}", count=count) for place, count in tally.items() if count]
    if account.unreleased:
        parts.insert(0, say(language, "tally_unreleased", count=account.unreleased, at=_at(account, zone)))
    return ", ".join([accepted, *parts]) + "."


def next_steps(language: str, account: Account, zone: dt.tzinfo, waits: Wait | None = None) -> list[str]:
    """Return what to do about the campaign now, each with the command that works in this state.

    Where it `waits` for something, that is said by `waiting`, and nobody is told to go on at once.
    """
    tally, key = asdict(account.tally), account.status
    keys = [name for name, place in _ALSO.items() if tally[place] and name != key]
    if key == "cancelled_unknown":
        keys += [] if keys else ["cancelled_some"]
    elif not (waits and key in _GOES_ON):
        keys.insert(0, key)
    if waits and waits.reason == "provider":  # nobody asks it anything
        keys = [name for name in keys if name != "clearing"]
    command, number = send_command(account.campaign, "--only-missing"), account.campaign.id
    return [say(language, f"next_{one}", number=number, command=command, at=_at(account, zone)) for one in keys]


def stands(language: str, account: Account, zone: dt.tzinfo) -> dict[str, object]:
    """Return the facts of the refusal `campaign_stands`: where the campaign is, and what to do instead."""
    steps = " ".join(next_steps(language, account, zone))
    words = f"{status(language, account, zone)}, {counts(language, account, zone)}"
    return {"number": account.campaign.id, "status": words, "next": steps}


def waiting(language: str, found: Wait, account: Account, zone: dt.tzinfo) -> str:
    """Return why the rest does not go out now, and until when."""
    until = timestamps.moment(found.until).astimezone(zone)
    facts = {"ready": account.tally.ready, "people": found.people, "until": until}
    provider = account.campaign.provider
    sentence = say(language, f"wait_{found.reason}", provider=provider, detail=found.detail, **facts)
    key = provider_key(provider, found.detail)
    advice = say(language, key, provider=provider, reason=found.detail) if key != "provider_unavailable" else ""
    return f"{sentence} {advice}".strip()


def send_command(campaign: Campaign, *options: str) -> str:
    """Return the `newsletter send` that means this campaign's issue, list and segment."""
    words = ["newsletter", "send", campaign.slug, "--list", campaign.list_name]
    words += ["--segment", campaign.segment] if campaign.segment else []
    return shlex.join([*words, *options])


def _at(account: Account, zone: dt.tzinfo) -> dt.datetime:
    return timestamps.moment(account.at).astimezone(zone)

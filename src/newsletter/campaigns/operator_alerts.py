"""Mails to the operator when a campaign is finished or waits for a decision, each sent once, by the usual provider.

A mail contains no address of a reader, and nothing that only a provider should see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from newsletter.campaigns import status_text
from newsletter.campaigns.reports import CampaignReport
from newsletter.i18n import say
from newsletter.model.delivery import NOTICE, Accepted, Attempt, InDoubt, Outcome, Recipient
from newsletter.model.publication import Publication
from newsletter.providers.base import Provider
from newsletter.rendering.transactional import NoticeText, compose_notice
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store
from newsletter.system import timestamps

_PHASES_TO_REPORT = frozenset({"done", "handed", "unsure", "held"})


@dataclass(frozen=True, slots=True)
class Operator:
    """The recipient of alerts (address, language), and what is needed to send them (provider, theme options, time)."""

    address: str
    language: str
    provider: Provider
    publication: Publication
    look: Mapping[str, str]
    now: dt.datetime


def send_alert(store: Store, operator: Operator, report: CampaignReport) -> Outcome | None:
    """Mail the phase of a campaign to the operator; None if the phase needs no mail or was mailed before."""
    phase = _news(report)
    if not operator.address or phase not in _PHASES_TO_REPORT:
        return None
    with store.write() as tx:
        if not campaigns.mark_notified(tx, report.campaign.id, phase):
            return None
    words = _words(operator, report, phase)
    edition = compose_notice(operator.publication, operator.look, words)
    domain = operator.publication.sender.domain
    message_id = f"<campaign.{report.campaign.id}.{phase}.{int(operator.now.timestamp())}@{domain}>"
    attempt = Attempt(campaign_id=NOTICE, chunk=0, number=1, date=operator.now)
    recipient = Recipient(subscriber_id=0, email=operator.address, message_id=message_id, values={})
    outcome = operator.provider.submit(operator.provider.build(edition, [recipient], attempt))
    if not isinstance(outcome, Accepted | InDoubt):
        with store.write() as tx:  # so that the next dispatch tries again
            campaigns.mark_notified(tx, report.campaign.id, "")
    return outcome


def _news(report: CampaignReport) -> str:
    """Return the phase; "unsure" for a paused or cancelled campaign with held chunks and nothing under way."""
    is_idle = report.phase in {"cancelled", "paused"} and not report.tally.claimed + report.tally.in_doubt
    return "unsure" if is_idle and report.tally.held else report.phase


def _words(operator: Operator, report: CampaignReport, phase: str) -> NoticeText:
    language, campaign, zone = operator.language, report.campaign, ZoneInfo(operator.publication.timezone)
    at = timestamps.moment(campaign.options.release_at).astimezone(zone)
    sentences = [
        say(language, f"told_{phase}", number=campaign.id, at=at),
        status_text.counts(language, report, zone),
        *([say(language, "told_rehearsal")] if campaign.rehearsal else []),
        *(step for step in status_text.next_steps(language, report, zone) if "@" not in step),  # may hold an address
    ]
    return NoticeText(language, say(language, f"told_{phase}_subject", issue=campaign.slug), sentences)

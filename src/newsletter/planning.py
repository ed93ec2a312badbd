"""plan: freezes an edition and its audience as a campaign, in one transaction.

After it, nothing that is edited, imported or unsubscribed changes who is in the campaign or what they
get; only leaving it is still honoured, when a chunk is claimed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from more_itertools import batched
from sqlalchemy.engine import Connection

from newsletter import choosing, moments
from newsletter.errors import Refused
from newsletter.model.campaign import Campaign
from newsletter.model.edition import Edition
from newsletter.store import campaigns, chunks, editions
from newsletter.store.engine import Store

CHUNK_SIZE = 500
"""Recipients a chunk, for a provider that takes single messages; also what a killed worker writes twice."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a campaign goes to."""

    list_name: str
    segment: str = ""
    """A filter, or the name of a saved one; empty for the whole list."""
    zone: dt.tzinfo = dt.UTC
    """Where the days of a filter begin."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The campaign, and whether this call made it; otherwise it stood there already."""

    campaign: Campaign
    is_new: bool


def count(store: Store, audience: Audience) -> dict[str, int]:
    """How many people a plan made now would reach, and how many of the list not."""
    with store.read() as tx:
        list_id = _list(tx, audience.list_name)
        recipients, excluded = campaigns.audience_size(
            tx, list_id, choosing.condition(tx, audience.segment, audience.zone)
        )
        return {"recipients": recipients, "excluded": excluded}


def standing(store: Store, issue_id: str, slug: str, audience: Audience) -> Campaign | None:
    """The campaign of the issue's first round, if it was planned already; Refused where it went to another list.

    An issue without an id that has the slug of one that was sent is Refused too: it lost its id, and
    under a new one everybody would get it twice.
    """
    with store.read() as tx:
        planned = campaigns.find(tx, issue_id, 1) if issue_id else None
        lost = campaigns.id_of(tx, slug) if not issue_id else None
    if lost:
        raise Refused("id_lost", id=lost, slug=slug)
    if planned:
        _same_audience(planned, audience)
    return planned


def plan(  # noqa: PLR0913 - what makes a campaign, by keyword
    store: Store,
    edition: Edition,
    audience: Audience,
    *,
    provider: str,
    now: dt.datetime,
    chunk_size: int = CHUNK_SIZE,
    wake: Callable[[Connection, Campaign], None] | None = None,
) -> Planned:
    """The first round of the issue: made now, or found as it was made; `wake` is called inside the transaction."""
    with store.write() as tx:
        campaigns.lock_issue(tx, edition.issue_id, edition.slug)
        planned = campaigns.find(tx, edition.issue_id, 1)
        if planned:
            _same_audience(planned, audience)
            return Planned(planned, is_new=False)
        campaign = _freeze(tx, edition, audience, provider=provider, now=now, chunk_size=chunk_size)
        if wake:
            wake(tx, campaign)
    return Planned(campaign, is_new=True)


def _same_audience(planned: Campaign, audience: Audience) -> None:
    if planned.list_name != audience.list_name:
        raise Refused("sent_to_another_list", list=planned.list_name, wanted=audience.list_name)
    if planned.segment != audience.segment:
        raise Refused("sent_to_another_segment", segment=planned.segment)


def _freeze(
    tx: Connection, edition: Edition, audience: Audience, *, provider: str, now: dt.datetime, chunk_size: int
) -> Campaign:
    list_id = _list(tx, audience.list_name)
    millis = moments.millis(now)
    moment = moments.moment(millis)
    wanted = Campaign(
        0, edition.issue_id, 1, audience.list_name, edition.digest, provider, moment, 0, 0, audience.segment
    )
    editions.save(tx, edition, millis)
    campaign_id = campaigns.insert(tx, wanted, list_id)
    people = campaigns.Audience(tx, list_id, choosing.condition(tx, audience.segment, audience.zone))
    recipients = chunks.add_chunks(tx, campaign_id, wanted, batched(people, chunk_size))
    if not recipients:
        raise Refused("nobody_to_send_to", list=audience.list_name)
    campaigns.set_counts(tx, campaign_id, recipients=recipients, excluded=people.excluded)
    return replace(wanted, id=campaign_id, recipients=recipients, excluded=people.excluded)


def _list(tx: Connection, name: str) -> int:
    return choosing.mailing_list(tx, name).id

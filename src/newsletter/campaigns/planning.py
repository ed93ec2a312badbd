"""plan: freezes an edition and its audience as a campaign, in one transaction.

After it, nothing that is edited, imported or unsubscribed changes who is in the campaign or what they
get; only leaving it is still honoured, when a chunk is claimed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from more_itertools import batched

from newsletter.errors import Refused
from newsletter.model.campaign import OUTBOX, Campaign, SendOptions
from newsletter.model.edition import Edition
from newsletter.storage import Transaction, editions
from newsletter.storage.campaigns import audience as audience_, campaigns, chunks, repeats
from newsletter.storage.campaigns.repeats import Likeness, Repeat
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, segments
from newsletter.storage.subscribers.segments import Condition
from newsletter.subscribers import selection
from newsletter.system import timestamps

LEAD = dt.timedelta(minutes=30)
"""How long before its time a campaign is handed over, where the provider can be told to wait and to let nothing go."""
ROOM = dt.timedelta(minutes=15)
"""Below that, nothing could be taken back for certain any more."""


AT_ONCE = SendOptions()


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a campaign goes to."""

    list_name: str
    segment: str = ""
    """A filter, or the name of a saved one; empty for the whole list."""
    zone: dt.tzinfo = dt.UTC
    """Where the days of a filter begin."""
    only_missing: bool = False
    """Only those to whom the issue has not gone out yet, in any round."""
    provider: str = ""
    """Through what it is to go out: decides which earlier campaigns of the issue count as received."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of an audience get it, and how many not, each counted once."""

    recipients: int
    pending: int
    unsubscribed: int
    suppressed: int
    had: int
    """Of those who could get it, who did before, in another round."""

    @property
    def excluded(self) -> int:
        """Everybody who does not."""
        return self.pending + self.unsubscribed + self.suppressed + self.had


@dataclass(frozen=True, slots=True)
class Terms:
    """By whom a campaign goes out, in chunks of how many, and how."""

    provider: str
    chunk_size: int = 500
    orders: SendOptions = AT_ONCE
    same_as: tuple[int, ...] = ()
    """Campaigns that sent the same under another id, and may: the operator named them."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The campaign, and whether this call made it; otherwise it stood there already."""

    campaign: Campaign
    is_new: bool


def orders(
    wanted: SendOptions, *, at: dt.datetime | None, hold: dt.timedelta, can_fence: bool, now: dt.datetime
) -> SendOptions:
    """`wanted` with its times: at a moment, after a while in which it can be cancelled, or at once.

    Handed over before its time where the provider can be told to let nothing go: a lost answer costs nothing then.
    """
    moment = now + hold
    if at is None:
        return replace(wanted, not_before=timestamps.millis(moment) if hold else 0)
    if can_fence and not wanted.rate and at - moment >= ROOM:
        return replace(wanted, not_before=timestamps.millis(max(moment, at - LEAD)), release_at=timestamps.millis(at))
    return replace(wanted, not_before=timestamps.millis(max(moment, at)))


def count(store: Store, audience: Audience, issue_id: str = "") -> Count:
    """How many people a plan made now would reach, and how many of the list not and why."""
    with store.read() as tx:
        list_id, chosen = _list(tx, audience.list_name), _chosen(tx, audience)
        found = audience_.size(tx, list_id, chosen)
        had = 0
        if audience.only_missing:
            people = audience_.Audience(tx, list_id, chosen, had_before(tx, issue_id, audience))
            had = found["recipients"] - sum(1 for _ in people)
    return Count(found["recipients"] - had, found["pending"], found["unsubscribed"], found["suppressed"], had)


def is_rehearsal(store: Store, audience: Audience) -> bool:
    """Whether a sending to this audience reaches no reader: by the outbox, or to a list for tests."""
    with store.read() as tx:
        return audience.provider == OUTBOX or selection.mailing_list(tx, audience.list_name).is_test


def nobody(store: Store, audience: Audience) -> Refused:
    """Return the refusal of an audience without recipients, with its reason."""
    with store.read() as tx:
        return _refuse_nobody(tx, _list(tx, audience.list_name), audience)


def require_values(store: Store, edition: Edition, audience: Audience) -> None:
    """Refused where a merge tag without a default would be empty for somebody."""
    with store.read() as tx:
        list_id, chosen = _list(tx, audience.list_name), _chosen(tx, audience)
        for name in sorted({tag.name for tag in edition.tags if not tag.default} & {"first_name", "last_name"}):
            people = audience_.lacking(tx, list_id, chosen, name)
            if people:
                raise Refused("merge_tag_empty", name=name, count=people)


def require_new(store: Store, edition: Edition, audience: Audience, same: Collection[int] = ()) -> list[Repeat]:
    """Refuse an issue that went out already under another id, unless a campaign of it is named in `same`.

    Return the campaigns that have nothing but the subject in common with it.
    """
    with store.read() as tx:
        return _require_new(tx, edition, audience, same)


def is_repeat(error: Refused) -> bool:
    """Say whether `require_new` refused an issue, so that its operator may say that it is meant."""
    return error.key in {f"went_out_{likeness}" for likeness in Likeness}


def _require_new(tx: Transaction, edition: Edition, audience: Audience, same: Collection[int]) -> list[Repeat]:
    counts, known = _counts_for(tx, audience), {one.id: one for one in campaigns.every(tx)}
    found = [one for one in repeats.find(tx, edition) if one.is_lost or counts(known[one.campaign_id])]
    named = {one.issue_id for one in found if one.campaign_id in same}
    one = next((one for one in found if one.likeness is not Likeness.SUBJECT and one.issue_id not in named), None)
    if one:
        at = timestamps.moment(one.planned_at)
        raise Refused(f"went_out_{one.likeness}", number=one.campaign_id, slug=one.slug, at=at)
    return [one for one in found if one.likeness is Likeness.SUBJECT]


def standing(store: Store, issue_id: str, slug: str, audience: Audience) -> Campaign | None:
    """The campaign to go on with, None where one is to be planned; Refused where it went to another list.

    An issue without an id that has the slug of one that was sent is Refused too: it lost its id, and
    under a new one everybody would get it twice.
    """
    with store.read() as tx:
        lost = campaigns.id_of(tx, slug) if not issue_id else None
        if lost:
            raise Refused("id_lost", id=lost, slug=slug)
        if not issue_id and audience.only_missing:
            raise Refused("round_without_first")
        return _standing(tx, issue_id, audience) if issue_id else None


def _standing(tx: Transaction, issue_id: str, audience: Audience) -> Campaign | None:
    counted = _counted(tx, issue_id, audience)
    if not counted:
        if audience.only_missing:
            raise Refused("round_without_first")
        return None
    first, last = counted[-1], counted[0]
    if not audience.only_missing:
        _same_audience(first, audience)
        return first
    if last.id not in _unfinished(tx):
        return None
    if last is first:
        raise Refused("round_unfinished", campaign=last.id)
    _same_audience(last, audience)
    return last


def had_before(tx: Transaction, issue_id: str, audience: Audience) -> audience_.PreviousRecipients:
    """Return who has the issue already, may have it, or still gets it, by the campaigns that count."""
    return audience_.PreviousRecipients(tx, [campaign.id for campaign in _counted(tx, issue_id, audience)])


def _counted(tx: Transaction, issue_id: str, audience: Audience) -> list[Campaign]:
    """Return the campaigns of an issue that count as received for this audience, the newest first."""
    counts = _counts_for(tx, audience)
    return [one for one in campaigns.of_issue(tx, issue_id) if counts(one)]


def _counts_for(tx: Transaction, audience: Audience) -> Callable[[Campaign], bool]:
    """Return the test whether a campaign counts as received for a sending to this audience.

    What the outbox wrote reached nobody: it counts for the outbox only, or while it is unfinished for the same list.
    What goes to a list for tests counts for that list only.
    """
    wanted, unfinished = selection.mailing_list(tx, audience.list_name), _unfinished(tx)
    tests = {one.id for one in lists.every(tx) if one.is_test}

    def counts(campaign: Campaign) -> bool:
        is_same = campaign.list_id == wanted.id
        if not is_same and {campaign.list_id, wanted.id} & tests:
            return False
        is_open = is_same and campaign.id in unfinished
        return is_open or campaign.provider != OUTBOX or audience.provider == OUTBOX

    return counts


def _unfinished(tx: Transaction) -> set[int]:
    return {campaign.id for campaign in campaigns.unfinished(tx)}


def plan(
    store: Store,
    edition: Edition,
    audience: Audience,
    terms: Terms,
    *,
    now: dt.datetime,
    wake: Callable[[Transaction, Campaign], None] | None = None,
) -> Planned:
    """A round of the issue: made now, or found as it was made; `wake` is called inside the transaction."""
    with store.write() as tx:
        campaigns.lock_issue(tx, edition.issue_id, edition.slug)
        audience = replace(audience, provider=terms.provider)
        planned = _standing(tx, edition.issue_id, audience)
        if planned:
            return Planned(planned, is_new=False)
        rounds = [one.round for one in campaigns.of_issue(tx, edition.issue_id)]
        if not rounds:
            _require_new(tx, edition, audience, terms.same_as)
        campaign = _freeze(tx, edition, audience, terms, now=now, round_=max(rounds, default=0) + 1)
        if wake:
            wake(tx, campaign)
    return Planned(campaign, is_new=True)


def _same_audience(planned: Campaign, audience: Audience) -> None:
    if planned.list_name != audience.list_name:
        names = {"list": planned.list_name, "wanted": audience.list_name}
        raise Refused("sent_to_another_list", number=planned.id, **names)
    if planned.segment != audience.segment:
        raise Refused("sent_to_another_segment", number=planned.id, segment=planned.segment)


def _freeze(
    tx: Transaction, edition: Edition, audience: Audience, terms: Terms, *, now: dt.datetime, round_: int
) -> Campaign:
    target = selection.mailing_list(tx, audience.list_name)
    list_id, millis = target.id, timestamps.millis(now)
    wanted = Campaign(
        0, edition.issue_id, round_, audience.list_name, edition.digest, terms.provider, timestamps.moment(millis),
        0, 0, audience.segment, edition.slug, list_id, orders=terms.orders,
        rehearsal=terms.provider == OUTBOX or target.is_test,
    )  # fmt: skip
    editions.save(tx, edition, millis)
    had = had_before(tx, edition.issue_id, audience) if audience.only_missing else None
    campaign_id = campaigns.insert(tx, wanted, list_id)
    people = audience_.Audience(tx, list_id, _chosen(tx, audience), had)
    recipients = chunks.add_chunks(tx, campaign_id, wanted, batched(people, terms.chunk_size))
    if not recipients:
        raise _refuse_nobody(tx, list_id, audience)
    campaigns.set_counts(tx, campaign_id, recipients=recipients, excluded=people.excluded)
    return replace(wanted, id=campaign_id, recipients=recipients, excluded=people.excluded)


def _refuse_nobody(tx: Transaction, list_id: int, audience: Audience) -> Refused:
    """Return the reason why nobody gets it: the list is empty, the segment means nobody of it, or everybody has it."""
    facts = {"list": audience.list_name, "segment": audience.segment}
    confirmed = audience_.size(tx, list_id, segments.everybody())["recipients"]
    if not confirmed:
        return Refused("nobody_to_send_to", list=audience.list_name)
    if not audience_.size(tx, list_id, _chosen(tx, audience))["recipients"]:
        return Refused("nobody_in_segment", confirmed=confirmed, **facts)
    return Refused("nobody_missing", **facts)


def _chosen(tx: Transaction, audience: Audience) -> Condition:
    return selection.condition(tx, audience.segment, audience.zone)


def _list(tx: Transaction, name: str) -> int:
    return selection.mailing_list(tx, name).id

"""Planning of campaigns: `plan` freezes an edition and its audience in one transaction.

Later edits and imports change neither the recipients of the campaign nor what they get. Only departures still count:
a recipient who has left is skipped when the chunk is claimed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

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
from newsletter.system.batches import batched

LEAD = dt.timedelta(minutes=30)
"""How long before its release a campaign is handed over, if the provider can schedule messages and cancel them."""
MIN_LEAD = dt.timedelta(minutes=15)
"""With less time than this before the release, no chunk could be taken back for certain."""
AT_ONCE = SendOptions()


@dataclass(frozen=True, slots=True)
class Audience:
    """The audience of a campaign: a list, or a segment of it."""

    list_name: str
    segment: str = ""
    """A filter, or the name of a saved segment; empty for the whole list."""
    zone: dt.tzinfo = dt.UTC
    """Time zone in which the days of a filter begin."""
    only_missing: bool = False
    """Select only the people to whom the issue has not gone out yet, in any round."""
    provider: str = ""
    """Provider of the send; it decides which earlier campaigns of the issue count as received."""


@dataclass(frozen=True, slots=True)
class AudienceCounts:
    """How many people of an audience get the campaign and how many do not; each person counts once."""

    recipients: int
    pending: int
    unsubscribed: int
    suppressed: int
    already_received: int
    """People who could get it, but have it from another round."""

    @property
    def excluded(self) -> int:
        """Return how many people of the audience do not get the campaign."""
        return self.pending + self.unsubscribed + self.suppressed + self.already_received


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How a campaign is sent: provider, recipients per chunk, and options."""

    provider: str
    chunk_size: int = 500
    options: SendOptions = AT_ONCE
    intended_repeats: tuple[int, ...] = ()
    """Campaigns that sent the same issue under another id, named by the operator because the repeat is intended."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A campaign, and whether this call to `plan` created it."""

    campaign: Campaign
    is_new: bool


def set_times(
    options: SendOptions, *, at: dt.datetime | None, cancel_window: dt.timedelta, can_cancel: bool, now: dt.datetime
) -> SendOptions:
    """Fill in the schedule of `options`: at the moment `at`, after `cancel_window`, or at once.

    Hand over before `at` if the provider can cancel scheduled batches (`can_cancel`): a chunk whose answer is lost can
    then be taken back. This needs at least MIN_LEAD of time, and no rate.
    """
    begin = now + cancel_window
    if at is None:
        return replace(options, not_before=timestamps.millis(begin) if cancel_window else 0)
    if can_cancel and not options.rate and at - begin >= MIN_LEAD:
        return replace(options, not_before=timestamps.millis(max(begin, at - LEAD)), release_at=timestamps.millis(at))
    return replace(options, not_before=timestamps.millis(max(begin, at)))


def count(store: Store, audience: Audience, issue_id: str = "") -> AudienceCounts:
    """Count the people that a plan made now would reach, and the other people of the audience by reason."""
    with store.read() as tx:
        sizes = audience_.count_by_status(tx, _list_id(tx, audience.list_name), _condition(tx, audience))
        received = 0
        if audience.only_missing:
            received = sizes["recipients"] - sum(1 for _ in select_recipients(tx, issue_id, audience))
    excluded = {name: sizes[name] for name in ("pending", "unsubscribed", "suppressed")}
    return AudienceCounts(recipients=sizes["recipients"] - received, already_received=received, **excluded)


def is_rehearsal(store: Store, audience: Audience) -> bool:
    """Return True if a send to this audience reaches no reader: by the outbox, or to a test list."""
    with store.read() as tx:
        return audience.provider == OUTBOX or selection.get_list(tx, audience.list_name).is_test


def empty_audience_error(store: Store, audience: Audience) -> Refused:
    """Return the error for an audience without recipients, with the reason."""
    with store.read() as tx:
        return _empty_audience_error(tx, _list_id(tx, audience.list_name), audience)


def require_values(store: Store, edition: Edition, audience: Audience) -> None:
    """Raise Refused if a merge tag without a default would be empty for a recipient."""
    with store.read() as tx:
        list_id, condition = _list_id(tx, audience.list_name), _condition(tx, audience)
        for name in sorted({tag.name for tag in edition.tags if not tag.default} & {"first_name", "last_name"}):
            count = audience_.count_without_value(tx, list_id, condition, name)
            if count:
                raise Refused("merge_tag_empty", name=name, count=count)


def require_new(store: Store, edition: Edition, audience: Audience, same: Collection[int] = ()) -> list[Repeat]:
    """Raise Refused if the issue went out already under another id, unless `same` names a campaign of that id.

    Return the campaigns that have only the subject in common with the issue.
    """
    with store.read() as tx:
        return _require_new(tx, edition, audience, same)


def is_repeat(error: Refused) -> bool:
    """Return True if `require_new` raised the error; the operator may then say that the repeat is intended."""
    return error.key in {f"went_out_{likeness}" for likeness in Likeness}


def _require_new(tx: Transaction, edition: Edition, audience: Audience, same: Collection[int]) -> list[Repeat]:
    counts, known = _counts_for(tx, audience), {campaign.id: campaign for campaign in campaigns.list_all(tx)}
    earlier = repeats.find_earlier(tx, edition)
    found = [repeat for repeat in earlier if repeat.is_lost or counts(known[repeat.campaign_id])]
    intended = {repeat.issue_id for repeat in found if repeat.campaign_id in same}
    same_subject = [repeat for repeat in found if repeat.likeness is Likeness.SUBJECT]
    for repeat in found:
        if repeat.likeness is not Likeness.SUBJECT and repeat.issue_id not in intended:
            at = timestamps.moment(repeat.planned_at)
            raise Refused(f"went_out_{repeat.likeness}", number=repeat.campaign_id, slug=repeat.slug, at=at)
    return same_subject


def find_planned(store: Store, issue_id: str, slug: str, audience: Audience) -> Campaign | None:
    """Return the campaign to continue; None if a new one is to be planned.

    Raise Refused if the issue went to another list or segment, or if `only_missing` finds no finished first campaign.
    Raise Refused also for an issue without an id that has the slug of a planned one: the issue has lost its id, and
    under a new id everybody would get it twice.
    """
    with store.read() as tx:
        lost_id = campaigns.find_issue_id(tx, slug) if not issue_id else None
        if lost_id:
            raise Refused("id_lost", id=lost_id, slug=slug)
        if not issue_id and audience.only_missing:
            raise Refused("round_without_first")
        return _find_planned(tx, issue_id, audience) if issue_id else None


def _find_planned(tx: Transaction, issue_id: str, audience: Audience) -> Campaign | None:
    counted = _list_counted(tx, issue_id, audience)
    if not counted:
        if audience.only_missing:
            raise Refused("round_without_first")
        return None
    first, last = counted[-1], counted[0]
    if not audience.only_missing:
        _require_same_audience(first, audience)
        return first
    if last.id not in _list_unfinished(tx):
        return None
    if last is first:
        raise Refused("round_unfinished", campaign=last.id)
    _require_same_audience(last, audience)
    return last


def select_recipients(tx: Transaction, issue_id: str, audience: Audience) -> audience_.MailableIds:
    """Return the ids of the people to whom a plan made now would send the issue."""
    previous = None
    if audience.only_missing:
        previous = audience_.PreviousRecipients(tx, [campaign.id for campaign in _list_counted(tx, issue_id, audience)])
    return audience_.MailableIds(tx, _list_id(tx, audience.list_name), _condition(tx, audience), previous)


def _list_counted(tx: Transaction, issue_id: str, audience: Audience) -> list[Campaign]:
    """Return the campaigns of an issue that count as received for this audience, the newest first."""
    counts = _counts_for(tx, audience)
    return [campaign for campaign in campaigns.list_of_issue(tx, issue_id) if counts(campaign)]


def _counts_for(tx: Transaction, audience: Audience) -> Callable[[Campaign], bool]:
    """Return a function that checks whether a campaign counts as received for a send to this audience.

    A campaign by the outbox reached nobody: it counts only for the outbox, or for the same list while it is
    unfinished. A campaign to a test list counts only for that list.
    """
    target, unfinished = selection.get_list(tx, audience.list_name), _list_unfinished(tx)
    test_lists = {mailing_list.id for mailing_list in lists.list_all(tx) if mailing_list.is_test}

    def counts(campaign: Campaign) -> bool:
        is_same = campaign.list_id == target.id
        if not is_same and {campaign.list_id, target.id} & test_lists:
            return False
        is_open = is_same and campaign.id in unfinished
        return is_open or campaign.provider != OUTBOX or audience.provider == OUTBOX

    return counts


def _list_unfinished(tx: Transaction) -> set[int]:
    return {campaign.id for campaign in campaigns.list_unfinished(tx)}


def plan(
    store: Store,
    edition: Edition,
    audience: Audience,
    terms: PlanOptions,
    *,
    now: dt.datetime,
    on_planned: Callable[[Transaction, Campaign], None] | None = None,
) -> Planned:
    """Plan a round of the issue, or return the planned one; pass a new campaign to `on_planned` in the transaction."""
    with store.write() as tx:
        campaigns.lock_issue(tx, edition.issue_id, edition.slug)
        audience = replace(audience, provider=terms.provider)
        planned = _find_planned(tx, edition.issue_id, audience)
        if planned:
            return Planned(planned, is_new=False)
        rounds = [campaign.round for campaign in campaigns.list_of_issue(tx, edition.issue_id)]
        if not rounds:
            _require_new(tx, edition, audience, terms.intended_repeats)
        campaign = _freeze(tx, edition, audience, terms, now=now, round_=max(rounds, default=0) + 1)
        if on_planned:
            on_planned(tx, campaign)
    return Planned(campaign, is_new=True)


def _require_same_audience(planned: Campaign, audience: Audience) -> None:
    if planned.list_name != audience.list_name:
        names = {"list": planned.list_name, "wanted": audience.list_name}
        raise Refused("sent_to_another_list", number=planned.id, **names)
    if planned.segment != audience.segment:
        raise Refused("sent_to_another_segment", number=planned.id, segment=planned.segment)


def _freeze(
    tx: Transaction, edition: Edition, audience: Audience, terms: PlanOptions, *, now: dt.datetime, round_: int
) -> Campaign:
    target, now_ms = selection.get_list(tx, audience.list_name), timestamps.millis(now)
    campaign = Campaign(
        id=0, issue_id=edition.issue_id, round=round_, list_name=audience.list_name, digest=edition.digest,
        provider=terms.provider, planned_at=timestamps.moment(now_ms), recipients=0, excluded=0,
        segment=audience.segment, slug=edition.slug, list_id=target.id, options=terms.options,
        rehearsal=terms.provider == OUTBOX or target.is_test,
    )  # fmt: skip
    editions.save(tx, edition, now_ms)
    campaign_id = campaigns.insert(tx, campaign, target.id)
    people = select_recipients(tx, edition.issue_id, audience)
    recipients = chunks.add_chunks(tx, campaign_id, campaign, batched(people, terms.chunk_size))
    if not recipients:
        raise _empty_audience_error(tx, target.id, audience)
    campaigns.set_counts(tx, campaign_id, recipients=recipients, excluded=people.excluded)
    return replace(campaign, id=campaign_id, recipients=recipients, excluded=people.excluded)


def _empty_audience_error(tx: Transaction, list_id: int, audience: Audience) -> Refused:
    """Return the error for no recipients: the list is empty, the segment matches nobody, or everybody has the issue."""
    confirmed = audience_.count_by_status(tx, list_id, segments.everybody())["recipients"]
    if not confirmed:
        return Refused("nobody_to_send_to", list=audience.list_name)
    if not audience_.count_by_status(tx, list_id, _condition(tx, audience))["recipients"]:
        return Refused("nobody_in_segment", confirmed=confirmed, list=audience.list_name, segment=audience.segment)
    return Refused("nobody_missing", list=audience.list_name, segment=audience.segment)


def _condition(tx: Transaction, audience: Audience) -> Condition:
    return selection.build_condition(tx, audience.segment, audience.zone)


def _list_id(tx: Transaction, name: str) -> int:
    return selection.get_list(tx, name).id

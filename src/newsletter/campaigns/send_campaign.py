"""The steps of a send, from the file of an issue to a campaign that goes out.

    find_planned        find the campaign that an earlier call planned, if there is one
    read_issue          read, compose and check an issue; write an id into it if it has none
    prepare             check everything that could stop the send, before anything is frozen
    plan_prepared       freeze edition and audience as a campaign
    dispatch_and_alert  dispatch the due chunks of a campaign, and alert its operator

Between `prepare` and `plan_prepared` the caller shows what is about to happen, and asks for confirmation.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter import checks
from newsletter.campaigns import control, database_copy, operator_alerts, planning, reports, schedule
from newsletter.campaigns.planning import Audience, AudienceCounts, PlanOptions
from newsletter.campaigns.sending import Worker, check_build, dispatch
from newsletter.content import issue_files
from newsletter.content.reader import read
from newsletter.editorial import approvals, preflight, review
from newsletter.editorial.review import Reading
from newsletter.errors import InputError, NewsletterError, Refused
from newsletter.model.approval import Approval
from newsletter.model.campaign import Campaign, SendOptions
from newsletter.model.publication import Publication
from newsletter.providers.base import BatchControl, Provider
from newsletter.storage.campaigns.repeats import Repeat
from newsletter.storage.database import Store
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.rendering.theme import Theme

FENCE = dt.timedelta(minutes=25)
"""How far ahead `--fence` schedules the delivery: enough time to cancel batches without an answer."""


@dataclass(frozen=True, slots=True)
class SendContext:
    """The collaborators of a send; theme and provider are built when they are needed."""

    store: Store
    publication: Publication
    keys: Sequence[str]
    """Keys that sign links, the newest first."""
    load_theme: Callable[[], Theme]
    make_provider: Callable[[], Provider]
    provider_name: str
    requires_approval: bool = False

    def examine(self, path: Path) -> Reading:
        """Read, compose and check an issue."""
        return review.examine(path, self.publication, self.load_theme())


@dataclass(frozen=True, slots=True)
class SendRequest:
    """What the operator asks for: options and schedule of a send."""

    options: SendOptions
    at: dt.datetime | None = None
    cancel_window: dt.timedelta = dt.timedelta()
    """Wait this long before sending, so that the operator can still cancel (`--hold`)."""
    fence: bool = False
    """Deliver 25 minutes from now, so that unanswered batches can be cancelled."""
    intended_repeats: tuple[int, ...] = ()
    """Campaigns that sent the same issue under another id, if the repeat is intended."""

    @property
    def delay(self) -> dt.timedelta:
        """Return the time between the confirmation and the delivery; zero if `at` is given."""
        fence = FENCE if self.fence else dt.timedelta()
        return dt.timedelta() if self.at else self.cancel_window or fence

    @property
    def is_default(self) -> bool:
        """Return True if the operator set no option and no time."""
        return self.options == SendOptions() and not (self.at or self.cancel_window or self.fence)

    def options_at(self, now: dt.datetime, provider: Provider) -> SendOptions:
        """Return the options with their schedule, for a campaign that is planned at `now`."""
        at = now + FENCE if self.fence and self.at is None else self.at
        return planning.set_times(
            self.options,
            at=at,
            cancel_window=self.cancel_window,
            can_cancel=isinstance(provider, BatchControl),
            now=now,
        )


@dataclass(frozen=True, slots=True)
class PreparedSending:
    """A send that has passed all checks of `prepare`."""

    reading: Reading
    audience: Audience
    request: SendRequest
    provider: Provider
    options: SendOptions
    counts: AudienceCounts
    approvals: Sequence[Approval]
    same_subject: Sequence[Repeat]
    """Campaigns that have only the subject in common with this issue."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """A campaign that was planned before; its frozen edition is sent, even if the file has changed."""

    campaign: Campaign
    is_finished: bool
    is_changed: bool
    """Whether the file of the issue now gives another edition, or none."""


def find_planned(context: SendContext, path: Path, audience: Audience) -> Campaign | None:
    """Return the campaign that an earlier call planned; None if a new one is to be planned.

    An id that another folder has too identifies no campaign. Raise Refused as `planning.find_planned` does.
    """
    source = read(path, context.publication)
    campaign = planning.find_planned(context.store, source.front.id, source.slug, audience)
    return None if campaign and checks.front_matter.find_twins(source) else campaign


def continue_planned(context: SendContext, campaign: Campaign, path: Path) -> Continuation:
    """Check how a planned campaign can continue; raise Refused if another provider must finish it."""
    is_finished = control.is_finished(context.store, campaign)
    if campaign.provider != context.provider_name and not is_finished:
        raise Refused("sent_by_another_provider", provider=campaign.provider, number=campaign.id)
    try:
        is_changed = context.examine(path).edition.digest != campaign.digest
    except NewsletterError:
        is_changed = True
    return Continuation(campaign=campaign, is_finished=is_finished, is_changed=is_changed)


def read_issue(context: SendContext, path: Path) -> tuple[Reading, bool]:
    """Read, compose and check an issue; write an id into it if it has none, because the id identifies the issue.

    Return the reading, and whether an id was written into the file. Raise InputError if no id could be written.
    """
    reading = context.examine(path)
    if reading.blocked or reading.issue.front.id:
        return reading, False
    issue_files.write_id(path, secrets.token_hex(8))
    reread = context.examine(path)
    if reread.blocked or not reread.issue.front.id:
        raise InputError("issue_without_front_matter", path=path)
    return reread, True


def prepare(context: SendContext, reading: Reading, audience: Audience, request: SendRequest) -> PreparedSending:
    """Check everything that could stop the send, and count its recipients; write nothing.

    Raise Refused if a check fails, for example if the issue went out under another id (`planning.require_new`).
    Raise InputError if `--fence` is not possible.
    """
    store, edition = context.store, reading.edition
    provider = context.make_provider()
    same_subject = planning.require_new(store, edition, audience, request.intended_repeats)
    check_build(provider, edition, context.keys[0])
    planning.require_values(store, edition, audience)
    preflight.require(store, edition, context.publication, provider)
    given = _require_approval(context, reading)
    options = request.options_at(dt.datetime.now(dt.UTC), provider)
    if request.fence and not options.release_at:
        raise InputError("fence_impossible")
    counts = planning.count(store, audience, edition.issue_id)
    if not counts.recipients:
        raise planning.empty_audience_error(store, audience)
    return PreparedSending(
        reading=reading,
        audience=audience,
        request=request,
        provider=provider,
        options=options,
        counts=counts,
        approvals=given,
        same_subject=same_subject,
    )


def _require_approval(context: SendContext, reading: Reading) -> Sequence[Approval]:
    """Return the approvals of the edition; raise Refused if the publication requires one and there is none."""
    edition = reading.edition
    found = approvals.find_approvals(context.store, context.keys, digest=edition.digest, slug=edition.slug)
    if context.requires_approval and not found.current:
        approved_before_by = found.lost[-1].by if found.lost else ""
        raise Refused("approval_missing", digest=edition.digest[:12], by=approved_before_by, slug=edition.slug)
    return found.current


def plan_prepared(context: SendContext, prepared: PreparedSending, now: dt.datetime) -> Campaign:
    """Freeze edition and audience as a campaign; its times count from `now`, the time of the confirmation."""
    request, provider = prepared.request, prepared.provider
    options = request.options_at(now, provider)
    terms = PlanOptions(
        provider=provider.name,
        chunk_size=provider.caps.chunk_size,
        options=options,
        intended_repeats=request.intended_repeats,
    )
    return planning.plan(context.store, prepared.reading.edition, prepared.audience, terms, now=now).campaign


def dispatch_and_alert(
    store: Store,
    provider: Provider,
    campaign: Campaign,
    worker: Worker,
    *,
    operator: operator_alerts.Operator | None,
    patience: float,
) -> reports.CampaignReport:
    """Dispatch the due chunks, mail the operator if there is news, and return the report of the campaign.

    Wait up to `patience` seconds for chunks that are due soon. Raise Refused in a copied folder or a restored
    database.
    """
    database_copy.require_own_database(store)
    try:
        dispatch(store, provider, campaign, worker, patience=patience)
    finally:
        report = alert_operator(store, campaign, operator)
    return report


def alert_operator(
    store: Store, campaign: Campaign, operator: operator_alerts.Operator | None
) -> reports.CampaignReport:
    """Return the report of the campaign, and mail it to the operator if there is news."""
    report = reports.read_report(store, campaign, timestamps.now_ms())
    if operator:
        operator_alerts.send_alert(store, operator, report)
    return report


def hold_if_overdue(store: Store, campaign: Campaign, now: int, *, grace_hours: float, has_daily_cap: bool) -> bool:
    """Hold a campaign that is overdue by more than `grace_hours`; return True if it is overdue."""
    if not schedule.is_overdue(store, campaign, now, grace_seconds=grace_hours * 3600, has_daily_cap=has_daily_cap):
        return False
    with contextlib.suppress(Refused):  # another process held it
        control.hold(store, campaign, now)
    return True

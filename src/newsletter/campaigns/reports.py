"""Reports about campaigns: totals, single recipients, figures by domain, and all campaigns for comparison.

The ledger records what was handed over; events record what the provider reported since. A figure is a number of
people: a person who opened ten times, or whose mail program did, counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from newsletter.campaigns.control import get_campaign
from newsletter.errors import InputError
from newsletter.model.campaign import GIVEN_UP, Campaign, CampaignState, ChunkState, ChunkStatus, ExceptionKind, Tally
from newsletter.model.delivery_events import DeliveryFlags, status_word
from newsletter.storage import delivery_events
from newsletter.storage.campaigns import attempts, campaigns, chunks, delivery_exceptions
from newsletter.storage.campaigns.attempts import AttemptRecord
from newsletter.storage.database import Store
from newsletter.storage.delivery_events import DeliveryStatus
from newsletter.storage.subscribers import records, subscribers
from newsletter.system import timestamps

GOOD_COMPLAINTS, MOST_COMPLAINTS = 0.001, 0.003
"""Complaints per delivered message: good below the first value; above the second, Gmail and Yahoo refuse mail."""
_UNSURE = (ChunkState.IN_DOUBT, ChunkState.HELD)


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """The totals and the phase of a campaign."""

    campaign: Campaign
    phase: str
    """scheduled, sending, clearing (chunks in doubt that may still be resolved), handed (all at the provider, some for
    later), unsure (held chunks), paused, held, cancelled, done."""
    tally: Tally
    unsure: tuple[ChunkStatus, ...]
    """Chunks in doubt or held."""
    twice: tuple[AttemptRecord, ...]
    """Attempts that seemed lost but were accepted: their recipients may have the message twice."""
    next_at: int | None
    """When the first waiting chunk may be sent, in milliseconds; None if no chunk waits."""
    unreleased: int = 0
    """People whose message the provider keeps until `options.release_at`."""
    last_at: int = 0
    """When the last attempt began, in milliseconds; 0 if there was none."""
    round: int = 1
    """The number of this campaign among those of its issue, rehearsals not counted; 0 for a rehearsal."""

    @property
    def reached(self) -> int:
        """Return the number of people whose message the provider has accepted and does not keep for later."""
        return self.tally.accepted - self.unreleased

    @property
    def unknown(self) -> int:
        """Return the number of people for whom it is not known whether they got the message."""
        return self.tally.claimed + self.tally.in_doubt + self.tally.held + self.tally.given_up

    @property
    def status(self) -> str:
        """Return the phase, refined by what reached readers: the key of the sentences about the campaign."""
        match self.phase:
            case "cancelled":
                return f"cancelled_{self._reach()}"
            case "sending" if not self.tally.claimed:
                return "begun" if self.tally.accepted or self.unknown else "ready"
            case "done" if self.tally.given_up:
                return "done_unknown"
            case "done" if not self.tally.accepted:
                return "done_nobody"
            case "done" if self.tally.rejected:
                return "done_some"
        return self.phase

    def _reach(self) -> str:
        if self.unknown:
            return "unknown"
        if self.unreleased:
            return "late"
        return "some" if self.reached else "nobody"

    @property
    def at(self) -> int:
        """Return when it leaves or left, in milliseconds: scheduled time, else last attempt, else time of planning."""
        options = self.campaign.options
        if self.unreleased or self.phase == "scheduled":
            return options.release_at or options.not_before
        if self.last_at:
            return max(self.last_at, options.release_at if self.reached else 0)
        return timestamps.millis(self.campaign.planned_at)


@dataclass(frozen=True, slots=True)
class Person:
    """One recipient of a campaign, and what became of the delivery."""

    subscriber_id: int
    email: str
    """Empty if the person was erased."""
    state: str
    """A chunk's state, or an exception's kind."""
    detail: str
    reported: str
    """Status by the provider's events: delivered, bounced…; empty without events."""
    reported_at: int = 0
    """In seconds."""
    sequence: int = 0
    attempt: int = 0
    fate: tuple[str, ...] = ()
    """Names of the delivery flags; the name of this field is the key in JSON."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of people: accepted by the provider, and by reported event, in total and by domain."""

    accepted: int
    counts: Mapping[str, int]
    domains: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def complaint_rate(self) -> float:
        """Return the complaints per delivered message."""
        return self.counts.get("complained", 0) / max(1, self.counts.get("delivered", 0))


def read_report(store: Store, campaign: Campaign, now_ms: int) -> CampaignReport:
    """Return the totals and the phase of a campaign."""
    with store.read() as tx:
        campaign = campaigns.find_by_id(tx, campaign.id) or campaign  # read again: it may have changed
        tally = campaigns.read_tally(tx, campaign.id)
        unsure = tuple(chunks.list_chunks(tx, campaign.id, *_UNSURE))
        next_at = chunks.find_next_due(tx, campaign.id)
        unreleased = campaigns.count_unreleased(tx, campaign, now_ms)
        last_at = attempts.find_last_start(tx, campaign.id)
        sendings = [sending for sending in campaigns.list_of_issue(tx, campaign.issue_id) if not sending.rehearsal]
        doubted = attempts.list_doubted(tx, campaign.id)
        accepted = {(attempt.sequence, attempt.number) for attempt in attempts.list_accepted(tx, campaign.id, 0)}
        accepted |= {(attempt.sequence, attempt.number) for attempt in doubted if attempt.evidence_at}
    last_accepted = dict(sorted(accepted))
    twice = tuple(
        attempt
        for attempt in doubted
        if attempt.evidence_at and last_accepted.get(attempt.sequence, 0) > attempt.number
    )
    return CampaignReport(
        campaign=campaign,
        phase=_phase(campaign, tally, unreleased, now_ms),
        tally=tally,
        unsure=unsure,
        twice=twice,
        next_at=next_at,
        unreleased=unreleased,
        last_at=last_at,
        round=sum(sending.id <= campaign.id for sending in sendings) if not campaign.rehearsal else 0,
    )


def _phase(campaign: Campaign, tally: Tally, unreleased: int, now_ms: int) -> str:
    if campaign.state is not CampaignState.ACTIVE:
        return campaign.state.value
    if tally.ready + tally.claimed:
        return "scheduled" if campaign.options.not_before > now_ms else "sending"
    if tally.held:
        return "unsure"
    if tally.in_doubt:
        return "clearing"
    return "handed" if unreleased else "done"


def read_current_report(store: Store, number: int) -> CampaignReport:
    """Return the totals and the phase of the campaign of that number; InputError if there is none."""
    return read_report(store, get_campaign(store, number), timestamps.now_ms())


def list_reports(store: Store, now_ms: int) -> list[CampaignReport]:
    """Return the reports of all campaigns, the newest first."""
    with store.read() as tx:
        found = campaigns.list_all(tx)
    return [read_report(store, campaign, now_ms) for campaign in found]


def list_reports_of_issue(store: Store, issue_id: str, now_ms: int) -> list[CampaignReport]:
    """Return the reports of an issue's campaigns, the newest first; of its rehearsals only if there is nothing else."""
    with store.read() as tx:
        found = campaigns.list_of_issue(tx, issue_id)
    sendings = [campaign for campaign in found if not campaign.rehearsal]
    return [read_report(store, campaign, now_ms) for campaign in sendings or found]


def find_person(store: Store, campaign: Campaign, address: str) -> Person:
    """Return what became of one person's delivery; raise InputError if the address is not in the campaign."""
    with store.read() as tx:
        subscriber = subscribers.find_by_email(tx, address)
        deliveries = records.list_deliveries(tx, subscriber.id) if subscriber else []
    delivery = next((delivery for delivery in deliveries if delivery.campaign_id == campaign.id), None)
    if subscriber is None or delivery is None:
        raise InputError("not_in_campaign", address=address, number=campaign.id)
    with store.events.read() as tx:
        reported = delivery_events.list_statuses(tx, subscriber.id).get(campaign.id)
    if reported is None:
        reported = DeliveryStatus(flags=0, at=0, detail="")
    flags = DeliveryFlags(reported.flags)
    return Person(
        subscriber_id=subscriber.id,
        email=subscriber.email,
        state=delivery.state,
        detail=delivery.detail or reported.detail,
        reported=status_word(flags),
        reported_at=reported.at,
        sequence=delivery.sequence,
        attempt=delivery.attempt,
        fate=tuple(str(flag.name).lower() for flag in flags),
    )


def list_people(store: Store, campaign: Campaign, state: str) -> Iterator[Person]:
    """Yield a campaign's people in `state`: a chunk's state, an exception's kind, `skipped` or `given_up`."""
    kinds = {kind.value for kind in ExceptionKind}
    with store.read() as tx:
        excepted: dict[int, dict[int, tuple[str, str]]] = {}
        for sequence, subscriber_id, kind, detail in delivery_exceptions.list_all(tx, campaign.id):
            excepted.setdefault(sequence, {})[subscriber_id] = (kind, detail)
        if state in kinds or state == "skipped":
            chosen_kinds = {state} if state != "skipped" else kinds - {ExceptionKind.REJECTED.value}
            found = {
                subscriber_id: exception
                for exceptions in excepted.values()
                for subscriber_id, exception in exceptions.items()
                if exception[0] in chosen_kinds
            }
            emails = subscribers.find_emails(tx, sorted(found))
            yield from (Person(number, emails.get(number, ""), *found[number], "") for number in sorted(found))
        chunk_state = ChunkState.CANCELLED.value if state == "given_up" else state
        if chunk_state in set(ChunkState):
            for chunk in chunks.list_chunks(tx, campaign.id, ChunkState(chunk_state)):
                if (chunk.detail == GIVEN_UP) != (state == "given_up"):
                    continue
                ids = [
                    number
                    for number in chunks.list_members(tx, campaign.id, chunk.sequence)
                    if number not in excepted.get(chunk.sequence, {})
                ]
                emails = subscribers.find_emails(tx, ids)
                yield from (
                    Person(number, emails.get(number, ""), state, chunk.detail, "", 0, chunk.sequence) for number in ids
                )


def read_figures(store: Store, campaign: Campaign) -> Figures:
    """Return the figures of a campaign, in total and by domain, the largest domain first."""
    with store.read() as tx:
        accepted = campaigns.read_tally(tx, campaign.id).accepted
    with store.events.read() as tx:
        by_domain = delivery_events.read_figures(tx, campaign.id)
    total: Counter[str] = Counter()
    domains = {name: _name_flags(counts) for name, counts in by_domain.items()}
    for counts in domains.values():
        total.update(counts)
    largest = sorted(domains, key=lambda name: -domains[name].get("processed", 0) - domains[name].get("delivered", 0))
    return Figures(accepted, total, {name: domains[name] for name in largest})


def _name_flags(counts: Counter[DeliveryFlags]) -> dict[str, int]:
    return {str(flag.name).lower(): people for flag, people in counts.items()}

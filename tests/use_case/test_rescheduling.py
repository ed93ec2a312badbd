"""Rescheduling on both databases: chunks that wait, batches that the provider keeps, and when it is too late."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
from example_edition import EDITION_WITH_TOKEN
from fake_provider import BaseFakeProvider

from newsletter.campaigns import control, planning, reports, rescheduling
from newsletter.campaigns.sending import Worker, dispatch
from newsletter.errors import Refused
from newsletter.model.campaign import Campaign, CampaignState, ChunkState, Part, SendOptions, Tally
from newsletter.model.delivery import Accepted, Attempt, InDoubt, Outcome, Recipient
from newsletter.model.edition import Edition
from newsletter.providers.base import Caps, CommitPoint, Request, commit_always
from newsletter.storage.campaigns import campaigns, chunks
from newsletter.storage.database import Store

BEGIN = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
EIGHT = [f"p{number}@exemple.fr" for number in range(8)]
MINUTE = 60_000


@dataclass
class BatchProvider(BaseFakeProvider):
    """A provider that keeps batches until their time, and confirms or does not confirm a cancellation."""

    name: str = "sendgrid"
    caps: Caps = field(default_factory=lambda: Caps(4, idempotent=False, chunk_size=4, in_flight=1))
    max_batches: int = 10
    answers: list[Outcome] = field(default_factory=list)
    confirms: list[bool] = field(default_factory=list)
    kept: dict[str, list[str]] = field(default_factory=dict)
    """Addresses by batch id; messages without a batch are in `gone`."""
    gone: list[str] = field(default_factory=list)

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        del edition
        return Request(attempt.batch_id, tuple(f"{recipient.email} ".encode() for recipient in recipients))

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        assert commit_point()
        people = request.body.decode().split()
        if request.key:
            self.kept[request.key] = people
        else:
            self.gone += people
        return self.answers.pop(0) if self.answers else Accepted()

    def create_batch(self) -> str:
        return f"fence{len(self.kept)}"

    def cancel_batch(self, batch_id: str) -> bool:
        self.kept.pop(batch_id, None)
        return self.confirms.pop(0) if self.confirms else True

    def delete_batch(self, batch_id: str) -> bool:
        return bool(batch_id)

    def was_accepted(self, attempt: str, probes: Sequence[str], since: float) -> bool | None:
        del attempt, probes, since
        return None

    def count_delivered(self) -> Counter[str]:
        """Count messages by address, including those that the provider keeps for later."""
        return Counter([*self.gone, *(email for people in self.kept.values() for email in people)])


@dataclass
class CampaignRun:
    store: Store
    provider: BatchProvider
    campaign: Campaign
    now: float = BEGIN.timestamp()

    def now_ms(self) -> int:
        return int(self.now * 1000)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def dispatch(self) -> Tally:
        worker = Worker("a key that signs", clock=lambda: self.now, sleep=self.sleep, jitter=lambda: 1.0,
                        zone=ZoneInfo("Europe/Paris"))  # fmt: skip
        dispatch(self.store, self.provider, self.read_campaign(), worker)
        return self.read_tally()

    def read_campaign(self) -> Campaign:
        return control.get_campaign(self.store, self.campaign.id)

    def read_tally(self) -> Tally:
        with self.store.read() as tx:
            return campaigns.read_tally(tx, self.campaign.id)

    def reschedule(self, minutes: int) -> None:
        now = dt.datetime.fromtimestamp(self.now, dt.UTC)
        at = now + dt.timedelta(minutes=minutes)
        options = planning.set_times(SendOptions(), at=at, cancel_window=dt.timedelta(), can_cancel=True, now=now)
        rescheduling.reschedule(self.store, self.provider, self.read_campaign(), options, self.now_ms())

    def cancel(self) -> control.CancellationCounts:
        return control.cancel(self.store, self.provider, self.read_campaign(), self.now_ms())

    def read_status(self) -> str:
        return reports.read_report(self.store, self.campaign, self.now_ms()).status


StartCampaign = Callable[..., CampaignRun]


@pytest.fixture
def start_campaign(store: Store, enlist: Callable[..., list[int]]) -> StartCampaign:
    def make(provider: BatchProvider | None = None, *, minutes: int = 0) -> CampaignRun:
        enlist(store, *EIGHT)
        provider = provider or BatchProvider()
        at = BEGIN + dt.timedelta(minutes=minutes) if minutes else None
        options = planning.set_times(SendOptions(), at=at, cancel_window=dt.timedelta(), can_cancel=True, now=BEGIN)
        terms = planning.PlanOptions(provider.name, provider.caps.chunk_size, options)
        planned = planning.plan(store, EDITION_WITH_TOKEN, planning.Audience("tous"), terms, now=BEGIN)
        return CampaignRun(store, provider, planned.campaign)

    return make


def count_everybody() -> Counter[str]:
    return Counter(EIGHT)


STATES: dict[str, Callable[[CampaignRun], object]] = {
    "scheduled": lambda sending: sending.read_tally(),
    "paused": lambda sending: control.pause(sending.store, sending.read_campaign(), sending.now_ms()),
    "held": lambda sending: control.hold(sending.store, sending.read_campaign(), sending.now_ms()),
    "cancelled": lambda sending: sending.cancel(),
}


@pytest.mark.parametrize("name", STATES)
def test_a_campaign_that_has_not_begun_can_be_rescheduled(start_campaign: StartCampaign, name: str) -> None:
    sending = start_campaign(minutes=600)
    STATES[name](sending)
    sending.reschedule(20)
    campaign = sending.read_campaign()
    assert campaign.state is CampaignState.ACTIVE
    assert campaign.options.release_at == sending.now_ms() + 20 * MINUTE
    assert sending.dispatch() == Tally(accepted=8)
    assert sending.provider.count_delivered() == count_everybody()
    sending.sleep(1500)
    assert sending.read_status() == "done"


@pytest.mark.parametrize("cancelled", [False, True])
def test_messages_kept_by_the_provider_are_cancelled_before_rescheduling(
    start_campaign: StartCampaign,
    cancelled: bool,  # noqa: FBT001 - a case
) -> None:
    sending = start_campaign(minutes=28)
    assert sending.dispatch() == Tally(accepted=8)
    if cancelled:
        sending.cancel()
        assert sending.read_status() == "cancelled_nobody"
    sending.reschedule(600)
    assert (sending.read_tally(), sending.provider.count_delivered()) == (Tally(ready=8), Counter())
    assert sending.dispatch() == Tally(ready=8)
    sending.sleep(575 * 60)
    assert sending.dispatch() == Tally(accepted=8)
    assert sending.provider.count_delivered() == count_everybody()
    assert sending.provider.gone == []


def test_rescheduling_too_late_for_the_provider_is_refused(start_campaign: StartCampaign) -> None:
    sending = start_campaign(minutes=28)
    sending.dispatch()
    sending.sleep(19 * 60)
    with pytest.raises(Refused, match="reschedule_too_late") as refusal:
        sending.reschedule(600)
    assert refusal.value.facts["at"] == BEGIN + dt.timedelta(minutes=28)
    assert (sending.read_campaign().state, sending.read_tally()) == (CampaignState.ACTIVE, Tally(accepted=8))
    assert sending.provider.count_delivered() == count_everybody()


def test_rescheduling_is_refused_without_free_batches_for_cancellation(start_campaign: StartCampaign) -> None:
    sending = start_campaign(BatchProvider(max_batches=1), minutes=28)
    sending.dispatch()
    with pytest.raises(Refused, match="reschedule_no_room"):
        sending.reschedule(600)
    assert (sending.read_campaign().state, sending.read_tally()) == (CampaignState.ACTIVE, Tally(accepted=8))
    assert sending.provider.count_delivered() == count_everybody()


def test_an_unconfirmed_cancellation_keeps_the_old_time_and_is_reconciled(start_campaign: StartCampaign) -> None:
    """The second answer is lost: the cancelled chunk is sent again at the old time, and nobody is left out."""
    sending = start_campaign(BatchProvider(confirms=[True, False]), minutes=28)
    sending.dispatch()
    with pytest.raises(Refused, match="reschedule_unconfirmed"):
        sending.reschedule(600)
    assert (sending.read_campaign().state, sending.read_tally()) == (CampaignState.ACTIVE, Tally(ready=4, in_doubt=4))
    with pytest.raises(Refused, match="reschedule_in_doubt"):
        sending.reschedule(600)
    sending.dispatch()
    sending.sleep(200)
    assert sending.dispatch() == Tally(accepted=8)
    assert sending.provider.count_delivered() == count_everybody()
    sending.reschedule(600)
    assert sending.read_tally() == Tally(ready=8)


def test_an_unconfirmed_cancellation_is_counted_as_unsure(start_campaign: StartCampaign) -> None:
    sending = start_campaign(BatchProvider(confirms=[False, True]), minutes=28)
    sending.dispatch()
    done = sending.cancel()
    assert (done.stopped, done.gone, done.too_late, done.unsure) == (4, 0, 0, 4)
    sending.dispatch()
    sending.sleep(200)
    assert sending.dispatch() == Tally(cancelled=8)
    assert sending.read_status() == "cancelled_nobody"


def test_rescheduling_is_refused_while_a_chunk_is_in_doubt(start_campaign: StartCampaign) -> None:
    sending = start_campaign(BatchProvider(answers=[InDoubt("lost")]), minutes=28)
    sending.dispatch()
    with pytest.raises(Refused, match="reschedule_in_doubt"):
        sending.reschedule(600)
    assert sending.read_campaign().state is CampaignState.ACTIVE


def test_rescheduling_is_refused_while_a_chunk_is_claimed(start_campaign: StartCampaign) -> None:
    sending = start_campaign()
    with sending.store.write() as tx:
        assert chunks.claim(tx, sending.campaign, 0, chunks.Claimant("w:1:1", "t", sending.now_ms(), 2**60))
    with pytest.raises(Refused, match="reschedule_under_way"):
        sending.reschedule(600)


def test_the_rest_of_a_paused_campaign_is_rescheduled_without_duplicates(start_campaign: StartCampaign) -> None:
    sending = start_campaign()
    with sending.store.write() as tx:
        claim = chunks.claim(tx, sending.campaign, 0, chunks.Claimant("w:1:1", "t", sending.now_ms(), 2**60))
        assert claim
        chunks.record(tx, claim, [Part(ChunkState.ACCEPTED)], [], sending.now_ms())
    sending.provider.gone = EIGHT[:4]
    STATES["paused"](sending)
    sending.reschedule(600)
    sending.sleep(575 * 60)
    assert sending.dispatch() == Tally(accepted=8)
    assert sending.provider.count_delivered() == count_everybody()


def _half_then_cancel(sending: CampaignRun) -> None:
    with sending.store.write() as tx:
        claim = chunks.claim(tx, sending.campaign, 0, chunks.Claimant("w:1:1", "t", sending.now_ms(), 2**60))
        assert claim
        chunks.record(tx, claim, [Part(ChunkState.ACCEPTED)], [], sending.now_ms())
    sending.cancel()


def _give_up(sending: CampaignRun) -> None:
    sending.dispatch()
    sending.sleep(2000)
    sending.dispatch()
    held = control.list_resolvable(sending.store, sending.read_campaign(), [])
    control.resolve(sending.store, sending.read_campaign(), held, ChunkState.CANCELLED, sending.now_ms())


OVER: dict[str, Callable[[CampaignRun], object]] = {
    "done": lambda sending: sending.dispatch(),
    "cancelled halfway": _half_then_cancel,
    "given up": _give_up,
}


@pytest.mark.parametrize("name", OVER)
def test_rescheduling_a_finished_campaign_is_refused(start_campaign: StartCampaign, name: str) -> None:
    sending = start_campaign(BatchProvider(answers=[InDoubt("lost")] if name == "given up" else []))
    OVER[name](sending)
    before = sending.read_tally()
    with pytest.raises(Refused, match="campaign_finished"):
        sending.reschedule(600)
    assert sending.read_tally() == before


def test_messages_kept_by_another_provider_cannot_be_rescheduled_or_cancelled(start_campaign: StartCampaign) -> None:
    sending = start_campaign(minutes=28)
    sending.dispatch()
    sending.provider = BatchProvider(name="smtp")
    with pytest.raises(Refused, match="reschedule_by_another"):
        sending.reschedule(600)
    with pytest.raises(Refused, match="kept_by_another_provider"):
        sending.cancel()

"""Dispatch on both databases: outcomes, rate and daily cap, doubts, cancellations, concurrent dispatchers."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from example_edition import EDITION_WITH_TOKEN
from fake_provider import BaseFakeProvider

from newsletter.campaigns import control, planning, reports, schedule
from newsletter.campaigns.sending import Worker, dispatch
from newsletter.campaigns.sending.concurrency import ConcurrencyLimiter
from newsletter.errors import ProviderError, Refused
from newsletter.model.campaign import Campaign, ChunkState, Part, Policy, SendOptions, Tally
from newsletter.model.delivery import (
    Accepted,
    AccountLimited,
    Attempt,
    Blame,
    InDoubt,
    Misconfigured,
    NotSent,
    Outcome,
    Recipient,
    Rejected,
    Throttled,
    TooLarge,
)
from newsletter.model.edition import Edition
from newsletter.model.subscribers import Method, Provenance, Status, SubscriberUpsert
from newsletter.providers.base import CLAIM_LOST, Caps, CommitPoint, Request, commit_always
from newsletter.storage import schema
from newsletter.storage.address_hash import address_mac
from newsletter.storage.campaigns import attempts, campaigns, chunks
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, subscribers, upsert

KEY = "a key that signs the links of tests"
BEGIN = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
TWELVE = [f"p{number:02d}@exemple.fr" for number in range(12)]
Enlist = Callable[..., list[int]]


@dataclass
class FakeProvider(BaseFakeProvider):
    """A provider that gives prepared answers, and records each delivery with its attempt and batch."""

    caps: Caps = field(default_factory=lambda: Caps(4, idempotent=False, chunk_size=4, in_flight=3))
    name: str = "post"
    answers: list[Outcome] = field(default_factory=list)
    delivered: list[tuple[str, str, str]] = field(default_factory=list)
    """Address, name of the attempt, id of the batch."""
    dates: list[dt.datetime] = field(default_factory=list)
    """Dates of the attempts that were built."""
    cancelled: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        del edition
        self.dates.append(attempt.date)
        parts = (",".join(recipient.email for recipient in recipients), attempt.name, attempt.batch_id)
        return Request("", tuple(part.encode() for part in parts))

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        people, name, fence = (part.decode() for part in request.parts)
        with self.lock:
            answer = self.answers.pop(0) if self.answers else Accepted("r")
            taken = isinstance(answer, Accepted) or (isinstance(answer, InDoubt) and answer.reason == "taken")
            if taken and not commit_point():
                return NotSent(CLAIM_LOST)
            if taken:
                self.delivered += [(email, name, fence) for email in people.split(",")]
        return answer

    def count_delivered(self) -> Counter[str]:
        return Counter(email for email, _, fence in self.delivered if fence not in self.cancelled)


@dataclass
class BatchProvider(FakeProvider):
    """A provider that answers questions about attempts, and can cancel batches."""

    logs: bool = True
    max_batches: int = 10
    reserved: int = 0

    def create_batch(self) -> str:
        self.reserved += 1
        return f"fence{self.reserved}"

    def cancel_batch(self, batch_id: str) -> bool:
        self.cancelled.add(batch_id)
        return True

    def delete_batch(self, batch_id: str) -> bool:
        return bool(batch_id)

    def was_accepted(self, attempt: str, probes: Sequence[str], since: float) -> bool | None:
        assert probes
        assert since
        return any(name == attempt for _, name, _ in self.delivered) if self.logs else None


@dataclass
class FailingCancelProvider(BatchProvider):
    """A provider whose answers to a cancellation fail `failing` times, after the first answer."""

    failing: int = 2
    asked: int = 0

    def cancel_batch(self, batch_id: str) -> bool:
        self.asked += 1
        self.cancelled.add(batch_id)
        return not 1 < self.asked <= 1 + self.failing


DEAD, GREY = [f"dead{number}@d{number}.fr" for number in range(10)], [f"g{number}@grey.fr" for number in range(3)]
LIVE = [f"live{number:02d}@l{number}.fr" for number in range(20)]


@dataclass
class LimitedRelay(FakeProvider):
    """A relay that takes `an_hour` messages an hour. It has ten dead mailboxes,
    a domain that greylists for five minutes, and a limit of connections."""

    clock: Callable[[], float] = lambda: 0.0
    limit: Outcome = field(default_factory=lambda: AccountLimited(1800, "450 4.7.0 rate limit exceeded"))
    an_hour: int = 5
    taken_at: list[float] = field(default_factory=list)
    seen: dict[str, float] = field(default_factory=dict)
    crowded: int = 3
    """How often the relay answers that there are too many connections."""

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        email, now = request.parts[0].decode(), self.clock()
        with self.lock:
            if self.crowded:
                self.crowded -= 1
                return Throttled(60, "421 too many connections", Blame.CONNECTION)
            if email in DEAD:
                return Rejected("550 5.1.1 user unknown", (0,))
            if email in GREY and now - self.seen.setdefault(email, now) < 300:
                return Throttled(300, "450 4.2.0 greylisted")
            if sum(now - at < 3600 for at in self.taken_at) >= self.an_hour:
                return self.limit
            self.taken_at.append(now)
        return super().submit(request, commit_point)


@dataclass
class Clock:
    now: float = BEGIN.timestamp()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class CampaignRun:
    """A campaign to twelve people in chunks of four; its clock moves when the worker sleeps."""

    store: Store
    provider: FakeProvider
    clock: Clock
    campaign: Campaign
    cap: int = 0

    def dispatch(self, patience: float = 0.0, **more: object) -> Tally:
        worker = Worker(KEY, clock=self.clock, sleep=self.clock.sleep, jitter=lambda: 1.0, daily_cap=self.cap,
                        zone=ZoneInfo("Europe/Paris"))  # fmt: skip
        dispatch(self.store, self.provider, self.campaign, replace(worker, **more), patience=patience)  # type: ignore[arg-type] # its fields
        return self.read_tally()

    def read_tally(self) -> Tally:
        with self.store.read() as tx:
            return campaigns.read_tally(tx, self.campaign.id)

    def now_ms(self) -> int:
        return int(self.clock.now * 1000)


@pytest.fixture
def start_campaign(store: Store, enlist: Enlist) -> Callable[..., CampaignRun]:
    def make(post: FakeProvider | None = None, *, people: Sequence[str] = TWELVE, **options: object) -> CampaignRun:
        enlist(store, *people)
        post = post or FakeProvider()
        terms = planning.PlanOptions(post.name, post.caps.chunk_size, SendOptions(**options))  # type: ignore[arg-type] # whatever options a test names
        planned = planning.plan(store, EDITION_WITH_TOKEN, planning.Audience("tous"), terms, now=BEGIN)
        return CampaignRun(store, post, Clock(), planned.campaign)

    return make


def count_everybody_except(*without: int) -> Counter[str]:
    return Counter(email for number, email in enumerate(TWELVE) if number not in without)


OUTCOMES: list[tuple[list[Outcome], set[int], dict[str, int]]] = [
    ([], set(), {"accepted": 12}),
    ([TooLarge("413")], set(), {"accepted": 12}),
    ([TooLarge("413"), TooLarge("413"), TooLarge("413")], {0}, {"accepted": 11, "rejected": 1}),
    ([Rejected("bad", (1,))], {1}, {"accepted": 11, "rejected": 1}),
    ([Rejected("bad", (0, 3))], {0, 3}, {"accepted": 10, "rejected": 2}),
    ([Rejected("nobody named")], set(), {"accepted": 12}),
    ([Rejected("out of range", (17,))], set(), {"accepted": 12}),
    ([Throttled(30, "slow")], set(), {"accepted": 12}),
    ([NotSent("no"), NotSent("no")], set(), {"accepted": 12}),
]


@pytest.mark.parametrize(("answers", "without", "wanted"), OUTCOMES)
def test_an_outcome_splits_retries_or_finishes_a_chunk(
    start_campaign: Callable[..., CampaignRun], answers: list[Outcome], without: set[int], wanted: dict[str, int]
) -> None:
    """One chunk is sent at a time, so that the refused recipients are known."""
    sending = start_campaign(FakeProvider(answers=[*answers]), in_flight=1)
    assert sending.dispatch(patience=900) == Tally(**wanted)
    assert sending.provider.count_delivered() == count_everybody_except(*without)


def test_a_chunk_of_single_messages_is_split_by_their_outcomes(start_campaign: Callable[..., CampaignRun]) -> None:
    answers: list[Outcome] = [Accepted(), Rejected("550", (0,)), Throttled(300, "grey"), InDoubt("taken")]
    post = FakeProvider(Caps(1, idempotent=False, chunk_size=6, in_flight=1), answers=answers)
    sending = start_campaign(post)
    tally = sending.dispatch()
    assert (tally.accepted, tally.rejected, tally.ready, tally.in_doubt + tally.held) == (9, 1, 1, 1)
    assert post.count_delivered() == count_everybody_except(1, 2)
    sending.clock.sleep(400)
    assert sending.dispatch() == Tally(accepted=10, rejected=1, held=1)  # a relay can be asked nothing
    assert post.count_delivered() == count_everybody_except(1)
    assert [person.email for person in reports.list_people(sending.store, sending.campaign, "held")] == [TWELVE[3]]


def test_a_misconfigured_provider_stops_dispatch_and_loses_no_recipient(
    start_campaign: Callable[..., CampaignRun],
) -> None:
    sending = start_campaign(FakeProvider(answers=[Misconfigured("401")]), in_flight=1)
    with pytest.raises(ProviderError):
        sending.dispatch()
    assert (sending.read_tally(), sending.provider.delivered) == (Tally(ready=12), [])
    assert sending.dispatch() == Tally(accepted=12)


def test_a_message_is_dated_at_its_first_attempt(start_campaign: Callable[..., CampaignRun]) -> None:
    """The date is not that of planning, days before, and a retry has the same date."""
    sending = start_campaign(FakeProvider(answers=[Throttled(600, "slow")]), in_flight=1)
    sending.clock.sleep(5 * 86_400)
    first = dt.datetime.fromtimestamp(sending.clock.now, dt.UTC)
    assert sending.dispatch(patience=900) == Tally(accepted=12)
    assert sending.provider.dates[0] == first
    assert sending.provider.dates.count(first) == 2
    assert all(first <= date <= first + dt.timedelta(minutes=20) for date in sending.provider.dates)


LIMITS: dict[str, Outcome] = {
    "in words that name the account": AccountLimited(1800, "450 4.7.0 rate limit exceeded"),
    "in words that nobody knows, for good": Rejected("554 5.7.1 denied", (0,), Blame.UNKNOWN),
    "in words that nobody knows, for now": Throttled(300, "451 4.3.0 later", Blame.UNKNOWN),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS.keys())
@pytest.mark.parametrize("width", [1, 3])
def test_an_account_limit_rejects_nobody_and_dispatch_continues_later(
    start_campaign: Callable[..., CampaignRun], limit: Outcome, width: int
) -> None:
    clock = Clock()
    relay = LimitedRelay(Caps(1, idempotent=False, chunk_size=6, in_flight=width), clock=clock, limit=limit)
    sending = start_campaign(relay, people=[*DEAD, *GREY, *LIVE])
    sending.clock = clock
    stops = list[ProviderError]()
    for _ in range(60):  # ten hours, looked at every ten minutes
        try:
            sending.dispatch()
        except ProviderError as error:
            stops.append(error)
        assert sending.read_tally().rejected <= len(DEAD)
        clock.sleep(600)
    assert sending.read_tally() == Tally(accepted=len(GREY + LIVE), rejected=len(DEAD))
    assert relay.count_delivered() == Counter([*GREY, *LIVE])
    assert {error.key for error in stops} == {"account_limited"}
    assert len(stops) < 20, "the relay is not asked without a pause"


def test_dispatch_continues_with_other_recipients_after_an_account_limit(
    start_campaign: Callable[..., CampaignRun],
) -> None:
    """A recipient who meets the limit each time does not block the recipients after them."""
    people = ["first@a.fr", *LIVE]
    relay = LimitedRelay(Caps(1, idempotent=False, chunk_size=4, in_flight=1), crowded=0)
    sending = start_campaign(relay, people=people)
    relay.clock = sending.clock

    def limit_first_recipient(request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        if b"first@" in request.parts[0]:
            return AccountLimited(1800, "450 4.7.0 rate limit exceeded")
        return FakeProvider.submit(relay, request, commit_point)

    relay.submit = limit_first_recipient  # type: ignore[method-assign] # what this relay does
    for _ in range(4):
        with contextlib.suppress(ProviderError):
            sending.dispatch()
        sending.clock.sleep(1900)
    assert relay.count_delivered() == Counter(LIVE)
    assert sending.read_tally() == Tally(accepted=len(LIVE), ready=1)


def test_a_rate_limit_is_even_and_survives_a_restart(start_campaign: Callable[..., CampaignRun]) -> None:
    sending = start_campaign(rate=240)  # four a minute
    assert sending.dispatch().accepted == 4
    assert sending.dispatch().accepted == 4
    sending.clock.sleep(61)
    assert sending.dispatch().accepted == 8
    begun = sending.clock.now
    assert sending.dispatch(patience=900).accepted == 12
    assert 55 < sending.clock.now - begun < 70


def test_a_chunk_is_no_larger_than_the_rate_allows_in_a_minute(start_campaign: Callable[..., CampaignRun]) -> None:
    sending = start_campaign(rate=60)
    assert sending.dispatch().accepted == 1
    assert sending.dispatch(patience=900) == Tally(accepted=12)
    assert sending.provider.count_delivered() == count_everybody_except()


def test_a_daily_cap_waits_for_midnight_in_the_zone_of_the_publication(
    start_campaign: Callable[..., CampaignRun],
) -> None:
    sending = start_campaign()
    sending.cap = 5
    assert sending.dispatch().accepted == 5
    sending.clock.now = dt.datetime(2026, 11, 25, 22, 59, tzinfo=dt.UTC).timestamp()
    assert sending.dispatch().accepted == 5
    sending.clock.now = dt.datetime(2026, 11, 25, 23, 1, tzinfo=dt.UTC).timestamp()  # in Paris it is tomorrow
    assert sending.dispatch().accepted == 10
    assert not schedule.is_overdue(
        sending.store, sending.campaign, sending.now_ms() + 86_000_000, grace_seconds=43_200, has_daily_cap=True
    )


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-25", 24)])
def test_a_day_has_23_24_or_25_hours_with_daylight_saving(day: str, hours: int) -> None:
    noon = dt.datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=ZoneInfo("Europe/Paris"))
    worker = Worker(KEY, clock=noon.timestamp, zone=ZoneInfo("Europe/Paris"))
    assert worker.next_midnight_ms() - worker.midnight_ms() == hours * 3_600_000


def test_evidence_resolves_a_doubt_without_sending_again(start_campaign: Callable[..., CampaignRun]) -> None:
    sending = start_campaign(BatchProvider(answers=[InDoubt("taken")]), in_flight=1)
    assert sending.dispatch() == Tally(accepted=12)
    assert sending.provider.count_delivered() == count_everybody_except()


def dispatch_after_doubt(sending: CampaignRun, *, evidence: bool) -> Tally:
    """Dispatch half an hour after a doubt, with or without reports about the other chunks."""
    if evidence:
        with sending.store.write() as tx:
            for attempt in attempts.list_accepted(tx, sending.campaign.id, 0):
                attempts.mark_proven(tx, attempt, 1)
    assert sending.dispatch().in_doubt == 4
    sending.clock.sleep(1900)
    return sending.dispatch()


@pytest.mark.parametrize(
    ("policy", "evidence", "logs", "held"),
    [
        (Policy.STRICT, True, True, 4),
        (Policy.COMPLETE, True, True, 0),
        (Policy.COMPLETE, False, True, 4),  # nothing of the others was heard either
        (Policy.COMPLETE, True, False, 4),  # and nobody answers: no answer is not a no
    ],
)
def test_a_doubt_without_evidence_is_held_or_sent_again_by_policy(
    start_campaign: Callable[..., CampaignRun],
    policy: Policy,
    evidence: bool,  # noqa: FBT001 - a parameter of the test
    logs: bool,  # noqa: FBT001 - a parameter of the test
    held: int,
) -> None:
    sending = start_campaign(BatchProvider(answers=[InDoubt("lost")], logs=logs), policy=policy, in_flight=1)
    sending.dispatch()
    tally = dispatch_after_doubt(sending, evidence=evidence)
    assert (tally.held, tally.accepted) == (held, 12 - held)
    assert max(sending.provider.count_delivered().values()) == 1


RELEASE = int((BEGIN + dt.timedelta(minutes=28)).timestamp() * 1000)


@pytest.mark.parametrize("reason", ["taken", "lost"])
def test_a_batch_in_doubt_is_cancelled_before_sending_again(
    start_campaign: Callable[..., CampaignRun], reason: str
) -> None:
    sending = start_campaign(BatchProvider(answers=[InDoubt(reason)], logs=False), release_at=RELEASE, in_flight=1)
    assert sending.dispatch(patience=900) == Tally(accepted=12)
    assert sending.provider.count_delivered() == count_everybody_except()
    assert len(sending.provider.cancelled) == 1


@pytest.mark.parametrize(("failing", "held"), [(1, 0), (8, 0), (99, 4)])
def test_a_failed_batch_cancellation_is_repeated_while_there_is_time(
    start_campaign: Callable[..., CampaignRun], failing: int, held: int
) -> None:
    post = FailingCancelProvider(answers=[InDoubt("taken")], logs=False, failing=failing)
    sending = start_campaign(post, release_at=RELEASE, in_flight=1)
    for _ in range(40):
        sending.dispatch()
        sending.clock.sleep(60)
    assert sending.read_tally() == Tally(accepted=12 - held, held=held)
    assert max(post.count_delivered().values()) == 1


def test_a_doubt_too_close_to_its_release_is_held(start_campaign: Callable[..., CampaignRun]) -> None:
    sending = start_campaign(BatchProvider(answers=[InDoubt("taken")], logs=False), release_at=RELEASE, in_flight=1)
    sending.clock.sleep(16 * 60)  # twelve minutes are left
    sending.dispatch()
    sending.clock.sleep(4000)
    assert sending.dispatch().held == 4
    assert sending.provider.count_delivered() == count_everybody_except()


def test_at_most_ten_batches_are_cancelled(start_campaign: Callable[..., CampaignRun]) -> None:
    post = BatchProvider(Caps(1, idempotent=False, chunk_size=1), answers=[InDoubt("taken")] * 12, logs=False)
    sending = start_campaign(post, release_at=RELEASE)
    for _ in range(4):  # three in a row are reason to stop, until they are cleared up
        with contextlib.suppress(ProviderError):
            sending.dispatch()
        sending.clock.sleep(190)
    with sending.store.read() as tx:
        assert 9 <= len(attempts.list_cancelled(tx)) <= 10
    sending.clock.sleep(1800)
    for _ in range(4):
        with contextlib.suppress(ProviderError):
            sending.dispatch()
        sending.clock.sleep(2000)
    assert max(post.count_delivered().values()) == 1
    held = Counter(person.email for person in reports.list_people(sending.store, sending.campaign, "held"))
    assert post.count_delivered() | held == count_everybody_except()


def test_recipients_of_cancelled_batches_get_nothing_and_count_as_missing(
    start_campaign: Callable[..., CampaignRun],
) -> None:
    sending = start_campaign(BatchProvider(), release_at=RELEASE)
    assert sending.dispatch().accepted == 12
    done = control.cancel(sending.store, sending.provider, sending.campaign, sending.now_ms())
    assert (done.stopped, done.gone, done.too_late, done.unsure) == (12, 0, 0, 0)
    assert (sending.read_tally(), sending.provider.count_delivered()) == (Tally(cancelled=12), Counter())
    again = planning.Audience("tous", only_missing=True)
    assert planning.count(sending.store, again, EDITION_WITH_TOKEN.issue_id).recipients == 12


def test_cancelling_less_than_ten_minutes_before_release_is_too_late(
    start_campaign: Callable[..., CampaignRun],
) -> None:
    sending = start_campaign(BatchProvider(), release_at=RELEASE)
    sending.dispatch()
    sending.clock.sleep(19 * 60)
    done = control.cancel(sending.store, sending.provider, sending.campaign, sending.now_ms())
    assert (done.stopped, done.too_late) == (0, 12)


def test_a_chunk_released_after_a_cancellation_is_cancelled(start_campaign: Callable[..., CampaignRun]) -> None:
    sending = start_campaign(FakeProvider(answers=[Throttled(1, "slow")]), in_flight=1)
    with sending.store.write() as tx:
        claim = chunks.claim(tx, sending.campaign, 0, chunks.Claimant("w:1:1", "t", sending.now_ms(), 0))
        assert claim
    control.cancel(sending.store, sending.provider, sending.campaign, sending.now_ms())
    with sending.store.write() as tx:
        assert chunks.record(tx, claim, [Part(ChunkState.READY)], [], sending.now_ms())
    assert sending.read_tally() == Tally(cancelled=12)


def test_a_paused_campaign_is_not_dispatched_until_resumed(start_campaign: Callable[..., CampaignRun]) -> None:
    sending = start_campaign()
    control.pause(sending.store, sending.campaign, sending.now_ms())
    assert sending.dispatch() == Tally(ready=12)
    with pytest.raises(Refused):
        control.pause(sending.store, control.get_campaign(sending.store, sending.campaign.id), sending.now_ms())
    control.resume(sending.store, control.get_campaign(sending.store, sending.campaign.id), sending.now_ms())
    assert sending.dispatch() == Tally(accepted=12)


def test_concurrent_dispatchers_deliver_once_to_each_person(
    start_campaign: Callable[..., CampaignRun], store: Store
) -> None:
    """Four dispatchers run in four threads; some of their chunks are refused or halved."""
    odd: list[Outcome] = [TooLarge("413"), Rejected("?"), Throttled(0, "slow"), TooLarge("413")]
    answers = [answer for outcome in odd for answer in (outcome, *[Accepted("r")] * 4)]  # not all of them to one person
    people = [f"q{number:03d}@exemple.fr" for number in range(60)]
    sending = start_campaign(FakeProvider(answers=answers), people=people)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            dispatch(store, sending.provider, sending.campaign, Worker(KEY, jitter=lambda: 0.0))
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    sending.clock.now += 100
    sending.dispatch(clock=lambda: dt.datetime.now(dt.UTC).timestamp() + 100)
    assert sending.provider.count_delivered() == Counter(people)
    assert sending.read_tally() == Tally(accepted=60)


def test_a_person_who_left_after_planning_is_skipped_and_listed(start_campaign: Callable[..., CampaignRun]) -> None:
    sending = start_campaign()
    with sending.store.write() as tx:
        person, target = subscribers.find_by_email(tx, TWELVE[5]), lists.find(tx, "tous")
        assert person
        assert target
        subscribers.unsubscribe(tx, [person.id], [target.id], Provenance(Method.FORM), 1)
    assert sending.dispatch() == Tally(accepted=11, skipped=1)
    assert sending.provider.count_delivered() == count_everybody_except(5)
    assert reports.find_person(sending.store, sending.campaign, TWELVE[5]).state == "unsubscribed"
    assert [person.email for person in reports.list_people(sending.store, sending.campaign, "skipped")] == [TWELVE[5]]
    assert len(list(reports.list_people(sending.store, sending.campaign, "accepted"))) == 11


def unsubscribe_people(store: Store, *emails: str) -> None:
    """Unsubscribe people from the list."""
    with store.write() as tx:
        target, people = lists.find(tx, "tous"), [subscribers.find_by_email(tx, email) for email in emails]
        assert target
        subscribers.unsubscribe(tx, [person.id for person in people if person], [target.id], Provenance(Method.FORM), 1)


def resubscribe_people(store: Store, *emails: str) -> None:
    """Subscribe people again by a form."""
    with store.write() as tx:
        target = lists.find(tx, "tous")
        assert target
        people = [
            SubscriberUpsert(email, address_mac(KEY, email), subscriptions={target.id: Status.CONFIRMED})
            for email in emails
        ]
        upsert.upsert_subscribers(tx, people, Provenance(Method.FORM), 2)


@pytest.mark.parametrize("others", [{3}, {3, 5, 7}, {1, 5, 6, 10}])
@pytest.mark.parametrize("why", ["segment", "earlier round", "came back", "confirmed since"])
def test_people_who_left_are_not_replaced_by_others_within_the_id_range(
    store: Store, enlist: Enlist, why: str, others: set[int]
) -> None:
    """As many people leave as others join in the range of ids: the counts are equal, the people differ."""
    strangers = [TWELVE[number] for number in others]
    audience = planning.Audience("tous")
    if why == "segment":
        audience = planning.Audience("tous", " and ".join(f'email != "{email}"' for email in strangers))
    enlist(store, *TWELVE)
    post, options = FakeProvider(), SendOptions(in_flight=1)
    if why == "earlier round":
        first = planning.Audience("tous", " or ".join(f'email = "{email}"' for email in strangers))
        terms = planning.PlanOptions(post.name, 12, options)
        CampaignRun(
            store, post, Clock(), planning.plan(store, EDITION_WITH_TOKEN, first, terms, now=BEGIN).campaign
        ).dispatch()
        assert post.count_delivered() == Counter(strangers)
        audience = planning.Audience("tous", only_missing=True)
    elif why == "came back":
        unsubscribe_people(store, *strangers)
    elif why == "confirmed since":
        with store.write() as tx:
            pending = sa.update(schema.subscription).values(status=Status.PENDING.value)
            ids = [person.id for email in strangers if (person := subscribers.find_by_email(tx, email))]
            tx.execute(pending.where(schema.subscription.c.subscriber_id.in_(ids)))
    planned = planning.plan(
        store, EDITION_WITH_TOKEN, audience, planning.PlanOptions(post.name, 12, options), now=BEGIN
    )
    if why in {"came back", "confirmed since"}:
        resubscribe_people(store, *strangers)
    leavers = [number for number in range(12) if number not in others][2 : 2 + len(others)]
    unsubscribe_people(store, *(TWELVE[number] for number in leavers))
    sending = CampaignRun(store, post, Clock(), planned.campaign)
    assert sending.dispatch() == Tally(accepted=12 - 2 * len(others), skipped=len(others))
    had = others if why == "earlier round" else set()
    assert post.count_delivered() == count_everybody_except(*leavers, *(others - had))
    assert {reports.find_person(store, planned.campaign, TWELVE[number]).state for number in leavers} == {
        "unsubscribed"
    }


def test_a_claim_with_a_lost_commit_answer_is_used(
    start_campaign: Callable[..., CampaignRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    sending, original_claim, calls = start_campaign(in_flight=1), chunks.claim, 0

    def claim_and_lose_answer(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        claim = original_claim(*arguments, **options)  # type: ignore[arg-type] # as it was called
        if calls == 1:  # it is on the disk, and nobody says so
            tx = arguments[0]
            assert isinstance(tx, sa.Connection)
            tx.commit()
            raise sa.exc.OperationalError("COMMIT", {}, Exception("gone"))
        return claim

    monkeypatch.setattr(chunks, "claim", claim_and_lose_answer)
    assert sending.dispatch() == Tally(accepted=12)
    assert sending.provider.count_delivered() == count_everybody_except()


def test_the_concurrency_limit_adapts_to_outcomes() -> None:
    clock = Clock()
    limiter = ConcurrencyLimiter(32, 6, clock, lambda: 1.0)
    for _ in range(10):
        limiter.record([Accepted()])
    assert limiter.window == 14
    limiter.record([Throttled(30, "slow")])
    assert (limiter.window, limiter.has_room(0)) == (7, False)
    clock.sleep(31)
    assert limiter.has_room(6)
    assert not limiter.has_room(7)
    for _ in range(3):
        limiter.record([InDoubt("?")])
    assert limiter.stop_reason

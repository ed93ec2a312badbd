"""The ledger under any history: plan, claim, crash, resume, leave, pause, cancel, reports, in any order.

Nobody gets the issue twice, nobody who left before the claim gets it, and at the end every recipient is
counted. Four mutants of the ledger show that the property can fail.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa
from example_edition import EDITION
from fake_provider import BaseFakeProvider
from hypothesis import HealthCheck, Phase, seed, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from identity import KEY, NOW
from random_examples import scale_examples

from newsletter.campaigns import control, planning, rescheduling, sending
from newsletter.campaigns.sending import Progress, Worker
from newsletter.delivery_events import processing
from newsletter.errors import ProviderError, Refused
from newsletter.model import campaign as campaign_
from newsletter.model.campaign import Campaign, CampaignState, ChunkState, Part, Policy, SendOptions, Tally
from newsletter.model.delivery import Accepted, Attempt, InDoubt, NotSent, Outcome, Recipient, Rejected, Throttled
from newsletter.model.delivery_events import DeliveryFlags, Event
from newsletter.model.edition import Edition
from newsletter.model.subscribers import Method, Provenance, Status, Subscriber, SubscriberUpsert, SuppressionReason
from newsletter.providers.base import CLAIM_LOST, Caps, CommitPoint, Request, commit_always
from newsletter.storage import address_hash, database
from newsletter.storage.campaigns import campaigns, chunks, delivery_exceptions
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, subscribers, upsert

DEAD = f"{socket.gethostname()}:999999999:0.00"
"""A worker whose process is known not to run."""
PEOPLE = [f"p{number}@exemple.fr" for number in range(7)]
OTHERS = [f"p{number}@ailleurs.fr" for number in range(7)]
"""On the same list, with ids between those of PEOPLE, but not in the segment."""
SEGMENT = 'domain = "exemple.fr"'
CHUNK = 3
BY_OPERATOR = Provenance(Method.OPERATOR)


class Killed(BaseException):
    """The process is killed at this step."""


@dataclass
class FakeProvider(BaseFakeProvider):
    """A provider that records deliveries and gives prepared answers."""

    caps: Caps
    name: str = "post"
    delivered: list[tuple[str, ...]] = field(default_factory=list)
    answers: list[Outcome] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    """Names of the accepted attempts."""

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        del edition
        return Request(",".join(recipient.email for recipient in recipients), (attempt.name.encode(),))

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        answer = self.answers.pop() if self.answers else Accepted()
        taken = isinstance(answer, Accepted) or (isinstance(answer, InDoubt) and answer.reason == "taken")
        people = tuple(request.key.split(","))
        if taken and not commit_point():
            return NotSent(CLAIM_LOST)
        if taken and not (self.caps.idempotent and people in self.delivered):
            self.delivered.append(people)
            self.attempts.append(request.body.decode())
        return answer


@dataclass
class TracingProvider(FakeProvider):
    """A provider that says whether it accepted an attempt."""

    max_batches: int = 10
    answers_questions: bool = True

    def was_accepted(self, attempt: str, probes: Sequence[str], since: float) -> bool | None:
        del probes, since
        return attempt in self.attempts if self.answers_questions else None

    def create_batch(self) -> str:
        return ""

    def cancel_batch(self, batch_id: str) -> bool:
        del batch_id
        return False

    def delete_batch(self, batch_id: str) -> None:
        pass


class LedgerMachine(RuleBasedStateMachine):
    """A campaign to seven people in chunks of three."""

    max_recipients = 1
    idempotent = True
    make: type[FakeProvider] = FakeProvider
    policy = Policy.STRICT

    @initialize()
    def open(self) -> None:
        self.store = database.open_store(
            "sqlite://", database.PublicationIdentity("x.y", address_hash.fingerprint(KEY)), NOW
        )
        self.post = self.make(Caps(self.max_recipients, self.idempotent, in_flight=1))
        self.campaign: Campaign | None = None
        self.gone: set[str] = set()
        self.late: set[str] = set()
        self.clock = NOW / 1000
        self.expected: set[str] = set()
        self.enlist([email for pair in zip(PEOPLE, OTHERS, strict=True) for email in pair])

    def enlist(self, emails: Sequence[str]) -> None:
        with self.store.write() as tx:
            target = {lists.get_or_create(tx, "tous", NOW).id: Status.CONFIRMED}
            people = [
                SubscriberUpsert(email, address_hash.address_mac(KEY, email), subscriptions=target) for email in emails
            ]
            upsert.upsert_subscribers(tx, people, BY_OPERATOR, NOW)

    @rule()
    def plan(self) -> None:
        moment = dt.datetime.fromtimestamp(self.clock, dt.UTC)
        audience = planning.Audience("tous", SEGMENT)
        if self.campaign is None and set(PEOPLE) <= self.gone:
            return
        planned = planning.plan(self.store, EDITION, audience, self.terms(), now=moment)
        assert planned.is_new == (self.campaign is None)
        self.campaign = planned.campaign
        if planned.is_new:
            self.expected = set(PEOPLE) - self.gone

    def terms(self) -> planning.PlanOptions:
        return planning.PlanOptions("post", CHUNK, SendOptions(policy=self.policy))

    def read_campaign(self) -> Campaign:
        assert self.campaign is not None
        return control.get_campaign(self.store, self.campaign.id)

    @precondition(lambda self: self.campaign is not None)
    @rule(change=st.sampled_from([control.pause, control.resume, control.resume, control.hold]))
    def steer(self, change: Callable[[Store, Campaign, int], None]) -> None:
        with contextlib.suppress(Refused):
            change(self.store, self.read_campaign(), int(self.clock * 1000))

    @precondition(lambda self: self.campaign is not None)
    @rule()
    def cancel(self) -> None:
        with contextlib.suppress(Refused):
            control.cancel(self.store, self.post, self.read_campaign(), int(self.clock * 1000))

    @precondition(lambda self: self.campaign is not None)
    @rule(later=st.sampled_from([0, 60, 100_000]))
    def reschedule(self, later: int) -> None:
        """Reschedule the campaign, also after a cancellation."""
        options, now = (
            replace(self.read_campaign().options, not_before=int(self.clock + later) * 1000),
            int(self.clock * 1000),
        )
        with contextlib.suppress(Refused):
            rescheduling.reschedule(self.store, self.post, self.read_campaign(), options, now)

    @precondition(lambda self: self.campaign is not None and self.post.attempts and self.max_recipients > 1)
    @rule(which=st.integers(0, 20), flags=st.sampled_from([DeliveryFlags.PROCESSED, DeliveryFlags.DELIVERED]))
    def report(self, which: int, flags: DeliveryFlags) -> None:
        """Report an accepted request, perhaps again. Providers of single messages report nothing."""
        name = self.post.attempts[which % len(self.post.attempts)]
        email = self.post.delivered[which % len(self.post.delivered)][0]
        event = Event(flags, int(self.clock), hash((name, flags)) >> 1, email, 1, 1, name)
        now_ms = int(self.clock * 1000)
        processing.store_post(self.store, b"", now_ms)
        processing.apply_posts(
            self.store, lambda _body: [event], lambda address: address_hash.address_mac(KEY, address), now_ms
        )

    @precondition(lambda self: self.campaign is not None)
    @rule(crash_after=st.none() | st.integers(1, 14), answers=st.lists(
        st.sampled_from([NotSent("no"), Throttled(60, "slow"), Rejected("bad"), InDoubt("taken"), InDoubt("lost")]),
        max_size=2,
    ))  # fmt: skip
    def dispatch(self, crash_after: int | None, answers: list[Outcome]) -> None:
        self.post.answers = list(answers)
        assert self.campaign is not None
        steps, goes = 0, self.read_campaign().state is CampaignState.ACTIVE
        left_before = set(self.gone)
        before = Counter(email for people in self.post.delivered for email in people)

        def notify(_notice: Progress) -> None:
            nonlocal steps
            steps += 1
            if steps == crash_after:
                raise Killed

        worker = Worker("k" * 20, name=DEAD, clock=lambda: self.clock, notify=notify)
        with contextlib.suppress(Killed, ProviderError):
            sending.dispatch(self.store, self.post, self.campaign, worker)
        after = Counter(email for people in self.post.delivered for email in people)
        assert not set(after - before) & left_before
        assert goes or after == before

    @rule(email=st.sampled_from(PEOPLE + OTHERS))
    def unsubscribe(self, email: str) -> None:
        with self.store.write() as tx:
            person, target = subscribers.find_by_email(tx, email), lists.find(tx, "tous")
            assert person
            assert target
            subscribers.unsubscribe(tx, [person.id], [target.id], BY_OPERATOR, NOW)
        self.gone.add(email)

    @rule(email=st.sampled_from(PEOPLE + OTHERS))
    def suppress(self, email: str) -> None:
        with self.store.write() as tx:
            mac, reason = address_hash.address_mac(KEY, email), SuppressionReason.COMPLAINT
            subscribers.suppress(tx, email, mac=mac, reason=reason, provenance=BY_OPERATOR, now_ms=NOW)
        self.gone.add(email)

    @rule(email=st.sampled_from(PEOPLE + OTHERS))
    def come_back(self, email: str) -> None:
        with self.store.write() as tx:
            subscribers.release(tx, email, address_hash.address_mac(KEY, email), BY_OPERATOR, NOW)
        self.enlist([email])
        self.gone.discard(email)

    @precondition(lambda self: self.campaign is not None)
    @rule(number=st.integers(0, 3))
    def join_late(self, number: int) -> None:
        email = f"late{number}@exemple.fr"
        self.enlist([email])
        self.late.add(email)

    @rule()
    def wait(self) -> None:
        self.clock += 120

    @invariant()
    def nobody_gets_it_twice(self) -> None:
        counts = Counter(
            email
            for people in getattr(self, "post", FakeProvider(Caps(1, idempotent=True))).delivered
            for email in people
        )
        assert max(counts.values(), default=0) <= 1

    @invariant()
    def nobody_else_gets_it(self) -> None:
        delivered = getattr(self, "post", FakeProvider(Caps(1, idempotent=True))).delivered
        assert {email for people in delivered for email in people} <= getattr(self, "expected", set())

    @invariant()
    def everybody_is_counted(self) -> None:
        campaign = getattr(self, "campaign", None)
        if campaign:
            with self.store.read() as tx:
                tally = campaigns.read_tally(tx, campaign.id)
            counts = (
                tally.ready,
                tally.claimed,
                tally.accepted,
                tally.in_doubt,
                tally.held,
                tally.rejected,
                tally.cancelled,
                tally.skipped,
            )
            assert sum(counts) == campaign.recipients == len(self.expected)
            assert min(counts) >= 0

    def teardown(self) -> None:
        """Finish the campaign, and check that every recipient has a final state."""
        if getattr(self, "campaign", None) is None:
            return
        assert self.campaign is not None
        with contextlib.suppress(Refused):
            control.resume(self.store, self.read_campaign(), int(self.clock * 1000))
        self.post.answers = []
        for _ in range(
            3
        ):  # what was put off, what has a later time, and what is sent again once evidence was waited for
            self.clock += 110_000
            worker = Worker("k" * 20, name=DEAD, clock=lambda: self.clock)
            sending.dispatch(self.store, self.post, self.campaign, worker)
        self.nobody_gets_it_twice()
        got = {email for people in self.post.delivered for email in people}
        with self.store.read() as tx:
            tally = campaigns.read_tally(tx, self.campaign.id)
            excepted = set(tx.execute(sa.text(
                "SELECT s.email FROM delivery_exception AS e JOIN subscriber AS s ON s.id = e.subscriber_id"
            )).scalars())  # fmt: skip
        assert (tally.ready, tally.claimed) == (0, 0)
        assert not got & self.late
        if not tally.in_doubt + tally.held + tally.cancelled:
            assert got | excepted == self.expected
        self.check_doubts(tally)
        self.store.close()

    def check_doubts(self, tally: Tally) -> None:
        """Check that no chunk is in doubt at the end."""
        assert tally.in_doubt == 0


class LedgerOfSingleDoubts(LedgerMachine):
    """One message per request, to a provider that sends a repeated request twice."""

    idempotent = False


class LedgerOfRequests(LedgerMachine):
    """The whole chunk in one request, to a provider that sends a repeated request twice."""

    max_recipients = CHUNK
    idempotent = False


class LedgerWithEvidence(LedgerOfRequests):
    """The whole chunk in one request, to a provider that says what it accepted: no doubt is left."""

    make = TracingProvider
    policy = Policy.COMPLETE


CONFIG = settings(
    max_examples=scale_examples(20),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
HUNT = settings(CONFIG, max_examples=2000, phases=[Phase.generate], database=None)
"""For the mutants: find a failure, and do not spend minutes on making it small."""


def hunt(first: int) -> None:
    """Try random histories, beginning with a seed that leads to a failure soon."""
    machine = seed(first)(type("SeededLedger", (LedgerOfRequests,), {}))
    run_state_machine_as_test(machine, settings=HUNT)


TestIdempotent = LedgerMachine.TestCase
TestIdempotent.settings = CONFIG
TestSingleDoubts = LedgerOfSingleDoubts.TestCase
TestSingleDoubts.settings = CONFIG
TestRequests = LedgerOfRequests.TestCase
TestRequests.settings = CONFIG
TestEvidence = LedgerWithEvidence.TestCase
TestEvidence.settings = CONFIG


def crash_and_go_on() -> None:
    """Kill a worker after its first request, and finish the campaign."""
    ledger = LedgerOfRequests()
    ledger.open()
    ledger.plan()
    ledger.dispatch(crash_after=3, answers=[])
    ledger.teardown()


def test_the_model_detects_a_ledger_that_sends_doubts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant sends every chunk of a dead worker again."""
    honest = chunks.record_abandoned

    def send_doubt_again(
        tx: sa.Connection, campaign_id: int, found: campaign_.ChunkStatus, _parts: object, now: int
    ) -> bool:
        return honest(tx, campaign_id, found, [Part(ChunkState.READY)], now)

    crash_and_go_on()
    monkeypatch.setattr(chunks, "record_abandoned", send_doubt_again)
    with pytest.raises(AssertionError):  # this history is too rare to hunt for
        crash_and_go_on()


def test_the_model_detects_a_ledger_that_marks_claims_as_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant writes the checkpoint when a chunk is claimed, as listmonk does."""
    accept_at_claim = sa.text(chunks._CLAIM.text.replace("state = 'claimed'", "state = 'accepted'"))
    monkeypatch.setattr(chunks, "_CLAIM", accept_at_claim)
    with pytest.raises(AssertionError):
        hunt(6)


def test_the_model_detects_a_ledger_that_ignores_departures_after_planning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant checks suppressions when the campaign is planned, and not again at the claim."""

    def partition_without_check(tx: sa.Connection, list_id: int, ids: Sequence[int]) -> object:
        del list_id
        rows = tx.execute(sa.text("SELECT id, email, first_name, last_name FROM subscriber ORDER BY id"))
        return [Subscriber(*row) for row in rows if row.id in ids], []

    monkeypatch.setattr(delivery_exceptions, "partition_deliverable", partition_without_check)
    with pytest.raises(AssertionError):
        hunt(29)


def test_the_model_detects_a_ledger_that_compares_counts_instead_of_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant takes all people in the id range of a chunk if their count equals the number of recipients."""

    def partition_by_count(tx: sa.Connection, list_id: int, ids: Sequence[int]) -> object:
        rows = delivery_exceptions._read_rows(tx, list_id, ids)
        people = rows if len(rows) == len(ids) else [row for row in rows if row[0] in ids]
        return [Subscriber(*row) for row in people], delivery_exceptions._find_reasons(
            tx, sorted(set(ids) - {row[0] for row in people})
        )

    monkeypatch.setattr(delivery_exceptions, "partition_deliverable", partition_by_count)
    with pytest.raises(AssertionError):
        hunt(3)

"""People under any history: come, confirm, import, leave, bounce, be forgotten, be imported again, in any order.

Nobody suppressed or gone is ever in an audience, every change of status is in the journal, the counts
that are kept agree with the rows, and nobody's number is given twice. On SQLite and on PostgreSQL.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from email_validator import validate_email
from hypothesis import HealthCheck, Phase, example, given, seed, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from identity import IDENTITY, KEY, NOW
from random_examples import scale_examples

from newsletter.errors import NewsletterError
from newsletter.model.subscribers import (
    STATUS_MOVES,
    Method,
    OptIn,
    Provenance,
    Status,
    SubscriberUpsert,
    SuppressionReason,
)
from newsletter.storage import database
from newsletter.storage.campaigns import audience
from newsletter.storage.subscribers import lists, records, segments, subscribers, upsert
from newsletter.subscribers import service
from newsletter.subscribers.addresses import normalize
from newsletter.subscribers.importing import importer
from newsletter.subscribers.importing.importer import import_file
from newsletter.subscribers.importing.options import ImportCallbacks, ImportOptions
from newsletter.subscribers.service import SubscriberContext

PEOPLE = [f"p{number}@exemple.fr" for number in range(5)]
LISTS = ["tous", "club"]
BY_FORM = Provenance(Method.FORM, "https://lettre.example.org/", "Oui, j’accepte.")

someone = st.sampled_from(PEOPLE)
some_list = st.sampled_from(LISTS)


class SubscriberMachine(RuleBasedStateMachine):
    """Five people and two lists (one with double opt-in), with a model of the expected state."""

    url = "sqlite://"

    @initialize()
    def open(self) -> None:
        self.store = database.open_store(self.url, IDENTITY, NOW)
        self.context = SubscriberContext(self.store, KEY, NOW)
        self.status: dict[tuple[str, str], Status] = {}
        self.barred: set[str] = set()
        self.changes: Counter[str] = Counter()
        self.numbers: dict[int, str] = {}
        with self.store.write() as tx:
            for table in (
                "journal",
                "subscriber_tag",
                "subscription",
                "suppression",
                "list_count",
                "subscriber",
                "list",
            ):
                tx.execute(sa.text(f"DELETE FROM {table}"))
            tx.execute(sa.text("UPDATE publication SET people = 0"))
            self.ids = {name: lists.get_or_create(tx, name, NOW).id for name in LISTS}
            lists.set_opt_in(tx, self.ids["club"], OptIn.DOUBLE)

    def move(self, email: str, name: str, status: Status) -> None:
        if self.status.get((email, name)) is not status:
            self.status[email, name] = status
            self.changes[email] += 1

    def take(self, email: str, name: str, status: Status) -> None:
        change = SubscriberUpsert(email, self.context.mac(email), subscriptions={self.ids[name]: status})
        with self.store.write() as tx:
            upsert.upsert_subscribers(tx, [change], BY_FORM, NOW)

    @rule(email=someone, name=some_list)
    def subscribe_by_form(self, email: str, name: str) -> None:
        """Subscribe by a form: pending on a double opt-in list, ignored for a suppressed address."""
        wanted = Status.PENDING if name == "club" else Status.CONFIRMED
        self.take(email, name, wanted)
        if email in self.barred:
            return
        if not (wanted is Status.PENDING and self.status.get((email, name)) is Status.CONFIRMED):
            self.move(email, name, wanted)

    @rule(email=someone)
    def confirm(self, email: str) -> None:
        if self.status.get((email, "club")) is Status.PENDING and email not in self.barred:
            self.take(email, "club", Status.CONFIRMED)
            self.move(email, "club", Status.CONFIRMED)

    @rule(emails=st.lists(someone, min_size=1, max_size=6), name=some_list, batch=st.integers(1, 3))
    def import_some(self, emails: list[str], name: str, batch: int) -> None:
        importer.BATCH, before = batch, importer.BATCH
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "people.csv"
            path.write_text("email\n" + "\n".join(emails) + "\n")
            import_file(self.store, ImportOptions(path, name), ImportCallbacks(KEY, NOW, lambda code, _value: code))
        importer.BATCH = before
        for email in emails:
            if (email, name) not in self.status and email not in self.barred:
                self.move(email, name, Status.PENDING if name == "club" else Status.CONFIRMED)

    @rule(email=someone)
    def import_a_suppression(self, email: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "suppression_bounces.csv"
            path.write_text(f"email,created\n{email},1\n")
            import_file(self.store, ImportOptions(path), ImportCallbacks(KEY, NOW, lambda code, _value: code))
        self.bar(email)

    def bar(self, email: str) -> None:
        if email not in self.barred:
            self.barred.add(email)
            self.changes[email] += any(owner == email for owner, _ in self.status)

    @rule(email=someone, name=some_list)
    def leave(self, email: str, name: str) -> None:
        with self.store.write() as tx:
            person = subscribers.find_by_email(tx, email)
            if person:
                subscribers.unsubscribe(tx, [person.id], [self.ids[name]], BY_FORM, NOW)
        if (email, name) in self.status:
            self.move(email, name, Status.UNSUBSCRIBED)

    @rule(email=someone, reason=st.sampled_from([SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT]))
    def bounce(self, email: str, reason: SuppressionReason) -> None:
        how = Provenance(Method.PROVIDER)
        with self.store.write() as tx:
            subscribers.suppress(tx, email, mac=self.context.mac(email), reason=reason, provenance=how, now_ms=NOW)
        if reason is SuppressionReason.COMPLAINT:
            for (owner, name), status in list(self.status.items()):
                if owner == email and status is not Status.UNSUBSCRIBED:
                    self.move(email, name, Status.UNSUBSCRIBED)
        self.bar(email)

    @rule(email=someone)
    def forget(self, email: str) -> None:
        service.erase_subscriber(self.context, email, len)
        self.barred.add(email)
        self.status = {key: status for key, status in self.status.items() if key[0] != email}
        self.changes[email] = 0

    @rule(email=someone, name=some_list)
    def add_by_hand(self, email: str, name: str) -> None:
        gone = email in self.barred or self.status.get((email, name)) is Status.UNSUBSCRIBED
        change = SubscriberUpsert(email, self.context.mac(email))
        try:
            service.add(self.context, change, name)
        except NewsletterError:
            assert gone
            return
        assert not gone
        wanted = Status.PENDING if name == "club" else Status.CONFIRMED
        if not (wanted is Status.PENDING and self.status.get((email, name)) is Status.CONFIRMED):
            self.move(email, name, wanted)

    @rule(email=someone, name=some_list)
    def bring_back(self, email: str, name: str) -> None:
        """Subscribe a person again, with consent words."""
        released = email in self.barred and any(owner == email for owner, _ in self.status)
        service.add(
            self.context,
            SubscriberUpsert(email, self.context.mac(email)),
            name,
            words="Oui.",
            confirmed=True,
            again=True,
        )
        self.barred.discard(email)
        self.changes[email] += released
        self.move(email, name, Status.CONFIRMED)

    @invariant()
    def the_audience_is_who_confirmed_and_is_not_barred(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.read() as tx:
            for name in LISTS:
                ids = list(audience.MailableIds(tx, self.ids[name], segments.everybody()))
                found = {record.email for record in records.list_records(tx, ids)}
                wanted = {
                    email
                    for (email, where), status in self.status.items()
                    if where == name and status is Status.CONFIRMED
                }
                assert found == wanted - self.barred
                assert audience.count_by_status(tx, self.ids[name], segments.everybody())["recipients"] == len(ids)

    @invariant()
    def the_counts_agree_and_every_change_is_journalled(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.read() as tx:
            for mailing_list in lists.list_all(tx):
                rows = Counter(status for (_, where), status in self.status.items() if where == mailing_list.name)
                assert {status: people for status, people in mailing_list.counts.items() if people} == rows
            ids = records.list_next_ids(tx, segments.everybody(), 0)
            assert lists.count_people(tx) == len(ids)
            for found in records.list_records(tx, ids, with_journal=True):
                assert len(found.journal) == self.changes[found.email], found
                assert self.numbers.setdefault(found.id, found.email) == found.email

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


SETTINGS = settings(
    max_examples=scale_examples(20), stateful_step_count=30, deadline=None, derandomize=True, print_blob=False,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_subscribers_are_consistent_after_any_history_on_sqlite() -> None:
    run_state_machine_as_test(SubscriberMachine, settings=SETTINGS)


def test_subscribers_are_consistent_after_any_history_on_postgresql(postgres: Callable[[], str]) -> None:
    class PostgresSubscriberMachine(SubscriberMachine):
        url = postgres()

    run_state_machine_as_test(PostgresSubscriberMachine, settings=settings(SETTINGS, max_examples=scale_examples(9)))


def finds_failure(first: int) -> bool:
    """Try random histories, beginning with a seed that leads to a failure soon."""
    machine = seed(first)(type("SeededSubscribers", (SubscriberMachine,), {}))
    quick = settings(SETTINGS, phases=[Phase.generate], max_examples=200, report_multiple_bugs=False)
    try:
        run_state_machine_as_test(machine, settings=quick)
    except AssertionError:
        return True
    return False


def test_the_model_detects_a_store_that_brings_back_people_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    any_method: dict[tuple[Status | None, Status], frozenset[Method]] = {
        (Status.UNSUBSCRIBED, status): frozenset(Method) for status in Status
    }
    moves = dict(STATUS_MOVES)
    moves.update(any_method)
    monkeypatch.setattr(upsert, "STATUS_MOVES", moves)
    assert finds_failure(4)


def test_the_model_detects_a_store_that_forgets_suppression_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "suppress_many", lambda *_: set())
    assert finds_failure(1)


LOCAL = st.text("abcXYZ09._+-'!#é\u212a@ \"", min_size=0, max_size=70)
DOMAIN = st.one_of(
    st.from_regex(r"\A[a-zA-Z0-9-]{1,20}(\.[a-zA-Z0-9-]{1,20}){0,3}\Z"),
    st.sampled_from(["exemple.fr", "gmail.com", "localhost", "x.test", "été.fr", "xn--t-9fab.fr", "1.2.3.4", "a..b", "[1.2.3.4]", "x.local", "a." + "b" * 64 + ".fr", "c" * 63 + "." + "d" * 63 + "." + "e" * 63 + "." + "f" * 57]),
)  # fmt: skip


@settings(max_examples=scale_examples(500), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(LOCAL, DOMAIN)
@example("K\u212a", "exemple.fr")
@example("a" * 64, "exemple.fr")
@example("a" * 65, "exemple.fr")
def test_normalize_agrees_with_the_email_validator_library(local: str, domain: str) -> None:
    typed = f"{local}@{domain}"
    try:
        checked = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
        expected: str | None = str(checked.ascii_email or checked.normalized).lower()
    except ValueError:
        expected = None
    try:
        found: str | None = normalize(typed)
    except ValueError:
        found = None
    assert found == expected

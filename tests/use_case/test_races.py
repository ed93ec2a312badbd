"""Concurrent changes on both databases: a person who leaves during an import stays unsubscribed after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from identity import IDENTITY, KEY, NOW

from newsletter.model.subscribers import Method, OptIn, Provenance, Status, SubscriberUpsert, SuppressionReason
from newsletter.storage import database as database_
from newsletter.storage.campaigns import audience
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, records, segments, subscribers, upsert
from newsletter.subscribers import service
from newsletter.subscribers.service import SubscriberContext, SubscriberSelection

IMPORT, FORM = Provenance(Method.IMPORT, "gens.csv"), Provenance(Method.FORM)
SOMEBODY = "a@exemple.fr"


@pytest.fixture
def context(database: str) -> Iterator[SubscriberContext]:
    store = database_.open_store(database, IDENTITY, NOW)
    yield SubscriberContext(store, KEY, NOW)
    store.close()


def import_people(context: SubscriberContext, *emails: str, status: Status = Status.CONFIRMED) -> None:
    with context.store.write() as tx:
        target = lists.get_or_create(tx, "tous", NOW, OptIn.DOUBLE).id
        some = [SubscriberUpsert(email, context.mac(email), subscriptions={target: status}) for email in emails]
        upsert.upsert_subscribers(tx, some, IMPORT, NOW)


def leave(context: SubscriberContext) -> None:
    with context.store.write() as tx:
        subscribers.lock_subscribers(tx)
        person = subscribers.find_by_email(tx, SOMEBODY)
        subscribers.unsubscribe_from_all(tx, [person.id] if person else [], FORM, NOW)


def report_complaint(context: SubscriberContext) -> None:
    with context.store.write() as tx:
        mac, reason = context.mac(SOMEBODY), SuppressionReason.COMPLAINT
        subscribers.suppress(tx, SOMEBODY, mac=mac, reason=reason, provenance=FORM, now_ms=NOW)


ACTIONS: dict[str, Callable[[SubscriberContext], object]] = {
    "leave": leave,
    "complain": report_complaint,
    "remove": lambda context: service.remove(context, SOMEBODY),
    "forget": lambda context: service.erase_subscriber(context, SOMEBODY, lambda _ids: 0),
    "prune": lambda context: service.prune(context, NOW + 1, lambda _ids: 0),
}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_departure_during_an_import_is_not_undone_by_the_import(
    context: SubscriberContext, action: str, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    if known:
        import_people(context, SOMEBODY, status=Status.PENDING)
    write, paused, go_on = upsert._write_batch, threading.Event(), threading.Event()

    def write_batch_slowly(*arguments: object) -> None:
        paused.set()
        assert go_on.wait(20)
        write(*arguments)  # type: ignore[arg-type] # the same

    monkeypatch.setattr(upsert, "_write_batch", write_batch_slowly)
    with ThreadPoolExecutor(2) as pool:
        importing = pool.submit(import_people, context, SOMEBODY, "b@exemple.fr")
        assert paused.wait(20)
        doing = pool.submit(ACTIONS[action], context)
        with pytest.raises(TimeoutError):
            doing.result(timeout=0.3)  # the action waits for the import
        go_on.set()
        importing.result(timeout=20)
        doing.result(timeout=20)
    check_consistency(context.store)
    with context.store.read() as tx:
        target = lists.find(tx, "tous")
        assert target
        reached = records.list_records(tx, list(audience.MailableIds(tx, target.id, segments.everybody())))
        assert SOMEBODY not in [record.email for record in reached]


def check_consistency(store: Store) -> None:
    """Check that counts agree with rows, and that no row belongs to a missing subscriber."""
    with store.read() as tx:
        ids = records.list_next_ids(tx, segments.everybody(), 0)
        found = records.list_records(tx, ids, with_journal=True)
        assert lists.count_people(tx) == len(ids)
        for mailing_list in lists.list_all(tx):
            for status in Status:
                rows = sum(person.lists.get(mailing_list.name) is status for person in found)
                assert mailing_list.counts.get(status, 0) == rows
        for table in ("subscription", "journal"):
            orphans = f"SELECT count(*) FROM {table} WHERE subscriber_id NOT IN (SELECT id FROM subscriber)"
            assert tx.exec_driver_sql(orphans).scalar() == 0


def test_concurrent_changes_leave_counts_and_rows_consistent(context: SubscriberContext) -> None:
    emails = [f"p{number}@exemple.fr" for number in range(12)] + [SOMEBODY]

    def change_something(number: int) -> None:
        email = emails[number % len(emails)]
        match number % 5:
            case 0:
                import_people(context, *emails)
            case 1:
                service.remove(context, email)
            case 2:
                service.erase_subscriber(context, email, lambda _ids: 0)
            case 3:
                service.tag(context, SubscriberSelection(where='list = "tous"'), f"t{number % 3}")
            case _:
                leave(context)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change_something, range(60)))
    check_consistency(context.store)

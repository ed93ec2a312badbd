"""Delivery events: applied once, in any order, however often they come; odd events do not stop the others."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from example_edition import EDITION
from hypothesis import HealthCheck, given, settings, strategies as st
from identity import KEY, NOW

from newsletter.campaigns import planning, reports
from newsletter.delivery_events import processing
from newsletter.delivery_events.result import ProcessingCounts
from newsletter.model.campaign import Campaign, ChunkState, Claim, Part
from newsletter.model.delivery import attempt_name
from newsletter.model.delivery_events import DeliveryFlags
from newsletter.model.subscribers import Method, Provenance, Status, SubscriberUpsert, SuppressionReason
from newsletter.providers.sendgrid.webhook_events import parse
from newsletter.storage import address_hash, database, delivery_events, schema
from newsletter.storage.campaigns import attempts, chunks
from newsletter.storage.campaigns.chunks import Claimant
from newsletter.storage.database import Store
from newsletter.storage.delivery_events import DeliveryStatus
from newsletter.storage.subscribers import records, subscribers
from newsletter.subscribers import service
from newsletter.subscribers.service import SubscriberContext

AT = NOW // 1000
DAY = 86_400
EMAILS = [f"p{number}@exemple.fr" for number in range(4)]
TOKEN = "0123456789abcdef"
LEFT, BOUNCE, COMPLAINT = SuppressionReason.UNSUBSCRIBED_ALL, SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT
Enlist = Callable[..., list[int]]
RawEvent = dict[str, Any]


def hash_address(email: str) -> bytes:
    return address_hash.address_mac(KEY, email)


def plan_campaign(store: Store, number: int = 1) -> Campaign:
    edition = replace(EDITION, issue_id=f"issue-{number}", slug=f"slug-{number}", digest=f"{number:064d}")
    terms = planning.PlanOptions("sendgrid", 2)
    now = dt.datetime.fromtimestamp(AT, dt.UTC)
    return planning.plan(store, edition, planning.Audience("tous"), terms, now=now).campaign


def claim_chunk(store: Store, campaign: Campaign, sequence: int = 0, token: str = TOKEN) -> Claim:
    with store.write() as tx:
        claimed = chunks.claim(tx, campaign, sequence, Claimant("w", token, NOW, NOW + 1000))
    assert claimed is not None
    return claimed


def record_state(store: Store, claimed: Claim, state: ChunkState) -> None:
    with store.write() as tx:
        assert chunks.record(tx, claimed, [Part(state)], [], NOW)


def resolve_chunk(store: Store, campaign: Campaign, state: ChunkState, *old: ChunkState) -> None:
    with store.write() as tx:
        (chunk,) = chunks.list_chunks(tx, campaign.id, *old)
        assert chunks.resolve_doubt(tx, campaign.id, chunk, Part(state), NOW)


def accept_all_chunks(store: Store, campaign: Campaign) -> None:
    for sequence in range(2):
        record_state(store, claim_chunk(store, campaign, sequence), ChunkState.ACCEPTED)


def make_event(kind: str, subscriber_id: int, *, campaign: int = 1, at: int = AT, **facts: Any) -> RawEvent:
    return {
        "event": kind, "timestamp": at, "email": EMAILS[(subscriber_id - 1) % 4], "sg_event_id": f"{random.random()}",
        "sg_message_id": f"m{subscriber_id}.recvd", "nl_c": str(campaign), "nl_r": str(subscriber_id),
        "nl_a": attempt_name(campaign, (subscriber_id - 1) // 2, 1, TOKEN), **facts,
    }  # fmt: skip


def receive_events(store: Store, *found: Any) -> ProcessingCounts:
    """Store events as one post, apply all posts, and return the counts."""
    processing.store_post(store, found[0] if isinstance(found[0], bytes) else json.dumps(found).encode(), NOW)
    total = ProcessingCounts()
    while (done := processing.apply_posts(store, parse, hash_address, NOW)).posts:
        total = ProcessingCounts(*(getattr(total, name) + getattr(done, name) for name in ProcessingCounts.__slots__))
    return total


def read_status(store: Store, subscriber_id: int, campaign: int = 1) -> DeliveryStatus | None:
    with store.events.read() as tx:
        return delivery_events.list_statuses(tx, subscriber_id).get(campaign)


def find_suppression(store: Store, subscriber_id: int = 1) -> SuppressionReason | None:
    with store.read() as tx:
        return subscribers.find_suppression(tx, hash_address(EMAILS[subscriber_id - 1]))


def read_state(store: Store) -> tuple[Any, ...]:
    """Return everything that events can change, except the list of known events."""
    with store.read() as tx:
        kept = [replace(record, public_id=b"") for record in records.list_records(tx, [1, 2, 3, 4])]
        gone = sorted(map(tuple, tx.execute(sa.select(schema.suppression.c.address_mac, schema.suppression.c.reason))))
        open_ = [(chunk.sequence, chunk.state) for chunk in chunks.list_chunks(tx, 1, *ChunkState)]
        proven = [attempt.evidence_at for attempt in attempts.list_doubted(tx, 1) + attempts.list_accepted(tx, 1, 0)]
    with store.events.read() as tx:
        statuses = [delivery_events.list_statuses(tx, subscriber_id) for subscriber_id in range(1, 5)]
        return (
            kept,
            gone,
            open_,
            proven,
            statuses,
            delivery_events.read_figures(tx, 1),
            list(tx.execute(sa.select(delivery_events.block))),
        )


@pytest.fixture
def campaign(store: Store, enlist: Enlist) -> Campaign:
    assert enlist(store, *EMAILS) == [1, 2, 3, 4]
    made = plan_campaign(store)
    accept_all_chunks(store, made)
    return made


KINDS: list[tuple[str, RawEvent, DeliveryFlags, SuppressionReason | None]] = [
    ("processed", {}, DeliveryFlags.PROCESSED, None),
    ("deferred", {"response": "451 later", "attempt": "1"}, DeliveryFlags.DEFERRED, None),
    ("delivered", {"response": "250 OK"}, DeliveryFlags.DELIVERED, None),
    ("bounce", {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1"}, DeliveryFlags.BOUNCED, BOUNCE),
    ("bounce", {"type": "bounce", "bounce_classification": "Invalid Address"}, DeliveryFlags.BOUNCED, BOUNCE),
    ("bounce", {"type": "bounce", "bounce_classification": "Mailbox Unavailable"}, DeliveryFlags.BOUNCED, BOUNCE),
    ("bounce", {"type": "bounce", "bounce_classification": "Unclassified"}, DeliveryFlags.BOUNCED, BOUNCE),
    ("bounce", {"type": "bounce", "bounce_classification": "Technical"}, DeliveryFlags.BOUNCED, None),
    ("bounce", {"type": "bounce", "bounce_classification": "Content"}, DeliveryFlags.BOUNCED, None),
    ("bounce", {"type": "bounce", "bounce_classification": "Reputation"}, DeliveryFlags.BOUNCED, None),
    (
        "bounce",
        {"type": "bounce", "bounce_classification": "Frequency or Volume Too High"},
        DeliveryFlags.BOUNCED,
        None,
    ),
    (
        "bounce",
        {"type": "bounce", "bounce_classification": "Technical", "status": "5.1.1"},
        DeliveryFlags.BOUNCED,
        BOUNCE,
    ),
    ("bounce", {"type": "blocked", "reason": "554 listed"}, DeliveryFlags.BLOCKED, None),
    ("dropped", {"reason": "Bounced Address"}, DeliveryFlags.DROPPED, BOUNCE),
    ("dropped", {"reason": "Invalid"}, DeliveryFlags.DROPPED, SuppressionReason.INVALID),
    ("dropped", {"reason": "Invalid SMTPAPI header"}, DeliveryFlags.DROPPED, None),
    ("dropped", {"reason": "Spam Reporting Address"}, DeliveryFlags.DROPPED, COMPLAINT),
    ("dropped", {"reason": "Unsubscribed Address"}, DeliveryFlags.DROPPED, LEFT),
    ("dropped", {"reason": "Spam Content (if Spam Checker app is enabled)"}, DeliveryFlags.DROPPED, None),
    ("dropped", {"reason": "Recipient List over Package Quota"}, DeliveryFlags.DROPPED, None),
    ("dropped", {"reason": "Cancelled"}, DeliveryFlags.DROPPED, None),
    ("cancel_drop", {}, DeliveryFlags.DROPPED, None),
    ("open", {}, DeliveryFlags.OPENED, None),
    ("open", {"sg_machine_open": False}, DeliveryFlags.OPENED, None),
    ("open", {"sg_machine_open": True}, DeliveryFlags.MACHINE_OPENED, None),
    ("click", {"url": "https://exemple.fr"}, DeliveryFlags.CLICKED, None),
    ("spamreport", {}, DeliveryFlags.COMPLAINED, COMPLAINT),
    ("unsubscribe", {}, DeliveryFlags.LEFT, LEFT),
    ("group_unsubscribe", {"asm_group_id": 1}, DeliveryFlags.LEFT, LEFT),
]


@pytest.mark.parametrize(
    ("kind", "facts", "flags", "reason"), KINDS, ids=lambda value: value if isinstance(value, str) else None
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_event_sets_its_delivery_flag_and_suppression(
    store: Store, campaign: Campaign, kind: str, facts: RawEvent, flags: DeliveryFlags, reason: SuppressionReason | None
) -> None:
    done = receive_events(store, make_event(kind, 1, **facts))
    assert (done.events, done.suppressed) == (1, int(reason is not None))
    assert read_status(store, 1) == DeliveryStatus(flags, AT, str(facts.get("reason") or facts.get("response") or facts.get("status") or "")
                                    if kind not in {"delivered", "click", "open"} else "")  # fmt: skip
    assert find_suppression(store) is reason
    (counted,) = reports.read_figures(store, campaign).domains.items()
    assert counted == ("exemple.fr", {str(flags.name).lower(): 1})


@pytest.mark.parametrize("kind", ["received", "group_resubscribe", "account_status_change", "", 7, None, ["open"]])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_events_of_an_unknown_kind_are_ignored(store: Store, campaign: Campaign, kind: object) -> None:
    del campaign
    assert receive_events(store, make_event("open", 1) | {"event": kind}).events == 0


def test_a_complaint_ends_subscriptions_and_a_bounce_does_not(store: Store, campaign: Campaign) -> None:
    del campaign
    receive_events(
        store,
        make_event("bounce", 1, type="bounce"),
        make_event("spamreport", 2),
        make_event("click", 3, url="https://x.fr"),
    )
    with store.read() as tx:
        found = records.list_records(tx, [1, 2, 3], with_journal=True)
    assert [record.lists["tous"] for record in found] == [Status.CONFIRMED, Status.UNSUBSCRIBED, Status.CONFIRMED]
    assert [record.journal[-1].provenance.method for record in found[:2]] == [Method.PROVIDER] * 2
    assert found[2].last_contact_at == NOW


def test_repeated_events_with_new_ids_change_nothing(store: Store, campaign: Campaign) -> None:
    del campaign
    found = [
        make_event("processed", 1),
        make_event("delivered", 1),
        make_event("spamreport", 2),
        make_event("click", 3, url="https://x.fr"),
    ]
    assert receive_events(store, *found, *found).repeated == 4
    before = read_state(store)
    again = [event | {"sg_event_id": "another"} for event in found]
    random.Random(1).shuffle(again)
    done = receive_events(store, *again)
    assert (done.events, done.repeated, done.suppressed) == (0, 4, 0)
    assert read_state(store) == before
    with store.events.write() as tx:
        assert delivery_events.delete_seen(tx, AT + 1) == 4
    assert receive_events(store, *again).suppressed == 0  # even of what is not remembered any more
    assert read_state(store) == before


HISTORY = [
    make_event("processed", 1, at=AT), make_event("deferred", 1, at=AT + 1, response="451 a", attempt="1"),
    make_event("deferred", 1, at=AT + 9, response="451 b", attempt="2"), make_event("delivered", 1, at=AT + 20),
    make_event("open", 1, at=AT + 40), make_event("open", 1, at=AT + 60, sg_machine_open=True), make_event("click", 1, at=AT + 50, url="u"),
    make_event("bounce", 1, at=AT + 3600, type="bounce", reason="550 p0@exemple.fr is gone"),
    make_event("bounce", 1, at=AT + 30, type="blocked", reason="450 full"), make_event("unsubscribe", 1, at=AT + 70),
    make_event("spamreport", 1, at=AT + 80), make_event("dropped", 1, at=AT + 90, reason="Bounced Address"),
]  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(HISTORY))), cuts=st.sets(st.integers(1, len(HISTORY) - 1), max_size=3))
def test_events_in_any_order_give_the_same_state(enlist: Enlist, order: Sequence[int], cuts: set[int]) -> None:
    states = []
    for indices, cut in ((list(range(len(HISTORY))), set()), (order, cuts)):
        store = database.open_store(
            "sqlite://", database.PublicationIdentity("x.y", address_hash.fingerprint(KEY)), NOW
        )
        enlist(store, *EMAILS)
        accept_all_chunks(store, plan_campaign(store))
        for begin, stop in zip([0, *sorted(cut)], [*sorted(cut), len(indices)], strict=True):
            receive_events(store, *(HISTORY[index] for index in indices[begin:stop]))
        states.append(read_state(store))
        assert find_suppression(store) is COMPLAINT
        store.close()
    assert states[0] == states[1]


def test_shuffled_and_repeated_events_give_the_same_state_on_both_databases(store: Store, campaign: Campaign) -> None:
    del campaign
    found = [
        event | {"nl_r": str(subscriber_id), "email": EMAILS[subscriber_id - 1]}
        for event in HISTORY
        for subscriber_id in (1, 2)
    ]
    random.Random(7).shuffle(found)
    for event in found:
        receive_events(store, event, event)
    assert read_status(store, 1) == read_status(store, 2) == DeliveryStatus(
        sum({DeliveryFlags.PROCESSED, DeliveryFlags.DEFERRED, DeliveryFlags.DELIVERED, DeliveryFlags.BLOCKED, DeliveryFlags.BOUNCED, DeliveryFlags.DROPPED, DeliveryFlags.OPENED,
             DeliveryFlags.MACHINE_OPENED, DeliveryFlags.CLICKED, DeliveryFlags.LEFT, DeliveryFlags.COMPLAINED}), AT + 90, "Bounced Address")  # fmt: skip
    assert (find_suppression(store, 1), find_suppression(store, 2)) == (COMPLAINT, COMPLAINT)


def test_a_bounce_with_only_an_address_belongs_to_the_newest_campaign(store: Store, campaign: Campaign) -> None:
    second, third = plan_campaign(store, 2), plan_campaign(store, 3)
    accept_all_chunks(store, second)  # and nothing of the third has gone
    late = {"event": "bounce", "type": "bounce", "email": "P0@Exemple.FR", "timestamp": AT, "reason": "550 5.1.1"}
    assert receive_events(store, late, late | {"email": "stranger@exemple.fr"}).suppressed == 2
    assert [read_status(store, 1, planned.id) is not None for planned in (campaign, second, third)] == [
        False,
        True,
        False,
    ]
    assert find_suppression(store) is BOUNCE
    with store.read() as tx:
        assert subscribers.find_suppression(tx, hash_address("stranger@exemple.fr")) is BOUNCE


def test_a_mailbox_that_is_blocked_for_weeks_is_suppressed(store: Store, campaign: Campaign) -> None:
    del campaign
    for day in (0, 1, 2, 3):
        receive_events(store, make_event("bounce", 1, at=AT + day * DAY, type="blocked"))
    assert find_suppression(store) is None
    receive_events(store, make_event("bounce", 1, at=AT + 22 * DAY, type="blocked"))
    assert find_suppression(store) is BOUNCE


def nest_list(depth: int) -> object:
    found: object = "x"
    for _ in range(depth):
        found = [found]
    return found


BODIES = [
    b"",
    b"not JSON",
    b"{}",
    b"7",
    b"null",
    b'"text"',
    b"[",
    b"\xff\xfe[]",
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:12]))
def test_an_unreadable_post_is_counted_and_deleted(store: Store, campaign: Campaign, body: bytes) -> None:
    del campaign
    before = read_state(store)
    done = receive_events(store, body)
    assert (done.posts, done.unreadable, done.events) == (1, 1, 0)
    assert read_state(store) == before
    assert receive_events(store, make_event("spamreport", 1)).suppressed == 1


ODD = [
    "7", "null", "[]", "{}", '"text"', "1e999", "NaN", "-Infinity", "9" * 5000, "-1", "true", "18446744073709551616",
    json.dumps(nest_list(10)), json.dumps(nest_list(900)), r'"\ud800"', r'"a\u0000b"', r'"\udc00x\u0000"', '{"a": {"b": [1, 2]}}', r'"\\ud800\\u0000"',
    '"' + "x" * 100_000 + '"', r'"\u202e\uffff"', '"%s\\n\\"\'"', '"é"',
]  # fmt: skip
FIELDS = [
    "event", "timestamp", "email", "sg_event_id", "sg_message_id", "nl_c", "nl_r", "nl_a", "reason", "status", "type",
    "url", "attempt", "bounce_classification", "sg_machine_open", "response",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd[:20]))
def test_odd_events_do_not_stop_other_events(store: Store, campaign: Campaign, odd: str) -> None:
    """Each field of each kind of event is odd once, between two good events."""
    del campaign
    kinds = ("bounce", "dropped", "deferred", "open", "click", "spamreport")
    good = [json.dumps(make_event("spamreport", 3)), json.dumps(make_event("unsubscribe", 4))]
    strange = [
        json.dumps({**make_event(kind, 1, type="bounce", reason="x"), field: "HERE"}).replace('"HERE"', odd)
        for kind in kinds
        for field in FIELDS
    ]
    done = receive_events(store, ("[" + ",".join([good[0], odd, *strange, *strange, good[1]]) + "]").encode())
    assert (done.posts, done.unreadable) == (1, 0)
    assert (find_suppression(store, 3), find_suppression(store, 4)) == (COMPLAINT, LEFT)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_event_with_a_missing_field_does_not_stop_other_events(store: Store, campaign: Campaign, field: str) -> None:
    del campaign
    some = [make_event(kind, 1) for kind in ("bounce", "dropped", "deferred", "open", "click", "processed")]
    receive_events(
        store,
        *({name: value for name, value in event.items() if name != field} for event in some),
        make_event("unsubscribe", 4),
    )
    assert find_suppression(store, 4) is LEFT


def test_an_event_with_a_broken_character_is_applied(store: Store, campaign: Campaign) -> None:
    del campaign
    body = json.dumps([make_event("bounce", 1, type="bounce", reason="\ud800 gone\0")]).encode()
    assert receive_events(store, body).suppressed == 1
    assert read_status(store, 1) == DeliveryStatus(DeliveryFlags.BOUNCED, AT, "? gone")
    assert receive_events(store, json.dumps([make_event("delivered", 2)]).encode()[:-1] + b',"\xff"]').events == 1


@pytest.mark.parametrize("doubted", [ChunkState.IN_DOUBT, ChunkState.HELD])
def test_a_crash_between_the_two_databases_is_repaired_by_the_next_run(
    store: Store, enlist: Enlist, monkeypatch: pytest.MonkeyPatch, doubted: ChunkState
) -> None:
    enlist(store, *EMAILS)
    campaign = plan_campaign(store)
    record_state(store, claim_chunk(store, campaign), ChunkState.IN_DOUBT)
    if doubted is ChunkState.HELD:
        resolve_chunk(store, campaign, ChunkState.HELD, ChunkState.IN_DOUBT)
    processing.store_post(store, json.dumps([*HISTORY, make_event("bounce", 2, type="bounce")]).encode(), NOW)
    real = delivery_events.delete_posts

    def crash(*_: object) -> None:
        monkeypatch.setattr(delivery_events, "delete_posts", real)
        raise KeyboardInterrupt

    monkeypatch.setattr(delivery_events, "delete_posts", crash)
    with pytest.raises(KeyboardInterrupt):
        processing.apply_posts(store, parse, hash_address, NOW)
    assert (read_status(store, 1), find_suppression(store)) == (None, COMPLAINT)  # the one is undone, the other stands
    done = processing.apply_posts(store, parse, hash_address, NOW)
    assert (done.posts, done.events, done.suppressed) == (1, len(HISTORY) + 1, 0)
    found = read_status(store, 1)
    assert found is not None
    assert (found.at, found.detail) == (AT + 90, "Bounced Address")
    with store.read() as tx:
        assert [chunk.state for chunk in chunks.list_chunks(tx, 1, *ChunkState)] == [
            ChunkState.ACCEPTED,
            ChunkState.READY,
        ]
        (record,) = records.list_records(tx, [1], with_journal=True)
    assert len(record.journal) == 3  # came, suppressed, unsubscribed
    before = read_state(store)
    receive_events(store, *HISTORY)
    assert read_state(store) == before


PROOFS: list[tuple[str, RawEvent, bool]] = [
    ("processed", {}, True), ("delivered", {}, True), ("open", {}, True), ("bounce", {"type": "bounce"}, True),
    ("deferred", {}, True), ("dropped", {"reason": "Bounced Address"}, True), ("dropped", {"reason": "Cancelled"}, False),
    ("dropped", {}, False), ("cancel_drop", {}, False), ("processed", {"nl_a": "1.0.1.deadbeef"}, False),
    ("processed", {"nl_a": "1.0.1."}, False), ("processed", {"nl_a": "1.0.2.01234567"}, False),
    ("processed", {"nl_a": "1.1.1.01234567"}, False), ("processed", {"nl_a": "2.0.1.01234567"}, False),
    ("processed", {"nl_a": "1.0.1.01234567.0"}, False), ("processed", {"nl_a": "x"}, False),
    ("processed", {"nl_a": "99999999999.99999999999.99999999999.01234567"}, False), ("processed", {"nl_a": "1.0.1.01234567\0"}, False),
]  # fmt: skip


@pytest.mark.parametrize("doubted", [ChunkState.IN_DOUBT, ChunkState.HELD])
@pytest.mark.parametrize(("kind", "facts", "proves"), PROOFS)
def test_a_report_of_an_attempt_resolves_its_doubt(
    store: Store, enlist: Enlist, doubted: ChunkState, kind: str, facts: RawEvent, *, proves: bool
) -> None:
    enlist(store, *EMAILS)
    campaign = plan_campaign(store)
    record_state(store, claim_chunk(store, campaign), ChunkState.IN_DOUBT)
    if doubted is ChunkState.HELD:
        resolve_chunk(store, campaign, ChunkState.HELD, ChunkState.IN_DOUBT)
    done = receive_events(store, make_event(kind, 1, **facts), make_event(kind, 2, **facts))
    assert done.resolved == int(proves)
    with store.read() as tx:
        found = {chunk.sequence: chunk for chunk in chunks.list_chunks(tx, campaign.id, *ChunkState)}
    assert found[0].state is (ChunkState.ACCEPTED if proves else doubted)
    assert found[1].state is ChunkState.READY
    assert reports.read_report(store, campaign, NOW).twice == ()


def test_a_doubt_with_an_earlier_report_is_resolved_by_the_next_report(store: Store, enlist: Enlist) -> None:
    """The first report comes while the worker still waits for an answer that is lost."""
    enlist(store, *EMAILS)
    campaign = plan_campaign(store)
    claimed = claim_chunk(store, campaign)
    assert receive_events(store, make_event("processed", 1)).resolved == 0
    record_state(store, claimed, ChunkState.IN_DOUBT)
    assert receive_events(store, make_event("delivered", 1)).resolved == 1


def test_a_report_lists_a_chunk_that_was_accepted_twice(store: Store, enlist: Enlist) -> None:
    enlist(store, *EMAILS)
    campaign = plan_campaign(store)
    record_state(store, claim_chunk(store, campaign), ChunkState.IN_DOUBT)
    resolve_chunk(store, campaign, ChunkState.READY, ChunkState.IN_DOUBT)
    record_state(store, claim_chunk(store, campaign, token="fedcba9876543210"), ChunkState.ACCEPTED)
    receive_events(store, make_event("delivered", 1, nl_a=attempt_name(1, 0, 2, "fedcba9876543210")))
    assert reports.read_report(store, campaign, NOW).twice == ()
    assert receive_events(store, make_event("delivered", 2)).resolved == 0
    (tried,) = reports.read_report(store, campaign, NOW).twice
    assert (tried.sequence, tried.number, tried.evidence_at) == (0, 1, NOW)


def test_late_events_about_an_erased_person_store_no_address(store: Store, campaign: Campaign) -> None:
    receive_events(store, make_event("processed", 1))
    service.erase_subscriber(SubscriberContext(store, KEY, NOW), EMAILS[0], len)
    late = [make_event("bounce", 1, type="bounce", reason="550 <p0@exemple.fr> unknown"), make_event("bounce", 1, type="blocked", at=AT + 9),
            make_event("open", 1), make_event("click", 1, url="https://exemple.fr/p0@exemple.fr"), make_event("deferred", 1, response="p0@exemple.fr")]  # fmt: skip
    assert receive_events(store, *late, make_event("delivered", 2)).suppressed == 0
    assert find_suppression(store) is SuppressionReason.ERASED
    assert (read_status(store, 1), read_status(store, 2)) == (None, DeliveryStatus(DeliveryFlags.DELIVERED, AT, ""))
    with store.events.read() as tx:
        rows = [tuple(row) for table in delivery_events.metadata.sorted_tables for row in tx.execute(sa.select(table))]
    assert "p0@" not in repr(rows)
    with store.read() as tx:
        rows = [tuple(row) for table in schema.metadata.sorted_tables for row in tx.execute(sa.select(table))]
    assert "p0@" not in repr(rows)
    assert reports.read_figures(store, campaign).counts == {"processed": 1, "delivered": 1}


def test_the_journal_quotes_no_address(store: Store, campaign: Campaign) -> None:
    del campaign
    receive_events(store, make_event("bounce", 1, type="bounce", reason="550 <P0@Exemple.fr> unknown"))
    with store.read() as tx:
        (record,) = records.list_records(tx, [1], with_journal=True)
    assert record.journal[-1].provenance == Provenance(Method.PROVIDER, "550 <…> unknown")


REPORTED = [
    ("bounce", {"type": "bounce", "status": "5.1.1"}, BOUNCE),
    ("dropped", {"reason": "Bounced Address"}, BOUNCE),
    ("dropped", {"reason": "Invalid"}, SuppressionReason.INVALID),
    ("dropped", {"reason": "Spam Reporting Address"}, COMPLAINT),
    ("spamreport", {}, COMPLAINT),
    ("unsubscribe", {}, LEFT),
    ("group_unsubscribe", {}, LEFT),
]
RETURN = AT + 3600


def resubscribe(store: Store, at: int = RETURN) -> None:
    """Subscribe the first person again by their own wish."""
    context = SubscriberContext(store, KEY, at * 1000)
    person = SubscriberUpsert(EMAILS[0], context.mac(EMAILS[0]))
    service.add(context, person, "tous", words="Oui, de nouveau.", confirmed=True, again=True)


@pytest.mark.parametrize(("kind", "facts", "reason"), REPORTED)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_events_from_before_a_return_do_not_suppress_again(
    store: Store, campaign: Campaign, kind: str, facts: RawEvent, reason: SuppressionReason
) -> None:
    del campaign
    old = make_event(kind, 1, **facts)
    receive_events(store, old)
    assert find_suppression(store) is reason
    resubscribe(store)
    before = read_state(store)
    with store.events.write() as tx:
        delivery_events.delete_seen(tx, RETURN)
    receive_events(store, old)
    receive_events(store, make_event(kind, 1, at=RETURN - 1, **facts))
    assert find_suppression(store) is None
    assert read_state(store)[:4] == before[:4]
    receive_events(store, make_event(kind, 1, at=RETURN + 1, **facts))
    assert find_suppression(store) is reason


def test_old_events_are_ignored_after_a_return_on_both_databases(store: Store, campaign: Campaign) -> None:
    del campaign
    receive_events(store, make_event("spamreport", 1), make_event("unsubscribe", 2))
    resubscribe(store)
    with store.events.write() as tx:
        delivery_events.delete_seen(tx, RETURN)
    receive_events(store, make_event("spamreport", 1), make_event("unsubscribe", 2))
    assert (find_suppression(store, 1), find_suppression(store, 2)) == (None, LEFT)


def test_a_bounce_from_before_an_import_still_suppresses(store: Store, enlist: Enlist) -> None:
    """The people are imported at NOW; a bounce of the day before still counts."""
    enlist(store, *EMAILS)
    receive_events(store, make_event("bounce", 1, at=AT - DAY, type="bounce", status="5.1.1"))
    assert find_suppression(store) is BOUNCE


def test_blocks_from_before_a_return_are_not_counted(store: Store, campaign: Campaign) -> None:
    del campaign
    blocked = [make_event("bounce", 1, at=AT + day * DAY, type="blocked") for day in (0, 1, 2, 3, 22)]
    receive_events(store, *blocked)
    assert find_suppression(store) is BOUNCE
    resubscribe(store, AT + 30 * DAY)
    with store.events.write() as tx:
        delivery_events.delete_seen(tx, AT + 30 * DAY)
    receive_events(store, *blocked, make_event("bounce", 1, at=AT + 31 * DAY, type="blocked"))
    assert find_suppression(store) is None


def test_events_replayed_weeks_later_change_nothing(store: Store, campaign: Campaign) -> None:
    """The list of known events is empty again, and another issue was sent in between."""
    nameless = {"event": "bounce", "type": "blocked", "email": EMAILS[2], "timestamp": AT + 5, "reason": "450 full"}
    found = [*HISTORY, make_event("click", 4, url="u"), make_event("delivered", 4), nameless]
    receive_events(store, *found)
    edition = replace(EDITION, issue_id="issue-2", slug="slug-2", digest=f"{2:064d}")
    later = dt.datetime.fromtimestamp(AT + 40 * DAY, dt.UTC)
    terms = planning.PlanOptions("sendgrid", 4)
    second = planning.plan(store, edition, planning.Audience("tous"), terms, now=later).campaign
    record_state(store, claim_chunk(store, second), ChunkState.ACCEPTED)
    before = read_state(store)
    with store.events.write() as tx:
        delivery_events.delete_seen(tx, AT + 39 * DAY)
    random.Random(3).shuffle(found)
    receive_events(store, *found)
    assert read_state(store) == before
    assert read_status(store, 3, campaign.id) is not None
    assert reports.read_figures(store, second).counts == {}


def test_a_click_sets_the_last_contact_to_its_own_time(store: Store, campaign: Campaign) -> None:
    del campaign
    with store.write() as tx:
        tx.execute(schema.subscriber.update().values(last_contact_at=(AT - 9 * DAY) * 1000))
    receive_events(
        store,
        make_event("click", 1, at=AT - 5 * DAY),
        make_event("click", 1, at=AT - 7 * DAY, url="u"),
        make_event("click", 2, at=AT + DAY),
    )
    with store.read() as tx:
        found = [record.last_contact_at for record in records.list_records(tx, [1, 2])]
    assert found == [(AT - 5 * DAY) * 1000, NOW]

"""Unblocking of bounced people by reason, day and domain; never after a complaint, a departure or an erasure."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from identity import KEY, NOW

from newsletter.errors import InputError, Refused
from newsletter.model.subscribers import Method, Provenance, SubscriberUpsert, SuppressionReason
from newsletter.storage.campaigns import audience as audience_
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, records, segments, subscribers
from newsletter.subscribers import self_service, service, unblocking
from newsletter.subscribers.importing.importer import import_file
from newsletter.subscribers.importing.options import ImportCallbacks, ImportOptions
from newsletter.subscribers.service import SubscriberContext

DAY = 86_400_000
PARIS = ZoneInfo("Europe/Paris")
BOUNCE = SuppressionReason.BOUNCE
BY_PROVIDER = Provenance(Method.PROVIDER)


@pytest.fixture
def context(store: Store) -> SubscriberContext:
    return SubscriberContext(store, KEY, NOW)


def add_people(context: SubscriberContext, *emails: str) -> None:
    for email in emails:
        service.add(context, SubscriberUpsert(email, context.mac(email)), "tous")


def suppress_address(context: SubscriberContext, email: str, reason: SuppressionReason, at: int = NOW) -> None:
    with context.store.write() as tx:
        subscribers.suppress_reported(tx, {context.mac(email): subscribers.ReportedAddress(email, reason, "550")}, at)


def list_reached(context: SubscriberContext) -> set[str]:
    """Return the addresses that a campaign to the list would reach."""
    with context.store.read() as tx:
        found = lists.find(tx, "tous")
        assert found
        ids = list(audience_.MailableIds(tx, found.id, segments.everybody()))
        return {record.email for record in records.list_records(tx, ids)}


def unblock(
    context: SubscriberContext, reason: str = "bounce", since: str = "", until: str = "", domains: tuple[str, ...] = ()
) -> int:
    first, last = (unblocking.read_day(day, "fr") if day else None for day in (since, until))
    selection = unblocking.select(reason, first, last, domains, PARIS)
    expected = unblocking.count(context.store, selection).liftable
    assert unblocking.unblock(context, selection) == expected
    return expected


CHOICES = [
    ({}, {"a@orange.fr", "b@orange.fr", "c@free.fr"}),
    ({"reason": "invalid"}, {"d@orange.fr"}),
    ({"domains": ("orange.fr",)}, {"a@orange.fr", "b@orange.fr"}),
    ({"domains": ("@Orange.FR", "free.fr")}, {"a@orange.fr", "b@orange.fr", "c@free.fr"}),
    ({"domains": ("range.fr",)}, set()),
    ({"since": "2026-11-18"}, {"a@orange.fr", "c@free.fr"}),
    ({"since": "18/11/2026"}, {"a@orange.fr", "c@free.fr"}),
    ({"until": "2026-11-17"}, {"b@orange.fr"}),
    ({"since": "2026-11-18", "until": "2026-11-18", "domains": ("orange.fr",)}, {"a@orange.fr"}),
]  # fmt: skip


@pytest.mark.parametrize(("choice", "expected"), CHOICES)
def test_bounces_are_lifted_by_reason_day_and_domain(
    context: SubscriberContext, choice: dict[str, str], expected: set[str]
) -> None:
    add_people(context, "a@orange.fr", "b@orange.fr", "c@free.fr", "d@orange.fr", "e@orange.fr")
    suppress_address(context, "a@orange.fr", BOUNCE)
    suppress_address(context, "b@orange.fr", BOUNCE, NOW - DAY)
    suppress_address(context, "c@free.fr", BOUNCE)
    suppress_address(context, "d@orange.fr", SuppressionReason.INVALID)
    assert list_reached(context) == {"e@orange.fr"}
    assert unblock(context, **choice) == len(expected)  # type: ignore[arg-type] # a table's column
    assert list_reached(context) == {"e@orange.fr"} | expected
    assert unblock(context, **choice) == 0  # type: ignore[arg-type] # a table's column


def test_unblocking_adds_a_journal_entry(context: SubscriberContext) -> None:
    add_people(context, "a@orange.fr")
    suppress_address(context, "a@orange.fr", BOUNCE)
    unblock(context)
    line = service.read_dossier(context.store, "a@orange.fr").record.journal[-1]
    assert (line.action, line.provenance) == ("unblocked", Provenance(Method.OPERATOR, "bounce"))


@pytest.mark.parametrize("bounced_first", [True, False])
@pytest.mark.parametrize(
    "wish", ["complaint", "complaint pulled", "complaint imported", "left for good", "left imported", "by hand", "left the list", "forgotten"]
)  # fmt: skip
def test_unblocking_never_lifts_a_complaint_or_a_departure(
    context: SubscriberContext, tmp_path: Path, wish: str, *, bounced_first: bool
) -> None:
    email = "a@orange.fr"
    add_people(context, email)
    if bounced_first:
        suppress_address(context, email, BOUNCE)
    record_wish(context, wish, email, tmp_path)
    if not bounced_first:
        suppress_address(context, email, BOUNCE)
    assert (unblock(context), unblock(context, reason="invalid")) == (0, 0)
    assert list_reached(context) == set()
    with pytest.raises(Refused, match="came_and_left"):
        service.add(context, SubscriberUpsert(email, context.mac(email)), "tous")


def record_wish(context: SubscriberContext, wish: str, email: str, folder: Path) -> None:
    """Record a complaint, a departure or an erasure."""
    known = service.get_subscriber(context.store, email)
    complaint = SuppressionReason.COMPLAINT
    if wish == "complaint":
        suppress_address(context, email, complaint)
    elif wish == "complaint pulled":
        with context.store.write() as tx:
            subscribers.suppress(
                tx, email, mac=context.mac(email), reason=complaint, provenance=BY_PROVIDER, now_ms=NOW
            )
    elif wish.endswith("imported"):
        path = folder / ("suppression_spam_reports.csv" if "complaint" in wish else "suppression_unsubscribes.csv")
        path.write_text(f"email,created\n{email},1790083507\n")
        import_file(context.store, ImportOptions(path), ImportCallbacks(KEY, NOW, lambda code, _: code))
    elif wish == "by hand":
        service.remove(context, email)
    elif wish == "forgotten":
        service.erase_subscriber(context, email, len)
    else:
        list_id = self_service.EVERY_LIST if wish == "left for good" else 1
        with context.store.write() as tx:
            self_service.unsubscribe(tx, [self_service.Unsubscription(known.id, list_id, "page")], NOW)


def test_unblocking_does_not_undo_the_departure_from_one_list(context: SubscriberContext) -> None:
    add_people(context, "a@orange.fr")
    service.add(context, SubscriberUpsert("a@orange.fr", context.mac("a@orange.fr")), "club")
    suppress_address(context, "a@orange.fr", BOUNCE)
    service.remove(context, "a@orange.fr", "tous")
    assert unblock(context) == 1
    assert list_reached(context) == set()
    assert service.read_dossier(context.store, "a@orange.fr").record.lists == {
        "tous": "unsubscribed",
        "club": "confirmed",
    }


def test_many_bounces_are_lifted_in_batches(context: SubscriberContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unblocking, "_BATCH", 2)
    emails = [f"p{number}@orange.fr" for number in range(5)]
    add_people(context, *emails)
    for email in emails:
        suppress_address(context, email, BOUNCE)
    assert (unblock(context), list_reached(context)) == (5, set(emails))


@pytest.mark.parametrize("reason", ["complaint", "unsubscribed_all", "manual", "erased", "moved", "soft"])
def test_only_bounces_and_invalid_addresses_can_be_unblocked(reason: str) -> None:
    with pytest.raises(InputError, match="unblock_reason_wrong"):
        unblocking.select(reason, None, None, (), PARIS)


def test_a_wrong_day_or_domain_is_refused() -> None:
    with pytest.raises(InputError, match="day_wrong"):
        unblocking.read_day("hier", "fr")
    with pytest.raises(InputError, match="not_an_address"):
        unblocking.normalize_domain("pas un domaine")
    with pytest.raises(InputError, match="unblock_days_wrong"):
        unblocking.select("bounce", dt.date(2026, 11, 20), dt.date(2026, 11, 19), (), PARIS)
    assert unblocking.normalize_domain("@Été.fr") == "xn--t-9fab.fr"

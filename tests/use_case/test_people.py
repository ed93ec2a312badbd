"""Subscribers: added, edited, removed, shown, erased, filtered, exported and imported again."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from example_edition import EDITION
from identity import KEY, NOW

from newsletter.campaigns import planning
from newsletter.campaigns.sending import Worker, dispatch
from newsletter.errors import InputError, Refused
from newsletter.i18n import say
from newsletter.model.subscribers import Method, OptIn, Provenance, Record, Status, SubscriberUpsert, SuppressionReason
from newsletter.providers.outbox import Outbox
from newsletter.storage import address_hash, database as database_
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store
from newsletter.storage.subscribers import growth, lists, records, segments, subscribers
from newsletter.subscribers import exporting, selection, service
from newsletter.subscribers.importing.importer import import_file
from newsletter.subscribers.importing.options import ImportCallbacks, ImportOptions
from newsletter.subscribers.service import SubscriberContext, SubscriberSelection

DAY = 86_400_000
ZONE = dt.timezone(dt.timedelta(hours=1))


@pytest.fixture
def context(store: Store) -> SubscriberContext:
    return SubscriberContext(store, KEY, NOW)


def forget_nobody(_ids: object) -> int:
    return 0


def make_upsert(context: SubscriberContext, email: str, **facts: object) -> SubscriberUpsert:
    return SubscriberUpsert(email, context.mac(email), **facts)  # type: ignore[arg-type] # as the test says


def read_record(context: SubscriberContext, email: str) -> Record:
    return service.read_dossier(context.store, email).record


def test_an_added_subscriber_has_the_consent_words_in_the_journal(context: SubscriberContext) -> None:
    taken = service.add(context, make_upsert(context, "a@exemple.fr", first_name="Ana"), "tous", words="Oui, au salon.")
    assert taken.added == 1
    (entry,) = read_record(context, "A@exemple.fr").journal
    assert entry.provenance == Provenance(Method.OPERATOR, words="Oui, au salon.")


def test_a_person_who_left_is_added_only_with_consent_words(context: SubscriberContext) -> None:
    service.add(context, make_upsert(context, "a@exemple.fr"), "tous")
    service.remove(context, "a@exemple.fr", "tous")
    with pytest.raises(Refused, match="came_and_left"):
        service.add(context, make_upsert(context, "a@exemple.fr"), "tous")
    with pytest.raises(InputError, match="consent_missing"):
        service.add(context, make_upsert(context, "a@exemple.fr"), "tous", again=True)
    service.add(context, make_upsert(context, "a@exemple.fr"), "tous", words="Reprenez-moi.", again=True)
    found = read_record(context, "a@exemple.fr")
    assert found.lists == {"tous": Status.CONFIRMED}
    assert [entry.action for entry in found.journal] == ["confirmed", "unsubscribed", "confirmed"]


def test_a_suppressed_person_is_added_only_with_consent_words(context: SubscriberContext) -> None:
    service.add(context, make_upsert(context, "a@exemple.fr"), "tous")
    assert service.remove(context, "a@exemple.fr") == 1
    assert read_record(context, "a@exemple.fr").suppressed is SuppressionReason.MANUAL
    with pytest.raises(Refused, match="came_and_left"):
        service.add(context, make_upsert(context, "a@exemple.fr"), "club")
    service.add(context, make_upsert(context, "a@exemple.fr"), "club", words="Si, si.", again=True)
    found = read_record(context, "a@exemple.fr")
    assert (found.suppressed, found.lists["club"]) == (None, Status.CONFIRMED)
    assert [entry.action for entry in found.journal][-2:] == ["released", "confirmed"]


def test_a_complaint_after_a_bounce_ends_every_subscription(context: SubscriberContext) -> None:
    service.add(context, make_upsert(context, "a@exemple.fr"), "tous")
    provenance, reasons = Provenance(Method.PROVIDER), (SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT)
    with context.store.write() as tx:
        new = [
            subscribers.suppress(
                tx, "a@exemple.fr", mac=context.mac("a@exemple.fr"), reason=reason, provenance=provenance, now_ms=NOW
            )
            for reason in reasons
        ]
    assert new == [True, False]
    assert read_record(context, "a@exemple.fr").lists == {"tous": Status.UNSUBSCRIBED}
    assert read_record(context, "a@exemple.fr").suppressed is SuppressionReason.COMPLAINT


def test_a_double_opt_in_subscription_is_pending_until_confirmed(context: SubscriberContext) -> None:
    with context.store.write() as tx:
        lists.get_or_create(tx, "tous", NOW, OptIn.DOUBLE)
    service.add(context, make_upsert(context, "a@exemple.fr"), "tous")
    assert read_record(context, "a@exemple.fr").lists == {"tous": Status.PENDING}
    service.add(context, make_upsert(context, "a@exemple.fr"), "tous", words="Confirmé par courriel.", confirmed=True)
    assert read_record(context, "a@exemple.fr").lists == {"tous": Status.CONFIRMED}


def test_editing_a_subscriber_changes_fields_attributes_and_address(context: SubscriberContext) -> None:
    service.add(context, make_upsert(context, "a@exemple.fr", attributes={"ville": "Lyon", "points": 3}), "tous")
    service.edit(context, "a@exemple.fr", {"first_name": "Ana", "email": "B@exemple.fr"}, {"ville": "", "cp": "01000"})
    found = read_record(context, "b@exemple.fr")
    assert (found.first_name, found.attributes) == ("Ana", {"points": 3, "cp": "01000"})
    assert found.journal[-1].action == "readdressed"


def test_a_suppressed_or_taken_address_cannot_be_edited(context: SubscriberContext) -> None:
    for email in ("a@exemple.fr", "b@exemple.fr", "c@exemple.fr"):
        service.add(context, make_upsert(context, email), "tous")
    service.remove(context, "a@exemple.fr")
    service.remove(context, "gone@exemple.fr")
    for old, new, key in (
        ("a@exemple.fr", "new@exemple.fr", "address_suppressed"),
        ("b@exemple.fr", "gone@exemple.fr", "address_suppressed"),
        ("b@exemple.fr", "c@exemple.fr", "address_taken"),
    ):
        with pytest.raises(Refused, match=key):
            service.edit(context, old, {"email": new, "first_name": "X"}, {})
        assert read_record(context, old).first_name == ""


@pytest.mark.parametrize("address", ["nobody@exemple.fr", "rien", ""])
def test_an_unknown_subscriber_is_refused(context: SubscriberContext, address: str) -> None:
    for action in (
        lambda: service.read_dossier(context.store, address),
        lambda: service.edit(context, address, {}, {}),
        lambda: service.remove(context, address, "tous"),
    ):
        with pytest.raises(InputError, match=r"subscriber_unknown|not_an_address|list_unknown"):
            action()


def test_tags_are_added_and_removed(context: SubscriberContext) -> None:
    for email in ("a@exemple.fr", "b@autre.fr"):
        service.add(context, make_upsert(context, email), "tous")
    assert service.tag(context, SubscriberSelection(where='domain = "exemple.fr"'), "presse; locale") == 1
    assert service.tag(context, SubscriberSelection(where='list = "tous"'), "presse locale") == 1
    assert service.tag(context, SubscriberSelection(address="B@autre.fr"), "presse locale", off=True) == 1
    assert [read_record(context, email).tags for email in ("a@exemple.fr", "b@autre.fr")] == [("presse locale",), ()]


def test_erasing_a_subscriber_deletes_everything_but_the_hash(
    context: SubscriberContext, enlist: Callable[..., list[int]], tmp_path: Path
) -> None:
    enlist(context.store, "a@exemple.fr", "b@exemple.fr")
    service.tag(context, SubscriberSelection(address="a@exemple.fr"), "presse")
    provider = Outbox(tmp_path / "outbox")
    moment = dt.datetime.fromtimestamp(NOW / 1000, dt.UTC)
    planned = planning.plan(
        context.store, EDITION, planning.Audience("tous"), planning.PlanOptions("outbox"), now=moment
    )
    dispatch(context.store, provider, planned.campaign, Worker("k" * 20))
    assert [delivery.state for delivery in service.read_dossier(context.store, "a@exemple.fr").deliveries] == [
        "accepted"
    ]
    done = service.erase_subscriber(context, "A@exemple.fr", provider.forget)
    assert (done.files, done.rows["subscribers"], done.rows["journal"], done.rows["tags"]) == (1, 1, 1, 1)
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 1
    with context.store.read() as tx:
        assert subscribers.find_by_email(tx, "a@exemple.fr") is None
        assert subscribers.find_suppression(tx, context.mac("a@exemple.fr")) is SuppressionReason.ERASED
        assert lists.list_all(tx)[0].counts[Status.CONFIRMED] == 1
    path = tmp_path / "again.csv"
    path.write_text("email\na@exemple.fr\n")
    report = import_file(
        context.store, ImportOptions(path, "tous"), ImportCallbacks(KEY, NOW, lambda code, _value: code)
    )
    assert (report.kept_out, report.added) == (1, 0)
    assert service.erase_subscriber(context, "a@exemple.fr", forget_nobody).rows["subscribers"] == 0


def test_an_erased_subscriber_leaves_no_bytes_in_the_database_file(tmp_path: Path) -> None:
    path = tmp_path / "newsletter.db"
    context = SubscriberContext(
        database_.open_store(
            f"sqlite:///{path}", database_.PublicationIdentity("x.y", address_hash.fingerprint(KEY)), NOW
        ),
        KEY,
        NOW,
    )
    person = make_upsert(context, "zzgone@exemple.fr", first_name="Zzname", attributes={"ville": "Zzville"})
    service.add(context, person, "tous", words="Zzname, au téléphone")
    service.erase_subscriber(context, "zzgone@exemple.fr", forget_nobody)
    for file in tmp_path.iterdir():  # with the database still open, its log beside it
        assert b"zzgone" not in file.read_bytes(), file
        assert b"Zzname" not in file.read_bytes(), file
        assert b"Zzville" not in file.read_bytes(), file
    context.store.close()


def test_pruning_erases_inactive_people_and_keeps_departures_suppressed(context: SubscriberContext) -> None:
    old, new = NOW - 1200 * DAY, NOW - 100 * DAY
    for email, at in (("old@exemple.fr", old), ("left@exemple.fr", old), ("new@exemple.fr", new)):
        service.add(context, make_upsert(context, email, at=at), "tous")
    service.remove(context, "left@exemple.fr", "tous")
    assert service.prune(context, NOW - 1095 * DAY, forget_nobody) == 2
    with context.store.read() as tx:
        assert [
            record.email for record in records.list_records(tx, records.list_next_ids(tx, segments.everybody(), 0))
        ] == ["new@exemple.fr"]
        assert subscribers.find_suppression(tx, context.mac("left@exemple.fr")) is SuppressionReason.UNSUBSCRIBED_ALL
        assert subscribers.find_suppression(tx, context.mac("old@exemple.fr")) is None
        assert lists.list_all(tx)[0].counts == {Status.CONFIRMED: 1, Status.UNSUBSCRIBED: 0}


def test_growth_is_counted_by_week(context: SubscriberContext) -> None:
    for number, days in enumerate((1, 2, 8, 400)):
        service.add(context, make_upsert(context, f"p{number}@exemple.fr", at=NOW - days * DAY), "tous")
    service.remove(context, "p3@exemple.fr", "tous")
    with context.store.read() as tx:
        came, left = growth.count_weekly(tx, lists.list_all(tx)[0].id, NOW, 4)
    assert (came, left) == ([0, 0, 1, 2], [0, 0, 0, 1])


PEOPLE: list[dict[str, object]] = [
    {
        "email": "ana@exemple.fr",
        "first_name": "Ana",
        "language": "fr",
        "attributes": {"ville": "Lyon", "points": 12},
        "at": NOW - 10 * DAY,
    },
    {
        "email": "bob@autre.fr",
        "first_name": "Bob",
        "language": "en",
        "attributes": {"ville": "Paris", "points": "douze"},
    },
    {
        "email": "eve@exemple.fr",
        "first_name": "Ève",
        "attributes": {"cp": 69001, "points": 3.5},
        "tags": ("presse", "vip"),
    },
]
FILTERS = [
    ('email = "ANA@exemple.fr"', "ana"),
    ('domain = "exemple.fr"', "ana eve"),
    ('domain != "exemple.fr"', "bob"),
    ('ville = "Lyon"', "ana"),
    ('ville != "Lyon"', "bob eve"),
    ('ville in ("Lyon", "Paris")', "ana bob"),
    ('not ville in ("Lyon", "Paris")', "eve"),
    ('ville = ""', "eve"),
    ('prenom = "Ana"', "ana"),
    ('langue = "en" and courriel ~ "autre"', "bob"),
    ("points > 3,4", "ana eve"),
    ("points < 12,5", "ana eve"),
    ('attribut.vile != "Lyon"', "ana bob eve"),
    ("points > 3", "ana eve"),
    ("points >= 12", "ana"),
    ("points < 12", "eve"),
    ("not points < 12", "ana bob"),
    ("points <= -1", ""),
    ("points = 12", "ana"),
    ('points = "12"', "ana"),
    ("points = 3.5", "eve"),
    ("cp = 69001", "eve"),
    ('cp = "69001"', "eve"),
    ('cp ~ "900"', "eve"),
    ('first_name ~ "A"', "ana"),
    ('first_name ~ "%"', ""),
    ('first_name ~ "_"', ""),
    ('first_name = "Ève"', "eve"),
    ('email ~ "EXEMPLE"', "ana eve"),
    ('tag = "presse"', "eve"),
    ('tag in ("presse", "vip")', "eve"),
    ('tag != "presse"', "ana bob"),
    ('list = "tous"', "ana bob eve"),
    ('list = "club"', ""),
    ('list != "club" and not tag = "vip"', "ana bob"),
    ('language = "fr" or language = "en" and points > 1', "ana"),
    ('(language = "fr" or language = "en") and ville ~ "p"', "bob"),
    ("created = 2026-11-08", "ana"),
    ("created != 2026-11-08", "bob eve"),
    ("created < 2026-11-08", ""),
    ("created <= 2026-11-08", "ana"),
    ("created > 2026-11-08", "bob eve"),
    ("contact >= 2026-11-18", "bob eve"),
    ("ville = « Lyon »", "ana"),
    ("""ville = "L'Isle\\"; DROP TABLE subscriber; --" """, ""),
    ("""ville = "x' OR '1'='1" """, ""),
]


@pytest.mark.parametrize(("text", "expected"), FILTERS)
def test_a_filter_selects_the_same_people_on_both_databases(
    context: SubscriberContext, text: str, expected: str
) -> None:
    for facts in PEOPLE:
        email = str(facts["email"])
        person = make_upsert(context, email, **{name: value for name, value in facts.items() if name != "email"})
        service.add(context, person, "tous")
    with context.store.read() as tx:
        chosen = selection.build_condition(tx, text, ZONE)
        found = records.list_records(tx, records.list_next_ids(tx, chosen, 0))
        assert segments.count(tx, chosen) == len(found)
    assert " ".join(record.email.split("@")[0] for record in found) == expected


UNKNOWN = [
    ('vile != "Lyon"', "filter_field_unknown", 1, "ville"),
    ('ville = "Lyon" or not (pionts > 3)', "filter_field_unknown", 24, "points"),
    ('prenon = "Ana"', "filter_field_unknown", 1, "prenom"),
    ('etiquette = "vip"', "filter_field_unknown", 1, "tag"),
    ('xyzzy = "Lyon"', "filter_field_unknown", 1, ""),
    ("lyonn", "segment_unknown", None, "lyon"),
    ("les lyonnais", "segment_unknown", None, ""),
    ("ville", "segment_unknown", None, ""),
]


@pytest.mark.parametrize(("text", "key", "column", "near"), UNKNOWN)
def test_a_mistyped_field_or_segment_is_refused_with_the_nearest_name(
    context: SubscriberContext, text: str, key: str, column: int | None, near: str
) -> None:
    service.add(context, make_upsert(context, "ana@exemple.fr", attributes={"ville": "Lyon", "points": 12}), "tous")
    with context.store.write() as tx:
        segments.save(tx, "lyon", 'ville = "Lyon"', NOW)
        segments.save(tx, "presse", 'tag = "presse"', NOW)
    with context.store.read() as tx, pytest.raises(InputError, match=key) as caught:
        selection.build_condition(tx, text, ZONE)
    facts = caught.value.facts
    assert (facts.get("column"), facts["near"]) == (column, near)
    french = say("fr", caught.value.key, **facts)
    assert ("points, ville" if column else "lyon, presse") in french


def test_a_segment_without_people_is_refused_differently_from_an_empty_list(context: SubscriberContext) -> None:
    for number in range(3):
        service.add(context, make_upsert(context, f"p{number}@exemple.fr", attributes={"ville": "Lyon"}), "tous")
    with context.store.write() as tx:
        lists.get_or_create(tx, "vide", NOW)
    moment, terms = dt.datetime.fromtimestamp(NOW / 1000, dt.UTC), planning.PlanOptions("outbox")
    for list_name, segment, expected in (
        ("tous", 'ville = "Nulle"', "nobody_in_segment .*confirmed=3"),
        ("vide", 'ville = "Nulle"', "nobody_to_send_to"),
        ("vide", "", "nobody_to_send_to"),
    ):
        with pytest.raises(Refused, match=expected):
            planning.plan(context.store, EDITION, planning.Audience(list_name, segment), terms, now=moment)
    with context.store.read() as tx:
        assert campaigns.list_of_issue(tx, EDITION.issue_id) == []


def test_a_segment_limits_the_audience(context: SubscriberContext) -> None:
    for number in range(4):
        service.add(context, make_upsert(context, f"p{number}@exemple.fr", attributes={"n": number}), "tous")
    service.remove(context, "p3@exemple.fr")
    with context.store.write() as tx:
        segments.save(tx, "grands", "n >= 2", NOW)
    audience = planning.Audience("tous", "grands")
    assert planning.count(context.store, audience).recipients == 1
    moment = dt.datetime.fromtimestamp(NOW / 1000, dt.UTC)
    planned = planning.plan(context.store, EDITION, audience, planning.PlanOptions("outbox"), now=moment)
    assert (planned.campaign.recipients, planned.campaign.excluded) == (1, 1)
    with pytest.raises(Refused, match="sent_to_another_segment"):
        planning.plan(context.store, EDITION, planning.Audience("tous"), planning.PlanOptions("outbox"), now=moment)
    assert not planning.plan(context.store, EDITION, audience, planning.PlanOptions("outbox"), now=moment).is_new


def test_a_sample_contains_only_people_of_the_filter(context: SubscriberContext) -> None:
    for number in range(9):
        service.add(context, make_upsert(context, f"p{number}@exemple.fr", attributes={"n": number}), "tous")
    with context.store.read() as tx:
        chosen = selection.build_condition(tx, "n >= 4", ZONE)
        found = records.list_records(tx, segments.choose_sample(tx, chosen, 3))
        assert len(found) == 3
        assert {record.attributes["n"] for record in found} <= {4, 5, 6, 7, 8}
        assert len(segments.choose_sample(tx, chosen, 99)) == 5


def add_example_people(context: SubscriberContext) -> None:
    """Add subscribers, lists, tags, attributes and suppressions of every kind."""
    with context.store.write() as tx:
        lists.get_or_create(tx, "club à l’œil", NOW, OptIn.DOUBLE)
    for number, facts in enumerate(PEOPLE):
        email = str(facts["email"])
        person = make_upsert(context, email, **{name: value for name, value in facts.items() if name != "email"})
        service.add(context, person, ("tous", "club à l’œil")[number % 2], words=f"Oui, « {number} »;\n=1+1")
    service.add(
        context,
        make_upsert(context, "=cmd@exemple.fr".replace("=", "-"), first_name="=HYPERLINK(1)", last_name="'@x"),
        "tous",
    )
    service.remove(context, "eve@exemple.fr", "tous")
    service.remove(context, "bob@autre.fr")
    service.remove(context, "stranger@exemple.fr")


def export_text(store: Store, kind: str) -> str:
    with store.read() as tx:
        if kind == "csv":
            return "".join(exporting.as_csv(tx, segments.everybody()))
        lines = exporting.as_json_lines(tx, segments.everybody(), address_hash.fingerprint(KEY), whole=True)
        return "".join(exporting.as_json(lines) if kind == "json" else lines)


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
def test_importing_an_export_gives_the_same_export(context: SubscriberContext, kind: str, tmp_path: Path) -> None:
    add_example_people(context)
    text = export_text(context.store, kind)
    path = tmp_path / f"tout.{kind}"
    path.write_text(text, "utf-8")
    other = database_.open_store(
        f"sqlite:///{tmp_path / 'other.db'}", database_.PublicationIdentity("x.y", address_hash.fingerprint(KEY)), NOW
    )
    for _ in range(2):
        report = import_file(other, ImportOptions(path), ImportCallbacks(KEY, NOW + DAY, lambda code, _value: code))
        assert report.refused == 0, report.rejected
        assert export_text(other, kind) == text
    other.close()


def test_a_csv_export_contains_no_spreadsheet_formula(context: SubscriberContext) -> None:
    add_example_people(context)
    cells = [cell for row in csv.reader(io.StringIO(export_text(context.store, "csv"))) for cell in row]
    assert [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell] == []
    assert "'=HYPERLINK(1)" in cells


def test_suppression_hashes_of_another_key_are_rejected(context: SubscriberContext, tmp_path: Path) -> None:
    add_example_people(context)
    path = tmp_path / "tout.jsonl"
    path.write_text(export_text(context.store, "jsonl"), "utf-8")
    other_key = "another suppression key"
    identity = database_.PublicationIdentity("x.y", address_hash.fingerprint(other_key))
    other = database_.open_store(f"sqlite:///{tmp_path / 'other.db'}", identity, NOW)
    report = import_file(other, ImportOptions(path), ImportCallbacks(other_key, NOW, lambda code, _value: code))
    assert [row.code for row in report.rejected] == ["row_hash_of_another_key"]
    other.close()


def test_broken_rows_of_an_export_are_rejected_one_by_one(context: SubscriberContext, tmp_path: Path) -> None:
    add_example_people(context)
    good = export_text(context.store, "jsonl").split("\n")[2]
    bad = [
        good.replace('"tous":"confirmed"', '"tous":"vip"'),
        good.replace('"public_id":"', '"public_id":"zz'),
        good.replace('"action":"confirmed"', '"action":"won"'),
        good.replace('"lists":{', '"lists":[{').replace('},"suppressed"', '}],"suppressed"'),
        '{"suppressed_hash":"zz","reason":"bounce","key":"x"}',
        '{"list":"a","opt_in":"triple"}',
    ]
    path = tmp_path / "tout.jsonl"
    path.write_text("\n".join([good, *bad]), "utf-8")
    other = database_.open_store(
        f"sqlite:///{tmp_path / 'other.db'}", database_.PublicationIdentity("x.y", address_hash.fingerprint(KEY)), NOW
    )
    report = import_file(other, ImportOptions(path), ImportCallbacks(KEY, NOW, lambda code, _value: code))
    assert (report.added, report.refused) == (1, len(bad))
    other.close()


def test_opening_with_a_changed_suppression_key_is_refused(database: str, context: SubscriberContext) -> None:
    del context
    with pytest.raises(Refused, match="suppression_key_changed"):
        database_.open_store(
            database, replace(database_.PublicationIdentity("lettre.example.org", ""), suppression_fingerprint="0"), NOW
        )

"""Columns of an imported file: refusals, dates, and what is announced before any change."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from identity import IDENTITY, KEY, NOW
from subscriber_queries import list_records

from newsletter.errors import InputError, SubscribersError
from newsletter.i18n import say
from newsletter.model.subscribers import Status, SuppressionReason
from newsletter.storage import address_hash, database
from newsletter.storage.database import Store
from newsletter.storage.subscribers import subscribers
from newsletter.subscribers.importing import importer
from newsletter.subscribers.importing.importer import import_file
from newsletter.subscribers.importing.layout import TablePlan
from newsletter.subscribers.importing.options import ImportCallbacks, ImportOptions, Report

PARIS = ZoneInfo("Europe/Paris")
Import = Callable[..., Report]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """SQLite only: what a column means does not depend on the database."""
    opened = database.open_store(f"sqlite:///{tmp_path / 'newsletter.db'}", IDENTITY, NOW)
    yield opened
    opened.close()


@pytest.fixture
def import_text(store: Store, tmp_path: Path) -> Import:
    def run(content: str | bytes, name: str = "people.csv", list_name: str = "tous", **options: Any) -> Report:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        announce = options.pop("announce", lambda _plans: None)
        callbacks = ImportCallbacks(KEY, NOW, lambda code, value: say("fr", code, value=value), announce=announce)
        return import_file(store, ImportOptions(path, list_name, zone=PARIS, **options), callbacks)

    return run


def list_join_dates(store: Store) -> list[str]:
    return [
        dt.datetime.fromtimestamp(person.created_at / 1000, PARIS).isoformat()[:16] for person in list_records(store)
    ]


STOPPING = [
    ("email_opt_out", ["oui", "non"]), ("Ne souhaite plus recevoir", ["x", ""]), ("Newsletter", ["oui", "non"]),
    ("Accepte la newsletter", ["Oui", "Oui"]), ("Je souhaite recevoir la newsletter", ["1", "0"]), ("Souhaite recevoir", ["oui", ""]),
    ("Accepts Marketing", ["yes", "no"]), ("RGPD", ["true", "false"]), ("Accord", ["O", "N"]), ("Statut abonnement", ["a", "b"]),
    ("Newsletter opt-in", ["", ""]), ("Mailing", ["x", ""]), ("NPAI", ["", "x"]), ("Inscription newsletter", ["La Lettre", "non"]),
    ("2024 newsletter", ["oui", "non"]), ("Souhaitez-vous recevoir chaque dimanche notre lettre d’information par courriel ?", ["Oui", "Non"]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cells"), STOPPING)
def test_a_column_that_may_name_refusals_stops_the_import_until_mapped(
    import_text: Import, store: Store, column: str, cells: Sequence[str]
) -> None:
    text = f'email,"{column}"\na@exemple.fr,{cells[0]}\nb@exemple.fr,{cells[1]}\n'
    with pytest.raises(InputError, match="import_state_unclear") as caught:
        import_text(text)
    assert f'--map "{column}="' in say("fr", caught.value.key, **caught.value.facts)
    assert list_records(store) == []
    assert import_text(text, columns={column: ""}).added == 2
    assert import_text(text, columns={column: "avis"}, list_name="autre").added == 2


HARMLESS = [
    ("Newsletter", ["La Lettre", "Le Club"]), ("Mailing address", ["12 rue des Presses", ""]), ("Mailing State", ["Bretagne", "Pas-de-Calais"]),
    ("Client fidèle", ["oui", "non"]), ("VIP", ["1", "0"]), ("Inscrit à l’atelier", ["oui", "non"]), ("Newsletter", ["", ""]),
    ("Statut professionnel", ["salariée", "étudiant"]), ("Nombre de newsletters ouvertes", ["3", "0"]), ("Accordéon", ["oui", "non"]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cells"), HARMLESS)
def test_a_harmless_column_does_not_stop_the_import(import_text: Import, column: str, cells: Sequence[str]) -> None:
    assert import_text(f'email,"{column}"\na@exemple.fr,{cells[0]}\nb@exemple.fr,{cells[1]}\n').added == 2


def test_one_refusal_in_the_last_row_stops_the_import_before_any_change(
    import_text: Import, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 10)
    rows = "".join(f"p{number}@exemple.fr,hebdo\n" for number in range(100))
    with pytest.raises(InputError, match="import_state_unclear"):
        import_text(f"email,newsletter\n{rows}z@exemple.fr,désabonné\n")
    assert list_records(store) == []


def test_every_doubtful_column_is_named_in_one_message(import_text: Import) -> None:
    with pytest.raises(InputError) as caught:
        import_text("email,NPAI,ville,Newsletter\na@exemple.fr,,Lyon,oui\n")
    sentence = say("en", caught.value.key, **caught.value.facts)
    assert '--map "NPAI=" --map "Newsletter="' in sentence


def test_a_refusal_in_a_late_json_object_stops_the_import(import_text: Import, store: Store) -> None:
    people: list[dict[str, object]] = [{"email": f"p{number}@exemple.fr"} for number in range(300)]
    people.append({"email": "z@exemple.fr", "unsubscribed": True})
    for name, text in (("p.jsonl", "\n".join(map(json.dumps, people))), ("p.json", json.dumps({"people": people}))):
        with pytest.raises(InputError, match="import_state_unclear"):
            import_text(text, name)
    assert list_records(store) == []


def test_exports_without_a_departure_column_are_checked_too(import_text: Import, store: Store) -> None:
    header = "EMAIL,FIRST_NAME,STATE_PROVINCE_REGION,CONTACT_ID,Accepte la newsletter"
    with pytest.raises(InputError, match="import_state_unclear"):
        import_text(f"{header}\na@exemple.fr,Ana,Bretagne,1,non\n", "SendGrid_export.csv")
    assert list_records(store) == []


DATES = [
    ("month first, which one row shows", ["12/31/2024", "12/01/2024", "01/02/2024"], ["2024-12-31", "2024-12-01", "2024-01-02"]),
    ("day first, which the last row shows", ["12/01/2024", "01/02/2024", "31/12/2024"], ["2024-01-12", "2024-02-01", "2024-12-31"]),
    ("nothing shows it: the French order", ["12/01/2024", "01/02/2024"], ["2024-01-12", "2024-02-01"]),
    ("names of months", ["1 décembre 2024", "1er déc. 2024", "Dec 1, 2024"], ["2024-12-01"] * 3),
    ("a spreadsheet's days", ["45627", "45627.5", "45627,25"], ["2024-12-01T00:00", "2024-12-01T12:00", "2024-12-01T06:00"]),
    ("hours and zones", ["2024-12-01T10:30:00Z", "2024-12-01 10:30:00", "01/12/2024 à 10h30", "1/12/2024 10:30 PM"],
     ["2024-12-01T11:30", "2024-12-01T10:30", "2024-12-01T10:30", "2024-12-01T22:30"]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "typed", "expected"), DATES, ids=[why for why, _, _ in DATES])
def test_all_dates_of_a_column_are_read_in_one_order(
    import_text: Import, store: Store, why: str, typed: Sequence[str], expected: Sequence[str]
) -> None:
    report = import_text("email;signup_date\n" + "".join(f"p{n}@exemple.fr;{day}\n" for n, day in enumerate(typed)))
    assert report.rejected == [], why
    assert [day[: len(wanted)] for day, wanted in zip(list_join_dates(store), expected, strict=True)] == list(expected)


UNREAD = ["32/01/2024", "30/02/2024", "31/12/24 25:00", "hier", "décembre 2024", "2024", "12/2024", "1", "15 jui 2024",
          "01/12/1960", "2024-13-01", "2024-12-01 10:00 XYZ", "12/31/2024"]  # fmt: skip


def test_an_unreadable_date_rejects_its_row(import_text: Import, store: Store) -> None:
    rows = "".join(f"p{n}@exemple.fr;{typed}\n" for n, typed in enumerate(UNREAD))
    report = import_text(f"email;inscrit le\n{rows}z@exemple.fr;31/12/2024\ny@exemple.fr;13/01/2024\n")
    assert [(row.line, row.code, row.value) for row in report.rejected] == [
        (number, "row_date_unread", typed) for number, typed in enumerate(UNREAD, 2)
    ]
    assert list_join_dates(store) == ["2024-12-31T00:00", "2024-01-13T00:00"]
    assert "«\u00a0hier\u00a0» ne peut pas être lue" in report.files[0].read_text("utf-8")


def test_a_rejected_row_keeps_its_date_when_imported_again(import_text: Import, store: Store) -> None:
    report = import_text(
        "email,created_at\na@exemple.fr,12/31/2024\nfaux,01/02/2024\nfaux2,01/02/2024 10:30\nfaux3,hier\n"
    )
    text = report.files[0].read_text("utf-8")
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == ["2024-01-02", "2024-01-02T10:30:00+01:00", "hier"]
    import_text(text.replace("faux,", "b@exemple.fr,").replace("faux2,", "c@exemple.fr,"), "people.rejects.csv")
    assert list_join_dates(store) == ["2024-12-31T00:00", "2024-01-02T00:00", "2024-01-02T10:30"]


def test_an_empty_date_cell_does_not_reject_its_row(import_text: Import, store: Store) -> None:
    empty = ["", "-", "N/A", "NULL", "0000-00-00 00:00:00", "9999-12-31"]
    report = import_text("email;created_at\n" + "".join(f"p{n}@exemple.fr;{cell}\n" for n, cell in enumerate(empty)))
    assert (report.refused, {person.created_at for person in list_records(store)}) == (0, {NOW})


def test_an_ambiguous_date_order_is_reported(import_text: Import) -> None:
    for language, order in (
        ("fr", "day_first"),
        ("en-GB", "day_first"),
        ("en-US", "month_first"),
        ("xx-qq", "day_first"),
    ):
        plan = import_text("email,created\na@exemple.fr,01/02/2024\n", origin="generic", language=language).plans[0]
        assert (plan.open_date, plan.layout.dates.order) == ("01/02/2024", order)
    for text in ("31/02/2024", "05/05/2024", "2024-01-02", "2 janvier 2024"):
        assert import_text(f"email,created\na@exemple.fr,{text}\n", origin="generic").plans[0].open_date == ""


def test_an_unreadable_date_does_not_prevent_a_suppression(import_text: Import, store: Store) -> None:
    report = import_text("email,created\na@exemple.fr,hier\n", "suppression_unsubscribes.csv", list_name="")
    assert [(row.line, row.code, row.value) for row in report.unread_dates] == [(2, "row_date_unread_gone", "hier")]
    with store.read() as tx:
        assert (
            subscribers.find_suppression(tx, address_hash.address_mac(KEY, "a@exemple.fr"))
            is SuppressionReason.UNSUBSCRIBED_ALL
        )


def test_columns_are_announced_before_anything_is_written(import_text: Import, store: Store) -> None:
    seen: list[tuple[dict[str, str], int]] = []

    def announce(plans: Sequence[TablePlan]) -> None:
        seen.extend((dict(plan.layout.fields), len(list_records(store))) for plan in plans)

    text = "Courriel;Prénom;Nom de famille;Ville;Note;Inscrit le;2e ligne\na@exemple.fr;Ana;Diaz;Lyon;x;2024-01-02;y\n"
    for rehearsal in (True, False):
        import_text(text, columns={"Note": ""}, announce=announce, rehearsal=rehearsal)
    fields = {"Courriel": "email", "Prénom": "first_name", "Nom de famille": "last_name", "Ville": ".ville", "Note": "", "Inscrit le": "created_at"}  # fmt: skip
    assert seen == [(fields, 0), (fields, 0)]


def test_rejected_rows_are_counted_by_reason(import_text: Import) -> None:
    rows = "".join(f"p{number}\n" for number in range(1500))
    report = import_text(f"email\n{rows}é@exemple.fr\n,\nok@exemple.fr\n")
    assert report.reasons == {"row_not_an_address_without_at": 1500, "row_not_an_address_accent": 1}
    assert (report.refused, len(report.rejected)) == (1501, 1000)


TWICE = [
    ("the first name stays", "email,prenom\nx@x.fr,Premier", "X@x.fr,Dernier"),
    ("a missing name is filled in", "email,prenom\nx@x.fr,", "X@x.fr,Dernier"),
    ("an attribute is replaced", "email,ville\nx@x.fr,Lyon", "x@x.fr,Paris"),
    ("an attribute is not emptied", "email,ville\nx@x.fr,Lyon", "x@x.fr,"),
    ("tags are added", "email,tags\nx@x.fr,un", "x@x.fr,deux"),
    ("the first day stays", "email,created\nx@x.fr,2024-05-01", "x@x.fr,2023-05-01"),
    ("language", "email,langue\nx@x.fr,fr", "x@x.fr,en"),
    ("who left in the second row", "email,email_disabled\nx@x.fr,false", "x@x.fr,true"),
    ("who left in the first row", "email,email_disabled\nx@x.fr,true", "x@x.fr,false"),
    ("pending, then confirmed", "email_address,type,creation_date\nx@x.fr,unactivated,2024-01-01", "x@x.fr,regular,2024-01-01"),
    ("confirmed, then pending", "email_address,type,creation_date\nx@x.fr,regular,2024-01-01", "x@x.fr,unactivated,2024-01-01"),
    ("bounced, then confirmed", "email_address,type,creation_date\nx@x.fr,undeliverable,2024-01-01", "x@x.fr,regular,2024-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "first", "second"), TWICE, ids=[why for why, _, _ in TWICE])
def test_two_rows_of_one_person_give_the_same_result_in_any_batch(
    tmp_path: Path, why: str, first: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []
    commas = first.split("\n", maxsplit=1)[0].count(",")
    others = "".join(
        f"p{number}@exemple.fr{',regular,2024-01-01' if 'type' in first else ',' * commas}\n" for number in range(9)
    )
    for batch, between in ((100, ""), (100, others), (3, others), (1, "")):
        monkeypatch.setattr(importer, "BATCH", batch)
        path = tmp_path / f"{batch}-{len(between)}.csv"
        path.write_text(f"{first}\n{between}{second}\n")
        store = database.open_store(f"sqlite:///{path}.db", IDENTITY, NOW)
        import_file(
            store,
            ImportOptions(path, "tous", origin="generic" if "created" in first else ""),
            ImportCallbacks(KEY, NOW, lambda code, _: code),
        )
        with store.read() as tx:
            barred = subscribers.find_suppression(tx, address_hash.address_mac(KEY, "x@x.fr"))
        person = next((record for record in list_records(store) if record.email == "x@x.fr"), None)
        facts = person and (
            person.first_name,
            person.language,
            person.attributes,
            set(person.tags),
            person.lists,
            person.created_at,
        )
        outcomes.append((barred, facts))
        store.close()
    assert outcomes == [outcomes[0]] * 4, why


def test_the_name_in_the_first_row_of_a_person_wins(import_text: Import, store: Store) -> None:
    import_text("email,prenom,ville\nx@exemple.fr,Premier,Lyon\nx@exemple.fr,Dernier,Paris\n")
    (person,) = list_records(store)
    assert (person.first_name, person.attributes, person.lists) == (
        "Premier",
        {"ville": "Paris"},
        {"tous": Status.CONFIRMED},
    )


def test_a_broken_json_file_imports_nobody(import_text: Import, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "BATCH", 10)
    people = ",\n".join(json.dumps({"email": f"p{number}@exemple.fr"}) for number in range(300))
    with pytest.raises(SubscribersError, match="json_broken"):
        import_text(f"[{people}, {{oups", "people.json")
    assert list_records(store) == []


def test_an_export_with_many_lists_can_be_imported(import_text: Import, store: Store) -> None:
    lines = [json.dumps({"list": f"liste {number}", "opt_in": "single"}) for number in range(150)]
    lines.append(
        json.dumps(
            {"email": "a@exemple.fr", "first_name": "Ana", "lists": {"liste 3": "confirmed"}, "suppressed": None}
        )
    )
    assert import_text("\n".join(lines), "tout.jsonl", list_name="").added == 1
    assert list_records(store)[0].first_name == "Ana"


def test_each_table_of_an_archive_has_its_own_date_order(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "deux.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "email,created_at\na@exemple.fr,12/31/2024\nb@exemple.fr,12/01/2024\n")
        archive.writestr("b.csv", "email,created_at\nc@exemple.fr,31/12/2024\nd@exemple.fr,12/01/2024\n")
    import_file(store, ImportOptions(path, "tous", zone=PARIS), ImportCallbacks(KEY, NOW, lambda code, _: code))
    assert [day[:10] for day in list_join_dates(store)] == ["2024-12-31", "2024-12-01", "2024-12-31", "2024-01-12"]

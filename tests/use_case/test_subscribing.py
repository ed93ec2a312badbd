from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import SubscribersError
from newsletter.model.people import SuppressionReason
from newsletter.store import campaigns, engine, subscribers
from newsletter.store.engine import Store
from newsletter.subscribing import Report, import_file

KEY, NOW = "a suppression key for tests", 1_795_000_000_000
Import = Callable[[str | bytes], Report]


@pytest.fixture
def take(store: Store, tmp_path: Path) -> Import:
    def run(content: str | bytes) -> Report:
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(store, path, "tous", suppression_key=KEY, now=NOW)

    return run


def everybody(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as tx:
        rows = tx.execute(sa.text("SELECT email, first_name, last_name FROM subscriber ORDER BY email"))
        return [tuple(row) for row in rows]


def audience(store: Store) -> int:
    with store.read() as tx:
        list_id = subscribers.list_id(tx, "tous")
        return campaigns.audience_size(tx, list_id) if list_id else 0


HEADERS = ["email,first_name,last_name", "Email;Prénom;Nom", "E-mail\tPrenom\tNOM", "Adresse e-mail|Prénom|Nom"]


@pytest.mark.parametrize("header", HEADERS)
def test_people_are_taken_in_whatever_the_header(take: Import, store: Store, header: str) -> None:
    delimiter = next(sign for sign in ",;\t|" if sign in header)
    report = take(f"{header}\n" + delimiter.join(["Zoe@Exemple.FR", "Zoé", "Œuvrard"]) + "\n")
    assert (report.rows, report.added, report.rejected) == (1, 1, [])
    assert everybody(store) == [("zoe@exemple.fr", "Zoé", "Œuvrard")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_people_are_taken_in_whatever_the_encoding(take: Import, store: Store, encoding: str) -> None:
    take("email,prenom\nzoe@exemple.fr,Zoé\n".encode(encoding))
    assert everybody(store) == [("zoe@exemple.fr", "Zoé", "")]


BAD = [
    ("pas-une-adresse", "row_not_an_address"),
    ("a@b", "row_not_an_address"),
    ("a b@exemple.fr", "row_not_an_address"),
    ("a@exemple.fr\r\nBcc: x@y.fr", "row_quote_open"),
    ("é@exemple.fr", "row_not_an_address"),
    ("", "row_without_address"),
]


@pytest.mark.parametrize(("address", "code"), BAD)
def test_a_row_that_is_no_address_is_reported_with_its_line(take: Import, address: str, code: str) -> None:
    report = take(f'email,prenom\nok@exemple.fr,A\n"{address}",B\nfin@exemple.fr,C\n')
    assert report.added == 2
    (row,) = report.rejected
    assert (row.code, row.line) == (code, 3 + address.count("\n"))


@pytest.mark.parametrize(
    "text",
    [
        'email,prenom\na@x.fr,"Jean\nb@x.fr,Lou\nc@x.fr,"Zoé"\nd@x.fr,Max\n',
        'email,prenom\na@x.fr,"Jean\nb@x.fr,Lou\nc@x.fr,Zoé\nd@x.fr,Max\n',
    ],
)
def test_a_quote_that_is_not_closed_swallows_nobody_in_silence(take: Import, text: str) -> None:
    report = take(text)
    assert [row.code for row in report.rejected] == ["row_quote_open"]
    assert report.rejected[0].value == "a@x.fr"


def test_the_same_person_twice_is_taken_once(take: Import, store: Store) -> None:
    report = take("email\nA@exemple.fr\na@exemple.fr\n")
    assert (report.added, [row.code for row in report.rejected]) == (1, ["row_twice"])
    assert audience(store) == 1


def test_a_column_of_postal_addresses_is_not_mistaken(take: Import, store: Store) -> None:
    take("nom;prenom;adresse;courriel\nMartin;Ana;12 rue des Presses;a@exemple.fr\n")
    assert everybody(store) == [("a@exemple.fr", "Ana", "Martin")]


def test_a_foreign_domain_is_written_in_ascii(take: Import, store: Store) -> None:
    take("email\na@été.fr\n")
    assert everybody(store)[0][0] == "a@xn--t-9fab.fr"


def test_importing_again_changes_nothing(take: Import, store: Store) -> None:
    text = "email,prenom\na@exemple.fr,A\nb@exemple.fr,B\n"
    take(text)
    before = everybody(store)
    report = take(text)
    assert (report.added, report.unchanged) == (0, 2)
    assert everybody(store) == before


def test_a_name_is_filled_in_later_and_never_emptied(take: Import, store: Store) -> None:
    take("email\na@exemple.fr\n")
    take("email,prenom\na@exemple.fr,Ana\n")
    take("email,prenom\na@exemple.fr,\n")
    assert everybody(store) == [("a@exemple.fr", "Ana", "")]


def test_whoever_left_is_not_brought_back(take: Import, store: Store) -> None:
    take("email\na@exemple.fr\nb@exemple.fr\n")
    with store.write() as tx:
        person, list_id = subscribers.by_email(tx, "a@exemple.fr"), subscribers.list_id(tx, "tous")
        assert person
        assert list_id
        subscribers.unsubscribe(tx, person.id, list_id, NOW)
        subscribers.suppress(tx, engine.address_mac(KEY, "b@exemple.fr"), SuppressionReason.COMPLAINT, NOW)
    assert audience(store) == 0
    take("email\na@exemple.fr\nb@exemple.fr\n")
    assert audience(store) == 0


def test_a_suppression_reaches_people_who_come_later(take: Import, store: Store) -> None:
    with store.write() as tx:
        subscribers.suppress(tx, engine.address_mac(KEY, "b@exemple.fr"), SuppressionReason.BOUNCE, NOW)
    take("email\nB@Exemple.fr\n")
    assert audience(store) == 0


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "csv_without_address_column"),
        (b"prenom,nom\nA,B\n", "csv_without_address_column"),
        (b"email\n" + b"a" * 200_000 + b"\n", "csv_broken"),
        (b"PK\x03\x04\x00\x00", "csv_without_address_column"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(take: Import, content: bytes, key: str) -> None:
    with pytest.raises(SubscribersError, match=key):
        take(content)


def test_odd_cells_do_no_harm(take: Import, store: Store) -> None:
    report = take('email,prenom\n"a@exemple.fr","Jean\nLuc\x00\x07"\n\n,,,,\nb@exemple.fr\n')
    assert [row.code for row in report.rejected] == []
    assert {email for email, *_ in everybody(store)} == {"a@exemple.fr", "b@exemple.fr"}

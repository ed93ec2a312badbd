"""Cells of an imported file: addresses with names, invisible characters, long fields, `sep=`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from identity import IDENTITY, KEY, NOW
from subscriber_queries import list_names

from newsletter.errors import SubscribersError
from newsletter.i18n import say
from newsletter.storage import database
from newsletter.storage.database import Store
from newsletter.storage.subscribers import records, segments
from newsletter.subscribers.importing import file_reader
from newsletter.subscribers.importing.importer import import_file
from newsletter.subscribers.importing.layout import has_addresses
from newsletter.subscribers.importing.options import ImportCallbacks, ImportOptions, Report
from newsletter.subscribers.importing.table import Row

CALLBACKS = ImportCallbacks(KEY, NOW, lambda code, value: say("fr", code, value=value))
Import = Callable[..., Report]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """SQLite only: what a cell means does not depend on the database."""
    opened = database.open_store(f"sqlite:///{tmp_path / 'newsletter.db'}", IDENTITY, NOW)
    yield opened
    opened.close()


@pytest.fixture
def import_text(store: Store, tmp_path: Path) -> Import:
    def run(content: str | bytes, name: str = "people.csv", **options: Any) -> Report:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(store, ImportOptions(path, "tous", **options), CALLBACKS)

    return run


INVISIBLE = [0xFEFF, 0x200B, 0x200C, 0x200D, 0x200E, 0x2060, 0x00AD, 0x061C, 0x180E, 0x202E, 0x2069, 0xFE0F, 0x3164]


@pytest.mark.parametrize("place", [0, 3, 6, 14])
def test_an_invisible_character_in_an_address_is_removed(import_text: Import, store: Store, place: int) -> None:
    typed = [f"p{code:04x}@exemple.fr" for code in INVISIBLE]
    rows = [f"{email[:place]}{chr(code)}{email[place:]},Z" for email, code in zip(typed, INVISIBLE, strict=True)]
    assert import_text("email,prenom\n" + "\n".join(rows) + "\n").rejected == []
    assert list_names(store) == [(email, "Z", "") for email in sorted(typed)]


def test_invisible_characters_in_a_name_are_removed_except_letter_joiners(import_text: Import, store: Store) -> None:
    import_text("email,prenom,nom\na@exemple.fr,\u202eZo\u00adé\ufeff,می\u200cخواهم\n")
    assert list_names(store) == [("a@exemple.fr", "Zoé", "می\u200cخواهم")]


def test_an_invisible_character_in_a_header_is_removed(import_text: Import, store: Store) -> None:
    import_text("em\u00adail,pré\u200bnom\ufeff\na@exemple.fr,Ana\n")
    assert list_names(store) == [("a@exemple.fr", "Ana", "")]


ADDRESS_FORMATS = [
    ("Jean <jean@exemple.fr>", ("jean@exemple.fr", "Jean", "")),
    ('"Jean Martin" <jean@exemple.fr>', ("jean@exemple.fr", "Jean", "Martin")),
    ("Jean Martin <Jean@Exemple.FR>;", ("jean@exemple.fr", "Jean", "Martin")),
    ("'Jean Martin' <jean@exemple.fr>", ("jean@exemple.fr", "Jean", "Martin")),
    ('"Martin, Jean" <jean@exemple.fr>', ("jean@exemple.fr", "Jean", "Martin")),
    ("José Étienne <jose@exemple.fr>", ("jose@exemple.fr", "José", "Étienne")),
    ("=?utf-8?q?Jos=C3=A9?= <jose@exemple.fr>", ("jose@exemple.fr", "José", "")),
    ("<jean@exemple.fr>", ("jean@exemple.fr", "", "")),
    ("< jean@exemple.fr >", ("jean@exemple.fr", "", "")),
    ("mailto:jean@exemple.fr", ("jean@exemple.fr", "", "")),
    ("MAILTO:jean%40exemple.fr?subject=Bonjour", ("jean@exemple.fr", "", "")),
    ("Jean Martin <mailto:jean@exemple.fr>", ("jean@exemple.fr", "Jean", "Martin")),
    ("jean@exemple.fr<mailto:jean@exemple.fr>", ("jean@exemple.fr", "", "")),
    ("Jean Martin [mailto:jean@exemple.fr]", ("jean@exemple.fr", "Jean", "Martin")),
    ("jean@exemple.fr (Jean Martin)", ("jean@exemple.fr", "Jean", "Martin")),
    ('"jean@exemple.fr"', ("jean@exemple.fr", "", "")),
    ("jean@exemple.fr;", ("jean@exemple.fr", "", "")),
    ("\u200b<jean@exemple.fr>\u00a0", ("jean@exemple.fr", "", "")),
]


@pytest.mark.parametrize(("typed", "expected"), ADDRESS_FORMATS)
def test_an_address_is_read_in_every_format_of_mail_programs(
    import_text: Import, store: Store, typed: str, expected: tuple[str, str, str]
) -> None:
    quoted = typed.replace('"', '""')
    report = import_text(f'email,ville\nok@exemple.fr,Lyon\n"{quoted}",Lyon\n')
    assert (report.refused, [person for person in list_names(store) if person[0] != "ok@exemple.fr"]) == (
        0,
        [expected],
    )


@pytest.mark.parametrize(
    "first", ["Jean <jean@exemple.fr>", "<jean@exemple.fr>", "mailto:jean@exemple.fr", "\u200bjean@exemple.fr"]
)
def test_a_file_of_addresses_with_names_needs_no_header(import_text: Import, store: Store, first: str) -> None:
    assert import_text(f"{first}\nmailto:louis@exemple.fr\n").added == 2
    assert [email for email, _, _ in list_names(store)] == ["jean@exemple.fr", "louis@exemple.fr"]


def test_a_column_of_names_wins_over_the_name_beside_the_address(import_text: Import, store: Store) -> None:
    import_text('email,prenom\n"Jeannot <jean@exemple.fr>",Jean\nLili <lise@exemple.fr>,\n')
    assert list_names(store) == [("jean@exemple.fr", "Jean", ""), ("lise@exemple.fr", "Lili", "")]


REASONS = [
    ("josé@exemple.fr", "lettre accentuée"),
    ("Жан@exemple.fr", "non latine"),
    ("Jean <josé@exemple.fr>", "lettre accentuée"),
    ("a@exemple.fr; b@exemple.fr", "plusieurs"),
    ("a@b@exemple.fr", "deux @"),
    ("jean exemple@exemple.fr", "une espace"),
    ("@exemple.fr", "avant ou après le @"),
    ("jean@", "avant ou après le @"),
    ("jean", "pas de @"),
    ("jean..martin@exemple.fr", "un point"),
    ("jean.@exemple.fr", "un point"),
    ("jean@exemple", "pas de point"),
    ("jean@machine.local", "réservé"),
    ("jean(martin@exemple.fr", "un\u00a0signe"),
    ("j" * 250 + "@exemple.fr", "trop longue"),
    ("j" * 300_000 + "@exemple.fr", "trop longue"),
]


@pytest.mark.parametrize(("typed", "reason"), REASONS, ids=[typed[:30] for typed, _ in REASONS])
def test_a_rejected_address_has_a_reason(import_text: Import, typed: str, reason: str) -> None:
    report = import_text(f'email,ville\nok@exemple.fr,Lyon\n"{typed}",Lyon\n')
    assert report.added == 1
    (file,) = report.files
    assert reason in file.read_text("utf-8").split("\n")[1]
    assert all(reason in say("fr", row.code, value=row.value) for row in report.rejected)


LINES_ABOVE_HEADER = ["sep=;", "SEP=;", '"sep=;"', "'sep=;'", "sep=;;", "sep=;;;;", '"sep=;";', '"sep=;",,', '"sep=";', " sep = ; ",
       "sep=\t", "sep=", ";;;", '"";""', ",,,", " "]  # fmt: skip


@pytest.mark.parametrize("before", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("first", LINES_ABOVE_HEADER)
def test_lines_of_a_spreadsheet_above_the_header_are_skipped(tmp_path: Path, first: str, before: str, end: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes((before + end.join([first, "email;prenom", "a@exemple.fr;Ana", "faux;x", ""])).encode())
    for table in file_reader.read_tables(path, lambda columns: has_addresses(columns, {})):
        assert list(table.rows) == [
            Row(3, {"email": "a@exemple.fr", "prenom": "Ana"}),
            Row(4, {"email": "faux", "prenom": "x"}),
        ]


LONG = [131_073, 500_000, 1_048_576]


@pytest.mark.parametrize("length", LONG)
@pytest.mark.parametrize("row", [0, 1, 40])
def test_a_long_field_rejects_only_its_row(import_text: Import, store: Store, length: int, row: int) -> None:
    rows = [f"p{number:02}@exemple.fr,court" for number in range(50)]
    rows[row] = f"p{row:02}@exemple.fr,{'x' * length}"
    report = import_text("email,note\n" + "\n".join(rows) + "\n")
    assert [(rejected.line, rejected.code) for rejected in report.rejected] == [(row + 2, "row_value_too_long")]
    assert len(list_names(store)) == 49


def test_a_long_header_is_read(import_text: Import, store: Store) -> None:
    import_text(f"email,{'x' * 200_000}\na@exemple.fr,1\n")
    assert list_names(store) == [("a@exemple.fr", "", "")]


@pytest.mark.parametrize("row", [0, 40])
def test_a_huge_cell_stops_the_import_with_its_line(import_text: Import, row: int) -> None:
    rows = [f"p{number}@exemple.fr,court" for number in range(50)]
    rows[row] = f"p{row}@exemple.fr,{'x' * 1_200_000}"
    with pytest.raises(SubscribersError, match="csv_broken_long_cell") as caught:
        import_text("email,note\n" + "\n".join(rows) + "\n")
    assert caught.value.facts["line"] == row + 2
    assert "field" not in say("fr", caught.value.key, **caught.value.facts)


def test_long_json_tags_reject_their_row(import_text: Import, store: Store) -> None:
    report = import_text(
        '{"email": "a@exemple.fr", "tags": "' + "x" * 2_000_000 + '"}\n{"email": "b@exemple.fr"}\n', "p.jsonl"
    )
    assert [(row.line, row.code) for row in report.rejected] == [(1, "row_value_too_long")]
    assert [email for email, _, _ in list_names(store)] == ["b@exemple.fr"]


def test_a_cell_of_many_line_ends_is_read_quickly(import_text: Import, store: Store) -> None:
    import_text('email,note\na@exemple.fr,"' + "\n" * 300_000 + '"\n')
    assert list_names(store) == [("a@exemple.fr", "", "")]


def test_a_file_of_many_empty_lines_is_read_quickly(import_text: Import, store: Store) -> None:
    import_text("\n" * 300_000 + "email\na@exemple.fr\n")
    assert list_names(store) == [("a@exemple.fr", "", "")]


NUMBERS = [("12,5", 12.5), ("-0,25", -0.25), ("12,50", 12.5), ("12,0", 12), ("1,234", "1,234"), ("0,1234", 0.1234),
           ("12,5 €", "12,5 €"), ("1,2,3", "1,2,3"), ("007,5", "007,5"), ("12.5", 12.5), ("12.50", "12.50")]  # fmt: skip


def test_a_number_with_a_decimal_comma_becomes_a_number(import_text: Import, store: Store) -> None:
    import_text("email;note\n" + "".join(f"p{n:02}@exemple.fr;{typed}\n" for n, (typed, _) in enumerate(NUMBERS)))
    with store.read() as tx:
        found = [
            record.attributes["note"]
            for record in records.list_records(tx, records.list_next_ids(tx, segments.everybody(), 0, 100))
        ]
    assert found == [value for _, value in NUMBERS]

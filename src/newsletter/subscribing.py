"""Takes subscribers in from a file: CSV with a header, in any of the usual delimiters.

Every row is either taken or rejected with its line and a reason; the file can be imported again
without change, and whoever left a list is not brought back.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from more_itertools import batched

from newsletter.errors import InputError, SubscribersError
from newsletter.model.people import NewSubscriber, RejectedRow, Subscriber
from newsletter.store import subscribers
from newsletter.store.engine import Store, address_mac

BATCH = 5_000
"""Rows a transaction: a killed import has taken a whole number of them, and is simply run again."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "email": ("email", "e_mail", "mail", "email_address", "adresse_email", "adresse_e_mail", "courriel", "adresse"),
    "first_name": ("first_name", "firstname", "prenom", "given_name"),
    "last_name": ("last_name", "lastname", "nom", "nom_de_famille", "surname", "family_name"),
}
MAX_NAME = 200


@dataclass(slots=True)
class Report:
    """What became of the rows; `unchanged` were on the list already, or had left it."""

    rows: int = 0
    added: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, by our names."""

    line: int
    email: str
    first_name: str
    last_name: str
    swallowed: bool
    """Whether a cell holds a line break and an address: a quote that was never closed took rows into it."""


def import_file(
    store: Store,
    path: Path,
    list_name: str,
    *,
    suppression_key: str,
    now: int,
    notify: Callable[[int], None] = lambda _rows: None,
) -> Report:
    """Takes the people of a file onto a list, which is made where there was none."""
    report = Report()
    seen: set[str] = set()
    for batch in batched(_rows(_text(path), path), BATCH):
        people = [person for row in batch if (person := _person(row, suppression_key, seen, report))]
        with store.write() as tx:
            added = subscribers.take_in(tx, people, subscribers.make_list(tx, list_name, now), now)
        report.rows += len(batch)
        report.added += added
        report.unchanged += len(people) - added
        notify(len(batch))
    return report


def normalised(typed: str) -> str:
    """The one spelling of an address; ValueError (email-validator's own) says what is wrong with it."""
    from email_validator import validate_email  # noqa: PLC0415 - 60 ms that only importing needs

    checked = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
    return str(checked.ascii_email or checked.normalized).lower()


def known(store: Store, address: str) -> Subscriber:
    """The subscriber with that address, however it is typed; InputError where there is none."""
    try:
        email = normalised(address)
    except ValueError as error:
        raise InputError("not_an_address", address=address, reason=str(error)) from error
    with store.read() as tx:
        person = subscribers.by_email(tx, email)
    if person is None:
        raise InputError("subscriber_unknown", address=email)
    return person


def _person(row: Row, suppression_key: str, seen: set[str], report: Report) -> NewSubscriber | None:
    """The subscriber of a row, or None with the reason noted."""
    code, email = _problem(row), ""
    try:
        email = normalised(row.email)
    except ValueError:
        code = code or ("row_not_an_address" if row.email else "row_without_address")
    if email in seen:
        code = "row_twice"
    if code:
        report.rejected.append(RejectedRow(row.line, code, row.email))
        return None
    seen.add(email)
    return NewSubscriber(email, address_mac(suppression_key, email), row.first_name, row.last_name)


def _problem(row: Row) -> str:
    if row.swallowed:
        return "row_quote_open"
    for name in (row.first_name, row.last_name):
        if len(name) > MAX_NAME:
            return "row_name_too_long"
    return ""


def _text(path: Path) -> str:
    """The file's text: UTF-8, with or without BOM, UTF-16 with one, else what Excel writes in France."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SubscribersError("file_unreadable", path=path, reason=error.strerror or str(error)) from error
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _rows(text: str, path: Path) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        header = next(reader, [])
        columns = _columns(header, path)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(reader.line_num, cells, columns)
    except csv.Error as error:
        raise SubscribersError("csv_broken", path=path, line=reader.line_num, reason=str(error)) from error


def _row(line: int, cells: list[str], columns: dict[str, int]) -> Row:
    """A quoted cell may hold newlines, in which case `line` is the row's last."""

    def cell(name: str) -> str:
        index = columns.get(name, len(cells))
        return " ".join(cells[index].split()) if index < len(cells) else ""

    swallowed = any("\n" in text and "@" in text for text in cells)
    return Row(line, cell("email"), cell("first_name"), cell("last_name"), swallowed)


def _delimiter(text: str) -> str:
    first_line = text.split("\n", 1)[0]
    return max(",;\t|", key=first_line.count)


def _columns(header: list[str], path: Path) -> dict[str, int]:
    folded = [_folded(cell) for cell in header]
    found = {
        name: folded.index(alias) for name, aliases in COLUMNS.items() for alias in aliases[::-1] if alias in folded
    }
    if "email" not in found:
        raise SubscribersError(
            "csv_without_address_column",
            path=path,
            found=", ".join(header)[:100] or "—",
            wanted=", ".join(COLUMNS["email"]),
        )
    return found


def _folded(cell: str) -> str:
    letters = unicodedata.normalize("NFD", cell.strip().lower())
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return plain.replace(" ", "_").replace("-", "_").replace("’", "_").replace("'", "_")

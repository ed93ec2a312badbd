"""Read CSV as rows: detect the delimiter, and skip what stands before the header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import SubscribersError
from newsletter.subscribers import addresses
from newsletter.subscribers.importing.table import MAX_CELL, Recognises, Row, Table, place_of, read_lines

if TYPE_CHECKING:
    from _csv import Reader

_SIGNS = ",;\t|"
_NO_DELIMITERS = frozenset(" \"'_-@.\r/()<>[]")
_SWALLOWED = re.compile(r"\n[^\S\n]*[^\s@,;|]+@[^\s@]+\.[^\s@]+")
"""An address at the start of a later line of a cell: a quote that was never closed has swallowed rows."""
_PREFACE = re.compile(r"[^\w@\r\n]*(?:sep[^\w\r\n]*=[^\w\r\n]*)?(?:\r\n|\r|\n)", re.IGNORECASE)
"""A line before the header: an empty line, or Excel's `sep=;`, in any form in which a spreadsheet saved it again."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The text of a table, and its name in messages."""

    path: Path
    name: str
    text: io.TextIOWrapper

    @property
    def place(self) -> str:
        """Return the file, with the member if it is an archive, for messages."""
        return place_of(self.path, self.name)


def read_csv_table(path: Path, name: str, text: io.TextIOWrapper, head: str, recognises: Recognises) -> Table:
    """Read the header of a CSV file from its `head`; the rows are read lazily."""
    start, skipped = _find_header(head)
    text.read(start)
    delimiter, columns = _read_header(head[start:], recognises)
    has_no_header = not recognises(columns) and any(map(_is_address, columns))
    if has_no_header:
        columns = ["email" if _is_address(cell) else f"column {n}" for n, cell in enumerate(columns, 1)]
    rows = _read_rows(_Source(path=path, name=name, text=text), delimiter, columns, skip_header=not has_no_header)
    shifted_rows = (row._replace(line=row.line + skipped) for row in rows) if skipped else rows
    return Table(name=name, columns=columns, rows=shifted_rows, delimiter=delimiter)


def _find_header(head: str) -> tuple[int, int]:
    """Return the offset of the header, and the number of lines before it."""
    start = 1 if head.startswith("\ufeff") else 0  # UTF-16 with two byte order marks, as some programs write
    skipped = 0
    while preface := _PREFACE.match(head, start):
        start, skipped = preface.end(), skipped + 1
    return start, skipped


def _is_address(cell: str) -> bool:
    try:
        return bool(addresses.parse_mailbox(cell))
    except addresses.AddressError:
        return False


def _read_header(head: str, recognises: Recognises) -> tuple[str, list[str]]:
    """Return the delimiter that gives the header a column of addresses, and the columns.

    If no delimiter gives such a column, return the delimiter that gives the most columns.
    """
    first = re.split(r"[\r\n]", head, maxsplit=1)[0]
    if _is_address(first) and not set(first) & set(_SIGNS):  # `mailto:…` or `Jean <jean@…>`: a single column
        return ",", [first]
    others = sorted({sign for sign in first if not sign.isalnum()} - _NO_DELIMITERS - set(_SIGNS))
    candidates = []
    for sign in (*_SIGNS, *others):
        columns = next(_open_reader(io.StringIO(head, newline=""), sign), [])
        candidates.append(
            (recognises(columns), len(columns), sign, _number_twins(" ".join(column.split()) for column in columns))
        )
    best = max(candidates, key=lambda candidate: candidate[:2])
    return best[2], best[3]


def _open_reader(lines: Iterable[str], delimiter: str) -> Reader:
    """Open a CSV reader; set the csv module's cell limit, which is shared by the whole process."""
    csv.field_size_limit(MAX_CELL)
    return csv.reader(lines, delimiter=delimiter)


def _number_twins(names: Iterable[str]) -> list[str]:
    """Return the column names; a second column of the same name becomes `name (2)`."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out


def _read_rows(source: _Source, delimiter: str, columns: Sequence[str], *, skip_header: bool) -> Iterator[Row]:
    reader = _open_reader(read_lines(source.path, source.name, source.text), delimiter)
    try:
        if skip_header:
            next(reader, None)
        line = reader.line_num
        for cells in reader:
            before, line = line, reader.line_num
            if any(map(str.strip, cells)):
                found: dict[str, object] = dict(zip(columns, cells, strict=False))
                problem = ""
                if len(cells) > len(columns):
                    beyond = [cell for cell in cells[len(columns) :] if cell.strip()]
                    found |= {f"+{number}": cell for number, cell in enumerate(beyond, 1)}
                    problem = "row_too_long" if beyond else ""
                if line > before + 1 and any(map(_SWALLOWED.search, cells)):
                    problem = "row_quote_open"
                yield Row(line, found, problem)
    except csv.Error as error:
        key = "csv_broken_long_cell" if "field limit" in str(error) else "csv_broken"
        raise SubscribersError(key, path=source.place, line=reader.line_num, reason=str(error)) from error

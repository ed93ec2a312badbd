"""A file as rows, read as a stream: CSV with any delimiter, JSON, JSON lines, or a zip archive of them.

UTF-8 with or without BOM, UTF-16; a byte that is neither is what Excel writes in France (CP1252). A first pass
counts the lines, so that a bar can show how far the second has come.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple

from newsletter.errors import SubscribersError

_BLOCK = 1 << 16
_HEAD = 1 << 20
_FALLBACK = "newsletter-windows"
_SIGNS = ",;\t|"
_READABLE = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
_MAX_CELL = 1 << 20
_MAX_LINE = 16 << 20
_LOOKED_AT = 100
"""Objects of JSON whose keys are taken for the columns; a later one may have others."""
_SWALLOWED = re.compile(r"\n\s*[^\s@,;|]+@[^\s@]+\.[^\s@]+")
"""An address at the start of a later line of a cell: a quote that was never closed took rows into it."""
_PREFACE = re.compile(r"(sep=.)?[ \t]*\r?\n", re.IGNORECASE)
"""What Excel puts before the header, and empty lines."""
_DECODER = json.JSONDecoder()


class Row(NamedTuple):
    """A line of a table or an object of JSON, and where it is; cells by the names the file gives them.

    Cells beyond the header are under numbers: the row is refused, and nothing of it lost.
    """

    line: int
    """Its last one, where a quoted cell goes over several."""
    cells: Mapping[str, object]
    problem: str = ""
    """A key of `messages`, where the row cannot be read at all."""


@dataclass(slots=True)
class Table:
    """One file, or one member of an archive: `columns` are known before the rows are read."""

    name: str
    columns: Sequence[str]
    rows: Iterator[Row]
    lines: int
    is_json: bool = False
    delimiter: str = ","


Recognises = Callable[[Sequence[str]], bool]
"""Whether a header has a column of addresses."""


def tables(path: Path, recognises: Recognises) -> Iterator[Table]:
    """The tables of a file, each to be read before the next one is asked for."""
    try:
        if not path.is_file():
            raise SubscribersError("file_unreadable", path=path, reason="not a file")
        if zipfile.is_zipfile(path):
            yield from _members(path, recognises)
        else:
            with path.open("rb") as raw, _opened(raw) as (text, lines):
                yield _table(path, path.name, text, lines, recognises)
    except OSError as error:
        raise SubscribersError("file_unreadable", path=path, reason=error.strerror or str(error)) from error


def _members(path: Path, recognises: Recognises) -> Iterator[Table]:
    """Whatever in an archive has addresses; Substack puts the posts beside them, macOS its own."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=lambda one: one.filename):
                name = member.filename
                if not name.lower().endswith(_READABLE) or name.startswith("__MACOSX"):
                    continue
                with archive.open(member) as raw, _opened(raw) as (text, lines):
                    table = _table(path, name, text, lines, recognises)
                    if recognises(table.columns):
                        yield table
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise SubscribersError("archive_broken", path=path, reason=str(error)) from error


@contextmanager
def _opened(raw: IO[bytes]) -> Iterator[tuple[io.TextIOWrapper, int]]:
    encoding, lines = _surveyed(raw)
    raw.seek(0)
    codecs.register_error(_FALLBACK, _windows_letter)
    with io.TextIOWrapper(raw, encoding, errors=_FALLBACK, newline="") as text:
        yield text, lines


def _windows_letter(error: UnicodeError) -> tuple[str, int]:
    """What one byte that is no UTF-8 is in Windows: old programs append such lines to good files."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding.startswith("utf-16"):
        return "\ufffd", error.end
    return error.object[error.start : error.start + 1].decode("cp1252", "replace"), error.start + 1


def _surveyed(raw: IO[bytes]) -> tuple[str, int]:
    """Encoding and number of lines of some bytes."""
    head = raw.read(_BLOCK)
    encoding = _utf16(head)
    lines, block = 0, head
    while block:
        lines += block.count(b"\n")
        block = raw.read(_BLOCK)
    return encoding or "utf-8-sig", lines


def _utf16(head: bytes) -> str:
    """UTF-16 by its mark; without one, by the NULs that half of its bytes are in Latin letters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = head[:1024]
    if len(start) > 3 and start[1::2].count(0) > len(start) / 4:  # noqa: PLR2004 - two letters at least
        return "utf-16-le"
    if len(start) > 3 and start[::2].count(0) > len(start) / 4:  # noqa: PLR2004 - as above
        return "utf-16-be"
    return ""


def _table(path: Path, name: str, text: io.TextIOWrapper, lines: int, recognises: Recognises) -> Table:
    head = text.read(_HEAD)
    text.seek(0)
    if re.match(r"\s*[\[{]", head):
        return _json_table(path, name, text, lines, head)
    return _csv_table(path, name, text, lines, head, recognises)


def _csv_table(path: Path, name: str, text: io.TextIOWrapper, lines: int, head: str, recognises: Recognises) -> Table:
    if head.startswith("\ufeff"):  # utf-16 with two marks, as some programs write
        text.read(1)
    head, skipped = head.removeprefix("\ufeff"), 0
    while preface := _PREFACE.match(head):
        text.read(preface.end())
        head, skipped = head[preface.end() :], skipped + 1
    delimiter, columns = _header(head, recognises)
    bare = not recognises(columns) and any(_looks_like_address(cell) for cell in columns)
    if bare:
        columns = ["email" if _looks_like_address(cell) else f"column {n}" for n, cell in enumerate(columns, 1)]
    rows = _csv_rows(path, name, text, delimiter, columns, skip_header=not bare)
    told = (row._replace(line=row.line + skipped) for row in rows) if skipped else rows
    return Table(name, columns, told, lines, delimiter=delimiter)


def _looks_like_address(cell: str) -> bool:
    return re.fullmatch(r"\s*[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+\s*", cell) is not None


def _header(head: str, recognises: Recognises) -> tuple[str, list[str]]:
    """The delimiter under which the header has a column of addresses; else the one that makes most columns."""
    first = head.split("\n", 1)[0]
    others = sorted({sign for sign in first if not sign.isalnum() and sign not in " \"'_-@.\r/()"} - set(_SIGNS))
    found = []
    for sign in (*_SIGNS, *others):
        columns = next(csv.reader(io.StringIO(head, newline=""), delimiter=sign), [])
        found.append((recognises(columns), len(columns), sign, _different(" ".join(cell.split()) for cell in columns)))
    best = max(found, key=lambda one: one[:2])
    return best[2], best[3]


def _different(names: Iterable[str]) -> list[str]:
    """Names of columns, of which the second of a kind says so."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out


def _csv_rows(
    path: Path, name: str, text: io.TextIOWrapper, delimiter: str, columns: Sequence[str], *, skip_header: bool
) -> Iterator[Row]:
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(_lines(path, name, text), delimiter=delimiter)
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
        raise SubscribersError(
            "csv_broken", path=_inside(path, name), line=reader.line_num, reason=str(error)
        ) from error


def _lines(path: Path, name: str, text: io.TextIOWrapper) -> Iterator[str]:
    """Lines, of which none may fill the memory."""
    number = 0
    while line := text.readline(_MAX_LINE):
        number += 1
        if len(line) == _MAX_LINE:
            raise SubscribersError("line_too_long", path=_inside(path, name), line=number)
        yield line


def _json_table(path: Path, name: str, text: io.TextIOWrapper, lines: int, head: str) -> Table:
    by_line = re.match(r"\s*\{", head) is not None and _is_whole(head.lstrip("\ufeff \t\r\n").split("\n", 1)[0])
    rows = _line_rows(_lines(path, name, text)) if by_line else _document_rows(path, name, text)
    first = list(islice(rows, _LOOKED_AT))
    columns = list(dict.fromkeys(column for row in first for column in row.cells))
    return Table(name, columns, chain(first, rows), lines, is_json=True)


def _is_whole(line: str) -> bool:
    """Whether a line is a person by itself, and not a document with lists of them (our own have a journal)."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    lists = [one for name, one in value.items() if isinstance(one, list) and name != "journal"]
    return not any(isinstance(item, dict) for one in lists for item in one[:1])


def _line_rows(text: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(text, 1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                value = None
            if isinstance(value, dict):
                yield Row(number, value)
            else:
                yield Row(number, {"": line.strip()}, "row_not_json")


def _document_rows(path: Path, name: str, text: io.TextIOWrapper) -> Iterator[Row]:
    """The objects of an array, wherever in the document it begins, without holding more than one block of it."""
    buffer, line = text.read(_BLOCK), 1
    begin = re.search(r"\[\s*(?=\{)", buffer) or re.match(r"[\s\ufeff\[]*", buffer)
    assert begin is not None  # noqa: S101 - the second pattern always matches
    inside = "[" in begin[0]  # an array that ends without its bracket was cut
    line += buffer.count("\n", 0, begin.end())
    buffer = buffer[begin.end() :]
    while True:
        gap = re.match(r"[\s,]*", buffer)
        skipped = gap.end() if gap else 0
        line += buffer.count("\n", 0, skipped)
        buffer = buffer[skipped:]
        if not buffer.startswith("{") and buffer:
            if buffer.startswith(("]", "}")):
                _no_second(path, name, buffer + text.read(_MAX_LINE), line)
                return
            raise SubscribersError("json_broken", path=_inside(path, name), line=line, reason=buffer[:20].strip())
        try:
            value, end = _DECODER.raw_decode(buffer)
        except (ValueError, RecursionError) as error:
            more = text.read(max(_BLOCK, len(buffer)))
            if not more and not buffer and not inside:
                return
            if not more or len(buffer) > _MAX_CELL * 16:
                raise SubscribersError("json_broken", path=_inside(path, name), line=line, reason=str(error)) from error
            buffer += more
            continue
        yield Row(line, value)
        line += buffer.count("\n", 0, end)
        buffer = buffer[end:]


def _no_second(path: Path, name: str, rest: str, line: int) -> None:
    """People after the end of the array would be passed over in silence."""
    if re.search(r"\[\s*\{", rest):
        raise SubscribersError("json_several", path=_inside(path, name), line=line)


def _inside(path: Path, name: str) -> str:
    return str(path) if name == path.name else f"{path}:{name}"

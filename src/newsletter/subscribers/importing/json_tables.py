"""Read JSON as rows: one object a line, or the first array of objects in a document."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from newsletter.errors import SubscribersError
from newsletter.subscribers.importing.table import MAX_CELL, MAX_LINE, Row, Table, place_of, read_lines

_BLOCK = 1 << 16
_LOOKED_AT = 100
"""Number of JSON objects whose keys give the columns; a later object may have other keys."""
_DECODER = json.JSONDecoder()


def read_json_table(path: Path, name: str, text: io.TextIOWrapper, head: str) -> Table:
    """Read the columns of a JSON file from its first objects; the rows are read lazily."""
    by_line = re.match(r"\s*\{", head) is not None and _is_person(head.lstrip("\ufeff \t\r\n").split("\n", 1)[0])
    rows = _line_rows(read_lines(path, name, text)) if by_line else _document_rows(path, name, text)
    first = list(islice(rows, _LOOKED_AT))
    columns = list(dict.fromkeys(column for row in first for column in row.cells))
    return Table(name=name, columns=columns, rows=chain(first, rows), is_json=True)


def _is_person(line: str) -> bool:
    """Return True if a line is one person, and not a document with lists of people.

    A person in our own exports contains a list of objects too: the journal.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    lists = [items for name, items in value.items() if isinstance(items, list) and name != "journal"]
    return not any(isinstance(item, dict) for items in lists for item in items[:1])


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
    """Yield the objects of the first array in a document as rows, with little more than one object in memory."""
    buffer, line = text.read(_BLOCK), 1
    begin = re.search(r"\[\s*(?=\{)", buffer) or re.match(r"[\s\ufeff\[]*", buffer)
    assert begin is not None  # noqa: S101 - the second pattern always matches
    inside = "[" in begin[0]  # an array that ends without its bracket is a truncated file
    line += buffer.count("\n", 0, begin.end())
    buffer = buffer[begin.end() :]
    while True:
        gap = re.match(r"[\s,]*", buffer)
        skipped = gap.end() if gap else 0
        line += buffer.count("\n", 0, skipped)
        buffer = buffer[skipped:]
        if not buffer.startswith("{") and buffer:
            if buffer.startswith(("]", "}")):
                _require_single(path, name, buffer + text.read(MAX_LINE), line)
                return
            raise SubscribersError("json_broken", path=place_of(path, name), line=line, reason=buffer[:20].strip())
        try:
            value, end = _DECODER.raw_decode(buffer)
        except (ValueError, RecursionError) as error:
            more = text.read(max(_BLOCK, len(buffer)))
            if not more and not buffer and not inside:
                return
            if not more or len(buffer) > MAX_CELL * 16:
                raise SubscribersError(
                    "json_broken", path=place_of(path, name), line=line, reason=str(error)
                ) from error
            buffer += more
            continue
        yield Row(line, value)
        line += buffer.count("\n", 0, end)
        buffer = buffer[end:]


def _require_single(path: Path, name: str, rest: str, line: int) -> None:
    """Raise SubscribersError if a second array follows, because its people would be skipped silently."""
    if re.search(r"\[\s*\{", rest):
        raise SubscribersError("json_several", path=place_of(path, name), line=line)

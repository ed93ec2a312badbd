"""A table of people: its columns, its rows, and the reader for its lines of text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from newsletter.errors import SubscribersError

MAX_CELL = 1 << 20
"""Maximum number of characters in a cell."""
MAX_LINE = 16 << 20


class Row(NamedTuple):
    """A row of a table or a JSON object, with its line number; `cells` is column name in the file → cell.

    Cells beyond the header have names `+1`, `+2`, …: the row is refused, but keeps all its cells.
    """

    line: int
    """The last line of the row, if a quoted cell has several lines."""
    cells: Mapping[str, object]
    problem: str = ""
    """A key of the message catalogue, if the row cannot be read at all."""


@dataclass(slots=True)
class Table:
    """One file, or one member of an archive; `columns` are known before the rows are read."""

    name: str
    columns: Sequence[str]
    rows: Iterator[Row]
    lines: int = 0
    is_json: bool = False
    delimiter: str = ","


Recognises = Callable[[Sequence[str]], bool]
"""Function that returns True if a header has a column of addresses."""


def read_lines(path: Path, name: str, text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines. Raise SubscribersError if a line reaches `MAX_LINE` characters, so that no line fills the memory."""
    number = 0
    while line := text.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE:
            raise SubscribersError("line_too_long", path=place_of(path, name), line=number)
        yield line


def place_of(path: Path, name: str) -> str:
    """Return the name of a file, or of a member of an archive, for messages."""
    return str(path) if name == path.name else f"{path}:{name}"

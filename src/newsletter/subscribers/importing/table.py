"""A table of people: its columns, its rows, and the lines of text that both are read from."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from newsletter.errors import SubscribersError

MAX_CELL = 1 << 20
"""Characters of a cell."""
MAX_LINE = 16 << 20


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
    lines: int = 0
    is_json: bool = False
    delimiter: str = ","


Recognises = Callable[[Sequence[str]], bool]
"""Whether a header has a column of addresses."""


def read_lines(path: Path, name: str, text: io.TextIOWrapper) -> Iterator[str]:
    """Read lines, of which none may fill the memory."""
    number = 0
    while line := text.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE:
            raise SubscribersError("line_too_long", path=place_of(path, name), line=number)
        yield line


def place_of(path: Path, name: str) -> str:
    """Return a file, or the member of an archive, as messages name it."""
    return str(path) if name == path.name else f"{path}:{name}"

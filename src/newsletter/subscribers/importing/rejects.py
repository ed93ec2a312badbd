"""Write the refused rows of an import to a file of the same format, which can be corrected and imported again.

The file is written under a temporary name, and renamed to a free name when the import ends. So corrections that
somebody is making in an earlier file of rejects are never lost.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

from newsletter.subscribers.importing.row_mapping import FORMULA
from newsletter.subscribers.importing.source_formats import REASON
from newsletter.subscribers.importing.table import Row, Table
from newsletter.system.files import Permissions, open_new


class Rejects:
    """The refused rows of one table, in a file beside the imported file."""

    def __init__(self, path: Path, table: Table, explain: Callable[[str, str], str], permissions: Permissions) -> None:
        self._permissions = permissions
        self._base = _base(path, table)
        self._table = table
        self._columns = [column for column in table.columns if column != REASON]  # a corrected file of rejects has it
        self._explain = explain
        self._file: IO[str] | None = None
        self._waiting = self._base.with_name(f".{self._base.name}.{os.getpid()}.tmp")

    def add(self, row: Row, code: str, value: str) -> None:
        """Write a row with the reason, in words."""
        if self._file is None:
            self._waiting.unlink(missing_ok=True)
            self._file = io.TextIOWrapper(open_new(self._waiting, self._permissions.file), encoding="utf-8", newline="")
            if not self._table.is_json:
                self._write_cells([*self._columns, REASON])
        reason = self._explain(code, value)
        if self._table.is_json:
            self._file.write(json.dumps({**row.cells, REASON: reason}, default=str) + "\n")
        else:
            beyond = [str(cell) for column, cell in row.cells.items() if column not in self._table.columns]
            self._write_cells([*(str(row.cells.get(column, "")) for column in self._columns), reason, *beyond])

    def _write_cells(self, cells: list[str]) -> None:
        assert self._file is not None  # noqa: S101 - only called while the file is open
        safe = [f"'{cell}" if FORMULA.match(cell) else cell for cell in cells]
        csv.writer(self._file, delimiter=self._table.delimiter, lineterminator="\n").writerow(safe)

    def close(self, *, keep: bool = True) -> Path | None:
        """Rename the file to its final name and return that; None if no row was refused, or if `keep` is False."""
        if self._file is None:
            return None
        self._file.close()
        if not keep:
            self._waiting.unlink(missing_ok=True)
            return None
        number, place = 2, self._base
        while place.exists() and not (place.is_file() and place.read_bytes() == self._waiting.read_bytes()):
            place = self._base.with_name(f"{self._base.stem}-{number}{self._base.suffix}")
            number += 1
        self._waiting.replace(place)
        return place


def _base(path: Path, table: Table) -> Path:
    name = path.name if table.name == path.name else f"{path.stem}-{Path(table.name).name}"
    stem = re.sub(r"\.rejects(-\d+)?$", "", Path(name).stem)
    return path.with_name(f"{stem}.rejects.{'jsonl' if table.is_json else 'csv'}")

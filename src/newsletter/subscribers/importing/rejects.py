"""What an import refused, as a file of the same kind: correct it, and import it again.

It is written under a name that is free and put in its place when the import ends, so that corrections
somebody is making in an earlier one are never lost.
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
    """Collects refused rows of one table in a file beside the imported one."""

    def __init__(self, path: Path, table: Table, explain: Callable[[str, str], str], permissions: Permissions) -> None:
        self._permissions = permissions
        self._base = _base(path, table)
        self._table = table
        self._columns = [column for column in table.columns if column != REASON]  # of a corrected file of rejects
        self._explain = explain
        self._file: IO[str] | None = None
        self._waiting = self._base.with_name(f".{self._base.name}.{os.getpid()}.tmp")

    def add(self, row: Row, code: str, value: str) -> None:
        """Adds a row with the reason, in words."""
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
        assert self._file is not None  # noqa: S101 - only called where it is open
        safe = [f"'{cell}" if FORMULA.match(cell) else cell for cell in cells]
        csv.writer(self._file, delimiter=self._table.delimiter, lineterminator="\n").writerow(safe)

    def close(self, *, keep: bool = True) -> Path | None:
        """Puts the file in its place and says where; None where nothing was refused, or it is not to be kept."""
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

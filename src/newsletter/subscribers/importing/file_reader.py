"""Read a file as a stream of rows: CSV with any delimiter, JSON, JSON lines, or a zip archive of them.

The encoding is UTF-8 with or without BOM, or UTF-16; an invalid byte is read as CP1252, which Excel writes in France.
A first pass counts the lines, so that a progress bar can show the progress of the second pass.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from newsletter.errors import SubscribersError
from newsletter.subscribers.importing.csv_tables import read_csv_table
from newsletter.subscribers.importing.json_tables import read_json_table
from newsletter.subscribers.importing.table import MAX_CELL, Recognises, Table

_BLOCK = 1 << 16
_HEAD = MAX_CELL
_FALLBACK = "newsletter-windows"
_READABLE = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")


def read_tables(path: Path, recognises: Recognises) -> Iterator[Table]:
    """Yield the tables of a file; read each table before asking for the next.

    Raise SubscribersError if the file cannot be read.
    """
    try:
        if not path.is_file():
            raise SubscribersError("file_unreadable", path=path, reason="not a file")
        if zipfile.is_zipfile(path):
            yield from _read_members(path, recognises)
        else:
            with path.open("rb") as raw, _open_text(raw) as (text, lines):
                yield _read_table(path, path.name, text, lines, recognises)
    except OSError as error:
        raise SubscribersError("file_unreadable", path=path, reason=error.strerror or str(error)) from error


def _read_members(path: Path, recognises: Recognises) -> Iterator[Table]:
    """Yield the tables in an archive that have addresses; skip others, such as Substack's posts or macOS metadata."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=lambda member: member.filename):
                name = member.filename
                if not name.lower().endswith(_READABLE) or name.startswith("__MACOSX"):
                    continue
                with archive.open(member) as raw, _open_text(raw) as (text, lines):
                    table = _read_table(path, name, text, lines, recognises)
                    if recognises(table.columns):
                        yield table
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise SubscribersError("archive_broken", path=path, reason=str(error)) from error


@contextmanager
def _open_text(raw: IO[bytes]) -> Iterator[tuple[io.TextIOWrapper, int]]:
    encoding, lines = _detect_encoding(raw)
    raw.seek(0)
    codecs.register_error(_FALLBACK, _decode_windows)
    with io.TextIOWrapper(raw, encoding, errors=_FALLBACK, newline="") as text:
        yield text, lines


def _decode_windows(error: UnicodeError) -> tuple[str, int]:
    """Decode one byte that is not UTF-8 as CP1252, because old programs append such lines to UTF-8 files.

    In UTF-16, replace the bytes by U+FFFD.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding.startswith("utf-16"):
        return "\ufffd", error.end
    return error.object[error.start : error.start + 1].decode("cp1252", "replace"), error.start + 1


def _detect_encoding(raw: IO[bytes]) -> tuple[str, int]:
    """Return the encoding and the number of lines of a file."""
    head = raw.read(_BLOCK)
    encoding = _detect_utf16(head)
    lines, block = 0, head
    while block:
        lines += block.count(b"\n")
        block = raw.read(_BLOCK)
    return encoding or "utf-8-sig", lines


def _detect_utf16(head: bytes) -> str:
    """Detect UTF-16 by its byte order mark, else by NULs: in Latin text every second byte is one. Else return ""."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = head[:1024]
    if len(start) > 3 and start[1::2].count(0) > len(start) / 4:  # noqa: PLR2004 - at least two characters
        return "utf-16-le"
    if len(start) > 3 and start[::2].count(0) > len(start) / 4:  # noqa: PLR2004 - at least two characters
        return "utf-16-be"
    return ""


def _read_table(path: Path, name: str, text: io.TextIOWrapper, lines: int, recognises: Recognises) -> Table:
    head = text.read(_HEAD)
    text.seek(0)
    if re.match(r"\s*[\[{]", head):
        table = read_json_table(path, name, text, head)
    else:
        table = read_csv_table(path, name, text, head, recognises)
    table.lines = lines
    return table

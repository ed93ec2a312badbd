"""SQLite engines: the file, its permissions, and the settings of each connection."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine

from newsletter.errors import InputError, Refused
from newsletter.i18n.exceptions import NO_PERMISSION
from newsletter.system.files import PRIVATE, SHARED, create_missing
from newsletter.system.retries import import_stamina

BUSY_SECONDS = 30
"""How long a transaction waits for a lock of another process."""
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",  # erased data leaves no trace in free pages
    "cache_size = -16384",
    "wal_autocheckpoint = 8000",  # pages; an import writes the same pages many times
)
_MAKING_SECONDS = 10.0


def make_sqlite_engine(parsed: URL, url: str) -> Engine:
    """Create an engine for a SQLite file or `:memory:`. Refused if this account cannot write the file."""
    if parsed.query or "\0" in url:
        raise InputError("database_url_wrong", url=url.split("?", maxsplit=1)[0].replace("\0", "\\0"))
    if parsed.database and parsed.database != ":memory:":
        _require_writable(Path(parsed.database))
        engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    else:
        engine = sa.create_engine(parsed, poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _require_writable(database: Path) -> None:
    """Create the database file if it is missing. Refused if this account cannot write it.

    SQLite itself would only report that it cannot open a file.
    """
    try:
        create_missing(database, PRIVATE)
    except OSError as error:
        if error.errno not in NO_PERMISSION:
            raise
        raise Refused("database_read_only", path=database, folder=database.parent) from error
    is_writable = os.access(database.parent, os.W_OK | os.X_OK)
    beside = (database.with_name(database.name + ending) for ending in ("", "-wal", "-shm"))
    if not is_writable or any(_is_closed(path) for path in beside):
        raise Refused("database_read_only", path=database, folder=database.parent)


def _is_closed(path: Path) -> bool:
    """Check whether the file exists and this account may not read and write it; others may create and remove it now.

    The file is not opened for this: closing it would release the locks that SQLite holds on it in this process.
    """
    before = _identify(path)
    is_accessible = os.access(path, os.R_OK | os.W_OK)
    return not is_accessible and before is not None and before == _identify(path)


def _identify(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_ctime_ns


def private_mode(database: Path) -> int:
    """Return the mode of a file made beside a database: the mode of the database, but never open to everybody."""
    return stat.S_IMODE(database.stat().st_mode) & SHARED.file


def _prepare_connection(connection: Any, _record: object) -> None:  # noqa: ANN401 - DB-API connections are untyped
    connection.isolation_level = None  # otherwise sqlite3 begins transactions by itself, with DEFERRED
    try:
        _set_pragmas(connection)
    except sqlite3.OperationalError as error:
        if not _is_busy(error):
            raise
        _set_pragmas_patiently(connection)
    connection.create_function("unhex", 1, bytes.fromhex, deterministic=True)  # SQLite itself has `unhex` from 3.41 on


def _set_pragmas(connection: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _set_pragmas_patiently(connection: sqlite3.Connection) -> None:
    """Set the pragmas with retries: SQLite does not wait while another process switches the database to WAL mode."""
    import_stamina().retry(on=_is_busy, attempts=None, timeout=_MAKING_SECONDS, wait_max=0.2)(_set_pragmas)(connection)


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _begin(tx: Connection) -> None:
    writes = tx.get_execution_options().get("newsletter_writes", False)
    tx.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

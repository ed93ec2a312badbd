"""What SQLite and PostgreSQL do differently, each thing once. Nobody else asks which of them it is.

SQLite in WAL mode. A transaction that writes begins IMMEDIATE: with the default, deferred kind,
737 of 800 concurrent read-then-write transactions failed with "database is locked", with this 0.
PostgreSQL reads in REPEATABLE READ, so that a reading transaction sees one moment there too.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine

from newsletter.errors import InputError, Refused
from newsletter.i18n.exceptions import NO_PERMISSION
from newsletter.system.files import PRIVATE, SHARED, Permissions, create_missing, open_new

EVENTS = "newsletter_events"
BUSY_SECONDS = 30
"""How long a transaction waits for another process's."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LASTING = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LASTING_STATES = ("28", "3D", "42")
"""A wrong password, a database that is not there, a wrong statement."""
_FEW = 50
"""Rows below which COPY is not worth its ceremony."""
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",  # who is forgotten leaves no letters in a free page
    "cache_size = -16384",
    "wal_autocheckpoint = 8000",  # pages; an import writes the same ones again and again
)
_MAKING_SECONDS = 10.0
POSTGRES = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


def make_engine(url: str) -> Engine:
    """An engine for `url`; InputError where it is none of ours."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise InputError("database_url_wrong", url=url.split("://", maxsplit=1)[0]) from error
    if parsed.drivername == "sqlite":
        return _sqlite(parsed, url)
    if parsed.drivername in POSTGRES:
        return _postgres(parsed)
    raise InputError("database_kind_unknown", kind=parsed.drivername)


def events_engine(url: str) -> Engine:
    """The engine of the events' own database: a file beside the other one, or a schema of the same server's."""
    parsed = sa.make_url(url)
    if parsed.drivername != "sqlite":
        return _postgres(parsed, f"-c search_path={EVENTS}")
    if parsed.database and parsed.database != ":memory:":
        file = Path(parsed.database)
        events = file.with_name(f"{file.stem}-events{file.suffix}")
        create_missing(events, Permissions(file=_private_mode(file), folder=PRIVATE.folder))
        return _sqlite(parsed.set(database=str(events)), url)
    return _sqlite(parsed, url)


def make_schema(tx: Connection) -> None:
    """The place of the events' tables, where that is a schema."""
    if tx.dialect.name != "sqlite":
        tx.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {EVENTS}")


def for_reading(engine: Engine) -> Engine:
    """The same engine, for transactions that change nothing and see one moment."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite(parsed: URL, url: str) -> Engine:
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
    """Refused where this account cannot write: SQLite would only say that it cannot open a file."""
    try:
        create_missing(database, PRIVATE)
    except OSError as error:
        if error.errno not in NO_PERMISSION:
            raise
        raise Refused("database_read_only", path=database, folder=database.parent) from error
    beside = [path for ending in ("", "-wal", "-shm") if (path := database.with_name(database.name + ending)).exists()]
    is_writable = os.access(database.parent, os.W_OK | os.X_OK)
    if not is_writable or not all(os.access(path, os.R_OK | os.W_OK) for path in beside):
        raise Refused("database_read_only", path=database, folder=database.parent)


def _private_mode(database: Path) -> int:
    """The mode of what is made beside a database: as its own, and never open to everybody."""
    return stat.S_IMODE(database.stat().st_mode) & SHARED.file


def _prepare_connection(connection: Any, _record: object) -> None:  # noqa: ANN401 - DB-API connections are untyped
    connection.isolation_level = None  # sqlite3 would begin by itself, and deferred
    try:
        _set_pragmas(connection)
    except sqlite3.OperationalError as error:
        if not _is_busy(error):
            raise
        _set_pragmas_patiently(connection)
    connection.create_function("unhex", 1, bytes.fromhex, deterministic=True)  # SQLite has its own from 3.41 on


def _set_pragmas(connection: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _set_pragmas_patiently(connection: sqlite3.Connection) -> None:
    """Wait while another process makes the same database: SQLite itself does not wait where WAL begins."""
    import stamina  # noqa: PLC0415 - 20 ms, and only two processes that make one database at once need it

    stamina.instrumentation.set_on_retry_hooks([])  # its own would print statements and their values on stdout
    stamina.retry(on=_is_busy, attempts=None, timeout=_MAKING_SECONDS, wait_max=0.2)(_set_pragmas)(connection)


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _begin(tx: Connection) -> None:
    writes = tx.get_execution_options().get("newsletter_writes", False)
    tx.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres(parsed: URL, more: str = "") -> Engine:
    try:
        import psycopg  # noqa: F401, PLC0415 - an extra, and 190 ms
    except ImportError as error:
        raise InputError("database_needs_psycopg") from error
    # A streamed query is read to its end here, so it must not be planned for a quick first row; and a million
    # people fit into 128 MB, where the default of 4 sorts them on the disk.
    options = f"-c lock_timeout={BUSY_SECONDS}s -c cursor_tuple_fraction=1 -c work_mem=128MB {more}"
    arguments = {"connect_timeout": BUSY_SECONDS, "options": options}
    # a server that was restarted has closed the connections that are kept
    return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), connect_args=arguments, pool_pre_ping=True)


def is_away(error: Exception) -> bool:
    """Whether the database does not answer, is busy or has no room: what may pass, and not what somebody must mend."""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None) or ""
    lasting = (code is not None and code & 0xFF in _LASTING) or state.startswith(_LASTING_STATES)
    return isinstance(error, sa.exc.OperationalError) and not lasting


def is_file(tx: Connection) -> bool:
    """Whether the database is a file, which can be copied like any other."""
    return tx.dialect.name == "sqlite"


def make_room(tx: Connection) -> None:
    """Before much is written in one go: SQLite keeps more of the file in memory on this connection."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA cache_size = -65536")


def backup(tx: Connection, path: Path) -> None:
    """A copy of the whole database at `path`, which must not exist; a server has its own way."""
    if tx.dialect.name != "sqlite":
        raise Refused("backup_by_pg_dump")
    if path.exists():
        raise Refused("file_exists", path=path)
    if not sa.inspect(tx).has_table("alembic_version"):
        raise Refused("database_empty")
    tx.exec_driver_sql("COMMIT")  # VACUUM INTO reads one moment by itself, and wants no transaction around it
    open_new(
        path, _private_mode(Path(tx.engine.url.database or ""))
    ).close()  # VACUUM INTO takes an empty file for none
    try:
        tx.exec_driver_sql("VACUUM INTO ?", (str(path),))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    tx.exec_driver_sql("BEGIN")


def flush(tx: Connection) -> None:
    """Takes out of SQLite's write-ahead log what was erased; PostgreSQL's vacuum comes by itself."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("COMMIT")
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        tx.exec_driver_sql("BEGIN")


def analyze(tx: Connection) -> None:
    """Has the database look at what it holds now, after much of it changed: PostgreSQL plans by that."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA analysis_limit = 1000")  # rows of an index that are looked at
    tx.exec_driver_sql("ANALYZE")


def lock(tx: Connection, what: int) -> None:
    """Lets one transaction at a time go on from here; SQLite has let in only one anyway."""
    if tx.dialect.name != "sqlite":
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(:what)"), {"what": 0x4E4C_0000 + what})


def next_ids(tx: Connection, table: sa.Table, count: int) -> range:
    """Numbers for rows about to be inserted, by whoever holds the only right to; none is ever given twice."""
    query = "SELECT coalesce(max(seq), 0) + :count FROM sqlite_sequence WHERE name = :table"
    if tx.dialect.name != "sqlite":
        sequence = "pg_get_serial_sequence(:table, 'id')"
        query = f"SELECT setval({sequence}, nextval({sequence}) + :count - 1)"
    last = int(tx.execute(sa.text(query), {"table": table.name, "count": count}).scalar_one()) if count else 0
    return range(last - count + 1, last + 1)


def last_id(tx: Connection, table: sa.Table) -> int:
    """Return the last id that was given to a row, also to one that is gone; 0 for none."""
    query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :table"
    if tx.dialect.name != "sqlite":
        query = "SELECT coalesce(pg_sequence_last_value(CAST(pg_get_serial_sequence(:table, 'id') AS regclass)), 0)"
    return int(tx.execute(sa.text(query), {"table": table.name}).scalar_one())


def raise_ids(tx: Connection, table: sa.Table, last: int) -> None:
    """Give no number up to `last` to a row of this table any more."""
    if tx.dialect.name != "sqlite":
        sequence = "pg_get_serial_sequence(:table, 'id')"
        query = f"SELECT setval({sequence}, greatest(:last, nextval({sequence})))"
        tx.execute(sa.text(query), {"table": table.name, "last": last})
        return
    facts = {"table": table.name, "last": last}
    if not tx.execute(sa.text("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :table"), facts).rowcount:
        tx.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"), facts)


def insert_many(
    tx: Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], *, new: bool = False
) -> None:
    """Inserts rows as fast as can be; one that is there is left alone, but where all should be `new` it is an error."""
    if not rows:
        return
    names = ", ".join(columns)
    sqlite = tx.dialect.name == "sqlite"
    if not sqlite and len(rows) > _FEW:
        _copy(tx, table.name, names, rows, new=new)
        return
    marks = ", ".join(("?" if sqlite else "%s",) * len(columns))
    spare = "" if new else " ON CONFLICT DO NOTHING"
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks}){spare}"  # noqa: S608 - our names
    tx.exec_driver_sql(statement, list(rows))


def _copy(tx: Connection, table: str, names: str, rows: Sequence[tuple[Any, ...]], *, new: bool) -> None:
    """COPY knows no conflicts: where there may be some, it fills a table of the session's own first."""
    target = table if new else f"arriving_{table}"
    cursor: Any = tx.connection.cursor()
    if not new:
        columns = f"AS SELECT {names} FROM {table} WITH NO DATA"  # noqa: S608 - our names
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {target} ON COMMIT DELETE ROWS {columns}")
    with cursor.copy(f"COPY {target} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    if not new:
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {target} ON CONFLICT DO NOTHING")  # noqa: S608 - as above
        cursor.execute(f"TRUNCATE {target}")
    cursor.close()


def values_table(tx: Connection, values: Sequence[str] | Sequence[int] | Sequence[bytes]) -> tuple[str, Any]:
    """`values` as a table `wanted (value)` for a FROM clause, and what to bind to its `:wanted`.

    An IN list of ten thousand costs PostgreSQL six times as much. Join it by CROSS JOIN and WHERE: otherwise
    SQLite takes the tables in the order it likes, and went through the whole list for each person.
    """
    first = values[0] if values else ""
    if tx.dialect.name != "sqlite":
        kind = {int: "bigint", bytes: "bytea"}.get(type(first), "text")
        return f"unnest(CAST(:wanted AS {kind}[])) AS wanted (value)", list(values)
    if isinstance(first, bytes):
        hashes = [value.hex() for value in values if isinstance(value, bytes)]
        return "(SELECT unhex(value) AS value FROM json_each(:wanted)) AS wanted", orjson.dumps(hashes).decode()
    return "json_each(:wanted) AS wanted", orjson.dumps(list(values)).decode()


def pairs_table(tx: Connection, values: Sequence[tuple[int, int]]) -> tuple[str, dict[str, Any]]:
    """Pairs of numbers as a SELECT of `first` and `second`, and what to bind to it."""
    if tx.dialect.name == "sqlite":
        pair = "json_extract(value, '$[0]') AS first, json_extract(value, '$[1]') AS second"
        return f"SELECT {pair} FROM json_each(:pairs) WHERE true", {"pairs": orjson.dumps(values).decode()}  # noqa: S608 - our words
    first, second = [one[0] for one in values], [one[1] for one in values]
    return "SELECT * FROM unnest(CAST(:first AS bigint[]), CAST(:second AS bigint[])) AS pair (first, second)", {
        "first": first,
        "second": second,
    }

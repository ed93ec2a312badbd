"""The differences between SQLite and PostgreSQL, each in one place. No other module asks which database is in use.

SQLite runs in WAL mode. A transaction that writes begins with IMMEDIATE: with the default, DEFERRED, 737 of 800
concurrent read-then-write transactions failed with "database is locked"; with IMMEDIATE, none failed.
PostgreSQL reads in REPEATABLE READ, so that a reading transaction sees one snapshot there too.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from newsletter.errors import InputError, Refused
from newsletter.storage import sqlite
from newsletter.storage.sqlite import make_sqlite_engine, private_mode
from newsletter.system.files import PRIVATE, Permissions, create_missing, open_new

EVENTS = "newsletter_events"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LASTING = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LASTING_STATES = ("28", "3D", "42")
"""SQLSTATE prefixes: a wrong password, a missing database, a wrong statement."""
_FEW = 50
"""Number of rows up to which COPY is not worth its overhead."""
POSTGRES = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


def make_engine(url: str) -> Engine:
    """Create an engine for `url`; raise InputError if the URL is invalid or its database is not supported."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise InputError("database_url_wrong", url=url.split("://", maxsplit=1)[0]) from error
    if parsed.drivername == "sqlite":
        return make_sqlite_engine(parsed, url)
    if parsed.drivername in POSTGRES:
        return _postgres(parsed)
    raise InputError("database_kind_unknown", kind=parsed.drivername)


def make_events_engine(url: str) -> Engine:
    """Create the engine of the events database: a file beside the SQLite file, or a schema of the same server."""
    parsed = sa.make_url(url)
    if parsed.drivername != "sqlite":
        return _postgres(parsed, f"-c search_path={EVENTS}")
    if parsed.database and parsed.database != ":memory:":
        file = Path(parsed.database)
        events = file.with_name(f"{file.stem}-events{file.suffix}")
        create_missing(events, Permissions(file=private_mode(file), folder=PRIVATE.folder))
        return make_sqlite_engine(parsed.set(database=str(events)), url)
    return make_sqlite_engine(parsed, url)


def make_schema(tx: Connection) -> None:
    """Create the schema of the events tables on PostgreSQL; SQLite needs none."""
    if tx.dialect.name != "sqlite":
        tx.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {EVENTS}")


def make_reading_engine(engine: Engine) -> Engine:
    """Return the same engine, for transactions that change nothing and see one snapshot."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _postgres(parsed: URL, more: str = "") -> Engine:
    try:
        import psycopg  # noqa: F401 - an optional dependency, and 190 ms to import
    except ImportError as error:
        raise InputError("database_needs_psycopg") from error
    # Streamed queries are read to the end, so they must not be planned for a quick first row. A million people
    # fit into 128 MB of work memory; with the default of 4 MB they are sorted on the disk.
    options = f"-c lock_timeout={sqlite.BUSY_SECONDS}s -c cursor_tuple_fraction=1 -c work_mem=128MB {more}"
    arguments = {"connect_timeout": sqlite.BUSY_SECONDS, "options": options}
    # pre-ping: a server that was restarted has closed the connections in the pool
    return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), connect_args=arguments, pool_pre_ping=True)


def is_away(error: Exception) -> bool:
    """Return True if the database does not answer, is busy or has no disk space.

    Such an error may pass; an error that somebody must repair (wrong password, corrupt file) gives False.
    """
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
    """Return True if the database is a file, which can be copied like any other file."""
    return tx.dialect.name == "sqlite"


def enlarge_cache(tx: Connection) -> None:
    """Enlarge SQLite's page cache on this connection to 64 MiB; call this before a large write."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA cache_size = -65536")


def backup(tx: Connection, path: Path) -> None:
    """Copy the whole database to `path`.

    Refused on PostgreSQL (`pg_dump` does it there), if `path` exists, or if the database is empty.
    """
    if tx.dialect.name != "sqlite":
        raise Refused("backup_by_pg_dump")
    if path.exists():
        raise Refused("file_exists", path=path)
    if not sa.inspect(tx).has_table("alembic_version"):
        raise Refused("database_empty")
    tx.exec_driver_sql("COMMIT")  # VACUUM INTO reads one snapshot by itself, and refuses a transaction
    # VACUUM INTO accepts a file that exists if it is empty
    open_new(path, private_mode(Path(tx.engine.url.database or ""))).close()
    try:
        tx.exec_driver_sql("VACUUM INTO ?", (str(path),))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    tx.exec_driver_sql("BEGIN")


def flush(tx: Connection) -> None:
    """Empty SQLite's write-ahead log, so that erased data is gone from it; PostgreSQL vacuums by itself."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("COMMIT")
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        tx.exec_driver_sql("BEGIN")


def analyze(tx: Connection) -> None:
    """Run ANALYZE, after many rows have changed: the query planner of PostgreSQL needs the statistics."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA analysis_limit = 1000")  # rows that are read of each index
    tx.exec_driver_sql("ANALYZE")


def lock(tx: Connection, lock_id: int) -> None:
    """Take the lock `lock_id` until the transaction ends. SQLite has only one writer at a time, so it needs no lock."""
    if tx.dialect.name != "sqlite":
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(:what)"), {"what": 0x4E4C_0000 + lock_id})


def next_ids(tx: Connection, table: sa.Table, count: int) -> range:
    """Return ids for rows about to be inserted; no id is given twice. The caller must be the table's only writer."""
    query = "SELECT coalesce(max(seq), 0) + :count FROM sqlite_sequence WHERE name = :table"
    if tx.dialect.name != "sqlite":
        sequence = "pg_get_serial_sequence(:table, 'id')"
        query = f"SELECT setval({sequence}, nextval({sequence}) + :count - 1)"
    last = int(tx.execute(sa.text(query), {"table": table.name, "count": count}).scalar_one()) if count else 0
    return range(last - count + 1, last + 1)


def last_id(tx: Connection, table: sa.Table) -> int:
    """Return the last id that was given to a row, even if the row was deleted since; 0 if there is none."""
    query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :table"
    if tx.dialect.name != "sqlite":
        query = "SELECT coalesce(pg_sequence_last_value(CAST(pg_get_serial_sequence(:table, 'id') AS regclass)), 0)"
    return int(tx.execute(sa.text(query), {"table": table.name}).scalar_one())


def raise_ids(tx: Connection, table: sa.Table, last: int) -> None:
    """Ensure that new rows of this table get ids above `last`."""
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
    """Insert rows as fast as possible. A row that exists already is left alone; with `new` it is an error."""
    if not rows:
        return
    names = ", ".join(columns)
    sqlite = tx.dialect.name == "sqlite"
    if not sqlite and len(rows) > _FEW:
        _copy(tx, table.name, names, rows, new=new)
        return
    marks = ", ".join(("?" if sqlite else "%s",) * len(columns))
    on_conflict = "" if new else " ON CONFLICT DO NOTHING"
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks}){on_conflict}"  # noqa: S608 - our names
    tx.exec_driver_sql(statement, list(rows))


def _copy(tx: Connection, table: str, names: str, rows: Sequence[tuple[Any, ...]], *, new: bool) -> None:
    """Insert rows with COPY, which cannot skip conflicts: unless all rows are `new`, fill a temporary table first."""
    target = table if new else f"arriving_{table}"
    cursor: Any = tx.connection.cursor()
    if not new:
        columns = f"AS SELECT {names} FROM {table} WITH NO DATA"  # noqa: S608 - our names
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {target} ON COMMIT DELETE ROWS {columns}")
    with cursor.copy(f"COPY {target} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    if not new:
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {target} ON CONFLICT DO NOTHING")  # noqa: S608 - our names
        cursor.execute(f"TRUNCATE {target}")
    cursor.close()


def values_table(tx: Connection, values: Sequence[str] | Sequence[int] | Sequence[bytes]) -> tuple[str, Any]:
    """Return SQL for a derived table `wanted (value)`, for a FROM clause, and the parameter to bind to its `:wanted`.

    An IN list of ten thousand values costs PostgreSQL six times as much. Join the table with CROSS JOIN and WHERE:
    with another join, SQLite chooses the order of the tables, and has scanned the whole list for each person.
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
    """Return a SELECT of pairs of numbers, with the columns `first` and `second`, and the parameters to bind to it."""
    if tx.dialect.name == "sqlite":
        pair = "json_extract(value, '$[0]') AS first, json_extract(value, '$[1]') AS second"
        return f"SELECT {pair} FROM json_each(:pairs) WHERE true", {"pairs": orjson.dumps(values).decode()}  # noqa: S608 - our words
    first, second = [pair[0] for pair in values], [pair[1] for pair in values]
    return "SELECT * FROM unnest(CAST(:first AS bigint[]), CAST(:second AS bigint[])) AS pair (first, second)", {
        "first": first,
        "second": second,
    }

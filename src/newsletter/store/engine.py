"""Opens the database: transactions, migrations and the stamp of its publication.

SQLite in WAL mode. A transaction that writes begins IMMEDIATE: with the default, deferred kind,
737 of 800 concurrent read-then-write transactions failed with "database is locked", with this 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from newsletter.errors import InputError, Refused
from newsletter.store import schema

BUSY_SECONDS = 30
"""How long a transaction waits for another process's."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Whose database it is, and the key its suppressions were hashed with."""

    list_id: str
    suppression_fingerprint: str


class Store:
    """An open database."""

    def __init__(self, engine: Engine) -> None:
        self._reading = engine
        self._writing = engine.execution_options(newsletter_writes=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database and changes nothing."""
        with self._reading.connect() as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed when its block ends, and undone when it raises."""
        with self._writing.begin() as tx:
            yield tx

    def close(self) -> None:
        """Gives back every connection."""
        self._reading.dispose()


def fingerprint(suppression_key: str) -> str:
    """What of the suppression key may stand in the database."""
    return hashlib.blake2b(b"newsletter.suppression", key=_key(suppression_key), digest_size=16).hexdigest()


def address_mac(suppression_key: str, email: str) -> bytes:
    """The keyed hash of a normalised address: outlives the address, and tells nobody what it was."""
    return hashlib.blake2b(email.encode(), key=_key(suppression_key), digest_size=16).digest()


def _key(suppression_key: str) -> bytes:
    return hashlib.blake2b(suppression_key.encode()).digest()


def open_store(url: str, stamp: Stamp, now: int) -> Store:
    """The database at `url`, migrated and stamped; Refused where it is another publication's or a newer program's."""
    engine = _engine(url)
    store = Store(engine)
    try:
        with store.write() as tx:
            _migrate(tx)
            _check_stamp(tx, stamp, now)
    except BaseException:
        store.close()
        raise
    return store


def _engine(url: str) -> Engine:
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise InputError("database_url_wrong", url=url.split("://", maxsplit=1)[0]) from error
    if parsed.drivername != "sqlite":
        raise InputError("database_kind_unknown", kind=parsed.drivername)
    if parsed.query or "\0" in url:
        raise InputError("database_url_wrong", url=url.split("?", maxsplit=1)[0].replace("\0", "\\0"))
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    else:
        engine = sa.create_engine(parsed, poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: Any, _record: object) -> None:  # noqa: ANN401 - DB-API connections are untyped
    connection.isolation_level = None  # sqlite3 would begin by itself, and deferred
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(tx: Connection) -> None:
    writes = tx.get_execution_options().get("newsletter_writes", False)
    tx.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(tx: Connection) -> None:
    """Brings the database to `schema.REVISION`; Alembic, half a second to import, only when it is not there yet."""
    has_version = sa.inspect(tx).has_table("alembic_version")
    revision = tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() if has_version else None
    if revision == schema.REVISION:
        return
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - as above
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = tx
    try:
        command.upgrade(config, schema.REVISION)
    except CommandError as error:
        raise Refused("database_newer", found=revision, known=schema.REVISION) from error


def _check_stamp(tx: Connection, stamp: Stamp, now: int) -> None:
    table = schema.publication
    row = tx.execute(sa.select(table.c.list_id, table.c.suppression_fingerprint)).first()
    if row is None:
        facts = {"list_id": stamp.list_id, "suppression_fingerprint": stamp.suppression_fingerprint}
        tx.execute(table.insert().values(**facts, created_at=now))
    elif row.list_id != stamp.list_id:
        raise Refused("database_of_another", found=row.list_id, expected=stamp.list_id)
    elif row.suppression_fingerprint != stamp.suppression_fingerprint:
        raise Refused("suppression_key_changed")

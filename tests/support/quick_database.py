"""Databases that are opened more quickly than the program opens them; nothing else about them is different.

An empty SQLite database gets its tables from the statements that the migrations have made once in this process: Alembic
takes a third of a second, and the tests open thousands of databases. `test_store` runs the migrations, and so does
every command that a test runs in an interpreter of its own; PostgreSQL copies a migrated database (conftest).
All engines of a process share one dialect and the statements compiled for it, which was a fifth of the time of a short test.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from newsletter.storage import database, dialects

migrate, make_engine = database._migrate, dialects.make_engine
_shared: dict[str, Any] = {}
"""Driver → dialect, and compiled statements, of the first engine that was connected."""


def install() -> None:
    """Replace the migrations of empty SQLite databases, and the engines, in this process."""
    dialects.make_engine = make_sharing_engine
    _read_statements()
    database._migrate = create_tables


def make_sharing_engine(url: str) -> Engine:
    """Make an engine with the dialect and the compiled statements of the first one of its kind."""
    engine = make_engine(url)
    driver, own = engine.dialect.driver, (engine.dialect, engine._compiled_cache)
    engine.dialect, engine._compiled_cache = _shared.get(driver, own)
    if driver not in _shared:  # a dialect is complete once it has been connected
        event.listen(engine, "connect", lambda *_: _shared.setdefault(driver, own), once=True)
    return engine


def create_tables(tx: Connection, revision: str | None) -> None:
    """Create all tables in an empty SQLite database; migrate any other."""
    if revision or tx.dialect.name != "sqlite":
        migrate(tx, revision)
        return
    for statement in _read_statements():
        tx.exec_driver_sql(statement)


@cache
def _read_statements() -> list[str]:
    """Return the statements that make a migrated database, without BEGIN and COMMIT."""
    store = database.Store(make_sharing_engine("sqlite://"), "sqlite://")
    with store.write() as tx:
        migrate(tx, None)
        connection = tx.connection.driver_connection
        assert connection
        statements = [*connection.iterdump()][1:-1]
    store.close()
    return statements

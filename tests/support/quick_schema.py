"""Create the tables of an empty SQLite database from statements that the migrations have made once in this process.

Alembic takes a third of a second for each database, and the tests open thousands. `test_store` runs the migrations, and
so does every command that a test runs in an interpreter of its own; PostgreSQL copies a migrated database (conftest).
"""

from __future__ import annotations

from functools import cache

from sqlalchemy.engine import Connection

from newsletter.storage import database, dialects

migrate = database._migrate


def install() -> None:
    """Replace the migrations of empty SQLite databases in this process."""
    _read_statements()
    database._migrate = create_tables


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
    store = database.Store(dialects.make_engine("sqlite://"), "sqlite://")
    with store.write() as tx:
        migrate(tx, None)
        connection = tx.connection.driver_connection
        assert connection
        statements = [*connection.iterdump()][1:-1]
    store.close()
    return statements

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from newsletter.errors import InputError, Refused
from newsletter.store import engine, schema

NOW = 1_795_000_000_000
STAMP = engine.Stamp("lettre.example.org", engine.fingerprint("a key"))


def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'newsletter.db'}"


def test_the_migrations_make_exactly_the_schema(store: engine.Store) -> None:
    with store.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), schema.metadata) == []


def test_the_known_revision_is_alembics_head() -> None:
    scripts = ScriptDirectory(str(Path(engine.__file__).parent / "migrations"))
    assert scripts.get_current_head() == schema.REVISION


def test_a_database_is_opened_again_as_it_was(tmp_path: Path) -> None:
    def stamps() -> list[tuple[object, ...]]:
        store = engine.open_store(url(tmp_path), STAMP, NOW)
        with store.read() as tx:
            found = [tuple(row) for row in tx.execute(sa.select(schema.publication))]
        store.close()
        return found

    assert stamps() == stamps() == [(STAMP.list_id, STAMP.suppression_fingerprint, NOW)]


def test_another_publications_database_is_refused(tmp_path: Path) -> None:
    engine.open_store(url(tmp_path), STAMP, NOW).close()
    other = engine.Stamp("autre.example.org", STAMP.suppression_fingerprint)
    with pytest.raises(Refused, match="database_of_another"):
        engine.open_store(url(tmp_path), other, NOW)


def test_another_suppression_key_is_refused(tmp_path: Path) -> None:
    engine.open_store(url(tmp_path), STAMP, NOW).close()
    other = engine.Stamp(STAMP.list_id, engine.fingerprint("another key"))
    with pytest.raises(Refused, match="suppression_key_changed"):
        engine.open_store(url(tmp_path), other, NOW)


def test_a_newer_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = engine.open_store(url(tmp_path), STAMP, NOW)
    with store.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    before = (tmp_path / "newsletter.db").read_bytes()
    with pytest.raises(Refused, match="database_newer"):
        engine.open_store(url(tmp_path), STAMP, NOW)
    assert (tmp_path / "newsletter.db").read_bytes() == before


@pytest.mark.parametrize("wrong", ["", "nonsense", "mysql://x/y", "postgresql://x/y"])
def test_an_url_of_no_known_database_is_told(wrong: str) -> None:
    with pytest.raises(InputError, match="database_"):
        engine.open_store(wrong, STAMP, NOW)


def test_a_transaction_that_fails_leaves_nothing(store: engine.Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            tx.execute(schema.mailing_list.insert().values(name="a", created_at=NOW))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(schema.mailing_list)).scalar() == 0


def test_a_writing_transaction_locks_at_once(tmp_path: Path) -> None:
    """With a deferred BEGIN, 737 of 800 concurrent read-then-write transactions failed."""
    store = engine.open_store(url(tmp_path), STAMP, NOW)
    with store.write():
        other = sqlite3.connect(tmp_path / "newsletter.db", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    store.close()


def test_ids_of_people_are_never_given_again(store: engine.Store) -> None:
    def add(email: str) -> int:
        with store.write() as tx:
            values = {"email": email, "address_mac": email.encode(), "created_at": NOW}
            return int(tx.execute(schema.subscriber.insert().values(**values)).inserted_primary_key[0])  # type: ignore[index]

    first = add("a@exemple.fr")
    with store.write() as tx:
        tx.execute(schema.subscriber.delete())
    assert add("b@exemple.fr") > first


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    store = engine.open_store(url(tmp_path), STAMP, NOW)
    with store.read() as tx:
        assert tx.execute(sa.text("PRAGMA synchronous")).scalar() == 2
        assert tx.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert tx.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1
    store.close()

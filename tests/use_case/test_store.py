from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from newsletter.errors import InputError, Refused
from newsletter.model.campaign import CampaignState, SendOptions
from newsletter.model.subscribers import Method, Provenance, Status, SubscriberUpsert
from newsletter.storage import address_hash, database as database_, dialects, schema
from newsletter.storage.campaigns import campaigns, chunks
from newsletter.storage.subscribers import lists, records, subscribers, upsert

NOW = 1_795_000_000_000
STAMP = database_.PublicationIdentity("lettre.example.org", address_hash.fingerprint("a key"))


def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'newsletter.db'}"


def test_the_migrations_make_exactly_the_schema(store: database_.Store) -> None:
    with store.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), schema.metadata) == []


def test_the_schema_revision_is_the_head_of_alembic() -> None:
    scripts = ScriptDirectory(str(Path(database_.__file__).parent / "migrations"))
    assert scripts.get_current_head() == schema.REVISION


def test_reopening_a_database_keeps_its_identity(tmp_path: Path) -> None:
    def read_identity() -> list[tuple[object, ...]]:
        store = database_.open_store(url(tmp_path), STAMP, NOW)
        with store.read() as tx:
            found = [tuple(row) for row in tx.execute(sa.select(schema.publication))]
        store.close()
        return found

    assert read_identity() == read_identity() == [(STAMP.list_id, STAMP.suppression_fingerprint, NOW, 0)]


def test_a_database_of_another_publication_is_refused(tmp_path: Path) -> None:
    database_.open_store(url(tmp_path), STAMP, NOW).close()
    other = database_.PublicationIdentity("autre.example.org", STAMP.suppression_fingerprint)
    with pytest.raises(Refused, match="database_of_another"):
        database_.open_store(url(tmp_path), other, NOW)


def test_a_database_with_another_suppression_key_is_refused(tmp_path: Path) -> None:
    database_.open_store(url(tmp_path), STAMP, NOW).close()
    other = database_.PublicationIdentity(STAMP.list_id, address_hash.fingerprint("another key"))
    with pytest.raises(Refused, match="suppression_key_changed"):
        database_.open_store(url(tmp_path), other, NOW)


def test_a_database_of_a_newer_program_is_refused_and_not_changed(tmp_path: Path) -> None:
    store = database_.open_store(url(tmp_path), STAMP, NOW)
    with store.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    before = (tmp_path / "newsletter.db").read_bytes()
    with pytest.raises(Refused, match="database_newer"):
        database_.open_store(url(tmp_path), STAMP, NOW)
    assert (tmp_path / "newsletter.db").read_bytes() == before


def make_old_database(url: str, revision: str) -> None:
    """Create a database of an earlier revision, with one subscriber and one deleted subscriber."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(database_.__file__).parent / "migrations"))
    opened = dialects.make_engine(url)
    with opened.execution_options(newsletter_writes=True).begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, revision)
        tx.execute(sa.text("INSERT INTO list (name, created_at) VALUES ('tous', 1)"))
        for email in ("a@exemple.fr", "b@exemple.fr"):
            values = {"email": email, "mac": email.encode()}
            tx.execute(
                sa.text("INSERT INTO subscriber (email, address_mac, created_at) VALUES (:email, :mac, 5)"), values
            )
        tx.execute(sa.text("INSERT INTO subscription VALUES (1, 1, 'confirmed', 7)"))
        tx.execute(sa.text("DELETE FROM subscriber WHERE id = 2"))
    opened.dispose()


@pytest.fixture
def empty_database(database: str) -> str:
    """The address of a database without tables."""
    if database.startswith("sqlite"):
        return database
    opened = dialects.make_engine(database)
    with opened.begin() as tx:
        tx.execute(sa.text("DROP SCHEMA public CASCADE"))
        tx.execute(sa.text("CREATE SCHEMA public"))
    opened.dispose()
    return database


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_an_older_database_is_refused_until_it_is_upgraded(empty_database: str, revision: str) -> None:
    make_old_database(empty_database, revision)
    with pytest.raises(Refused, match="database_older"):
        database_.open_store(empty_database, STAMP, NOW)
    assert database_.upgrade_store(empty_database, STAMP, NOW) == (revision, schema.REVISION)
    assert database_.upgrade_store(empty_database, STAMP, NOW) == (schema.REVISION, schema.REVISION)
    store = database_.open_store(empty_database, STAMP, NOW)
    with store.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), schema.metadata) == []
        (person,) = records.list_records(tx, [1], with_journal=True)
        assert (person.email, person.lists, len(person.public_id)) == ("a@exemple.fr", {"tous": "confirmed"}, 16)
        assert [(entry.at, entry.action) for entry in person.journal] == [(7, "confirmed")]
        assert lists.list_all(tx)[0].counts == {Status.CONFIRMED: 1}
    with store.write() as tx:
        new = SubscriberUpsert("c@exemple.fr", b"c")
        upsert.upsert_subscribers(tx, [new], Provenance(Method.IMPORT), NOW)
        assert subscribers.find_by_email(tx, "c@exemple.fr").id > 2  # type: ignore[union-attr] # it is there
    store.close()


def test_a_campaign_of_revision_0003_is_active_after_the_upgrade(empty_database: str) -> None:
    """Revision 0003 had neither schedules nor attempts."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(database_.__file__).parent / "migrations"))
    opened = dialects.make_engine(empty_database)
    with opened.execution_options(newsletter_writes=True).begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0003")
        for statement in (
            "INSERT INTO list (name, created_at) VALUES ('tous', 1)",
            "INSERT INTO issue (id, slug) VALUES ('i', 'un')",
            "INSERT INTO edition (digest, body, created_at) VALUES ('d', '', 1)",
            (
                "INSERT INTO campaign (issue_id, round, list_id, digest, provider, planned_at, recipients, excluded)"
                " VALUES ('i', 1, 1, 'd', 'outbox', 1, 1, 0)"
            ),
            (
                "INSERT INTO chunk (campaign_id, sequence, state, digest, provider, recipients, first_id, last_id, manifest)"
                " VALUES (1, 0, 'ready', 'd', 'outbox', 1, 1, 1, '')"
            ),
        ):
            tx.execute(sa.text(statement))
    opened.dispose()
    assert database_.upgrade_store(empty_database, STAMP, NOW) == ("0003", schema.REVISION)
    store = database_.open_store(empty_database, STAMP, NOW)
    with store.read() as tx:
        found = campaigns.find_by_id(tx, 1)
        assert found
        assert (found.state, found.options) == (CampaignState.ACTIVE, SendOptions())
        assert chunks.find_due(tx, 1, NOW) == 0
    store.close()


def test_an_upgrade_that_fails_changes_nothing(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    make_old_database(empty_database, "0001")
    monkeypatch.setattr(op, "create_index", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        database_.upgrade_store(empty_database, STAMP, NOW)
    monkeypatch.undo()
    assert database_.upgrade_store(empty_database, STAMP, NOW) == ("0001", schema.REVISION)


def test_four_threads_can_create_one_database_at_once(empty_database: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(lambda _: database_.open_store(empty_database, STAMP, NOW), range(4)):
            store.close()


def test_many_threads_can_open_a_new_sqlite_file_at_once(tmp_path: Path) -> None:
    """SQLite does not wait for the lock that starts WAL mode; about one run in ten failed."""
    from concurrent.futures import ThreadPoolExecutor

    def open_new(number: int) -> None:
        made = dialects.make_engine(url(tmp_path / str(number // 6)))
        with made.connect() as tx:
            tx.exec_driver_sql("SELECT 1")
        made.dispose()

    for number in range(40):
        (tmp_path / str(number)).mkdir()
    with ThreadPoolExecutor(6) as pool:
        assert len(list(pool.map(open_new, range(240)))) == 240


def test_a_backup_is_a_usable_copy_and_overwrites_no_file(tmp_path: Path) -> None:
    store = database_.open_store(url(tmp_path), STAMP, NOW)
    with store.write() as tx:
        lists.get_or_create(tx, "tous", NOW)
    database_.backup_store(url(tmp_path), tmp_path / "copy.db")
    store.close()
    copied = database_.open_store(f"sqlite:///{tmp_path / 'copy.db'}", STAMP, NOW)
    with copied.read() as tx:
        assert [mailing_list.name for mailing_list in lists.list_all(tx)] == ["tous"]
    copied.close()
    with pytest.raises(Refused, match="file_exists"):
        database_.backup_store(url(tmp_path), tmp_path / "copy.db")


@pytest.mark.parametrize("wrong", ["", "nonsense", "mysql://x/y", "sqlite+aiosqlite:///x"])
def test_an_unknown_database_url_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="database_"):
        database_.open_store(wrong, STAMP, NOW)


def test_a_failed_transaction_is_rolled_back(store: database_.Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            tx.execute(schema.mailing_list.insert().values(name="a", created_at=NOW))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(schema.mailing_list)).scalar() == 0


def test_a_write_transaction_locks_sqlite_when_it_begins(tmp_path: Path) -> None:
    """With a deferred BEGIN, 737 of 800 concurrent read-then-write transactions failed."""
    store = database_.open_store(url(tmp_path), STAMP, NOW)
    with store.write():
        other = sqlite3.connect(tmp_path / "newsletter.db", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    store.close()


def test_ids_of_deleted_subscribers_are_not_reused(store: database_.Store) -> None:
    def add(email: str) -> int:
        with store.write() as tx:
            upsert.upsert_subscribers(tx, [SubscriberUpsert(email, email.encode())], Provenance(Method.IMPORT), NOW)
            return subscribers.find_by_email(tx, email).id  # type: ignore[union-attr] # it is there

    first = add("a@exemple.fr")
    with store.write() as tx:
        tx.execute(schema.subscriber.delete())
    assert add("b@exemple.fr") > first


def test_sqlite_is_opened_with_full_synchronous_wal_and_foreign_keys(tmp_path: Path) -> None:
    store = database_.open_store(url(tmp_path), STAMP, NOW)
    with store.read() as tx:
        assert tx.execute(sa.text("PRAGMA synchronous")).scalar() == 2
        assert tx.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert tx.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1
    store.close()

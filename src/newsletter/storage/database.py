"""The database of a publication: opening, transactions, retries, migrations and the check of its owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from newsletter.errors import DatabaseBehind, Refused
from newsletter.storage import dialects, host_memory as memory_, schema
from newsletter.storage.host_memory import Memory
from newsletter.system import timestamps
from newsletter.system.retries import import_stamina

if TYPE_CHECKING:
    from newsletter.storage.host_recovery import Recovered

T = TypeVar("T")
_MIGRATING = 1
AWAY_SECONDS = 300.0
"""How long a run waits for an unreachable database before it gives up; its chunks in progress are then in doubt."""


@dataclass(frozen=True, slots=True)
class PublicationIdentity:
    """Identity of the publication that owns a database, with a fingerprint of the key that hashed its suppressions."""

    list_id: str
    suppression_fingerprint: str


class Store:
    """An open database."""

    def __init__(self, engine: Engine, url: str = "", memory: Memory | None = None) -> None:
        self.memory = memory
        """The host memory of the publication's folder; None for a database without a folder."""
        self.on_recovered: Callable[[Recovered], None] = lambda _recovered: None
        self.on_waiting: Callable[[Exception], None] = lambda _error: None
        """Called with the error each time the database is unreachable."""
        self._reading = dialects.make_reading_engine(engine)
        self._writing = engine.execution_options(newsletter_writes=True)
        self._url = url

    @cached_property
    def events(self) -> Store:
        """Return the database of provider events; it is separate, and created on first use."""
        from newsletter.storage import delivery_events

        store = Store(dialects.make_events_engine(self._url))
        with store.write() as tx:
            dialects.lock(tx, _MIGRATING)
            dialects.make_schema(tx)
            delivery_events.metadata.create_all(tx)
        return store

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction for reading: it sees one snapshot of the database and changes nothing."""
        with self._reading.connect() as tx:
            yield tx

    @contextmanager
    def write(self, *, remember: bool = True) -> Iterator[Connection]:
        """Open a transaction that is committed when its block ends, and rolled back if the block raises.

        Records noted for the host memory are appended to its file before the commit (`host_memory.note`).
        Raise DatabaseBehind, after a recovery, if the database is older than that file.
        """
        with self._writing.connect() as tx:
            tx.begin()
            notes = memory_.collect(tx, remember=remember and self.memory is not None)
            yield tx
            try:
                memory_.commit(tx, self.memory, notes)
            except DatabaseBehind:
                tx.rollback()
                self.recover()  # so that the next try finds an up-to-date database
                raise

    def recover(self) -> None:
        """Bring the database up to date with the host memory; call `on_recovered` if it lacked something."""
        from newsletter.storage import host_recovery

        recovered = host_recovery.recover(self, timestamps.now_ms())
        if recovered:
            self.on_recovered(recovered)

    def change(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction; run it once more if the database was replaced by an older copy meanwhile."""
        with suppress(DatabaseBehind), self.write() as tx:
            return work(tx)
        with self.write() as tx:
            return work(tx)

    def write_with_retry(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction and retry while the database is unreachable: provider answers must be recorded.

        The answer to a commit may be lost too, so `work` must be idempotent.
        """
        return self.retry_on_disconnect(lambda: self.change(work))

    def retry_on_disconnect(self, work: Callable[[], T]) -> T:
        """Run `work`, which opens its own transactions, and retry while the database is unreachable.

        `work` must be idempotent. Call `on_waiting` with each failure; raise the failure after AWAY_SECONDS.
        """
        stamina = import_stamina()

        def attempt_once() -> T:
            try:
                return work()
            except Exception as error:
                if dialects.is_away(error):
                    self.on_waiting(error)
                raise

        for attempt in stamina.retry_context(on=dialects.is_away, attempts=None, timeout=AWAY_SECONDS, wait_max=5.0):
            with attempt:
                return attempt_once()
        raise AssertionError("unreachable")

    def analyze(self) -> None:
        """Run ANALYZE; call this after bulk changes."""
        with self.write() as tx:
            dialects.analyze(tx)

    def flush(self) -> None:
        """Empty the database's write-ahead log; call this after an erasure, so that no erased data stays in the log."""
        with self.read() as tx:
            dialects.flush(tx)
        if "events" in self.__dict__:
            self.events.flush()

    def close(self) -> None:
        """Close every connection."""
        self._reading.dispose()
        if "events" in self.__dict__:
            self.events.close()


def open_store(url: str, identity: PublicationIdentity, now_ms: int, memory: Memory | None = None) -> Store:
    """Open the database at `url`; create it if it is empty.

    Refused if it belongs to another publication, if its suppressions were hashed with another key, or if its revision
    is not this program's. `upgrade` is the operator's decision, to be taken with a backup at hand.
    """
    store = Store(dialects.make_engine(url), url, memory)
    try:
        _require_revision(store)
        _check_identity(store, identity, now_ms)
    except BaseException:
        store.close()
        raise
    return store


def _require_revision(store: Store) -> None:
    """Create the tables of an empty database. Refused if another database is not at this program's revision."""
    with store.read() as tx:
        revision = _revision(tx)
    if revision is None:
        upgrade(store)
    elif revision != schema.REVISION:
        raise Refused(_older_or_newer(revision), found=revision, known=schema.REVISION)


def upgrade_store(url: str, identity: PublicationIdentity, now_ms: int) -> tuple[str | None, str]:
    """Migrate the database at `url` to this program's revision; return the old revision (None if empty) and the new."""
    store = Store(dialects.make_engine(url))
    try:
        with store.read() as tx:
            is_empty = _revision(tx) is None
        if not is_empty:
            _check_identity(store, identity, now_ms)  # before any change, in case another publication owns it
        old_revision = upgrade(store)
        _check_identity(store, identity, now_ms)
    finally:
        store.close()
    return old_revision, schema.REVISION


def backup_store(url: str, path: Path) -> None:
    """Copy a SQLite database to `path` as one snapshot, while others go on writing; Refused for PostgreSQL."""
    store = Store(dialects.make_engine(url))
    try:
        with store.read() as tx:
            dialects.backup(tx, path)
    finally:
        store.close()


def upgrade(store: Store) -> str | None:
    """Migrate a database to this program's revision in one transaction; return the revision it had, None if empty."""
    with store.write() as tx:
        dialects.lock(tx, _MIGRATING)
        revision = _revision(tx)
        if revision != schema.REVISION:
            _migrate(tx, revision)
    return revision


def _revision(tx: Connection) -> str | None:
    has_version = sa.inspect(tx).has_table("alembic_version")
    return tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() if has_version else None


def _older_or_newer(revision: str) -> str:
    return "database_older" if revision.isdecimal() and revision < schema.REVISION else "database_newer"


def _migrate(tx: Connection, revision: str | None) -> None:
    """Run the migrations. Alembic takes half a second to import, so call this only if there is something to do."""
    if revision and _older_or_newer(revision) == "database_newer":
        raise Refused("database_newer", found=revision, known=schema.REVISION)
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = tx
    command.upgrade(config, schema.REVISION)


def _check_identity(store: Store, identity: PublicationIdentity, now_ms: int) -> None:
    """Check that the database belongs to this publication; a database without an owner becomes this publication's.

    Refused if it belongs to another publication, or if the suppression key has changed.
    """
    with store.read() as tx:
        found = _read_identity(tx)
    if found is None:
        with store.write() as tx:
            facts = {"list_id": identity.list_id, "suppression_fingerprint": identity.suppression_fingerprint}
            dialects.lock(tx, _MIGRATING)
            found = _read_identity(tx)
            if found is None:
                tx.execute(schema.publication.insert().values(**facts, created_at=now_ms))
                return
    if found.list_id != identity.list_id:
        raise Refused("database_of_another", found=found.list_id, expected=identity.list_id)
    if found.suppression_fingerprint != identity.suppression_fingerprint:
        raise Refused("suppression_key_changed")


def _read_identity(tx: Connection) -> PublicationIdentity | None:
    table = schema.publication
    row = tx.execute(sa.select(table.c.list_id, table.c.suppression_fingerprint)).first()
    return PublicationIdentity(*row) if row else None

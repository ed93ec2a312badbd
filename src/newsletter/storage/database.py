"""Opens the database: transactions, migrations and the stamp of its publication."""

from __future__ import annotations

import time
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

if TYPE_CHECKING:
    from newsletter.storage.host_recovery import Recovered

T = TypeVar("T")
_MIGRATING = 1
AWAY_SECONDS = 300.0
"""How long a database may be away before a run gives up; what it had under way is in doubt then."""


@dataclass(frozen=True, slots=True)
class PublicationIdentity:
    """Whose database it is, and the key its suppressions were hashed with."""

    list_id: str
    suppression_fingerprint: str


class Store:
    """An open database."""

    def __init__(self, engine: Engine, url: str = "", memory: Memory | None = None) -> None:
        self.memory = memory
        """What the publication's folder remembers besides; None for a database without a folder."""
        self.on_recovered: Callable[[Recovered], None] = lambda _recovered: None
        self.on_waiting: Callable[[Exception], None] = lambda _error: None
        """Called where the database is away, and waited for."""
        self._reading = dialects.for_reading(engine)
        self._writing = engine.execution_options(newsletter_writes=True)
        self._url = url

    @cached_property
    def events(self) -> Store:
        """What providers reported, in a database of its own, made when it is first asked for."""
        from newsletter.storage import delivery_events  # noqa: PLC0415 - most commands ask for none

        made = Store(dialects.events_engine(self._url))
        with made.write() as tx:
            dialects.lock(tx, _MIGRATING)
            dialects.make_schema(tx)
            delivery_events.metadata.create_all(tx)
        return made

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database and changes nothing."""
        with self._reading.connect() as tx:
            yield tx

    @contextmanager
    def write(self, *, remember: bool = True) -> Iterator[Connection]:
        """A transaction that is committed when its block ends, and undone when it raises.

        What it notes for the folder's memory is appended there before the commit (`memory.note`).
        """
        with self._writing.connect() as tx:
            tx.begin()
            notes = memory_.collect(tx, remember=remember and self.memory is not None)
            yield tx
            try:
                memory_.commit(tx, self.memory, notes)
            except DatabaseBehind:
                tx.rollback()
                self.recover()  # so that whoever tries again finds it up to date
                raise

    def recover(self) -> None:
        """Bring the database up to what the folder remembers, and tell `on_recovered` where it was behind."""
        from newsletter.storage import host_recovery  # noqa: PLC0415 - it needs this module

        found = host_recovery.recover(self, int(time.time() * 1000))
        if found:
            self.on_recovered(found)

    def change(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction, and again where the database was put back meanwhile."""
        with suppress(DatabaseBehind), self.write() as tx:
            return work(tx)
        with self.write() as tx:
            return work(tx)

    def write_with_retry(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction, again as long as the database is away: what the wire has said must be written down.

        The answer to a commit may be lost too, so `work` must bear to be done twice.
        """
        return self.retry_on_disconnect(lambda: self.change(work))

    def retry_on_disconnect(self, work: Callable[[], T]) -> T:
        """Do `work`, which makes its own transactions and bears to be done twice, again while the database is away.

        `on_waiting` is told why each time it fails; after AWAY_SECONDS the failure is raised.
        """
        import stamina  # noqa: PLC0415 - 20 ms, and only dispatching needs it

        def tried() -> T:
            try:
                return work()
            except Exception as error:
                if dialects.is_away(error):
                    self.on_waiting(error)
                raise

        stamina.instrumentation.set_on_retry_hooks([])  # its own would print statements and their values on stdout
        for attempt in stamina.retry_context(on=dialects.is_away, attempts=None, timeout=AWAY_SECONDS, wait_max=5.0):
            with attempt:
                return tried()
        raise AssertionError("unreachable")

    def learn(self) -> None:
        """To be called after a large change: has the database look at what it holds."""
        with self.write() as tx:
            dialects.analyze(tx)

    def flush(self) -> None:
        """To be called after people were erased: nothing of them stays in a log of the database's."""
        with self.read() as tx:
            dialects.flush(tx)
        if "events" in self.__dict__:
            self.events.flush()

    def close(self) -> None:
        """Gives back every connection."""
        self._reading.dispose()
        if "events" in self.__dict__:
            self.events.close()


def open_store(url: str, identity: PublicationIdentity, now: int, memory: Memory | None = None) -> Store:
    """The database at `url`, made if it is empty.

    Refused where it is another publication's, a newer program's, or behind this one: `upgrade` is an
    operator's decision, to be taken with a backup at hand.
    """
    store = Store(dialects.make_engine(url), url, memory)
    try:
        _require_revision(store)
        _check_stamp(store, identity, now)
    except BaseException:
        store.close()
        raise
    return store


def _require_revision(store: Store) -> None:
    """An empty database is made; any other must be of this program's revision."""
    with store.read() as tx:
        found = _revision(tx)
    if found is None:
        upgrade(store)
    elif found != schema.REVISION:
        raise Refused(_older_or_newer(found), found=found, known=schema.REVISION)


def upgrade_store(url: str, identity: PublicationIdentity, now: int) -> tuple[str | None, str]:
    """Brings the database at `url` to this program's revision, and says from which to which."""
    store = Store(dialects.make_engine(url))
    try:
        with store.read() as tx:
            is_empty = _revision(tx) is None
        if not is_empty:
            _check_stamp(store, identity, now)  # before anything of another publication's is touched
        before = upgrade(store)
        _check_stamp(store, identity, now)
    finally:
        store.close()
    return before, schema.REVISION


def backup_store(url: str, path: Path) -> None:
    """A copy of a SQLite database as of one moment, while others go on writing; Refused for a server's."""
    store = Store(dialects.make_engine(url))
    try:
        with store.read() as tx:
            dialects.backup(tx, path)
    finally:
        store.close()


def upgrade(store: Store) -> str | None:
    """Brings a database to this program's revision, all or nothing, and says at which it was."""
    with store.write() as tx:
        dialects.lock(tx, _MIGRATING)
        found = _revision(tx)
        if found != schema.REVISION:
            _migrate(tx, found)
    return found


def _revision(tx: Connection) -> str | None:
    has_version = sa.inspect(tx).has_table("alembic_version")
    return tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() if has_version else None


def _older_or_newer(found: str) -> str:
    return "database_older" if found.isdecimal() and found < schema.REVISION else "database_newer"


def _migrate(tx: Connection, found: str | None) -> None:
    """Alembic, half a second to import, only when it has something to do."""
    if found and _older_or_newer(found) == "database_newer":
        raise Refused("database_newer", found=found, known=schema.REVISION)
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = tx
    command.upgrade(config, schema.REVISION)


def _check_stamp(store: Store, identity: PublicationIdentity, now: int) -> None:
    """Whose database it is; one that is nobody's yet becomes this publication's."""
    with store.read() as tx:
        found = _stamp(tx)
    if found is None:
        with store.write() as tx:
            facts = {"list_id": identity.list_id, "suppression_fingerprint": identity.suppression_fingerprint}
            dialects.lock(tx, _MIGRATING)
            found = _stamp(tx)
            if found is None:
                tx.execute(schema.publication.insert().values(**facts, created_at=now))
                return
    if found.list_id != identity.list_id:
        raise Refused("database_of_another", found=found.list_id, expected=identity.list_id)
    if found.suppression_fingerprint != identity.suppression_fingerprint:
        raise Refused("suppression_key_changed")


def _stamp(tx: Connection) -> PublicationIdentity | None:
    table = schema.publication
    row = tx.execute(sa.select(table.c.list_id, table.c.suppression_fingerprint)).first()
    return PublicationIdentity(*row) if row else None

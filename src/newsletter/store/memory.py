"""What a publication's folder remembers besides the database, in one append-only file.

A database can be replaced by an older copy of itself, and a folder can be copied as a whole. This file then knows
what the database does not: which campaigns were planned, which chunks were claimed, who left and who came back.

    {"memory": …}    first line: the file's id, and on which machine, path and inode it was made
    [record, …]      a line for each transaction, appended before its commit
    +                appended after the commit, before anything is done about it

A line without its `+` is of a transaction that may never have been committed: a claim in it led to no submission,
but whoever left in it did leave. The database keeps the position up to which it has what stands here
(`host_memory`), changed in the same transaction; so a position that is behind shows that the database is older.
No address stands in it, only keyed hashes.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.errors import DatabaseBehind
from newsletter.store import schema

FILE = ".newsletter-memory"
LOCK_SECONDS = 60
_COMMITTED = b"+\n"
_NOTES = "newsletter.notes"
_MACHINE = Path("/etc/machine-id")
_NEW_HOME = sa.text("""
    INSERT INTO host_memory (memory, machine, path, position) VALUES (:memory, :machine, :path, :position)
    ON CONFLICT (memory) DO NOTHING
""")
Record = Mapping[str, Any]
"""`plan`, `claim`, `left` or `back`, see the functions that note them."""


@dataclass(frozen=True, slots=True)
class Home:
    """Which file this is, and where it was made."""

    id: str
    machine: str
    """A hash of the machine's id; empty where it has none."""
    path: str
    inode: int


@dataclass(frozen=True, slots=True)
class Line:
    """The records of one transaction, and whether it is known to have been committed."""

    records: Sequence[Record]
    committed: bool


class Memory:
    """The file at `file`, made where there is none."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @cached_property
    def _lock(self) -> Any:  # noqa: ANN401 - filelock's, imported where it is used
        from filelock import FileLock  # noqa: PLC0415 - only who writes needs it

        return FileLock(f"{self.file}.lock", timeout=LOCK_SECONDS, mode=0o600)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from appending, until what was appended is committed."""
        with self._lock:
            if not self.file.exists():
                self._make()
            self._end_last_line()
            yield

    @property
    def home(self) -> Home:
        """Read the file's first line."""
        with self.file.open("rb") as file:
            facts = orjson.loads(file.readline())
        return Home(id=facts["memory"], machine=facts["machine"], path=facts["path"], inode=facts["inode"])

    def open(self) -> Home:
        """Make the file where there is none, and read its first line."""
        if not self.file.exists():
            with self.locked():
                pass
        return self.home

    def is_elsewhere(self) -> bool:
        """Whether file or folder was copied, moved or put back since the file was made."""
        made, now = self.home, _here(self.file, self.file.stat().st_ino)
        other_machine = made.machine and now.machine and made.machine != now.machine
        return bool(other_machine) or (made.path, made.inode) != (now.path, now.inode)

    def adopt(self) -> None:
        """Make the file this folder's own: the same lines, under another id."""
        with self._lock:
            lines = self.file.read_bytes().partition(b"\n")[2]
            self._make(lines)

    def _make(self, lines: bytes = b"") -> None:
        made = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}.tmp")
        try:
            with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                here = _here(self.file, os.fstat(file.fileno()).st_ino)
                head = {"memory": secrets.token_hex(8), "machine": here.machine, "path": here.path, "inode": here.inode}
                file.write(orjson.dumps(head) + b"\n" + lines)
                file.flush()
                os.fsync(file.fileno())
            os.replace(made, self.file)  # noqa: PTH105 - Path.replace returns a path nobody needs
        finally:
            made.unlink(missing_ok=True)

    def _end_last_line(self) -> None:
        """Where a crash cut a line off, let nothing be appended to it."""
        with self.file.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            if file.read(1) not in {b"\n", b""}:
                file.write(b"\n")

    def size(self) -> int:
        """Return how many bytes the file has."""
        return self.file.stat().st_size

    def append(self, line: bytes, *, sync: bool) -> None:
        """Add a line, on the disk where `sync` says so; half of one is taken away again."""
        with self.file.open("ab") as file:
            size = file.tell()
            try:
                file.write(line)
                file.flush()
                if sync:
                    os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    file.truncate(size)
                raise

    def confirm(self) -> None:
        """Note that what was appended last is committed."""
        self.append(_COMMITTED, sync=False)

    def lines(self, position: int) -> Iterator[Line]:
        """Read what was appended after a position; a line that is cut off is none."""
        with self.file.open("rb") as file:
            first = file.readline()
            file.seek(max(position, len(first)))
            waiting: Sequence[Record] | None = None
            for line in file:
                if waiting is not None:
                    yield Line(waiting, committed=line == _COMMITTED)
                waiting = _records(line)
            if waiting is not None:
                yield Line(waiting, committed=False)


def _records(line: bytes) -> Sequence[Record] | None:
    if line == _COMMITTED:
        return None
    try:
        found = orjson.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def _here(file: Path, inode: int) -> Home:
    try:
        machine = _MACHINE.read_bytes().strip()
    except OSError:
        machine = b""
    hashed = hashlib.blake2b(machine, digest_size=8, person=b"newsletter").hexdigest() if machine else ""
    return Home(id="", machine=hashed, path=str(file.parent.resolve()), inode=inode)


def collect(tx: Connection, *, remember: bool) -> list[Record]:
    """Begin to collect what a transaction notes; nothing is kept where it is not to be remembered."""
    notes: list[Record] = []
    tx.info[_NOTES] = notes if remember else None
    return notes


def note(tx: Connection, *records: Record) -> None:
    """Add records to the line of this transaction."""
    notes = tx.info.get(_NOTES)
    if notes is not None:
        notes.extend(records)


def left(mac: bytes, at: int, list_name: str = "", why: str = "unsubscribed_all") -> Record:
    """Make the record of somebody who left a list, or may not be mailed at all (`list_name` empty) and why."""
    return {"left": mac.hex(), "list": list_name, "why": why, "at": at}


def back(mac: bytes, at: int, list_name: str = "") -> Record:
    """Make the record of somebody who came back to a list, or may be mailed again."""
    return {"back": mac.hex(), "list": list_name, "at": at}


def is_remembered(tx: Connection) -> bool:
    """Whether this transaction's notes are kept."""
    return tx.info.get(_NOTES) is not None


def commit(tx: Connection, memory: Memory | None, notes: Sequence[Record]) -> None:
    """Append the notes, commit, and confirm; DatabaseBehind where the database turns out to be older than the file.

    Claims are not synced to the disk, departures are: a claim without its line costs a question, a departure a mail.
    """
    if memory is None or not notes:
        tx.commit()
        return
    line = orjson.dumps(notes) + b"\n"
    with memory.locked():
        home, size = memory.home, memory.size()
        known = position(tx, home)
        if known is None or not is_level(known, size):
            raise DatabaseBehind("database_behind")
        if known != size:
            memory.confirm()
        set_position(tx, home, known, known + len(line) + len(_COMMITTED))
        memory.append(line, sync=any("left" in one for one in notes))
        tx.commit()
        memory.confirm()


def is_level(known: int, size: int) -> bool:
    """Whether the database has all of a file of that size: the last `+` may be missing, what it says is true then."""
    return known in {size, size + len(_COMMITTED)}


def position(tx: Connection, home: Home) -> int | None:
    """Return up to where the database has what this file holds; None where it does not know the file."""
    return tx.execute(sa.select(schema.host_memory.c.position).filter_by(memory=home.id)).scalar()


def set_position(tx: Connection, home: Home, old: int | None, new: int) -> bool:
    """Note up to where the database has the file; False where somebody else did meanwhile."""
    table = schema.host_memory
    if old is not None:
        mine = sa.and_(table.c.memory == home.id, table.c.position == old)
        return tx.execute(table.update().where(mine).values(position=new)).rowcount == 1
    facts = {"memory": home.id, "machine": home.machine, "path": home.path, "position": new}
    return tx.execute(_NEW_HOME, facts).rowcount == 1


def note_restored(tx: Connection, now: int) -> None:
    """Note that the database turned out to be an older copy, until its operator has seen what that means."""
    tx.execute(schema.host_memory.update().values(restored_at=now))


def restored_at(tx: Connection) -> int:
    """Return since when an operator has to look at a database that was put back, in milliseconds; 0 for never."""
    return int(tx.execute(sa.select(sa.func.max(schema.host_memory.c.restored_at))).scalar() or 0)


def accept_restored(tx: Connection) -> None:
    """Note that the operator has seen it."""
    tx.execute(schema.host_memory.update().values(restored_at=0))


def homes(tx: Connection) -> list[Home]:
    """Return every file that this database was used with."""
    table = schema.host_memory.c
    return [Home(*row, 0) for row in tx.execute(sa.select(table.memory, table.machine, table.path))]

"""The host memory: one append-only file in a publication's folder, for facts that the database may lose.

A database can be replaced by an older copy of itself, and a folder can be copied as a whole. The file then knows
what the database lacks: which campaigns were planned, which chunks were claimed, who left and who came back.

    {"memory": …}    first line: the id of the file, and the machine, path and inode where it was made
    [record, …]      one line for each transaction, appended before its commit
    +                appended after the commit, before anything is done about it; - if `host_recovery` has handled it

A line without its `+` belongs to a transaction that was perhaps never committed. A claim in such a line led to no
submission, but a person who left in such a line did leave. The database stores the position up to which it has the
file (table `host_memory`): a position before the end shows that the database is older. The file contains no
addresses, only keyed hashes.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.errors import DatabaseBehind
from newsletter.storage import schema
from newsletter.storage.memory_location import MemoryLocation, parse_location, read_current_location
from newsletter.system import files

FILE = files.MEMORY
SYNC_SECONDS = 1.0
_MOST_HEAD = 16_384  # bytes of the first line, which contains a path
_COMMITTED, _DEALT_WITH, _HEAD_END = b"+\n", b"-\n", b"}\n"
_NOTES = "newsletter.notes"
_POSITION = sa.text("SELECT position FROM host_memory WHERE memory = :memory")
_ADVANCE = sa.text("UPDATE host_memory SET position = :new WHERE memory = :memory AND position = :old")
_NEW_HOME = sa.text("""
    INSERT INTO host_memory (memory, machine, path, position) VALUES (:memory, :machine, :path, :new)
    ON CONFLICT (memory) DO NOTHING
""")
Record = Mapping[str, Any]
"""A `plan`, `claim`, `left`, `back`, `ids` or `reserved` record; see the functions that make them."""


@dataclass(frozen=True, slots=True)
class Line:
    """The records of one transaction; `committed` is True if its commit is confirmed."""

    records: Sequence[Record]
    committed: bool


class OpenFile:
    """The file while it is locked. A line that a crash cut off is ended first, so that nothing is appended to it."""

    __slots__ = ("_fd", "home", "is_confirmed", "size")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.home = parse_location(os.read(fd, _MOST_HEAD).partition(b"\n")[0])
        self.size = os.lseek(fd, -2, os.SEEK_END) + 2
        tail = os.read(fd, 2)
        self.is_confirmed = tail in {_COMMITTED, _DEALT_WITH, _HEAD_END}
        if not tail.endswith(b"\n"):
            self.append(b"\n")

    def append(self, line: bytes) -> None:
        """Append a line; if the write fails, remove the part that was written."""
        try:
            _write_whole(self._fd, line)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise
        self.size += len(line)

    def confirm(self) -> None:
        """Record that the last line is committed."""
        self.append(_COMMITTED)

    def settle(self) -> None:
        """Record that the last line was handled, whether it was committed or not."""
        if not self.is_confirmed:
            self.append(_DEALT_WITH)

    def sync(self) -> None:
        """Write the appended lines to the disk (fsync)."""
        os.fsync(self._fd)


class Memory:
    """The host memory file at `file`; it is created if it is missing."""

    def __init__(self, file: Path, mode: int = 0o600) -> None:
        self.file = file
        self.mode = mode
        self._sync_at = 0.0

    @contextmanager
    def locked(self) -> Iterator[OpenFile]:
        """Open and lock the file, so that no other process appends until the appended line is committed."""
        while True:
            self._make_missing()
            with self.file.open("r+b", buffering=0) as file:
                files.lock(file.fileno())
                if os.fstat(file.fileno()).st_ino == self.file.stat().st_ino:  # otherwise `adopt` has replaced it
                    yield OpenFile(file.fileno())
                    return

    def sync_seldom(self, file: OpenFile) -> None:
        """Sync at most once in SYNC_SECONDS.

        A single unsubscribe is on the disk at once; of a thousand in the same second, only the first is.
        """
        if time.monotonic() > self._sync_at:
            file.sync()
            self._sync_at = time.monotonic() + SYNC_SECONDS

    @property
    def home(self) -> MemoryLocation:
        """Return what the first line of the file says; create the file if it is missing."""
        self._make_missing()
        with self.file.open("rb") as file:
            return parse_location(file.readline())

    def is_elsewhere(self) -> bool:
        """Return True if the file or its folder was copied, moved or restored since the file was made."""
        original, here = self.home, read_current_location(self.file, self.file.stat().st_ino)
        other_machine = original.machine and here.machine and original.machine != here.machine
        return bool(other_machine) or (original.path, original.inode) != (here.path, here.inode)

    def adopt(self) -> None:
        """Make the file this folder's own: keep its lines, and give it a new id and place."""
        with self.locked():
            path = self._make(self.file.read_bytes().partition(b"\n")[2])
            os.replace(path, self.file)  # noqa: PTH105 - Path.replace returns a path that is not needed

    def _make_missing(self) -> None:
        if self.file.exists():
            return
        path = self._make()
        with suppress(FileExistsError):  # another process was faster
            os.link(path, self.file)
        path.unlink()

    def _make(self, lines: bytes = b"") -> Path:
        """Write a file with a new first line to a temporary path beside the final one, and return that path."""
        path = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}.tmp")
        with files.open_new(path, self.mode) as file:
            home = read_current_location(self.file, os.fstat(file.fileno()).st_ino)
            head = {"memory": secrets.token_hex(8), "machine": home.machine, "path": home.path, "inode": home.inode}
            file.write(orjson.dumps(head) + b"\n" + lines)
            file.flush()
            os.fsync(file.fileno())
        return path

    def lines(self, position: int) -> Iterator[Line]:
        """Yield the lines after a position; a line that a crash cut off is skipped."""
        with self.file.open("rb") as file:
            first = file.readline()
            file.seek(max(position, len(first)))
            records: Sequence[Record] | None = None
            for line in file:
                if records is not None:
                    yield Line(records, committed=line == _COMMITTED)
                records = _records(line)
            if records is not None:
                yield Line(records, committed=False)


def _write_whole(fd: int, line: bytes) -> None:
    if os.write(fd, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _records(line: bytes) -> Sequence[Record] | None:
    if line == _COMMITTED:
        return None
    try:
        found = orjson.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def collect(tx: Connection, *, remember: bool) -> list[Record]:
    """Return the list that collects the records of a transaction; it stays empty if `remember` is False."""
    notes: list[Record] = []
    tx.info[_NOTES] = notes if remember else None
    return notes


def note(tx: Connection, *records: Record) -> None:
    """Add records to the line of this transaction."""
    notes = tx.info.get(_NOTES)
    if notes is not None:
        notes.extend(records)


def make_departure(mac: bytes, at_ms: int, list_name: str = "", why: str = "unsubscribed_all") -> Record:
    """Make the record of a person who left a list, or who may not be mailed at all (empty `list_name`), and why."""
    return {"left": mac.hex(), "list": list_name, "why": why, "at": at_ms}


def make_return(mac: bytes, at_ms: int, list_name: str = "") -> Record:
    """Make the record of a person who came back to a list, or who may be mailed again (empty `list_name`)."""
    return {"back": mac.hex(), "list": list_name, "at": at_ms}


def make_ids(last: int) -> Record:
    """Make the record that people with ids up to `last` were added."""
    return {"ids": last}


def make_reserved(last: int) -> Record:
    """Make the record that an older copy of the database gives new people only ids above `last`."""
    return {"reserved": last}


def commit(tx: Connection, memory: Memory | None, notes: Sequence[Record]) -> None:
    """Append the notes, commit, and confirm. Raise DatabaseBehind if the database is older than the file.

    Claims are not synced to the disk: a claim without its line costs the operator one question. An unsubscribe
    without its line may cost a mail.
    """
    if memory is None or not notes:
        tx.commit()
        return
    with memory.locked() as file:
        append(tx, file, notes, file.size if file.is_confirmed else file.size + len(_COMMITTED))
        if any("left" in record for record in notes):
            memory.sync_seldom(file)
        tx.commit()
        file.confirm()


def append(tx: Connection, file: OpenFile, notes: Sequence[Record], known: int) -> None:
    """Append a line and store its position in the database; raise DatabaseBehind if earlier lines are missing there."""
    line = orjson.dumps(notes) + b"\n"
    if not set_position(tx, file.home, known, known + len(line) + len(_COMMITTED)):
        raise DatabaseBehind("database_behind")
    if not file.is_confirmed:
        file.confirm()
    file.append(line)


def is_up_to_date(known: int, size: int) -> bool:
    """Return True if a database at position `known` has all lines of a file of `size` bytes.

    The last `+` may be missing from the file: the position proves that its line was committed.
    """
    return known in {size, size + len(_COMMITTED)}


def read_position(tx: Connection, home: MemoryLocation) -> int | None:
    """Return the position up to which the database has this file; None if it does not know the file."""
    return tx.execute(_POSITION, {"memory": home.id}).scalar()


def set_position(tx: Connection, home: MemoryLocation, old: int | None, new: int) -> bool:
    """Store the position up to which the database has the file; return False if it was changed meanwhile."""
    facts = {"memory": home.id, "machine": home.machine, "path": home.path, "old": old, "new": new}
    return tx.execute(_NEW_HOME if old is None else _ADVANCE, facts).rowcount == 1


def note_restored(tx: Connection, now_ms: int) -> None:
    """Record that the database is an older copy, until the operator accepts it (`accept_restored`)."""
    tx.execute(schema.host_memory.update().values(restored_at=now_ms))


def find_restored_at(tx: Connection) -> int:
    """Return since when (ms) the operator has to look at a restored database; 0 if there is nothing to do."""
    return int(tx.execute(sa.select(sa.func.max(schema.host_memory.c.restored_at))).scalar() or 0)


def accept_restored(tx: Connection) -> None:
    """Record that the operator has seen that the database is an older copy."""
    tx.execute(schema.host_memory.update().values(restored_at=0))


def list_homes(tx: Connection) -> list[MemoryLocation]:
    """Return every host memory file that this database was used with; their inodes are not known (0)."""
    table = schema.host_memory.c
    return [MemoryLocation(*row, 0) for row in tx.execute(sa.select(table.memory, table.machine, table.path))]

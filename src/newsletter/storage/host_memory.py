"""What a publication's folder remembers besides the database, in one append-only file.

A database can be replaced by an older copy of itself, and a folder can be copied as a whole. This file then knows
what the database does not: which campaigns were planned, which chunks were claimed, who left and who came back.

    {"memory": …}    first line: the file's id, and on which machine, path and inode it was made
    [record, …]      a line for each transaction, appended before its commit
    +                appended after the commit, before anything is done about it; - where `recovery` dealt with it

A line without its `+` is of a transaction that may never have been committed: a claim in it led to no submission, but
whoever left in it did leave. The database keeps the position up to which it has the file (`host_memory`): one that is
behind shows that the database is older. No address stands in it, only keyed hashes.
"""

from __future__ import annotations

import errno
import hashlib
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
from newsletter.system import files

FILE = files.MEMORY
SYNC_SECONDS = 1.0
_MOST_HEAD = 16_384  # bytes of the first line: a path is in it
_COMMITTED, _DEALT_WITH, _HEAD_END = b"+\n", b"-\n", b"}\n"
_NOTES = "newsletter.notes"
_MACHINE = Path("/etc/machine-id")
_POSITION = sa.text("SELECT position FROM host_memory WHERE memory = :memory")
_ADVANCE = sa.text("UPDATE host_memory SET position = :new WHERE memory = :memory AND position = :old")
_NEW_HOME = sa.text("""
    INSERT INTO host_memory (memory, machine, path, position) VALUES (:memory, :machine, :path, :new)
    ON CONFLICT (memory) DO NOTHING
""")
Record = Mapping[str, Any]
"""`plan`, `claim`, `left`, `back`, `ids` or `reserved`, see the functions that note them."""


@dataclass(frozen=True, slots=True)
class Home:
    """Which file this is, and where it was made."""

    id: str
    machine: str  # a hash of the machine's id; empty where it has none
    path: str
    inode: int


@dataclass(frozen=True, slots=True)
class Line:
    """The records of one transaction, and whether it is known to have been committed."""

    records: Sequence[Record]
    committed: bool


class OpenFile:
    """The file while it is locked; a line that a crash cut off is ended first, so that nothing is appended to it."""

    __slots__ = ("_fd", "home", "is_confirmed", "size")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.home = _home(os.read(fd, _MOST_HEAD).partition(b"\n")[0])
        self.size = os.lseek(fd, -2, os.SEEK_END) + 2
        tail = os.read(fd, 2)
        self.is_confirmed = tail in {_COMMITTED, _DEALT_WITH, _HEAD_END}
        if not tail.endswith(b"\n"):
            self.append(b"\n")

    def append(self, line: bytes) -> None:
        """Add a line; half of one is taken away again."""
        try:
            _write_whole(self._fd, line)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise
        self.size += len(line)

    def confirm(self) -> None:
        """Note that what was appended last is committed."""
        self.append(_COMMITTED)

    def settle(self) -> None:
        """Note that the last line was dealt with, whether it was committed or not."""
        if not self.is_confirmed:
            self.append(_DEALT_WITH)

    def sync(self) -> None:
        """Have the disk take what was appended."""
        os.fsync(self._fd)


class Memory:
    """The file at `file`, made where there is none."""

    def __init__(self, file: Path, mode: int = 0o600) -> None:
        self.file = file
        self.mode = mode
        self._sync_at = 0.0

    @contextmanager
    def locked(self) -> Iterator[OpenFile]:
        """Open the file, and keep others from appending until what was appended is committed."""
        while True:
            self._make_missing()
            with self.file.open("r+b", buffering=0) as file:
                files.lock(file.fileno())
                if os.fstat(file.fileno()).st_ino == self.file.stat().st_ino:  # else it was adopted meanwhile
                    yield OpenFile(file.fileno())
                    return

    def sync_seldom(self, file: OpenFile) -> None:
        """Sync at most once a second: who leaves alone is on the disk at once, of a thousand clicks the first."""
        if time.monotonic() > self._sync_at:
            file.sync()
            self._sync_at = time.monotonic() + SYNC_SECONDS

    @property
    def home(self) -> Home:
        """Read the file's first line; make the file where there is none."""
        self._make_missing()
        with self.file.open("rb") as file:
            return _home(file.readline())

    def is_elsewhere(self) -> bool:
        """Whether file or folder was copied, moved or put back since the file was made."""
        made, now = self.home, _here(self.file, self.file.stat().st_ino)
        other_machine = made.machine and now.machine and made.machine != now.machine
        return bool(other_machine) or (made.path, made.inode) != (now.path, now.inode)

    def adopt(self) -> None:
        """Make the file this folder's own: the same lines, under another id."""
        with self.locked():
            made = self._make(self.file.read_bytes().partition(b"\n")[2])
            os.replace(made, self.file)  # noqa: PTH105 - Path.replace returns a path nobody needs

    def _make_missing(self) -> None:
        if self.file.exists():
            return
        made = self._make()
        with suppress(FileExistsError):  # somebody else was faster
            os.link(made, self.file)
        made.unlink()

    def _make(self, lines: bytes = b"") -> Path:
        """Write a file with a head of its own beside the place where it goes."""
        made = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}.tmp")
        with files.open_new(made, self.mode) as file:
            here = _here(self.file, os.fstat(file.fileno()).st_ino)
            head = {"memory": secrets.token_hex(8), "machine": here.machine, "path": here.path, "inode": here.inode}
            file.write(orjson.dumps(head) + b"\n" + lines)
            file.flush()
            os.fsync(file.fileno())
        return made

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


def _write_whole(fd: int, line: bytes) -> None:
    if os.write(fd, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _home(line: bytes) -> Home:
    facts = orjson.loads(line)
    return Home(id=facts["memory"], machine=facts["machine"], path=facts["path"], inode=facts["inode"])


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


def ids(last: int) -> Record:
    """Make the record that people were added, who have ids up to `last`."""
    return {"ids": last}


def reserved(last: int) -> Record:
    """Make the record that an older copy of the database gives new people ids from `last` on."""
    return {"reserved": last}


def commit(tx: Connection, memory: Memory | None, notes: Sequence[Record]) -> None:
    """Append the notes, commit, and confirm; DatabaseBehind where the database turns out to be older than the file.

    Claims are not synced to the disk: one without its line costs a question. A departure may cost a mail.
    """
    if memory is None or not notes:
        tx.commit()
        return
    with memory.locked() as file:
        append(tx, file, notes, file.size if file.is_confirmed else file.size + len(_COMMITTED))
        if any("left" in one for one in notes):
            memory.sync_seldom(file)
        tx.commit()
        file.confirm()


def append(tx: Connection, file: OpenFile, notes: Sequence[Record], known: int) -> None:
    """Append a line, and note that the database has it; DatabaseBehind where it lacks a part of what was there."""
    line = orjson.dumps(notes) + b"\n"
    if not set_position(tx, file.home, known, known + len(line) + len(_COMMITTED)):
        raise DatabaseBehind("database_behind")
    if not file.is_confirmed:
        file.confirm()
    file.append(line)


def is_level(known: int, size: int) -> bool:
    """Whether the database has all of a file of that size: the last `+` may be missing, what it says is true then."""
    return known in {size, size + len(_COMMITTED)}


def position(tx: Connection, home: Home) -> int | None:
    """Return up to where the database has what this file holds; None where it does not know the file."""
    return tx.execute(_POSITION, {"memory": home.id}).scalar()


def set_position(tx: Connection, home: Home, old: int | None, new: int) -> bool:
    """Note up to where the database has the file; False where somebody else did meanwhile."""
    facts = {"memory": home.id, "machine": home.machine, "path": home.path, "old": old, "new": new}
    return tx.execute(_NEW_HOME if old is None else _ADVANCE, facts).rowcount == 1


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

"""Files of a publication: written whole or not at all, and readable by those they are meant for."""

from __future__ import annotations

import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_EVERYBODY = 0o777
_GROUP = 0o070
_AS_UMASK_SAYS = 0o666
LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Permissions:
    """Who may read and write a file, and look into a folder, as mode bits."""

    file: int
    folder: int


MEMORY = ".newsletter-memory"
"""What a folder remembers besides its database, see `storage.host_memory`."""
PRIVATE = Permissions(file=0o600, folder=0o700)
"""For what holds addresses, tokens or keys."""
SHARED = Permissions(file=0o660, folder=0o770)
"""The same, for several accounts of one group."""
PUBLIC = Permissions(file=0o644, folder=0o755)
"""For what a web server publishes."""


def write_whole(path: Path, data: bytes, permissions: Permissions | None = None) -> None:
    """Put `data` at `path`, making its folder; a reader, or a crash, never meets half of it."""
    make_folder(path.parent, permissions)
    with replace_file(path, permissions) as file:
        file.write(data)


@contextmanager
def replace_file(path: Path, permissions: Permissions | None = None) -> Iterator[IO[bytes]]:
    """Give a new file that takes the place of `path` when the block ends, and vanishes when it raises.

    Without `permissions` the file has those of the one it replaces, or what the umask leaves.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    mode = permissions.file if permissions else _mode(path)
    try:
        with open_new(temporary, mode) as file:
            yield file
        os.replace(temporary, path)  # noqa: PTH105 - Path.replace returns a path nobody needs
    finally:
        temporary.unlink(missing_ok=True)


def open_new(path: Path | str, mode: int | None, *, again: bool = False) -> IO[bytes]:
    """Open a file that must not exist. It has exactly `mode` from its first moment on, whatever the umask.

    With `again` one that a killed process left is emptied first, and has that mode before anything is written.
    """
    flags = os.O_CREAT | (os.O_TRUNC if again else os.O_EXCL) | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, _AS_UMASK_SAYS if mode is None else mode)
    if mode is not None:
        with suppress(PermissionError):  # the file is ours: only a file system without modes refuses
            os.chmod(path, mode)  # noqa: PTH101 - the outbox has no time for a Path
    return os.fdopen(descriptor, "wb")


def create_missing(path: Path, permissions: Permissions) -> None:
    """Make an empty file, and its folder, where there is none."""
    make_folder(path.parent, permissions)
    with suppress(FileExistsError):
        open_new(path, permissions.file).close()


def make_folder(path: Path, permissions: Permissions | None = None) -> None:
    """Make a folder and those above it that are missing; the ones that are there stay as they are."""
    if permissions is None:
        path.mkdir(parents=True, exist_ok=True)
        return
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=permissions.folder, exist_ok=True)
        with suppress(PermissionError):  # as in `open_new`
            folder.chmod(permissions.folder)


def lock(fd: int) -> None:
    """Wait until nobody else has locked this file, and lock it until it is closed; TimeoutError after a minute."""
    deadline = time.monotonic() + LOCK_SECONDS
    while not _try_lock(fd):
        if time.monotonic() > deadline:
            raise TimeoutError("another process holds the lock")
        time.sleep(0.002)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        os.lseek(fd, 1 << 30, os.SEEK_SET)  # a byte that nobody writes
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(fd, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _mode(path: Path) -> int | None:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


def restrict(paths: Sequence[Path], permissions: Permissions) -> list[Path]:
    """Take from others what they may do with these files and folders; give those that were too open.

    What is inside a folder is looked at only where the folder itself was not right: nobody gets past it.
    """
    if os.name != "posix":
        return []
    found = []
    for path in paths:
        with suppress(OSError):  # another account's file, or a file system that is read-only: `too_open` names it
            found += [path] if _restrict(path, permissions) else []
    return found


def _restrict(path: Path, permissions: Permissions) -> bool:
    before = _mode(path)
    if before is None:
        return False
    wanted = permissions.folder if path.is_dir() else permissions.file
    fitting = (before & ~_EVERYBODY) | (before & wanted) | (wanted & _GROUP)
    if fitting == before:
        return False
    path.chmod(fitting)
    if path.is_dir():
        restrict([inside for inside in path.iterdir() if not inside.is_symlink()], permissions)
    return bool(before & ~wanted & _EVERYBODY) and _mode(path) == fitting


def too_open(paths: Sequence[Path], permissions: Permissions) -> list[Path]:
    """The files and folders of which others may do more than they should."""
    if os.name != "posix":
        return []
    allowed = {path: permissions.folder if path.is_dir() else permissions.file for path in paths}
    return [path for path, mode in allowed.items() if (_mode(path) or 0) & ~mode & _EVERYBODY]


_PASSING = frozenset((".git", ".venv", "outbox", "rendered", "node_modules", "__pycache__"))


def matters(path: Path) -> bool:
    """Whether a change of that file may change an issue; `path` counts from the publication.

    Nothing does that the program or an editor writes beside the text.
    """
    passing = path.name.startswith(".") and path.name not in {".env", ".mots.txt"}
    return bool(path.parts) and not passing and not path.name.endswith("~") and not _PASSING & set(path.parts)

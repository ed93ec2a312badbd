"""Files of a publication: atomic writes, file locks, and permissions."""

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

_ALL_BITS = 0o777
_GROUP_BITS = 0o070
_DEFAULT_MODE = 0o666
LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Permissions:
    """Mode bits for files and for folders."""

    file: int
    folder: int


MEMORY = ".newsletter-memory"
"""Name of the file that keeps records of a folder beside its database, see `storage.host_memory`."""
PRIVATE = Permissions(file=0o600, folder=0o700)
"""For files that hold addresses, tokens or keys."""
SHARED = Permissions(file=0o660, folder=0o770)
"""For the same files if several accounts of one group use them."""
PUBLIC = Permissions(file=0o644, folder=0o755)
"""For files that a web server publishes."""


def write_whole(path: Path, data: bytes, permissions: Permissions | None = None) -> None:
    """Write `data` to `path` atomically and create its folder; a reader or a crash never sees a partial file."""
    make_folder(path.parent, permissions)
    with replace_file(path, permissions) as file:
        file.write(data)


@contextmanager
def replace_file(path: Path, permissions: Permissions | None = None) -> Iterator[IO[bytes]]:
    """Yield a new file that replaces `path` when the block ends, and is deleted if the block raises.

    Without `permissions` the new file gets the mode of the file it replaces, or the default mode under the umask.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    mode = permissions.file if permissions else _mode(path)
    try:
        with open_new(temporary, mode) as file:
            yield file
        os.replace(temporary, path)  # noqa: PTH105 - Path.replace builds a Path that nobody uses
    finally:
        temporary.unlink(missing_ok=True)


def open_new(path: Path | str, mode: int | None, *, again: bool = False) -> IO[bytes]:
    """Create a file and open it for writing; it has exactly `mode`, whatever the umask, before anything is written.

    Raise FileExistsError if the file exists. With `again`, empty the file instead: a killed process left it.
    With `mode` None, the umask decides.
    """
    flags = os.O_CREAT | (os.O_TRUNC if again else os.O_EXCL) | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, _DEFAULT_MODE if mode is None else mode)
    if mode is not None:
        with suppress(PermissionError):  # we own the file: only a file system without modes refuses
            os.chmod(path, mode)  # noqa: PTH101 - building a Path is too slow for the outbox
    return os.fdopen(descriptor, "wb")


def create_missing(path: Path, permissions: Permissions) -> None:
    """Create an empty file and its folder if the file does not exist."""
    make_folder(path.parent, permissions)
    with suppress(FileExistsError):
        open_new(path, permissions.file).close()


def make_folder(path: Path, permissions: Permissions | None = None) -> None:
    """Create a folder and its missing parents; existing folders keep their permissions."""
    if permissions is None:
        path.mkdir(parents=True, exist_ok=True)
        return
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=permissions.folder, exist_ok=True)
        with suppress(PermissionError):  # only a file system without modes refuses
            folder.chmod(permissions.folder)


def lock(fd: int) -> None:
    """Wait for the exclusive lock on a file, and keep it until the file is closed; TimeoutError after a minute."""
    deadline = time.monotonic() + LOCK_SECONDS
    while not _try_lock(fd):
        if time.monotonic() > deadline:
            raise TimeoutError("another process holds the lock")
        time.sleep(0.002)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        os.lseek(fd, 1 << 30, os.SEEK_SET)  # lock a byte that nobody writes
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
    """Remove other accounts' permissions on these files and folders; return the paths that were too open.

    The group gets the permissions that `permissions` gives it. The content of a folder is checked only if the mode
    of the folder was wrong: a folder with the right mode protects its content.
    """
    if os.name != "posix":
        return []
    too_open = []
    for path in paths:
        with suppress(OSError):  # another account's file, or a read-only file system: `find_too_open` names it
            too_open += [path] if _restrict(path, permissions) else []
    return too_open


def _restrict(path: Path, permissions: Permissions) -> bool:
    old_mode = _mode(path)
    if old_mode is None:
        return False
    allowed = permissions.folder if path.is_dir() else permissions.file
    new_mode = (old_mode & ~_ALL_BITS) | (old_mode & allowed) | (allowed & _GROUP_BITS)
    if new_mode == old_mode:
        return False
    path.chmod(new_mode)
    if path.is_dir():
        restrict([inside for inside in path.iterdir() if not inside.is_symlink()], permissions)
    return bool(old_mode & ~allowed & _ALL_BITS) and _mode(path) == new_mode


def find_too_open(paths: Sequence[Path], permissions: Permissions) -> list[Path]:
    """Return the files and folders whose mode allows more than `permissions`."""
    if os.name != "posix":
        return []
    allowed = {path: permissions.folder if path.is_dir() else permissions.file for path in paths}
    return [path for path, mode in allowed.items() if (_mode(path) or 0) & ~mode & _ALL_BITS]


_IGNORED_FOLDERS = frozenset((".git", ".venv", "outbox", "rendered", "node_modules", "__pycache__"))


def may_change_issue(path: Path) -> bool:
    """Return True if a change of `path` (relative to the publication) may change an issue.

    Files that the program or an editor writes beside the text do not count.
    """
    is_hidden = path.name.startswith(".") and path.name not in {".env", ".mots.txt"}
    return bool(path.parts) and not is_hidden and not path.name.endswith("~") and not _IGNORED_FOLDERS & set(path.parts)

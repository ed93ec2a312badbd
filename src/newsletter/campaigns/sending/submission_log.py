"""How far each claimed chunk came on the wire, in a small file a chunk: what a killed process leaves behind.

A request may be taken once its last byte is written. Just before, it is marked here; its answer is noted here too. The
file survives the end of its process, whatever ended it, so a request without a mark was provably not taken.

It proves nothing after a restart of the machine (it is not synced to the disk), on another host, or where it is missing
or cut off: `read` answers None then, and whatever was under way is in doubt.

    256 bytes   host and boot, as JSON, filled up with spaces
    1 byte      1 where somebody else has taken the chunk over: its first worker must not write another last byte
    1 byte      1 where the rest is complete; before that, no request was begun
    8 bytes     how many people, and how many in each request
    1 byte      a request: 0 untouched, or a `Progress`
    8 bytes     a person: their number
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import orjson
from more_itertools import batched

from newsletter.system.files import PRIVATE, Permissions, make_folder
from newsletter.system.processes import this_boot

_HEAD = 256
_TAKEN_OVER, _COMPLETE, _COUNTS = _HEAD, _HEAD + 1, _HEAD + 2
_BODY = _HEAD + 10
_WEEK = 7 * 86_400


class Progress(IntEnum):
    """How far a request came."""

    UNTOUCHED = 0
    COMMITTED = 1
    """Its last byte may have been written."""
    ACCEPTED = 2
    NOT_TAKEN = 3


@dataclass(frozen=True, slots=True)
class Submitted:
    """Who of a chunk was answered with yes, and of whom nobody knows; nobody else was taken."""

    accepted: tuple[int, ...]
    unknown: tuple[int, ...]


class SubmissionFile:
    """The file of one chunk, in the hands of the worker that claimed it."""

    __slots__ = ("_fd", "_path")

    def __init__(self, path: Path, mode: int) -> None:
        self._path = path
        self._fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
        if mode != PRIVATE.file:
            path.chmod(mode)  # whatever the umask took away
        os.write(self._fd, _head() + bytes(_BODY - _HEAD))

    def complete(self, ids: Sequence[int], size: int) -> None:
        """Write down who is in the chunk, `size` to a request, before the first request is begun."""
        requests = -(-len(ids) // size)
        os.pwrite(self._fd, bytes(requests) + struct.pack(f"<{len(ids)}Q", *ids), _BODY)
        os.pwrite(self._fd, struct.pack("<II", len(ids), size), _COUNTS)
        os.pwrite(self._fd, b"\1", _COMPLETE)

    def commit(self, request: int) -> bool:
        """Mark a request whose last byte is about to be written; False where it must not be."""
        self._mark(request, Progress.COMMITTED)
        return os.pread(self._fd, 1, _TAKEN_OVER) == b"\0"  # only now: whoever takes over looks for marks after that

    def note_answer(self, request: int, *, accepted: bool) -> None:
        """Note what came of a request that is answered, or was not begun."""
        self._mark(request, Progress.ACCEPTED if accepted else Progress.NOT_TAKEN)

    def _mark(self, request: int, progress: Progress) -> None:
        os.pwrite(self._fd, bytes((progress,)), _BODY + request)

    def close(self) -> None:
        """Take the file away, once the ledger has what it says."""
        os.close(self._fd)
        self._path.unlink(missing_ok=True)


class SubmissionLog:
    """The files of all chunks that workers on this host have claimed, in `folder`."""

    def __init__(self, folder: Path, permissions: Permissions = PRIVATE) -> None:
        self._folder = folder
        self._permissions = permissions

    def begin(self, token: str) -> SubmissionFile:
        """Make the file of a chunk that is about to be claimed under `token`."""
        try:
            return SubmissionFile(self._folder / token, self._permissions.file)
        except FileNotFoundError:
            make_folder(self._folder, self._permissions)
        return SubmissionFile(self._folder / token, self._permissions.file)

    def take_over(self, token: str) -> Submitted | None:
        """Stop whoever works under `token`, and read how far they came; None where that proves nothing."""
        try:
            fd = os.open(self._folder / token, os.O_RDWR)
        except (OSError, ValueError):
            return None
        try:
            os.pwrite(fd, b"\1", _TAKEN_OVER)
            return _read(os.pread(fd, os.fstat(fd).st_size, 0))
        finally:
            os.close(fd)

    def discard(self, tokens: Iterable[str]) -> None:
        """Take away the files of chunks that are recorded, and files a week old, for which nobody asks."""
        for token in filter(None, tokens):
            (self._folder / token).unlink(missing_ok=True)
        with suppress(OSError):
            for path in [*self._folder.iterdir()]:
                if path.stat().st_mtime < time.time() - _WEEK:
                    path.unlink(missing_ok=True)


def _read(data: bytes) -> Submitted | None:
    """Read a file that was stopped; None where it is another host's or boot's, or not whole."""
    if len(data) < _BODY or data[:_HEAD] != _head() or not this_boot()[1]:
        return None
    if not data[_COMPLETE]:
        return Submitted((), ())
    people, size = struct.unpack_from("<II", data, _COUNTS)
    requests = -(-people // size) if size else 0
    if len(data) != _BODY + requests + 8 * people:
        return None
    ids = struct.unpack_from(f"<{people}Q", data, _BODY + requests)
    found: dict[int, list[int]] = {progress: [] for progress in Progress}
    for progress, those in zip(data[_BODY : _BODY + requests], batched(ids, size), strict=True):
        found.get(progress, found[Progress.COMMITTED]).extend(those)
    return Submitted(tuple(found[Progress.ACCEPTED]), tuple(found[Progress.COMMITTED]))


def _head() -> bytes:
    host, boot = this_boot()
    return orjson.dumps({"host": host, "boot": boot}).ljust(_HEAD - 1)[: _HEAD - 1] + b"\n"

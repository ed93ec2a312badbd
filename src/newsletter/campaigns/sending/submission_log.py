"""The submission log: one small file for each claimed chunk, with the progress of its requests.

The provider may accept a request once its last byte is written. Just before that byte, the request is marked in the
file; its answer is noted there too. The file survives the end of the process, whatever the cause. So a request
without a mark was provably not accepted.

The file proves nothing after a restart of the machine (it is not synced to the disk), on another host, or if it is
missing or cut off. `take_over` then returns None, and the whole chunk is in doubt.

    256 bytes   host and boot, as JSON, padded with spaces
    1 byte      1 if another worker has taken over the chunk: the first worker must not write another last byte
    1 byte      1 if the rest is complete; before that, no request was started
    8 bytes     number of people, and number of people in each request
    1 byte      for each request: its `Progress`
    8 bytes     for each person: the subscriber id
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

from newsletter.system.batches import batched
from newsletter.system.files import PRIVATE, Permissions, make_folder
from newsletter.system.processes import this_boot

_HEAD = 256
_TAKEN_OVER, _COMPLETE, _COUNTS = _HEAD, _HEAD + 1, _HEAD + 2
_BODY = _HEAD + 10
_WEEK_SECONDS = 7 * 86_400


class Progress(IntEnum):
    """The progress of a request."""

    UNTOUCHED = 0
    COMMITTED = 1
    """The last byte may have been written."""
    ACCEPTED = 2
    NOT_ACCEPTED = 3


@dataclass(frozen=True, slots=True)
class Submitted:
    """The recipients of a chunk that were accepted, and those that are unknown; no others were accepted."""

    accepted: tuple[int, ...]
    unknown: tuple[int, ...]


class SubmissionFile:
    """The file of one chunk, as its own worker writes it."""

    __slots__ = ("_fd", "_path")

    def __init__(self, path: Path, mode: int) -> None:
        self._path = path
        self._fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
        if mode != PRIVATE.file:
            path.chmod(mode)  # despite the umask
        os.write(self._fd, _make_head() + bytes(_BODY - _HEAD))

    def complete(self, ids: Sequence[int], size: int) -> None:
        """Write the ids of the recipients, `size` for each request, before the first request is started."""
        requests = -(-len(ids) // size)
        os.pwrite(self._fd, bytes(requests) + struct.pack(f"<{len(ids)}Q", *ids), _BODY)
        os.pwrite(self._fd, struct.pack("<II", len(ids), size), _COUNTS)
        os.pwrite(self._fd, b"\1", _COMPLETE)

    def commit(self, request: int) -> bool:
        """Mark a request whose last byte is about to be written; return False if it must not be written."""
        self._mark(request, Progress.COMMITTED)
        # read after the mark is written: a worker that takes over writes this byte first, then reads the marks
        return os.pread(self._fd, 1, _TAKEN_OVER) == b"\0"

    def record_outcome(self, request: int, *, accepted: bool) -> None:
        """Note the outcome of a request that was answered or provably not accepted."""
        self._mark(request, Progress.ACCEPTED if accepted else Progress.NOT_ACCEPTED)

    def _mark(self, request: int, progress: Progress) -> None:
        os.pwrite(self._fd, bytes((progress,)), _BODY + request)

    def close(self) -> None:
        """Delete the file, after its chunk is recorded in the ledger."""
        os.close(self._fd)
        self._path.unlink(missing_ok=True)


class SubmissionLog:
    """The files of all chunks that workers on this host have claimed, in one folder."""

    def __init__(self, folder: Path, permissions: Permissions = PRIVATE) -> None:
        self._folder = folder
        self._permissions = permissions

    def begin(self, token: str) -> SubmissionFile:
        """Create the file of a chunk that is about to be claimed under `token`."""
        try:
            return SubmissionFile(self._folder / token, self._permissions.file)
        except FileNotFoundError:
            make_folder(self._folder, self._permissions)
        return SubmissionFile(self._folder / token, self._permissions.file)

    def take_over(self, token: str) -> Submitted | None:
        """Stop the worker under `token`, and read the progress of its chunk; None if the file proves nothing."""
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
        """Delete the files of recorded chunks, and files older than a week, which nobody needs."""
        for token in filter(None, tokens):
            (self._folder / token).unlink(missing_ok=True)
        with suppress(OSError):
            for path in [*self._folder.iterdir()]:
                if path.stat().st_mtime < time.time() - _WEEK_SECONDS:
                    path.unlink(missing_ok=True)


def _read(data: bytes) -> Submitted | None:
    """Read a file that was taken over; None if it is from another host or boot, or not complete."""
    if len(data) < _BODY or data[:_HEAD] != _make_head() or not this_boot()[1]:
        return None
    if not data[_COMPLETE]:
        return Submitted((), ())
    people, size = struct.unpack_from("<II", data, _COUNTS)
    requests = -(-people // size) if size else 0
    if len(data) != _BODY + requests + 8 * people:
        return None
    ids = struct.unpack_from(f"<{people}Q", data, _BODY + requests)
    ids_by_progress: dict[int, list[int]] = {progress: [] for progress in Progress}
    for progress, request_ids in zip(data[_BODY : _BODY + requests], batched(ids, size), strict=True):
        ids_by_progress.get(progress, ids_by_progress[Progress.COMMITTED]).extend(request_ids)
    return Submitted(tuple(ids_by_progress[Progress.ACCEPTED]), tuple(ids_by_progress[Progress.COMMITTED]))


def _make_head() -> bytes:
    host, boot = this_boot()
    return orjson.dumps({"host": host, "boot": boot}).ljust(_HEAD - 1)[: _HEAD - 1] + b"\n"

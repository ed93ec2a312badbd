"""Names of processes, and the check whether the process that claimed a chunk is still alive.

A name holds the host, the process id and the start time, because process ids are used again. The start time counts
from the boot, and the name holds the boot id too: with the wall clock, a change of the clock would make a live
process look dead.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

CLOCK_SECONDS = 5.0
"""Tolerance for start times: without a boot id they come from the wall clock, which is corrected now and then."""
_BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> str:
    """Return the name of the running process, for the ledger."""
    import psutil

    began, boot = psutil.Process().create_time(), _current_boot_id()
    start = f"{boot}-{began - psutil.boot_time():.2f}" if boot else f"{began:.2f}"
    return f"{socket.gethostname()}:{os.getpid()}:{start}"


def this_boot() -> tuple[str, str]:
    """Return the host name and the boot id.

    The boot id is empty if the system has none; nothing on disk can then be matched to this boot.
    """
    return socket.gethostname(), _current_boot_id()


def is_dead(name: str) -> bool | None:
    """Return True if the process is gone, None if that is unknown: on another host, stopped, or not accessible."""
    import psutil

    host, pid, began = name.rsplit(":", 2)
    if host != socket.gethostname():
        return None
    boot, _, since = began.rpartition("-")
    if boot not in {"", _current_boot_id()}:
        return True
    try:
        process = psutil.Process(int(pid))
        status = process.status()
        if status == psutil.STATUS_ZOMBIE:  # dead; in a container its parent may never reap it
            return True
        if status == psutil.STATUS_STOPPED:  # it may or may not continue: its lease decides
            return None
        return abs(process.create_time() - (psutil.boot_time() if boot else 0.0) - float(since)) > CLOCK_SECONDS
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return None


def _current_boot_id() -> str:
    """Return the id of the machine's last boot; empty if there is none."""
    return _read_boot_id(_BOOT_ID_FILE)


@lru_cache(maxsize=2)
def _read_boot_id(path: Path) -> str:
    """Read the first 8 letters of the kernel's boot id, once: the id does not change while this process lives."""
    with suppress(OSError):
        return path.read_text("ascii")[:8]
    return ""

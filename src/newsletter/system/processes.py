"""Whether the worker that claimed a chunk is still there.

A process is named by host, number and the moment it began, because numbers are used again. The moment is counted
from the boot, and the boot has a name: by the wall clock, whoever lives would be taken for dead when that is set.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

CLOCK_SECONDS = 5.0
"""Where a boot has no name a process's beginning is told by the clock, which is corrected now and then."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> str:
    """The name of the running process, for the ledger."""
    import psutil  # noqa: PLC0415 - 15 ms that only dispatching needs

    began, boot = psutil.Process().create_time(), _boot()
    told = f"{boot}-{began - psutil.boot_time():.2f}" if boot else f"{began:.2f}"
    return f"{socket.gethostname()}:{os.getpid()}:{told}"


def this_boot() -> tuple[str, str]:
    """Name this host and its last start; the start is empty where it has no name, and then nothing survives it."""
    return socket.gethostname(), _boot()


def is_dead(name: str) -> bool | None:
    """Whether that process is gone; None where nobody knows: on another host, or stopped in its tracks."""
    import psutil  # noqa: PLC0415 - as above

    host, pid, began = name.rsplit(":", 2)
    if host != socket.gethostname():
        return None
    boot, _, since = began.rpartition("-")
    if boot not in {"", _boot()}:
        return True
    try:
        process = psutil.Process(int(pid))
        status = process.status()
        if status == psutil.STATUS_ZOMBIE:  # dead, and whoever began it does not ask: for ever in a container
            return True
        if status == psutil.STATUS_STOPPED:  # it may go on or never: its lease decides
            return None
        return abs(process.create_time() - (psutil.boot_time() if boot else 0.0) - float(since)) > CLOCK_SECONDS
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return None


def _boot() -> str:
    """The name of the machine's last start; empty where there is none."""
    return _read_boot_id(_BOOT)


@lru_cache(maxsize=2)
def _read_boot_id(path: Path) -> str:
    """Read the kernel's boot id, shortened to 8 letters, once: it does not change while this process lives."""
    with suppress(OSError):
        return path.read_text("ascii")[:8]
    return ""

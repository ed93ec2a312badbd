"""Whether the worker that claimed a chunk is still there.

A process is named by host, number and the moment it began, because numbers are used again.
"""

from __future__ import annotations

import os
import socket

CLOCK_SECONDS = 5.0
"""A process's beginning is counted from the boot, whose time a clock correction moves."""


def this_process() -> str:
    """The name of the running process, for the ledger."""
    import psutil  # noqa: PLC0415 - 15 ms that only dispatching needs

    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def is_dead(name: str) -> bool | None:
    """Whether that process is gone; None for another host's, of which nothing is known."""
    import psutil  # noqa: PLC0415 - as above

    host, pid, began = name.rsplit(":", 2)
    if host != socket.gethostname():
        return None
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(began)) > CLOCK_SECONDS
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return None

"""Whether the worker that claimed a chunk is still there.

A process is named by host, number and the moment it began, because numbers are used again.
"""

from __future__ import annotations

import os
import socket


def this_process() -> str:
    """The name of the running process, for the ledger."""
    import psutil  # noqa: PLC0415 - 15 ms that only dispatching needs

    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def is_dead(name: str) -> bool:
    """Whether that process is known to be gone; of another host's nothing is known."""
    import psutil  # noqa: PLC0415 - as above

    host, _, rest = name.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname():
        return False
    pid, began = int(rest), name.rpartition(":")[2]
    try:
        return f"{psutil.Process(pid).create_time():.2f}" != began
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False

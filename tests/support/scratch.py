"""Where the temporary files of a test run are."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED_BYTES = 2 << 30


def use_memory() -> None:
    """Put temporary files into memory if there is room and no TMPDIR says otherwise.

    SQLite waits for the disk at every commit, half of the time of its tests. SIGKILL loses nothing
    that was written, in memory or on the disk; a power cut is not tested.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < NEEDED_BYTES:
        return
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

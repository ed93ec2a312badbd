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

    SQLite waits for the disk at every commit, half of the time of its tests. Nothing is tested that memory would hide:
    a killed process loses no page of a file.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < NEEDED_BYTES:
        return
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

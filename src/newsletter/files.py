"""Writes a file whole or not at all: beside its place first, then renamed there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Puts `data` at `path`, making its folder; a reader, or a crash, never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        waiting.write_bytes(data)
        os.replace(waiting, path)  # noqa: PTH105 - Path.replace returns a path nobody needs
    finally:
        waiting.unlink(missing_ok=True)

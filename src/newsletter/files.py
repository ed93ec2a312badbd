"""Files of a publication: one is written whole or not at all, and some changes are nobody's business."""

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


_PASSING = frozenset((".git", ".venv", "outbox", "rendered", "node_modules", "__pycache__"))


def matters(path: Path) -> bool:
    """Whether a change of that file may change an issue; `path` counts from the publication.

    Nothing does that the program or an editor writes beside the text.
    """
    passing = path.name.startswith(".") and path.name not in {".env", ".mots.txt"}
    return bool(path.parts) and not passing and not path.name.endswith("~") and not _PASSING & set(path.parts)

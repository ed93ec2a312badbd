"""Where a folder's memory file was made: machine, path and inode tell a copied folder from the original."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import orjson

_MACHINE = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class MemoryLocation:
    """Identity of a host memory file, and the place where it was made."""

    id: str
    machine: str  # a hash of the machine's id; empty if it has none
    path: str
    inode: int


def parse_location(line: bytes) -> MemoryLocation:
    """Read the first line of a memory file."""
    facts = orjson.loads(line)
    return MemoryLocation(id=facts["memory"], machine=facts["machine"], path=facts["path"], inode=facts["inode"])


def read_current_location(file: Path, inode: int) -> MemoryLocation:
    """Return where a memory file is now; it has no id yet."""
    try:
        machine = _MACHINE.read_bytes().strip()
    except OSError:
        machine = b""
    hashed = hashlib.blake2b(machine, digest_size=8, person=b"newsletter").hexdigest() if machine else ""
    return MemoryLocation(id="", machine=hashed, path=str(file.parent.resolve()), inode=inode)

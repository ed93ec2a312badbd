"""A publication on disk, and the real command run in it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import commands
from commands import Process, Program


@dataclass(frozen=True)
class Project:
    """A publication on disk; each command runs in a process of its own."""

    folder: Path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return commands.run(Program(arguments), cwd=self.folder, environment=environment)

    def start(self, *arguments: str, **streams: Any) -> Process:
        return commands.start(Program(arguments), cwd=self.folder, **streams)

    def messages(self) -> list[Path]:
        return sorted((self.folder / "outbox").rglob("*.eml"))

"""Grammalecte, where it is installed: a process of its own (GPL-3), asked once for a whole issue.

It takes a file with one paragraph a line and answers with offsets in each. Its typographic options are off: spaces,
quotes and dashes are set by our own composer.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "grammalecte-cli"
SECONDS = 60
_OURS = ("typo", "apos", "nbsp", "esp", "tab", "num", "unit", "nf", "maj", "minis", "chim", "eepi")
"""Options of Grammalecte that our typography answers for."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What it says of one place; `message` is empty for a word it does not know."""

    paragraph: int
    start: int
    typed: str
    message: str
    suggestion: str


def available() -> bool:
    """Whether the proofreader is installed."""
    return shutil.which(PROGRAM) is not None


def read(paragraphs: Sequence[str]) -> list[Remark]:
    """What it finds in some paragraphs, none of which holds a line end.

    Raises:
        OSError: It cannot be run.
        subprocess.SubprocessError: It failed, or took longer than a minute.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lettre.txt"
        path.write_text("\n".join(paragraphs) + "\n", "utf-8")
        command = [PROGRAM, "-f", str(path), "-j", "-owe", "-off", *_OURS]
        done = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603 - a fixed program, no shell
    return _remarks(done.stdout.decode("utf-8", errors="replace"), paragraphs)


def _remarks(answer: str, paragraphs: Sequence[str]) -> list[Remark]:
    start = answer.find("{")
    data = json.loads(answer[start:])["data"] if start >= 0 else []
    found: list[Remark] = []
    for entry in data:
        number = int(entry["iParagraph"]) - 1
        text = paragraphs[number] if number < len(paragraphs) else ""
        for error in entry["lGrammarErrors"]:
            suggestion = next(iter(error.get("aSuggestions") or ()), "")
            typed = text[error["nStart"] : error["nEnd"]]
            found.append(Remark(number, error["nStart"], typed, error["sMessage"], suggestion))
        found += [Remark(number, word["nStart"], word["sValue"], "", "") for word in entry["lSpellingErrors"]]
    return found

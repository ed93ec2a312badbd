"""Interface to Grammalecte, if it is installed: a separate process (GPL-3) that runs once for a whole issue.

Grammalecte reads a file with one paragraph per line and returns offsets in each paragraph. Its typographic options are
off, because rendering sets spaces, quotes and dashes.
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
"""Options of Grammalecte that our own typography replaces."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark of Grammalecte about one place; `message` is empty for an unknown word."""

    paragraph: int
    start: int
    typed: str
    message: str
    suggestion: str


def available() -> bool:
    """Return True if Grammalecte is installed."""
    return shutil.which(PROGRAM) is not None


def read(paragraphs: Sequence[str]) -> list[Remark]:
    """Return the remarks about some paragraphs; no paragraph may contain a line end.

    Raises:
        OSError: Grammalecte cannot be run.
        subprocess.SubprocessError: Grammalecte failed, or took longer than a minute.
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

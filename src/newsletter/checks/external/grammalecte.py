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
TIMEOUT_SECONDS = 60
_DISABLED_OPTIONS = ("typo", "apos", "nbsp", "esp", "tab", "num", "unit", "nf", "maj", "minis", "chim", "eepi")
"""Options of Grammalecte that our own typography replaces."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark of Grammalecte about one place; `message` is empty for an unknown word."""

    paragraph: int
    start: int
    typed: str
    message: str
    suggestion: str


def is_available() -> bool:
    """Return True if Grammalecte is installed."""
    return shutil.which(PROGRAM) is not None


def proofread(paragraphs: Sequence[str]) -> list[Remark]:
    """Return the remarks about some paragraphs; no paragraph may contain a line end.

    Raises:
        OSError: Grammalecte cannot be run.
        subprocess.SubprocessError: Grammalecte failed, or took longer than a minute.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lettre.txt"
        path.write_text("\n".join(paragraphs) + "\n", "utf-8")
        command = [PROGRAM, "-f", str(path), "-j", "-owe", "-off", *_DISABLED_OPTIONS]
        process = subprocess.run(command, capture_output=True, check=True, timeout=TIMEOUT_SECONDS)  # noqa: S603 - a fixed program, no shell
    return _remarks(process.stdout.decode("utf-8", errors="replace"), paragraphs)


def _remarks(answer: str, paragraphs: Sequence[str]) -> list[Remark]:
    start = answer.find("{")
    data = json.loads(answer[start:])["data"] if start >= 0 else []
    remarks: list[Remark] = []
    for entry in data:
        number = int(entry["iParagraph"]) - 1
        text = paragraphs[number] if number < len(paragraphs) else ""
        for error in entry["lGrammarErrors"]:
            suggestion = next(iter(error.get("aSuggestions") or ()), "")
            typed = text[error["nStart"] : error["nEnd"]]
            remarks.append(
                Remark(
                    paragraph=number,
                    start=error["nStart"],
                    typed=typed,
                    message=error["sMessage"],
                    suggestion=suggestion,
                )
            )
        remarks += [
            Remark(paragraph=number, start=word["nStart"], typed=word["sValue"], message="", suggestion="")
            for word in entry["lSpellingErrors"]
        ]
    return remarks

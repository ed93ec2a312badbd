"""TOML files that people write by hand: parsing, and errors that name the line of a mistake."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from newsletter.errors import InputError

_MISTAKES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("Cannot overwrite|Cannot declare|Cannot mutate|Cannot redefine|Duplicate"), "toml_twice"),
    (re.compile(r"Illegal character '\\(?:n|r)'|Unterminated string|^Expected ['\"]+['\"]"), "toml_open_quote"),
    (re.compile("Expected '\\]|Unclosed|Invalid value \\(at end of document"), "toml_unfinished"),
    (re.compile("Expected '=' after a key"), "toml_no_equals"),
    (re.compile("Unescaped|Escaped character|hex value"), "toml_backslash"),
    (re.compile("Invalid value|Expected newline"), "toml_value"),
)
"""Pattern for the parser's message → key of our sentence; the first match counts."""
_LINE = re.compile(r"at line (\d+)")
_NAME = re.compile(r"\s*(?:\[\[?\s*)?([\w.-]+|\"[^\"]*\")\s*(?:\]|=|$)")


def read_toml(path: Path, error: type[InputError]) -> dict[str, Any]:
    """Return the tables of a TOML file; raise `error` with the line of a mistake and the key of its explanation."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as found:
        line = path.read_bytes()[: found.start].count(b"\n") + 1
        raise error("toml_not_utf8", at=path, line=line) from found
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as found:
        key, line = _mistake_in(str(found), text)
        name = _beginning(text, line) if key == "toml_syntax" else _name_at(text, line)
        raise error(key, at=path, line=line, name=name) from found


def _mistake_in(message: str, text: str) -> tuple[str, int]:
    key = next((key for pattern, key in _MISTAKES if pattern.search(message)), "toml_syntax")
    line = _LINE.search(message)
    return key, int(line[1]) if line else max(1, len(text.rstrip().split("\n")))


def _name_at(text: str, line: int) -> str:
    """Return the setting or table that a line belongs to; the beginning of the line if there is no name."""
    for written in reversed(text.split("\n")[:line]):
        if match := _NAME.match(written):
            return match[1]
    return _beginning(text, line)


def _beginning(text: str, line: int) -> str:
    return text.split("\n")[line - 1].strip()[:20]


def find_line(path: Path, name: str) -> int:
    """Return the line number of a setting; 1 if the file does not contain it."""
    pattern = re.compile(rf"\s*(?:\[\s*)?\"?{re.escape(name)}\"?\s*[=\].]")
    lines = path.read_text("utf-8-sig").split("\n")
    return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), 1)

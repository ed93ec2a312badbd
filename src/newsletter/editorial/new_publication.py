"""Creation of a new publication: write the missing files of a folder and change no existing line."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from newsletter.content import issue_files
from newsletter.content.front_matter_schema import make_schema
from newsletter.content.issue_names import make_slug
from newsletter.system.files import PRIVATE, write_whole

_KEYS = ("NEWSLETTER_SECRET_KEYS", "NEWSLETTER_SUPPRESSION_KEY")


@dataclass(frozen=True, slots=True)
class NewPublication:
    """The parameters of a new publication; `new_key` and `new_id` return random values."""

    folder: Path
    name: str
    today: dt.date
    new_key: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    new_id: Callable[[], str] = lambda: secrets.token_hex(8)


def create_publication(new: NewPublication) -> list[Path]:
    """Write the files that the folder lacks, and return their paths.

    In a folder that has a `newsletter.toml` already, add only the missing keys to `.env`.
    """
    folder = new.folder
    is_new = not (folder / "newsletter.toml").exists()
    created: list[Path] = []
    steps: dict[Path, Callable[[Path], None]] = {
        folder / "newsletter.toml": lambda path: _write_settings(path, new),
        folder / ".gitignore": lambda path: write_whole(path, _starter("gitignore").read_bytes()),
        folder / "templates": lambda path: _copy(bundled_templates(), path),
        folder / "issues": lambda path: _write_first_issue(path, new),
        folder / ".vscode": _write_editor_settings,
        folder / "abonnes.csv": lambda path: write_whole(path, _starter("abonnes.csv").read_bytes(), PRIVATE),
    }
    for path, step in steps.items():
        if is_new and not path.exists():
            step(path)
            created.append(path)
    if _add_keys(folder / ".env", new.new_key):
        created.append(folder / ".env")
    return created


def bundled_templates() -> Traversable:
    """Return the bundled templates: package data if installed, else `templates/` of the program's repository."""
    packaged = resources.files("newsletter") / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "templates"


def _starter(name: str) -> Traversable:
    return resources.files("newsletter.editorial") / "starter" / name


def _write_settings(path: Path, new: NewPublication) -> None:
    """Write `newsletter.toml` with a List-Id for unmanaged lists (RFC 2919): random part, month, `.localhost`."""
    slug = make_slug(new.name)
    list_id = f"{slug}.{new.new_id()}.{new.today:%m%Y}.localhost"
    text = _starter("newsletter.toml").read_text("utf-8")
    shown = "".join(char for char in new.name if char.isprintable()) or "Lettre"
    name = json.dumps(shown, ensure_ascii=False)  # TOML basic strings are JSON strings, except for U+007F
    write_whole(path, text.format(name=name, list_id=json.dumps(list_id)).encode())


def _write_first_issue(issues: Path, new: NewPublication) -> None:
    folder = issues / f"{new.today.isoformat()}-bienvenue"
    text = _starter("index.md").read_text("utf-8")
    filled = text.format(id=new.new_id(), date=new.today.isoformat())
    write_whole(folder / "ouverture.jpg", _starter("ouverture.jpg").read_bytes())
    write_whole(folder / issue_files.FILE, filled.encode())


def _write_editor_settings(folder: Path) -> None:
    """Write the settings for Visual Studio Code: snippets, a task that lists findings, the front matter's schema."""
    _copy(_starter("vscode"), folder)
    text = json.dumps(make_schema(), ensure_ascii=False, indent=2) + "\n"
    write_whole(folder / "front-matter.schema.json", text.encode())


def _copy(source: Traversable, target: Path) -> None:
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, target / entry.name)
        else:
            write_whole(target / entry.name, entry.read_bytes())


def _add_keys(path: Path, new_key: Callable[[], str]) -> bool:
    """Add the keys that `.env` lacks, and return True if there were any; never change an existing key."""
    text = path.read_text("utf-8") if path.exists() else ""
    missing = [key for key in _KEYS if not re.search(rf"^\s*(?:export\s+)?{key}\s*=", text, re.MULTILINE)]
    if not missing:
        return False
    lines = "".join(f"{key}={new_key()}\n" for key in missing)
    separator = "" if not text or text.endswith("\n") else "\n"
    write_whole(path, (text + separator + lines).encode(), PRIVATE)
    return True

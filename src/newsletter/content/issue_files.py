"""Issue files of a publication: find an issue, create a new one, write its id."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.content.convert.converter import quote_yaml
from newsletter.content.issue_names import INDEX, make_slug
from newsletter.errors import InputError, Refused
from newsletter.i18n import say
from newsletter.model.publication import Publication
from newsletter.system.files import write_whole

FILE = INDEX
NAMED = 5
"""Number of issues that the error for an unknown name lists."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}-")
_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*(\r\n|\r|\n)")
_CLOSING = re.compile(rb"(?:(?<=\n)|(?<=\r))---[ \t]*(?=[\r\n]|$)")
_ID_LINE = re.compile(rb"(?:(?<=\n)|(?<=\r))(id:[^\r\n]*)")


def list_paths(issues: Path) -> Iterator[Path]:
    """Return the `index.md` of every issue in the folder, sorted by name. Raise InputError if there is no folder."""
    if not issues.is_dir():
        raise InputError("issues_missing", folder=issues)
    return iter(sorted(path for path in issues.glob(f"*/{FILE}") if path.is_file()))


def find(issues: Path, name: str) -> Path:
    """Return the `index.md` for `name`: a file, a folder, a folder's name, or its part after the date.

    Raise InputError if no issue or more than one issue has that name.
    """
    path = Path(name)
    for candidate in (path, path / FILE, issues / name / FILE):
        if candidate.is_file():
            return candidate
    same_slug = [path for path in list_paths(issues) if _DATE.sub("", path.parent.name, count=1) == name]
    if len(same_slug) == 1:
        return same_slug[0]
    if same_slug:
        raise InputError("issue_ambiguous", name=name, known=", ".join(path.parent.name for path in same_slug))
    raise unknown_issue(issues, name)


def unknown_issue(issues: Path, name: str) -> InputError:
    """Return the error for a name that no issue has; it names the nearest issue and the newest ones."""
    names = [path.parent.name for path in list_paths(issues)]
    if not names:
        return InputError("issues_none", folder=issues)
    newest = ", ".join(names[: -NAMED - 1 : -1])
    return InputError("issue_unknown", name=name, near=_nearest(names, name), folder=issues, known=newest)


def find_all(issues: Path, name: str) -> list[Path]:
    """Return every issue if `name` is a folder of issues, else the single result of `find`."""
    folder = Path(name)
    if folder.is_dir() and not (folder / FILE).is_file() and (issues_inside := list(list_paths(folder))):
        return issues_inside
    return [find(issues, name)]


def create(issues: Path, title: str, publication: Publication, now: dt.datetime) -> Path:
    """Write the skeleton of an issue with a new id and today's date, and return its path.

    `newsletter check` reports the fields that the skeleton leaves empty. Raise InputError if the title is empty,
    Refused if the issue exists already.
    """
    title = " ".join(title.split())
    if not title:
        raise InputError("title_missing")
    today = now.astimezone(ZoneInfo(publication.timezone)).date()
    path = folder_for(issues, title, today) / FILE
    skeleton = say(
        publication.language,
        "skeleton",
        id=secrets.token_hex(8),
        title=quote_yaml(title),
        date=today.isoformat(),
        salutation=publication.salutation,
    )
    write_issue(path, skeleton)
    return path


def folder_for(issues: Path, title: str, today: dt.date) -> Path:
    """Return the folder for an issue with this title and date."""
    return issues / f"{today.isoformat()}-{make_slug(title)}"


def write_issue(path: Path, text: str, files: Mapping[str, bytes] | None = None) -> None:
    """Write a new issue and its pictures in the same folder. Raise Refused if one of the files exists already."""
    beside = {path.parent / name: data for name, data in (files or {}).items()}
    for existing in (path, *beside):
        if existing.exists():
            raise Refused("issue_exists", path=existing)
    for file, data in beside.items():
        write_whole(file, data)
    write_whole(path, text.encode())


def write_id(path: Path, issue_id: str) -> None:
    """Write the id into the `id:` line of the front matter, or add that line; every other byte stays the same.

    Raise InputError if the file has no front matter.
    """
    raw = path.read_bytes()
    opening = _OPENING.match(raw)
    if opening is None:
        raise InputError("issue_without_front_matter", path=path)
    line = f"id: {issue_id}".encode()
    closing = _CLOSING.search(raw, opening.end() - 1)
    id_line = _ID_LINE.search(raw, opening.end(), closing.end() if closing else opening.end())
    start, end = (id_line.start(1), id_line.end(1)) if id_line else (opening.end(), opening.end())
    write_whole(path, raw[:start] + (line if id_line else line + opening[1]) + raw[end:])


def _nearest(names: Sequence[str], name: str) -> str:
    short = {_DATE.sub("", full, count=1): full for full in names}
    close = difflib.get_close_matches(name, [*short, *names], n=1, cutoff=0.5)
    return short.get(close[0], close[0]) if close else ""

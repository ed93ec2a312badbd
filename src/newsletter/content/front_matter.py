"""The front matter: the fields between the two `---`, in French or in English.

YAML's own types cause wrong mailings: `042` becomes 34, `12:30` becomes 750, `no` becomes False and an
impossible date raises ValueError. So this module reads every value as text (BaseLoader) and converts it
itself. It uses YAML nodes instead of values because nodes know their lines.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from newsletter.content.conventions import DIRECTION, UNFIT
from newsletter.model.finding import Place, Report
from newsletter.model.issue import FrontMatter

KEYS: dict[str, tuple[str, ...]] = {
    "id": (),
    "subject": ("objet", "title", "titre"),
    "preheader": ("apercu", "description"),
    "date": (),
    "author": ("auteur", "auteurs", "authors"),
    "number": ("numero",),
    "status": ("statut",),
    "slug": (),
    "language": ("langue", "lang"),
    "tags": ("mots_cles",),
    "canonical": ("canonique",),
    "typography": ("typographie",),
    "image": (),
    "image_alt": (),
    "credit": (),
}
"""Canonical name → the other names that an editor may type. The French name comes first: messages use it."""

REQUIRED = ("subject", "date", "author")
STATUSES = ("brouillon", "relu", "pret", "programme", "envoye")
TYPOGRAPHY = {"normale": "normal", "fine": "fine", "aucune": "off", "normal": "normal", "off": "off"}
"""The word that an editor may type → the name of the same choice in the settings."""
_CUTTABLE = ("subject", "preheader", "author", "number")
_CUT = re.compile(r"\s*(#.*)")
_CANONICAL = {alias: name for name, aliases in KEYS.items() for alias in (name, *aliases)}
_FENCE = re.compile(r"---[ \t]*$")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*")
SLUG = re.compile(r"(?=.{1,80}$)[a-z0-9]+(?:-[a-z0-9]+)*")
_BREAKS_OF_YAML = re.compile("[\u0085\u2028\u2029]")
"""Characters that YAML counts as line ends and editors do not."""
_BREAKS = re.compile(r"[ \t\r\n\u2028\u2029]+")


@dataclass(slots=True)
class _Fields:
    """The fields as typed: canonical name → values, and canonical name → place."""

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def first(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "").strip()


def read(lines: list[str], report: Report) -> tuple[FrontMatter, int]:
    """Return the fields, and the number of the line on which the body begins."""
    if not lines or not _FENCE.match(lines[0]):
        report("M00", Place(1))
        return FrontMatter(), 1
    end = next((number for number, line in enumerate(lines[1:], 1) if _FENCE.match(line)), None)
    if end is None:
        report("M01", Place(1))
        blank = next((number for number, line in enumerate(lines) if not line.strip()), len(lines))
        return FrontMatter(), blank + 1
    fields = _fields(_BREAKS_OF_YAML.sub(" ", "\n".join(lines[1:end])), report)
    if fields is None:
        return FrontMatter(), end + 2
    return _to_front_matter(fields, report), end + 2


def french(name: str) -> str:
    """Return the French name of a field, given its canonical name."""
    return next(iter(KEYS[name]), name)


def _fields(text: str, report: Report) -> _Fields | None:
    """Return the fields of a YAML text, or None if it is not valid YAML or not a mapping (reported as M02)."""
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        report("M02", _place_of(_error_mark(error), 2))
        return None
    if node is None:
        return _Fields()
    if not isinstance(node, yaml.MappingNode):
        report("M02", Place(2))
        return None
    fields = _Fields()
    lines = text.split("\n")
    for key, value in node.value:
        _add_field(fields, key, value, report)
        _check_cut(key, value, lines, report)
    return fields


def _error_mark(error: Exception) -> Any:
    """Return PyYAML's mark of an error.

    For a quotation mark that is never closed, return the mark of the opening quote, not the end of the text.
    """
    quoted = "quoted scalar" in str(getattr(error, "context", ""))
    return getattr(error, "context_mark" if quoted else "problem_mark", None)


def _add_field(fields: _Fields, key: yaml.Node, value: yaml.Node, report: Report) -> None:
    place = _place_of(key.start_mark, 2)
    typed = str(key.value)
    name = _CANONICAL.get(_fold_name(typed))
    if name is None:
        near = difflib.get_close_matches(_fold_name(typed), _CANONICAL, n=1, cutoff=0.6)
        report("M03", place, key=typed, near=near[0] if near else "", keys=", ".join(map(french, KEYS)))
    elif name in fields.places:
        report("M07", place, key=typed, line=fields.places[name].line)
    else:
        fields.places[name] = place
        fields.values[name] = _texts(value, typed, report)


def _check_cut(key: yaml.Node, value: yaml.Node, lines: list[str], report: Report) -> None:
    """Report a value that YAML cuts at a `#` (M16): it reads « La lettre #12 » as « La lettre » and a comment."""
    mark = value.end_mark
    if _CANONICAL.get(_fold_name(str(key.value))) not in _CUTTABLE or mark.line >= len(lines):
        return
    plain = isinstance(value, yaml.ScalarNode) and not value.style
    if plain and (match := _CUT.match(lines[mark.line], mark.column)):
        report("M16", Place(mark.line + 2, match.start(1) + 1), key=str(key.value), lost=match[1])


def _texts(node: yaml.Node, key: str, report: Report) -> tuple[str, ...]:
    """Return the text of a value, or of each entry of a list; report a nested value (M13)."""
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(entry, yaml.ScalarNode) for entry in nodes):
        report("M13", _place_of(node.start_mark, 2), key=key)
        return ()
    return tuple(_line(str(entry.value), _place_of(entry.start_mark, 2), report) for entry in nodes)


def _line(value: str, place: Place, report: Report) -> str:
    """Return a value as one line; report (F05) and remove control characters and direction marks.

    YAML escapes can produce such characters even if the file contains none.
    """
    match = UNFIT.search(value) or DIRECTION.search(value)
    if match:
        report("F05", place, character=f"U+{ord(match[0]):04X}")
    return _BREAKS.sub(" ", DIRECTION.sub("", UNFIT.sub("", value))).strip(" ")


def _to_front_matter(fields: _Fields, report: Report) -> FrontMatter:
    for name in REQUIRED:
        if not fields.first(name):
            missing = "" if name in fields.places else f"{french(name)}: …"
            report("M04", fields.places.get(name, Place(1)), key=french(name), missing=missing, empty=not missing)
    return FrontMatter(
        id=fields.first("id"),
        subject=fields.first("subject"),
        preheader=fields.first("preheader"),
        date=_date(fields, report),
        authors=tuple(author.strip() for author in fields.values.get("author", ())),
        number=fields.first("number"),
        slug=_slug(fields, report),
        language=_language(fields, report),
        status=_choice(fields, "status", STATUSES, "M06", report),
        typography=TYPOGRAPHY.get(_choice(fields, "typography", TYPOGRAPHY, "M17", report), ""),
        image=fields.first("image"),
        image_alt=fields.first("image_alt"),
        credit=fields.first("credit"),
        places=fields.places,
    )


def _date(fields: _Fields, report: Report) -> dt.date | None:
    typed = fields.first("date")
    if not typed:
        return None
    try:
        return dt.datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        report("M05", fields.places["date"], value=typed)
        return None


def _choice(fields: _Fields, name: str, allowed: Iterable[str], code: str, report: Report) -> str:
    """Return the folded value of a field; report it under `code` and return "" if it is not in `allowed`."""
    typed = fields.first(name)
    if not typed or _fold_name(typed) in allowed:
        return _fold_name(typed)
    near = difflib.get_close_matches(_fold_name(typed), allowed, n=1)
    known = ", ".join(allowed)
    report(code, fields.places[name], value=typed, known=known, near=near[0] if near else "")
    return ""


def _language(fields: _Fields, report: Report) -> str:
    typed = fields.first("language")
    if typed and not LANGUAGE.fullmatch(typed):
        report("M20", fields.places["language"], value=typed)
        return ""
    return typed


def _slug(fields: _Fields, report: Report) -> str:
    typed = fields.first("slug")
    if typed and not SLUG.fullmatch(typed):
        report("M11", fields.places["slug"], value=typed)
        return ""
    return typed


def _fold_name(typed: str) -> str:
    """Return the text in lower case, without accents, with `_` for `-`: « Aperçu » becomes « apercu »."""
    decomposed = unicodedata.normalize("NFD", typed.strip().lower().replace("-", "_"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _place_of(mark: Any, first_line: int) -> Place:
    return Place(mark.line + first_line, mark.column + 1) if mark else Place(first_line)

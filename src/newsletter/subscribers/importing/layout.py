"""The layout of a table: whether each column becomes a field, an attribute, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.errors import SubscribersError
from newsletter.model.segments import FIELDS
from newsletter.subscribers.importing.dates import DateReader
from newsletter.subscribers.importing.source_formats import COLUMNS, Origin, fold

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_RESERVED = frozenset(COLUMNS)
_NOTES = (frozenset(("suppressed_hash", "key")), frozenset(("list", "opt_in")))
"""Columns of the objects in our own exports that are not people: hashes and lists."""
_IN_UTC = DateReader()


@dataclass(frozen=True, slots=True)
class Layout:
    """The meaning of the columns of one table; `fields` is column → field, or `.` and the name of an attribute."""

    origin: Origin
    fields: Mapping[str, str]
    folded: Mapping[str, str]
    dates: DateReader = _IN_UTC
    """Reader for the date on which a person subscribed."""

    def find(self, field: str) -> list[str]:
        """Return the columns of a field."""
        return [column for column, mapped in self.fields.items() if mapped == field]


@dataclass(frozen=True, slots=True)
class TablePlan:
    """The plan for importing a table, known before anything is written."""

    name: str
    lines: int
    origin: Origin
    layout: Layout
    opinions: tuple[str, ...] = ()
    """Columns that may say who refused the newsletter."""
    has_figures: bool = False
    """True if the table has numeric dates, whose order was detected."""
    open_date: str = ""
    """An example of an ambiguous date, if no row of its column proves the order of day and month."""


def build_layout(columns: Sequence[str], origin: Origin, mapping: Mapping[str, str]) -> Layout:
    """Build the layout of a table; `mapping` is the operator's mapping column → field, which has priority."""
    names = {column: fold(column) for column in columns}
    chosen = {fold(column): field for column, field in mapping.items()}
    fields: dict[str, str] = {}
    for field, aliases in COLUMNS.items():
        if field in chosen.values():
            continue
        match = next((alias for alias in aliases if alias in names.values() and alias not in chosen), None)
        column = next((column for column, name in names.items() if name == match), None)
        if column is not None:
            fields[column] = field
    for column, name in names.items():
        if name in chosen:
            fields[column] = (
                chosen[name] if chosen[name] in _RESERVED else "." + make_attribute_name(fold(chosen[name]))
            )
        elif column not in fields and not origin.ignored.fullmatch(name) and _KEY.fullmatch(name):
            fields[column] = "." + make_attribute_name(name)
    return Layout(origin=origin, fields=fields, folded=names)


def has_addresses(columns: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """Return True if a header has a column of addresses, or is that of a hash or a list in our own exports."""
    names = set(map(fold, columns))
    mapped = {fold(column) for column, field in mapping.items() if field == "email"}
    return bool(names & (mapped or set(COLUMNS["email"]))) or any(note <= names for note in _NOTES)


def require_fields(mapping: Mapping[str, str], columns: Sequence[str], path: object) -> None:
    """Raise SubscribersError if the operator names a column that the table does not have."""
    names = {fold(column) for column in columns}
    for column in mapping:
        if fold(column) not in names:
            raise SubscribersError("map_unknown_column", path=path, column=column, found=", ".join(columns)[:200])


def is_attribute(name: str) -> bool:
    """Check a name for an attribute: lower-case letters, digits and _, and not a word of the filter language."""
    return is_key(name) and name not in FIELDS | {"and", "or", "not", "in"}


def is_key(name: str) -> bool:
    """Return True if a name consists of lower-case letters, digits and _, begins with a letter, and is not too long."""
    return _KEY.fullmatch(name) is not None


def make_attribute_name(name: str) -> str:
    """Return an attribute name that is not a word of the filter language: `tag` becomes `tag_`."""
    return name if is_attribute(name) else f"{name}_"

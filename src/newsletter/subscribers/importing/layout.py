"""What the columns of a table become: fields, attributes, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.errors import SubscribersError
from newsletter.model.segments import FIELDS
from newsletter.subscribers.importing.dates import DateReader
from newsletter.subscribers.importing.source_formats import COLUMNS, Origin, folded

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_RESERVED = frozenset(COLUMNS)
_NOTES = (frozenset(("suppressed_hash", "key")), frozenset(("list", "opt_in")))
"""What our exports say besides people."""
_IN_UTC = DateReader()


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of one table are: column → field, or an attribute's name behind a dot."""

    origin: Origin
    fields: Mapping[str, str]
    folded: Mapping[str, str]
    dates: DateReader = _IN_UTC
    """How the day on which somebody came is read."""

    def find(self, field: str) -> list[str]:
        """Return the columns that are a field."""
        return [column for column, one in self.fields.items() if one == field]


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What will be made of a table, known before anything is written."""

    name: str
    lines: int
    origin: Origin
    layout: Layout
    opinions: tuple[str, ...] = ()
    """Columns that may say who refused."""
    has_figures: bool = False
    """Whether its dates are figures, whose order was found out."""
    open_date: str = ""
    """A date that is day first or month first, where no row of its column decides."""


def build_layout(
    columns: Sequence[str], origin: Origin, wanted: Mapping[str, str], dates: DateReader = _IN_UTC
) -> Layout:
    """Build the layout of a table; `wanted` is the operator's own column → field, which wins."""
    names = {column: folded(column) for column in columns}
    chosen = {folded(column): field for column, field in wanted.items()}
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
            fields[column] = chosen[name] if chosen[name] in _RESERVED else "." + free_name(folded(chosen[name]))
        elif column not in fields and not origin.ignored.fullmatch(name) and _KEY.fullmatch(name):
            fields[column] = "." + free_name(name)
    return Layout(origin=origin, fields=fields, folded=names, dates=dates)


def recognises(columns: Sequence[str], wanted: Mapping[str, str]) -> bool:
    """Whether a header has a column of addresses."""
    names = set(map(folded, columns))
    mapped = {folded(column) for column, field in wanted.items() if field == "email"}
    return bool(names & (mapped or set(COLUMNS["email"]))) or any(note <= names for note in _NOTES)


def require_fields(wanted: Mapping[str, str], columns: Sequence[str], path: object) -> None:
    """SubscribersError where the operator names a column that is not there."""
    names = {folded(column) for column in columns}
    for column in wanted:
        if folded(column) not in names:
            raise SubscribersError("map_unknown_column", path=path, column=column, found=", ".join(columns)[:200])


def is_attribute(name: str) -> bool:
    """Whether an attribute may be called that: small letters, digits and _, and no word of the filter language."""
    return is_key(name) and name not in FIELDS | {"and", "or", "not", "in"}


def is_key(name: str) -> bool:
    """Whether a name is made of small letters, digits and _."""
    return _KEY.fullmatch(name) is not None


def free_name(name: str) -> str:
    """Return the name of an attribute that the filter language has no other use for: `tag` is kept as `tag_`."""
    return name if is_attribute(name) else f"{name}_"

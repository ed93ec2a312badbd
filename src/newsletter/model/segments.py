"""A filter over subscribers as a syntax tree, and the fields that a filter may name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field as dataclass_field

TEXTS = frozenset(("email", "domain", "first_name", "last_name", "language"))
DAYS = frozenset(("created", "contact"))
SETS = frozenset(("list", "tag"))
FIELDS = TEXTS | DAYS | SETS
Value = str | int | float | dt.date


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison; `operator` is an operator of the filter language, and only `in` has several values."""

    field: str
    operator: str
    values: tuple[Value, ...]
    is_declared: bool = False
    """True if the filter itself marks the field as an attribute (`attribut.ville`), which perhaps nobody has yet."""
    place: int = dataclass_field(default=0, compare=False)
    """Offset of the field in the filter's text."""


@dataclass(frozen=True, slots=True)
class Negation:
    """A filter for the subscribers that `inner` does not match."""

    inner: Filter


@dataclass(frozen=True, slots=True)
class AllOf:
    """A filter for the subscribers that every part matches."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A filter for the subscribers that at least one part matches."""

    parts: tuple[Filter, ...]


Filter = Test | Negation | AllOf | AnyOf

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
    """One comparison; `operator` is one of the language's, and `in` has several values."""

    field: str
    operator: str
    values: tuple[Value, ...]
    is_declared: bool = False
    """Whether it says itself that its field is an attribute, which nobody has yet perhaps."""
    place: int = dataclass_field(default=0, compare=False)
    """Offset of the field in the text."""


@dataclass(frozen=True, slots=True)
class Negation:
    """Whoever is not meant by `inner`."""

    inner: Filter


@dataclass(frozen=True, slots=True)
class AllOf:
    """Whoever is meant by every part."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whoever is meant by a part."""

    parts: tuple[Filter, ...]


Filter = Test | Negation | AllOf | AnyOf

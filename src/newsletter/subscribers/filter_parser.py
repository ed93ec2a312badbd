r"""The filter language, which selects subscribers in words that can be read aloud.

    tag = "presse" and ville in ("Lyon", "Paris") and not email ~ "@exemple.fr"
    list = "club" or points >= 10 and created < 2026-01-01

A field is one of `FIELDS`, or its French name (`ALIASES`), or else an attribute. `=` and `!=` compare;
`<` `<=` `>` `>=` compare numbers and days; `~` finds a part of a text and ignores the case of A to Z; `in (…)`
compares with several values. `ville != "Lyon"` is also true for a subscriber without the attribute `ville`.
Text stands in quotes, with `\"` for a quote inside. `selection` refuses an attribute that nobody has, unless it is
written `attribut.ville`.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from newsletter.errors import FilterError
from newsletter.model.segments import DAYS, FIELDS, SETS, TEXTS, AllOf, AnyOf, Filter, Negation, Test, Value

if TYPE_CHECKING:
    from lark import Lark

MAX_LENGTH = 2_000
MAX_DEPTH = 30
"""Maximum nesting. A deeper filter could not be read aloud, and SQLAlchemy could not compile it."""
ALIASES: Mapping[str, str] = {
    "prenom": "first_name",
    "prénom": "first_name",
    "nom": "last_name",
    "courriel": "email",
    "langue": "language",
}
"""French name → field: the names of merge tags, which an import never uses for attributes."""
_SYNONYMS: Mapping[str, str] = {
    "etiquette": "tag",
    "etiquettes": "tag",
    "inscription": "created",
    "inscrit": "created",
    "abonne": "list",
}
"""Other names that people type → the field to propose; an attribute may have such a name."""
_GRAMMAR = r"""
?start: either
?either: both ("or" both)*
?both: one ("and" one)*
?one: "not" one -> negation
    | "(" either ")"
    | FIELD OPERATOR (value | decimal) -> test
    | FIELD "in" "(" value ("," value)* ")" -> membership
value: TEXT | DAY | NUMBER
decimal: DECIMAL
FIELD: /[pP]rénom\b|(?:attribute?\.|(?!(?:and|or|not|in)\b))[a-zA-Z][a-zA-Z0-9_]*/
OPERATOR: "!=" | "<=" | ">=" | "=" | "<" | ">" | "~"
TEXT: /"(?:[^"\\]|\\.)*"/ | /«[^»]*»/
DAY.2: /\d{4}-\d\d-\d\d/
DECIMAL.2: /-?\d{1,15},\d{1,8}(?!\d)/
NUMBER: /-?\d{1,15}(?:\.\d{1,8})?(?!\d)/
%ignore /\s+/
"""


def parse(text: str) -> Filter:
    """Parse a filter into a tree.

    Raise FilterError if it cannot be parsed: the error names the character, and what could stand there.
    """
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

    if len(text) > MAX_LENGTH:
        raise _error(text, MAX_LENGTH, "filter_too_long", maximum=MAX_LENGTH)
    try:
        found = _build(_parser().parse(text), text)
        if _depth(found) > MAX_DEPTH:
            raise _error(text, 0, "filter_too_deep")
    except UnexpectedCharacters as error:
        place = int(str(error.pos_in_stream))  # lark's hints say None
        raise _error(text, place, "filter_unreadable", found=text[place:][:20]) from None
    except UnexpectedEOF as error:
        raise _error(text, len(text), "filter_ends", wanted=_describe_expected(error.expected)) from None
    except UnexpectedToken as error:
        place = len(text) if error.token.type == "$END" else error.token.start_pos or 0
        key = "filter_ends" if error.token.type == "$END" else "filter_unreadable_here"
        raise _error(text, place, key, found=str(error.token), wanted=_describe_expected(error.expected)) from None
    except RecursionError:
        raise _error(text, 0, "filter_too_deep") from None
    return found


def find_attributes(found: Filter) -> Iterator[Test]:
    """Yield the comparisons of attributes that are not written `attribut.…`: their names may be mistyped."""
    match found:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from find_attributes(part)
        case Negation(inner):
            yield from find_attributes(inner)
        case Test(field) if field not in FIELDS and not found.is_declared:
            yield found


def unknown_field_error(text: str, test: Test, attributes: Collection[str]) -> FilterError:
    """Return the error for an unknown field, with the known field that looks most like it."""
    names = [*FIELDS, *ALIASES, *attributes]
    close = difflib.get_close_matches(test.field, names, n=1, cutoff=0.6)
    near = _SYNONYMS.get(test.field) or (close[0] if close else "")
    shown = ", ".join(sorted(attributes)[:_SHOWN]) or "—"
    return _error(text, test.place, "filter_field_unknown", field=test.field, near=near, attributes=shown)


def _depth(found: Filter) -> int:
    match found:
        case AllOf(parts) | AnyOf(parts):
            return 1 + max(map(_depth, parts))
        case Negation(inner):
            return 1 + _depth(inner)
        case Test():
            return 1


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)


_NAMES = {
    "FIELD": "email, tag, …",
    "OPERATOR": "= != < <= > >= ~",
    "TEXT": '"…"',
    "DAY": "2026-01-31",
    "NUMBER": "42",
    "DECIMAL": "42",
}


def _describe_expected(expected: Any) -> str:
    signs = {"LPAR": "(", "RPAR": ")", "COMMA": ",", "AND": "and", "OR": "or", "NOT": "not", "IN": "in"}
    return " · ".join(dict.fromkeys((_NAMES | signs).get(name, name) for name in sorted(expected) if name != "$END"))


def _error(text: str, place: int, key: str, **facts: object) -> FilterError:
    pointer = f"{text}\n{' ' * place}^"
    return FilterError(key, column=place + 1, pointer=pointer, **facts)


def _build(node: Any, text: str) -> Filter:
    build: dict[str, Callable[[], Filter]] = {
        "either": lambda: AnyOf(tuple(_build(child, text) for child in node.children)),
        "both": lambda: AllOf(tuple(_build(child, text) for child in node.children)),
        "negation": lambda: Negation(_build(node.children[0], text)),
        "test": lambda: _test(text, node.children[0], str(node.children[1]), node.children[2:]),
        "membership": lambda: _test(text, node.children[0], "in", node.children[1:]),
    }
    return build[str(node.data)]()


_SHOWN = 30
_ORDER = frozenset(("<", "<=", ">", ">="))


_ALLOWED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(TEXTS, frozenset(("=", "!=", "~", "in"))),
    **dict.fromkeys(DAYS, _ORDER | {"=", "!="}),
    **dict.fromkeys(SETS, frozenset(("=", "!=", "in"))),
}


def _test(text: str, field: Any, operator: str, values: Any) -> Filter:
    prefix, _, typed = str(field).lower().rpartition(".")
    name = typed if prefix else ALIASES.get(typed, typed)
    read = tuple(_value(node.children[0], text) for node in values)
    if operator not in _ALLOWED.get(name, operator):
        allowed = " ".join(sorted(_ALLOWED[name]))
        raise _error(text, field.start_pos, "filter_operator", field=name, allowed=allowed)
    _check_values(text, name, operator, read, place=values[0].children[0].start_pos)
    if name in TEXTS | SETS or operator == "~":
        read = tuple(str(value) for value in read)
    return Test(name, operator, read, is_declared=bool(prefix), place=field.start_pos)


def _check_values(text: str, name: str, operator: str, read: tuple[Value, ...], *, place: int) -> None:
    if name in DAYS and not all(isinstance(value, dt.date) for value in read):
        raise _error(text, place, "filter_day", field=name)
    if name not in DAYS and operator in _ORDER and not all(isinstance(value, int | float) for value in read):
        raise _error(text, place, "filter_number", field=name)


def _value(token: Any, text: str) -> Value:
    typed = str(token)
    if token.type == "TEXT":
        return typed[1:-1].strip() if typed[0] == "«" else re.sub(r"\\(.)", r"\1", typed[1:-1])
    if token.type in {"NUMBER", "DECIMAL"}:
        number = float(typed.replace(",", "."))
        return int(number) if number.is_integer() else number
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        raise _error(text, token.start_pos, "filter_no_such_day", day=typed) from None

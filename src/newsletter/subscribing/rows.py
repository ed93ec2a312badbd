"""A row as a person: fields by their columns, values cleaned, states as they mean here."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from newsletter.errors import SubscribersError
from newsletter.filters import FIELDS
from newsletter.letterforms import DIRECTION
from newsletter.model.people import Action, Arrival, Attribute, Entry, Method, Provenance, Status, SuppressionReason
from newsletter.subscribing import addresses, origins
from newsletter.subscribing.dates import when
from newsletter.subscribing.origins import COLUMNS, Origin, State, folded
from newsletter.subscribing.reading import Row

MAX_NAME = 200
MAX_VALUE = 2_000
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{0,8}[1-9])?")
_DIGITS = 15
"""What a double holds; beyond, and where it is written with an exponent, databases differ."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_BROKEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_RESERVED = frozenset(("", "email", "first_name", "last_name", "name", "language", "tags", "created_at", "attributes"))
_NOTES = (frozenset(("suppressed_hash", "key")), frozenset(("list", "opt_in")))
"""What our exports say besides people."""
_NAMES = frozenset(("email", "first_name", "last_name", "name"))
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
FORMULA = re.compile(r"'*[=+\-@\t\r]")


class RowError(Exception):
    """Why a row is not taken: a key of `messages`."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of one table are: column → field, or an attribute's name behind a dot."""

    origin: Origin
    fields: Mapping[str, str]
    folded: Mapping[str, str]
    zone: dt.tzinfo = dt.UTC
    """Where a day begins that is written without an hour."""


def layout(columns: Sequence[str], origin: Origin, wanted: Mapping[str, str], zone: dt.tzinfo = dt.UTC) -> Layout:
    """The layout of a table; `wanted` is the operator's own column → field, which wins."""
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
            fields[column] = chosen[name] if chosen[name] in _RESERVED else "." + _free(folded(chosen[name]))
        elif column not in fields and not origin.ignored.fullmatch(name) and _KEY.fullmatch(name):
            fields[column] = "." + _free(name)
    return Layout(origin, fields, names, zone)


def recognises(columns: Sequence[str], wanted: Mapping[str, str]) -> bool:
    """Whether a header has a column of addresses."""
    names = set(map(folded, columns))
    mapped = {folded(column) for column, field in wanted.items() if field == "email"}
    return bool(names & (mapped or set(COLUMNS["email"]))) or any(note <= names for note in _NOTES)


def person(row: Row, shape: Layout, mac: Callable[[str], bytes]) -> tuple[Arrival, State]:
    """Who a row is about, without lists; RowError says why it is nobody."""
    if row.problem:
        raise RowError(row.problem)
    values: dict[str, Any] = {}
    attributes: dict[str, Attribute] = {}
    for column, cell in row.cells.items():
        if cell is None or cell == "":
            continue
        field = shape.fields.get(column)
        if field is None and column not in shape.folded:  # an object of JSON may have what the first one has not
            field = _late_field(column, shape)
        if field and field[0] == ".":
            _set(attributes, field[1:], cell, shape)
        elif field:
            values.setdefault(field, cell)
    email = _email(_text(values.get("email"), shape))
    first, last = _names(values, shape)
    arrival = Arrival(email, mac(email), first, last, attributes=attributes, line=row.line)
    if not values.keys() <= _NAMES:
        _rest(arrival, values, shape)
    return arrival, _state(row, shape)


def _late_field(column: str, shape: Layout) -> str | None:
    name = folded(column)
    if shape.origin.ignored.fullmatch(name) or not _KEY.fullmatch(name):
        return None
    return next((field for field, aliases in COLUMNS.items() if name in aliases), "." + _free(name))


def _free(name: str) -> str:
    """An attribute's name that the filter language has no other use for: `tag` is kept as `tag_`."""
    return name if is_attribute(name) else f"{name}_"


def _rest(arrival: Arrival, values: Mapping[str, Any], shape: Layout) -> None:
    arrival.language = language(_text(values.get("language"), shape))
    tags = values.get("tags")
    if tags:
        ours = shape.origin.name == origins.OURS.name
        found = (
            map(str, tags)
            if isinstance(tags, list)
            else origins.split_tags(_text(tags, shape), only=";" if ours else "")
        )
        arrival.tags = tuple(dict.fromkeys(name for tag in found if (name := label(tag))))
    if values.get("created_at"):
        arrival.at = when(values["created_at"], shape.zone)
    if values.get("attributes"):
        arrival.attributes = {**arrival.attributes, **_attributes(values["attributes"], shape)}


def _email(typed: str) -> str:
    if not typed:
        raise RowError("row_without_address")
    try:
        return addresses.normalised(typed)
    except ValueError as error:
        raise RowError("row_not_an_address") from error


def _names(values: Mapping[str, Any], shape: Layout) -> tuple[str, str]:
    first, last = _text(values.get("first_name"), shape), _text(values.get("last_name"), shape)
    if not first and not last and values.get("name"):
        first, _, last = _text(values["name"], shape).partition(" ")
    if max(len(first), len(last)) > MAX_NAME:
        raise RowError("row_name_too_long")
    return first, last


def _state(row: Row, shape: Layout) -> State:
    if shape.origin.state is origins.says_nothing:
        return origins.UNSAID
    return shape.origin.state(
        {shape.folded.get(name) or folded(name): _text(row.cells[name], shape) for name in row.cells}
    )


def _text(cell: object, shape: Layout) -> str:
    """A cell on one line, without what no name has."""
    if not cell:
        return "" if cell is None or cell == "" else str(cell).lower()
    text = clean(cell if isinstance(cell, str) else "true" if cell is True else str(cell))
    return text[1:] if shape.origin.escapes and text[:1] == "'" and FORMULA.match(text) else text


def clean(text: str) -> str:
    """Text without control characters, direction marks and halves of characters, its spaces single."""
    if text.isprintable() and "  " not in text and text == text.strip():
        return text
    return " ".join(DIRECTION.sub("", _UNFIT.sub(" ", text)).split())


def is_attribute(name: str) -> bool:
    """Whether an attribute may be called that: small letters, digits and _, and no word of the filter language."""
    return _KEY.fullmatch(name) is not None and name not in FIELDS | {"and", "or", "not", "in"}


def exact(text: str) -> str:
    """Text as it was shown, line ends and all, but for what no database takes."""
    return _BROKEN.sub("", text)


def language(typed: str) -> str:
    """A language's code, fr or fr-CA; empty where it is none."""
    code = clean(typed).replace("_", "-")
    return code if _LANGUAGE.fullmatch(code) else ""


def label(name: str) -> str:
    """The name of a tag or a list as it is kept: on one line, without the signs that stand between several."""
    return clean(re.sub(r"[;=\"]", " ", name))[:MAX_NAME].strip()


def _set(attributes: dict[str, Attribute], name: str, cell: object, shape: Layout) -> None:
    value = _written(_text(cell, shape)) if isinstance(cell, str) else attribute(cell)
    if value != "":
        attributes[name] = value


def attribute(value: object) -> Attribute:
    """A value as it is kept: a number where it is written like one, else text; nested JSON stays JSON."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, int | float):
        value = f"{value:.8f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return _written(
        clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    )


def _written(text: str) -> Attribute:
    """Clean text as a number, where that is written back the same."""
    if len(text) > MAX_VALUE:
        raise RowError("row_value_too_long")
    if _NUMBER.fullmatch(text) and text != "-0" and sum(map(str.isdigit, text)) <= _DIGITS:
        number = float(text) if "." in text else int(text)
        return number if str(number) == text else text
    return text


def _attributes(value: object, shape: Layout) -> dict[str, Attribute]:
    if isinstance(value, str):
        try:
            value = orjson.loads(_text(value, shape))
        except ValueError as error:
            raise RowError("row_attributes_broken") from error
    if not isinstance(value, dict):
        raise RowError("row_attributes_broken")
    found = {_free(folded(str(name))): attribute(one) for name, one in value.items()}
    return {name: one for name, one in found.items() if _KEY.fullmatch(name) and one != ""}


def restored(row: Row, arrival: Arrival, shape: Layout) -> tuple[dict[str, Status], State]:
    """What only our own exports say: lists with their states, suppression, public id, journal."""
    cells = row.cells
    try:
        lists = cells.get("lists") or {}
        if isinstance(lists, str):
            pairs = (part.rpartition("=") for part in _text(lists, shape).split(";"))
            lists = {name.strip(): status.strip() for name, _, status in pairs}
        reason = _text(cells.get("suppressed"), shape)
        arrival.public_id = bytes.fromhex(_text(cells.get("public_id"), shape))
        if len(arrival.public_id) not in {0, 16}:
            raise RowError("row_export_broken")
        arrival.contact_at = when(cells.get("last_contact_at") or "")
        arrival.journal = tuple(_entry(entry) for entry in cells.get("journal") or ())  # type: ignore[attr-defined] # what JSON has there, or an error below
        statuses = {name: Status(status) for name, status in lists.items()}  # type: ignore[attr-defined] # as above
        return statuses, State(None, SuppressionReason(reason) if reason else None)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        raise RowError("row_export_broken") from error


def _entry(facts: Mapping[str, Any]) -> Entry:
    texts = [exact(str(facts.get(name) or "")) for name in ("source", "words", "list")]
    line = int(facts.get("line", 0))
    if not 0 <= line < 1 << 31:
        raise RowError("row_export_broken")
    return Entry(
        when(facts["at"]), Action(facts["action"]), Provenance(Method(facts["method"]), *texts[:2]), texts[2], line
    )


def require_fields(wanted: Mapping[str, str], columns: Sequence[str], path: object) -> None:
    """SubscribersError where the operator names a column that is not there."""
    names = {folded(column) for column in columns}
    for column in wanted:
        if folded(column) not in names:
            raise SubscribersError("map_unknown_column", path=path, column=column, found=", ".join(columns)[:200])

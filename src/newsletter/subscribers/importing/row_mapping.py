"""Turn a row into a person: find the fields by their columns, clean the values, map the state."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from newsletter.model.subscribers import (
    Action,
    Attribute,
    Entry,
    Method,
    Provenance,
    Status,
    SubscriberUpsert,
    SuppressionReason,
)
from newsletter.subscribers import addresses
from newsletter.subscribers.importing import source_formats
from newsletter.subscribers.importing.dates import DateReader
from newsletter.subscribers.importing.layout import Layout, is_key, make_attribute_name
from newsletter.subscribers.importing.source_formats import State, fold
from newsletter.subscribers.importing.table import Row

MAX_NAME = 200
MAX_VALUE = 2_000
_MAX_TAGS = 50_000
_MAX_SHOWN = 100
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{0,8}[1-9])?")
_COMMA_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14}),(?:\d{1,2}|\d{4,8})")
"""A number as French spreadsheets write it; three digits after the comma may be thousands in an English one."""
_DIGITS = 15
"""Digits that a double holds exactly; for a longer number, or one written with an exponent, databases differ."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_BROKEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_PERSONAL = frozenset(("first_name", "last_name", "name"))
_NAMES = _PERSONAL | {"email"}
_OUR_DATES = DateReader()
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
FORMULA = re.compile(r"'*[=+\-@\t\r]")


class RowError(Exception):
    """Error for a refused row: a key of the message catalogue, and the value at fault if it is not the address."""

    def __init__(self, code: str, value: str = "") -> None:
        self.code = code
        self.value = value
        super().__init__(code)


def map_row(row: Row, layout: Layout, mac: Callable[[str], bytes]) -> tuple[SubscriberUpsert, State, str]:
    """Return the person in a row (without lists), their state, and the date if it cannot be read (else "").

    Raise RowError if the row is refused. An unreadable date is accepted only for a person who unsubscribed or is
    suppressed, because this holds whatever the date; for other people it is a reason to refuse the row.
    """
    if row.problem:
        raise RowError(row.problem)
    values: dict[str, Any] = {}
    attributes: dict[str, Attribute] = {}
    for column, cell in row.cells.items():
        if cell is None or cell == "":
            continue
        field = layout.fields.get(column)
        if field and field[0] == ".":
            _set_attribute(attributes, field[1:], cell, layout)
        elif field:
            values.setdefault(field, cell)
    email, name_beside = _email(_text(values.get("email"), layout))
    if name_beside and not values.keys() & _PERSONAL:
        values["name"] = name_beside
    first, last = _names(values, layout)
    change = SubscriberUpsert(email, mac(email), first, last, attributes=attributes, line=row.line)
    state = _state(row, layout)
    unread = "" if values.keys() <= _NAMES else _set_rare_fields(change, values, layout)
    if unread and state.suppressed is None and state.status is not Status.UNSUBSCRIBED:
        raise RowError("row_date_unread", unread)
    return change, state, unread


def _set_rare_fields(change: SubscriberUpsert, values: Mapping[str, Any], layout: Layout) -> str:
    """Set language, tags, attributes and date, which most rows do not have; return the date if it cannot be read."""
    change.language = clean_language(_text(values.get("language"), layout))
    if values.get("tags"):
        change.tags = _tags(values["tags"], layout)
    if values.get("attributes"):
        change.attributes = {**change.attributes, **_attributes(values["attributes"], layout)}
    created_at = _text(values.get("created_at"), layout)
    change.at = layout.dates.read(created_at) or 0
    return created_at[:_MAX_SHOWN] if layout.dates.read(created_at) is None else ""


def _tags(value: object, layout: Layout) -> tuple[str, ...]:
    if isinstance(value, list):
        names = [str(tag) for tag in value]
    else:
        text, ours = _text(value, layout), layout.origin.name == source_formats.OURS.name
        if len(text) > _MAX_TAGS:
            raise RowError("row_value_too_long")
        names = list(source_formats.split_tags(text, only=";" if ours else ""))
    return tuple(dict.fromkeys(name for tag in names if (name := clean_label(tag))))


def _email(typed: str) -> tuple[str, str]:
    """Return the address in a cell, and the name that stands beside it. Raise RowError if there is no valid address."""
    if not typed:
        raise RowError("row_without_address")
    plain = addresses.plain_address(typed)
    if plain:
        return plain, ""
    try:
        mailbox = addresses.parse_mailbox(typed)
    except addresses.AddressError as error:
        raise RowError(error.key) from error
    return mailbox.email, mailbox.name


def _names(values: Mapping[str, Any], layout: Layout) -> tuple[str, str]:
    first, last = _text(values.get("first_name"), layout), _text(values.get("last_name"), layout)
    if not first and not last and values.get("name"):
        first, _, last = _text(values["name"], layout).partition(" ")
    if max(len(first), len(last)) > MAX_NAME:
        raise RowError("row_name_too_long")
    return first, last


def _state(row: Row, layout: Layout) -> State:
    if layout.origin.state is source_formats.says_nothing:
        return source_formats.NO_STATE
    return layout.origin.state(
        {layout.folded.get(name) or fold(name): _text(row.cells[name], layout) for name in row.cells}
    )


def _text(cell: object, layout: Layout) -> str:
    """Return a cell as clean text on one line, without the apostrophe before a formula."""
    if not cell:
        return "" if cell is None or cell == "" else str(cell).lower()
    text = clean(cell if isinstance(cell, str) else "true" if cell is True else str(cell))
    return text[1:] if layout.origin.escapes and text[:1] == "'" and FORMULA.match(text) else text


def clean(text: str) -> str:
    """Remove invisible characters, control characters and lone surrogates from a text; make its spaces single."""
    if text.isprintable() and "  " not in text and text == text.strip():
        return text
    return " ".join(_UNFIT.sub(" ", addresses.remove_invisible(text)).split())


def remove_broken(text: str) -> str:
    """Return a text as it was shown, with its line ends; remove only the characters that no database accepts."""
    return _BROKEN.sub("", text)


def clean_language(typed: str) -> str:
    """Return a language code (fr, fr-CA); empty if `typed` is not a language code."""
    code = clean(typed).replace("_", "-")
    return code if _LANGUAGE.fullmatch(code) else ""


def clean_label(name: str) -> str:
    """Return the name of a tag or a list as it is stored: on one line, without the signs that separate names."""
    return clean(re.sub(r"[;=\"]", " ", name))[:MAX_NAME].strip()


def _set_attribute(attributes: dict[str, Attribute], name: str, cell: object, layout: Layout) -> None:
    value = _parse_number(_text(cell, layout)) if isinstance(cell, str) else clean_attribute(cell)
    if value != "":
        attributes[name] = value


def clean_attribute(value: object) -> Attribute:
    """Return a value as it is stored: a number if it is written like one, else text; nested JSON stays JSON text."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, int | float):
        value = f"{value:.8f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return _parse_number(
        clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    )


def _parse_number(text: str) -> Attribute:
    """Turn clean text into a number if the number is written back the same, or with a point for the comma.

    Raise RowError if the text is longer than `MAX_VALUE` characters.
    """
    if len(text) > MAX_VALUE:
        raise RowError("row_value_too_long")
    if _COMMA_NUMBER.fullmatch(text) and sum(map(str.isdigit, text)) <= _DIGITS:
        number = float(text.replace(",", "."))
        return int(number) if number.is_integer() else number
    if _NUMBER.fullmatch(text) and text != "-0" and sum(map(str.isdigit, text)) <= _DIGITS:
        number = float(text) if "." in text else int(text)
        return number if str(number) == text else text
    return text


def _attributes(value: object, layout: Layout) -> dict[str, Attribute]:
    if isinstance(value, str):
        try:
            value = orjson.loads(_text(value, layout))
        except ValueError as error:
            raise RowError("row_attributes_broken") from error
    if not isinstance(value, dict):
        raise RowError("row_attributes_broken")
    attributes = {make_attribute_name(fold(str(name))): clean_attribute(attribute) for name, attribute in value.items()}
    return {name: attribute for name, attribute in attributes.items() if is_key(name) and attribute != ""}


def map_own_export(row: Row, change: SubscriberUpsert, layout: Layout) -> tuple[dict[str, Status], State]:
    """Read what only our own exports contain: lists with their statuses, suppression, public id, journal.

    Set the public id, last contact and journal of `change`; return the statuses by list name, and the state. Raise
    RowError if a value is broken.
    """
    cells = row.cells
    try:
        lists = cells.get("lists") or {}
        if isinstance(lists, str):
            pairs = (part.rpartition("=") for part in _text(lists, layout).split(";"))
            lists = {name.strip(): status.strip() for name, _, status in pairs}
        reason = _text(cells.get("suppressed"), layout)
        change.public_id = bytes.fromhex(_text(cells.get("public_id"), layout))
        if len(change.public_id) not in {0, 16}:
            raise RowError("row_export_broken")
        change.contact_at = _read_ms(cells.get("last_contact_at") or "")
        change.journal = tuple(_entry(entry) for entry in cells.get("journal") or ())  # type: ignore[attr-defined] # any JSON value: a wrong type is caught below
        statuses = {name: Status(status) for name, status in lists.items()}  # type: ignore[attr-defined] # any JSON value: a wrong type is caught below
        return statuses, State(None, SuppressionReason(reason) if reason else None)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        raise RowError("row_export_broken") from error


def _read_ms(typed: object) -> int:
    """Read a time of our own exports, in milliseconds. Raise ValueError if it cannot be read."""
    found = _OUR_DATES.read(typed)
    if found is None:
        raise ValueError(typed)
    return found


def _entry(facts: Mapping[str, Any]) -> Entry:
    texts = [remove_broken(str(facts.get(name) or "")) for name in ("source", "words", "list")]
    line = int(facts.get("line", 0))
    if not 0 <= line < 1 << 31:
        raise RowError("row_export_broken")
    return Entry(
        _read_ms(facts["at"]), Action(facts["action"]), Provenance(Method(facts["method"]), *texts[:2]), texts[2], line
    )

"""Filters as SQL conditions, and saved segments. Values are bound, never written into a statement."""

from __future__ import annotations

import datetime as dt
import operator as op
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.segments import DAYS, SETS, TEXTS, AllOf, AnyOf, Filter, Negation, Test, Value
from newsletter.model.subscribers import Status
from newsletter.storage import schema, sql_functions
from newsletter.system import timestamps

Condition = sa.ColumnElement[bool]
_LOOKED_AT = 10_000
_DAY = dt.timedelta(days=1)
_S = schema.subscriber.c
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}


def everybody() -> Condition:
    """Return the condition that matches everybody."""
    return sa.true()


def matches_subscriber(subscriber_id: int) -> Condition:
    """Return the condition that matches one person."""
    return _S.id == subscriber_id


def build_condition(chosen: Filter, zone: dt.tzinfo) -> Condition:
    """Return a filter as a condition on `subscriber`; days begin in the time zone `zone`."""
    match chosen:
        case AllOf(parts):
            return sa.and_(*(build_condition(part, zone) for part in parts))
        case AnyOf(parts):
            return sa.or_(*(build_condition(part, zone) for part in parts))
        case Negation(inner):
            return sa.not_(build_condition(inner, zone))
        case Test(field, operator, values):
            return _test(field, operator, values, zone)


def _test(field: str, operator: str, values: tuple[Value, ...], zone: dt.tzinfo) -> Condition:
    if field in DAYS:
        (day,) = values
        assert isinstance(day, dt.date)  # noqa: S101 - the parser has checked it
        return _day(_S.created_at if field == "created" else _S.last_contact_at, operator, day, zone)
    texts = [str(value) for value in values]
    if field in SETS:
        return _set(field, operator, texts)
    if field in TEXTS:
        lowered = field in {"email", "domain"}
        return _text(_column(field), operator, [text.lower() for text in texts] if lowered else texts)
    if operator in _COMPARISONS:
        number = sql_functions.number_of(_S.attributes, sa.literal(field))
        return sa.and_(number.is_not(None), _COMPARISONS[operator](number, values[0]))
    return _text(sql_functions.text_of(_S.attributes, sa.literal(field)), operator, texts)


def _column(field: str) -> sa.ColumnElement[str]:
    if field == "domain":
        return sql_functions.domain_of(_S.email)
    columns: dict[str, sa.ColumnElement[str]] = {
        name: _S[name] for name in ("email", "first_name", "last_name", "language")
    }
    return columns[field]


def _text(column: sa.ColumnElement[str], operator: str, texts: list[str]) -> Condition:
    match operator:
        case "=":
            return column == texts[0]
        case "!=":
            return column != texts[0]
        case "in":
            return column.in_(texts)
        case _:
            return sql_functions.folded(column).contains(_ascii_lower(texts[0]), autoescape=True)


def _ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def _set(field: str, operator: str, names: list[str]) -> Condition:
    if field == "tag":
        link, named = schema.subscriber_tag, schema.tag
        inner = sa.select(link.c.subscriber_id).join(named, named.c.id == link.c.tag_id).where(named.c.name.in_(names))
    else:
        subscription, lists = schema.subscription, schema.mailing_list
        inner = sa.select(subscription.c.subscriber_id).join(lists, lists.c.id == subscription.c.list_id)
        inner = inner.where(lists.c.name.in_(names), subscription.c.status == Status.CONFIRMED.value)
    within = _S.id.in_(inner)
    return sa.not_(within) if operator == "!=" else within


def _day(column: sa.ColumnElement[int], operator: str, day: dt.date, zone: dt.tzinfo) -> Condition:
    begin = _midnight(day, zone)
    end = _midnight(day + _DAY, zone) if day < dt.date.max else begin
    match operator:
        case "=":
            return sa.and_(column >= begin, column < end)
        case "!=":
            return sa.or_(column < begin, column >= end)
        case "<":
            return column < begin
        case "<=":
            return column < end
        case ">":
            return column >= end
        case _:
            return column >= begin


def _midnight(day: dt.date, zone: dt.tzinfo) -> int:
    return timestamps.millis(dt.datetime(day.year, day.month, day.day, tzinfo=zone))


def count(tx: Connection, chosen: Condition) -> int:
    """Return the number of people on file who match a condition."""
    return int(tx.execute(sa.select(sa.func.count()).select_from(schema.subscriber).where(chosen)).scalar_one())


def has_attribute(tx: Connection, name: str) -> bool:
    """Return True if anybody has an attribute with that name."""
    value = sql_functions.text_of(_S.attributes, sa.literal(name))
    return tx.execute(sa.select(sa.literal(1)).where(value != "").limit(1)).first() is not None


def list_attribute_names(tx: Connection) -> list[str]:
    """Return the attribute names of the newest 10,000 people, so that an error message can suggest one."""
    query = sa.select(_S.attributes).order_by(_S.id.desc()).limit(_LOOKED_AT)
    return sorted({name for attributes in tx.execute(query).scalars() for name in attributes})


def choose_sample(tx: Connection, chosen: Condition, size: int) -> list[int]:
    """Return the ids of at most `size` matching people, chosen at random, in ascending order."""
    query = sa.select(_S.id).where(chosen).order_by(sa.func.random()).limit(size)
    return sorted(tx.execute(query).scalars())


def save(tx: Connection, name: str, text: str, now_ms: int) -> None:
    """Store a filter under a name; replace the filter that had this name."""
    tx.execute(
        sa.text(
            "INSERT INTO segment (name, filter, created_at) VALUES (:name, :text, :now)"
            " ON CONFLICT (name) DO UPDATE SET filter = excluded.filter"
        ),
        {"name": name, "text": text, "now": now_ms},
    )


def list_saved(tx: Connection) -> dict[str, str]:
    """Return every segment: name → filter."""
    rows = tx.execute(sa.select(schema.segment.c.name, schema.segment.c.filter).order_by(schema.segment.c.name))
    return {row.name: row.filter for row in rows}


def delete(tx: Connection, name: str) -> bool:
    """Delete a segment; return False if no segment has that name."""
    table = schema.segment
    return tx.execute(table.delete().where(table.c.name == name)).rowcount > 0

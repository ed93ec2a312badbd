"""Read dates as exports and people write them, with one order of day and month for a whole column.

A date is a time in milliseconds. A cell that means « no date » gives 0. A cell that cannot be read gives None: the
caller decides what to do with it, and today's date is never used instead.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from newsletter.system import timestamps

_LATEST_MS = 4_102_444_800_000
"""The beginning of 2100: a date after it, or before 1970, is a mistake."""
_EXCEL_DAYS = range(25_569, 73_051)
"""Serial days of spreadsheets from 1970 to 2099, counted from `_EXCEL_START`."""
_EXCEL_START = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's day has no time zone
_CENTURY = 70
"""A year of two digits is in the 1900s from this number on, and in the 2000s below it."""
_NO_DATE = re.compile(
    r"[-–—?./ ]*|0+|0000-00-00.*|00[/.-]00[/.-]0000.*|9999-12-31.*|n/?a|n\.a\.|nc|null|none|nan|nat"
    r"|jamais|never|inconnue?|unknown"
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_ISO = re.compile(r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d\d?)(?P=sign)(?P<day>\d\d?)(?!\d)")
_FIGURES = re.compile(r"(?P<first>\d\d?)(?P<sign>[-/. ])(?P<second>\d\d?)(?P=sign)(?P<year>\d{4}|\d\d)(?!\d)")
_DAY_NAME = r"(?:[a-z]{2,9}\.?,? )?"
_YEAR = r"[ ,./-]*(?P<year>\d{4}|(?<=[-/. ])\d\d)(?!\d)"
_DAY_AND_NAME = re.compile(
    rf"{_DAY_NAME}(?:le )?(?P<day>\d\d?)(?:er|e|st|nd|rd|th)?[ ./-]*(?:of |de )?(?P<name>[a-z]{{3,9}})\.?{_YEAR}"
)
_NAME_AND_DAY = re.compile(rf"{_DAY_NAME}(?P<name>[a-z]{{3,9}})\.?[ -]*(?P<day>\d\d?)(?:er|st|nd|rd|th)?{_YEAR}")
_YEAR_LAST = re.compile(r"(\D+\d\d?) (\d\d:\d\d:\d\d(?: [a-z]{3,4})?) (\d{4})")
"""A date as C and Unix print it: sun dec 1 10:30:00 2024."""
_TIME = re.compile(
    r"(?:[ ,t]*(?:a |at |@ ?|- )?"
    r"(?P<hour>\d\d?)(?: ?[:.] ?(?P<minute>\d\d)| ?h ?(?P<minute_h>\d\d)?|(?= ?[ap]\.?m))"
    r"(?: ?(?:[:.m]|min) ?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?(?: ?(?:s|min|mn))? ?(?P<half>[ap]\.?m\b\.?)?)?"
    r" ?(?P<zone>z|[a-z]{3,4}|(?:utc|gmt)? ?[+-]\d\d?(?::?\d\d)?|[a-z]+/[a-z_/]+)?(?: utc| [a-z]{3,4}| ?\([^()]*\))?"
)
_OFFSET = re.compile(r"(?:utc|gmt)? ?(?P<sign>[+-])(?P<hours>\d\d?):?(?P<minutes>\d\d)?")
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2,
    "eest": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""Abbreviation of a time zone, as programs write it → hours from UTC."""


class DateOrder(StrEnum):
    """The order of day and month in a numeric date."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True, slots=True)
class DateReader:
    """Reader for the dates of one column."""

    order: DateOrder = DateOrder.DAY_FIRST
    zone: dt.tzinfo = dt.UTC
    """Time zone for a day without an hour: the day begins at midnight there."""
    clock: dt.tzinfo = dt.UTC
    """Time zone for an hour without a zone."""

    def read(self, typed: object) -> int | None:
        """Read a date; return milliseconds, 0 for a cell that means « no date », None if it cannot be read."""
        text = str(typed).strip()
        if text[4:5] == "-" and ":" in text:  # the usual form in exports; not cached: each time differs
            with suppress(ValueError, OverflowError):
                moment = dt.datetime.fromisoformat(text)
                moment = moment if moment.tzinfo else moment.replace(tzinfo=self.clock)
                return _check_range(timestamps.millis(moment)) or _read(text, self.order, self.zone, self.clock)
        return _read(text, self.order, self.zone, self.clock)

    def spell_out(self, typed: object) -> object:
        """Return a numeric date in ISO 8601, whose order is certain; return any other or unreadable cell unchanged."""
        ms = self.read(typed)
        if not ms or not find_numeric_date(typed):
            return typed
        moment = timestamps.moment(ms).astimezone(self.zone)
        return moment.isoformat() if moment.time() != dt.time.min else moment.date().isoformat()


def find_numeric_date(typed: object) -> tuple[int, int] | None:
    """Return the first two numbers of a numeric date (01/02/2024), whose order must be detected; else None."""
    found = _FIGURES.match(str(typed).strip())
    return (int(found["first"]), int(found["second"])) if found else None


@lru_cache(maxsize=16_384)
def _read(typed: str, order: DateOrder, zone: dt.tzinfo, clock: dt.tzinfo) -> int | None:
    text = _fold(typed)
    if _NO_DATE.fullmatch(text):
        return 0
    try:
        moment = _parse_number(text, zone) if _NUMBER.fullmatch(text) else _parse_text(text, order, zone, clock)
        return _check_range(timestamps.millis(moment)) if moment else None
    except (ValueError, OverflowError):
        return None


def _check_range(ms: int) -> int | None:
    return ms if 0 < ms < _LATEST_MS else None


def _fold(typed: str) -> str:
    """Return a text in lower case, without accents, with single spaces."""
    letters = unicodedata.normalize("NFKD", typed.lower())
    return " ".join("".join(sign for sign in letters if not unicodedata.combining(sign)).split())


def _parse_number(text: str, zone: dt.tzinfo) -> dt.datetime | None:
    """Parse seconds (10 digits) or milliseconds (13 digits) since 1970, a spreadsheet's serial day, or 20241231."""
    whole, number = re.split(r"[.,]", text)[0], float(text.replace(",", "."))
    if len(whole) in {10, 13}:
        return dt.datetime.fromtimestamp(number / (1 if len(whole) == 10 else 1000), dt.UTC)  # noqa: PLR2004 - number of digits
    if int(whole) in _EXCEL_DAYS:
        return (_EXCEL_START + dt.timedelta(seconds=round(number * 86_400))).replace(tzinfo=zone)
    return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=zone)


def _parse_text(text: str, order: DateOrder, zone: dt.tzinfo, clock: dt.tzinfo) -> dt.datetime | None:
    text = _YEAR_LAST.sub(r"\1 \3 \2", text)
    for day, end in _find_days(text, order):
        time = _TIME.fullmatch(text, end)
        if time:
            return _set_time(day, time, zone, clock)
    return None


def _find_days(text: str, order: DateOrder) -> Iterator[tuple[dt.date, int]]:
    """Yield each way to read the day at the start of a text, with the offset of its end."""
    if found := _ISO.match(text):
        yield dt.date(int(found["year"]), int(found["month"]), int(found["day"])), found.end()
    elif found := _FIGURES.match(text):
        pair = (int(found["first"]), int(found["second"]))
        day, month = pair if order is DateOrder.DAY_FIRST else pair[::-1]
        yield dt.date(_read_year(found["year"]), month, day), found.end()
    for pattern in (_DAY_AND_NAME, _NAME_AND_DAY):
        if (found := pattern.match(text)) and (month := _find_month(found["name"])):
            yield dt.date(_read_year(found["year"]), month, int(found["day"])), found.end()


def _read_year(typed: str) -> int:
    year = int(typed)
    return year if len(typed) > 2 else year + (1900 if year >= _CENTURY else 2000)  # noqa: PLR2004 - more than two digits


def _set_time(day: dt.date, time: re.Match[str], zone: dt.tzinfo, clock: dt.tzinfo) -> dt.datetime:
    """Return a day with its time; a day without an hour begins at midnight in its stated zone, else in `zone`."""
    stated = _find_zone(time["zone"]) if time["zone"] else None
    if time["hour"] is None:
        return dt.datetime(day.year, day.month, day.day, tzinfo=stated or zone)
    hour, half = int(time["hour"]), time["half"]
    if half:
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    minute, second = int(time["minute"] or time["minute_h"] or 0), int(time["second"] or 0)
    micro = int((time["fraction"] or "0")[:6].ljust(6, "0"))
    clock_time = dt.time(hour, minute, second, micro, tzinfo=stated or clock)
    return dt.datetime.combine(day, clock_time)


def _find_zone(typed: str) -> dt.tzinfo:
    """Return the time zone written after a time. Raise ValueError if it is unknown."""
    if typed in _ZONES:
        return dt.timezone(dt.timedelta(hours=_ZONES[typed]))
    if found := _OFFSET.fullmatch(typed):
        offset = dt.timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        return dt.timezone(-offset if found["sign"] == "-" else offset)
    if "/" in typed:
        return _named_zone(typed)
    raise ValueError(typed)


def _named_zone(typed: str) -> dt.tzinfo:
    name = re.sub(r"(?<![a-z])[a-z]", lambda letter: letter[0].upper(), typed)
    try:
        return ZoneInfo(name)
    except OSError as error:  # the name of a folder; an unknown zone (ZoneInfoNotFoundError) is a KeyError
        raise ValueError(typed) from error
    except KeyError as error:
        raise ValueError(typed) from error


def _find_month(typed: str) -> int:
    """Return the month for a French or English name or the beginning of one; 0 if no month or several months match."""
    if len(typed) < 3:  # noqa: PLR2004 - number of letters
        return 0
    found = {number for name, number in _month_names().items() if name.startswith(typed)}
    return found.pop() if len(found) == 1 else 0


@cache
def _month_names() -> dict[str, int]:
    """Return month name or abbreviation → month, without accents: Babel's names, and others that people write."""
    from babel.dates import get_month_names

    forms = [get_month_names(width, locale=place) for width in ("wide", "abbreviated") for place in ("fr", "en")]
    numbers = {_fold(name).rstrip("."): number for names in forms for number, name in names.items()}
    return numbers | {"fevr": 2, "aou": 8, "juill": 7}

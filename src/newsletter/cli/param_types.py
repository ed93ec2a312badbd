"""Points in time, durations and rates as operators type them.

A point in time is typed as the program prints it: 27/11/2026 à 18:00, with the day first, or 2026-11-27 18:00. The
order of day and month is never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

import click

from newsletter.errors import InputError

_DURATION = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|j)")
_RATE = re.compile(r"(\d{1,9})\s*/\s*(s|min|m|h|d|j)")
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})?(?::(\d{2}))?")
_PRINTED = re.compile(r"(\S+?)\s+(?:(?:à|at)\s+)?(\S+)")
_DAYS = ("%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d")
_MAX_DURATION = dt.timedelta(days=366)
_MAX_RATE = 1_000_000_000
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "j": 86_400}


class Duration(click.ParamType[dt.timedelta]):
    """A duration: 90s, 10m, 2h, 1d."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.timedelta:  # noqa: ANN401 - click's signature
        """Convert the typed text to a duration of at most 366 days. Raise InputError if it is none."""
        if isinstance(value, dt.timedelta):
            return value
        match = _DURATION.fullmatch(str(value).strip().lower())
        if not match:
            raise InputError("time_wrong", typed=value)
        duration = dt.timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
        if duration > _MAX_DURATION:
            raise InputError("time_wrong", typed=value)
        return duration


class Rate(click.ParamType[int]):
    """A number of recipients per unit of time: 5000/h, 20/min."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 - click's signature
        """Convert the typed text to recipients per hour. Raise InputError if it is no rate."""
        if isinstance(value, int):
            return value
        match = _RATE.fullmatch(str(value).strip().lower())
        hourly = int(match[1]) * 3600 // _SECONDS[match[2]] if match else 0
        if not 0 < hourly < _MAX_RATE:
            raise InputError("rate_wrong", typed=value)
        return hourly


def parse_moment(typed: str, zone: ZoneInfo, now: dt.datetime) -> dt.datetime:
    """Parse a future time in the publication's time zone: 2026-12-01 08:00, or 08:00 for the next one.

    Raise InputError if the text is no time, if the time is past, or if it does not exist because clocks go forward.
    """
    try:
        parsed = _parse_moment(typed.strip().lower(), now.astimezone(zone))
        there_and_back = parsed.astimezone(dt.UTC).astimezone(parsed.tzinfo)
        parsed.astimezone(zone)  # messages print this value; near the year 9999 the conversion fails
    except (ValueError, OverflowError):
        raise InputError("moment_wrong", typed=typed) from None
    if there_and_back.replace(tzinfo=None) != parsed.replace(tzinfo=None):
        raise InputError("moment_skipped", typed=typed, zone=zone.key)
    if parsed <= now:
        raise InputError("moment_past", typed=typed, now=now.astimezone(zone))
    return parsed


def _parse_moment(typed: str, local_now: dt.datetime) -> dt.datetime:
    """Parse a time. Raise ValueError if it is none, or a day alone: that would mean midnight, which nobody wants."""
    clock, printed = _CLOCK.fullmatch(typed), _PRINTED.fullmatch(typed)
    if clock:
        parsed = dt.datetime.combine(local_now.date(), _parse_clock(clock), local_now.tzinfo)
        return parsed + dt.timedelta(days=1) if parsed <= local_now else parsed
    if printed and (clock := _CLOCK.fullmatch(printed[2])):
        return dt.datetime.combine(_parse_day(printed[1]), _parse_clock(clock), local_now.tzinfo)
    if ":" not in typed:
        raise ValueError(typed)
    parsed = dt.datetime.fromisoformat(typed)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=local_now.tzinfo)


def _parse_clock(clock: re.Match[str]) -> dt.time:
    return dt.time(int(clock[1]), int(clock[2] or 0), int(clock[3] or 0))


def _parse_day(typed: str) -> dt.date:
    """Parse a day with a four-digit year; 27/11/26 could mean three different days."""
    for pattern in _DAYS:
        with suppress(ValueError):
            return dt.datetime.strptime(typed, pattern).date()  # noqa: DTZ007 - a day has no zone
    raise ValueError(typed)

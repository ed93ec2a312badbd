"""Dates in the ways that exports and people write them."""

from __future__ import annotations

import datetime as dt
import re

from newsletter import moments

_GO = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(?: ?(?:Z|UTC|([+-]\d\d):?(\d\d)(?: [A-Za-z]+)?))?")
_FRENCH = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.](\d{4})(?:[ T](\d\d):(\d\d)(?::\d\d)?)?")
_LATEST = 4_102_444_800_000
"""The beginning of 2100: later, and before 1970, is a mistake."""


def when(typed: object, zone: dt.tzinfo = dt.UTC) -> int:
    """Milliseconds of a date in any of the ways that exports write them, a bare day's in `zone`; 0 where it is none."""
    found = _millis(str(typed).strip(), zone)
    return found if 0 < found < _LATEST else 0


def _millis(text: str, zone: dt.tzinfo) -> int:
    try:
        if re.fullmatch(r"1\d{9}(\.\d+)?", text):
            return int(float(text) * 1000)
        if found := _GO.fullmatch(text):
            offset = f"{found[4]}:{found[5]}" if found[4] else "+00:00"
            micro = (found[3] or ".0")[:7].ljust(7, "0")
            return moments.millis(dt.datetime.fromisoformat(f"{found[1]}T{found[2]}{micro}{offset}"))
        if found := _FRENCH.fullmatch(text):
            parts = (int(found[3]), int(found[2]), int(found[1]), int(found[4] or 0), int(found[5] or 0))
            return moments.millis(dt.datetime(*parts, tzinfo=zone))
        moment = dt.datetime.fromisoformat(text)
        return moments.millis(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return 0

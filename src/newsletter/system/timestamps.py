"""Timestamps of the database: whole milliseconds since 1970, UTC. Floats would sometimes lose a millisecond."""

from __future__ import annotations

import datetime as dt
import time

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


def millis(moment: dt.datetime) -> int:
    """Return the milliseconds since 1970; a fraction of a millisecond is dropped."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(timestamp_ms: int) -> dt.datetime:
    """Return the moment (UTC) that is `timestamp_ms` milliseconds after the beginning of 1970."""
    return _EPOCH + timestamp_ms * _MILLISECOND


def now_ms() -> int:
    """Return the current time in milliseconds since 1970."""
    return int(time.time() * 1000)

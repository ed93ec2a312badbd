"""Moments as the database keeps them: whole milliseconds since 1970, UTC. Floats would lose one now and then."""

from __future__ import annotations

import datetime as dt

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


def millis(moment: dt.datetime) -> int:
    """Milliseconds since 1970; what is less than one is dropped."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(since: int) -> dt.datetime:
    """The moment so many milliseconds after the beginning of 1970."""
    return _EPOCH + since * _MILLISECOND

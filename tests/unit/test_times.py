"""Times, durations and rates as operators type them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from newsletter.cli.param_types import Duration, Rate, parse_moment
from newsletter.errors import InputError

PARIS = ZoneInfo("Europe/Paris")
NOW = dt.datetime(2026, 11, 26, 15, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("2026-12-01 08:00", "2026-12-01T08:00:00+01:00"),
        ("2026-12-01T08:00", "2026-12-01T08:00:00+01:00"),
        ("2027-07-01 08:00", "2027-07-01T08:00:00+02:00"),
        ("17:30", "2026-11-26T17:30:00+01:00"),
        ("8h", "2026-11-27T08:00:00+01:00"),
        ("08h15", "2026-11-27T08:15:00+01:00"),
        ("2026-12-01 08:00+00:00", "2026-12-01T08:00:00+00:00"),
        ("2027-10-31 02:30", "2027-10-31T02:30:00+02:00"),
        ("01/12/2026 08:00", "2026-12-01T08:00:00+01:00"),  # the day first, always
        ("27/11/2026 18:00", "2026-11-27T18:00:00+01:00"),
        ("27/11/2026 à 18:00", "2026-11-27T18:00:00+01:00"),
        ("27/11/2026 à 18:00:30", "2026-11-27T18:00:30+01:00"),
        ("2026-11-27 at 18:00", "2026-11-27T18:00:00+01:00"),
        ("27/11/2026 18h", "2026-11-27T18:00:00+01:00"),
        ("27.11.2026 18h30", "2026-11-27T18:30:00+01:00"),
        ("1/12/2026 8:05", "2026-12-01T08:05:00+01:00"),
    ],
)
def test_a_typed_date_and_time_is_read_in_the_zone_of_the_publication(typed: str, wanted: str) -> None:
    assert parse_moment(typed, PARIS, NOW).isoformat() == wanted


WRONG = [
    ("hier", "moment_wrong"), ("2026-12-01", "moment_wrong"), ("25:00", "moment_wrong"), ("24:00", "moment_wrong"),
    ("", "moment_wrong"), ("9999-12-31T23:59+00:00", "moment_wrong"), ("2026-13-01 08:00", "moment_wrong"),
    ("11/27/2026 18:00", "moment_wrong"), ("27/11/26 18:00", "moment_wrong"), ("27/11/2026", "moment_wrong"),
    ("31/02/2027 08:00", "moment_wrong"), ("27-11-2026 18:00", "moment_wrong"), ("27/11/2026 24:00", "moment_wrong"),
    ("27/11/2026 à", "moment_wrong"), ("28/03/2027 02:30", "moment_skipped"), ("26/11/2026 15:59", "moment_past"),
    ("2026-11-26 15:59", "moment_past"), ("2020-01-01 08:00", "moment_past"), ("2027-03-28 02:30", "moment_skipped"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "key"), WRONG)
def test_a_wrong_or_past_date_and_time_is_refused(typed: str, key: str) -> None:
    with pytest.raises(InputError, match=key):
        parse_moment(typed, PARIS, NOW)


@pytest.mark.parametrize("pattern", ["{:%d/%m/%Y à %H:%M}", "{:%Y-%m-%d at %H:%M}", "{:%Y-%m-%d %H:%M}", "{}"])
def test_a_printed_date_and_time_can_be_typed_again(pattern: str) -> None:
    printed = dt.datetime(2026, 12, 1, 8, 5, tzinfo=PARIS)
    assert parse_moment(pattern.format(printed), PARIS, NOW) == printed


@pytest.mark.parametrize(
    ("typed", "seconds"), [("90s", 90), ("10m", 600), ("10 min", 600), ("2h", 7200), ("1d", 86_400), ("1j", 86_400)]
)
def test_a_typed_duration_is_converted_to_seconds(typed: str, seconds: int) -> None:
    assert Duration().convert(typed, None, None).total_seconds() == seconds


@pytest.mark.parametrize("typed", ["", "10", "m", "-5m", "1.5h", "999999d"])
def test_a_wrong_duration_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="time_wrong"):
        Duration().convert(typed, None, None)


@pytest.mark.parametrize(("typed", "hourly"), [("5000/h", 5000), ("20/min", 1200), ("1/s", 3600), ("48000/d", 2000)])
def test_a_typed_rate_is_converted_to_people_per_hour(typed: str, hourly: int) -> None:
    assert Rate().convert(typed, None, None) == hourly


@pytest.mark.parametrize("typed", ["", "0/h", "5000", "20/d", "999999999/s", "-1/h"])
def test_a_wrong_rate_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="rate_wrong"):
        Rate().convert(typed, None, None)

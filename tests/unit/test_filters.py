"""What a filter says where it cannot be read: at which character, and what could stand there."""

from __future__ import annotations

import pytest

from newsletter import filters
from newsletter.errors import FilterError
from newsletter.filters import AllOf, AnyOf, Negation, Test as Comparison
from newsletter.messages import say

WRONG = [
    ("", "filter_ends", 1),
    ("ville", "filter_ends", 6),
    ("ville =", "filter_ends", 8),
    ("ville = Lyon", "filter_unreadable_here", 9),
    ("ville = 'Lyon'", "filter_unreadable", 9),
    ('ville = "Lyon', "filter_unreadable", 9),
    ('ville == "Lyon"', "filter_unreadable_here", 8),
    ('= "Lyon"', "filter_unreadable_here", 1),
    ('ville = "Lyon" or', "filter_ends", 18),
    ('ville = "Lyon" ville = "Paris"', "filter_unreadable_here", 16),
    ('(ville = "Lyon"', "filter_ends", 16),
    ('ville = "Lyon")', "filter_unreadable_here", 15),
    ("ville in ()", "filter_unreadable_here", 11),
    ('ville in "Lyon"', "filter_unreadable_here", 10),
    ('not = "x"', "filter_unreadable_here", 5),
    ('ville > "Lyon"', "filter_number", 9),
    ("created > 12", "filter_day", 11),
    ("created ~ 2026-01-01", "filter_operator", 1),
    ('  tag ~ "x"', "filter_operator", 3),
    ('email < "x"', "filter_operator", 1),
    ("created = 2026-02-30", "filter_no_such_day", 11),
    ("points = 1e5", "filter_unreadable_here", 11),
    ("été = 1", "filter_unreadable", 1),
    ("x; DROP TABLE subscriber", "filter_unreadable", 2),
    ("(" * 1999, "filter_ends", 2000),
    ("x" * 2001, "filter_too_long", 2001),
]


@pytest.mark.parametrize(("text", "key", "column"), WRONG)
def test_a_mistake_is_pointed_at(text: str, key: str, column: int) -> None:
    with pytest.raises(FilterError) as caught:
        filters.parse(text)
    assert (caught.value.key, caught.value.facts["column"]) == (key, column)
    for language in ("fr", "en"):
        assert say(language, caught.value.key, **caught.value.facts)


def test_a_filter_is_read_as_one_would_read_it() -> None:
    found = filters.parse('a = 1 or b = "x" and not c in (2, "y")')
    assert found == AnyOf(
        (
            Comparison("a", "=", (1,)),
            AllOf((Comparison("b", "=", ("x",)), Negation(Comparison("c", "in", (2, "y"))))),
        )
    )


def test_deep_filters_are_read_or_refused() -> None:
    assert filters.parse("(" * 900 + "a = 1" + ")" * 900) == Comparison("a", "=", (1,))
    try:
        filters.parse("not " * 450 + "a = 1")
    except FilterError as error:
        assert error.key == "filter_too_deep"  # noqa: PT017 - either answer is right, a crash is not

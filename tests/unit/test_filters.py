"""Filters: a mistake is reported with its column and with what is allowed there."""

from __future__ import annotations

import pytest

from newsletter.errors import FilterError
from newsletter.i18n import say
from newsletter.model.segments import AllOf, AnyOf, Negation, Test as Comparison
from newsletter.subscribers import filter_parser

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
    ("prenom > 3", "filter_operator", 1),
    ("attribut.points > 2026-01-01", "filter_number", 19),
    ("points in (1,5", "filter_ends", 15),
    ("points > 12,", "filter_unreadable_here", 12),
    ("points = 1e5", "filter_unreadable_here", 11),
    ("été = 1", "filter_unreadable", 1),
    ("x; DROP TABLE subscriber", "filter_unreadable", 2),
    ("(" * 1999, "filter_ends", 2000),
    ("x" * 2001, "filter_too_long", 2001),
]


@pytest.mark.parametrize(("text", "key", "column"), WRONG)
def test_a_mistake_in_a_filter_is_reported_with_its_column(text: str, key: str, column: int) -> None:
    with pytest.raises(FilterError) as caught:
        filter_parser.parse(text)
    assert (caught.value.key, caught.value.facts["column"]) == (key, column)
    for language in ("fr", "en"):
        assert say(language, caught.value.key, **caught.value.facts)


def test_and_binds_stronger_than_or_in_a_filter() -> None:
    found = filter_parser.parse('a = 1 or b = "x" and not c in (2, "y")')
    assert found == AnyOf(
        (
            Comparison("a", "=", (1,)),
            AllOf((Comparison("b", "=", ("x",)), Negation(Comparison("c", "in", (2, "y"))))),
        )
    )


def test_deeply_nested_filters_are_read_or_refused() -> None:
    assert filter_parser.parse("(" * 900 + "a = 1" + ")" * 900) == Comparison("a", "=", (1,))
    try:
        filter_parser.parse("not " * 450 + "a = 1")
    except FilterError as error:
        assert error.key == "filter_too_deep"  # noqa: PT017 - either answer is right, a crash is not


ALIASES = [
    ('prenom = "Anne"', Comparison("first_name", "=", ("Anne",))),
    ('Prénom = "Anne"', Comparison("first_name", "=", ("Anne",))),
    ('NOM ~ "du"', Comparison("last_name", "~", ("du",))),
    ('courriel in ("a@b.fr", "c@d.fr")', Comparison("email", "in", ("a@b.fr", "c@d.fr"))),
    ('langue != "fr"', Comparison("language", "!=", ("fr",))),
    ('attribut.prenom = "Anne"', Comparison("prenom", "=", ("Anne",), is_declared=True)),
    ("attribute.points > 3", Comparison("points", ">", (3,), is_declared=True)),
]


@pytest.mark.parametrize(("text", "expected"), ALIASES)
def test_fields_have_french_names_and_attributes_may_have_a_prefix(text: str, expected: Comparison) -> None:
    assert filter_parser.parse(text) == expected


NUMBERS = [
    ("note > 12,5", (12.5,)),
    ("note >= -0,25", (-0.25,)),
    ("note = 12,0", (12,)),
    ("note > 12.5", (12.5,)),
    ("note in (12,5)", (12, 5)),
    ("note in (12.5, 13)", (12.5, 13)),
]


@pytest.mark.parametrize(("text", "values"), NUMBERS)
def test_a_single_number_may_have_a_decimal_comma(text: str, values: tuple[float, ...]) -> None:
    found = filter_parser.parse(text)
    assert isinstance(found, Comparison)
    assert found.values == values

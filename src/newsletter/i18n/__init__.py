"""The message catalogue in French and English: all sentences that people read.

errors           sentences of errors that stop a command
exceptions       map an exception to its sentence and its exit code
fields, findings, rendered, external_checks   findings of the checks, by code
cli, sending, doctor   output of the commands
preview          texts of the desk's pages
mail, public     texts of messages and public pages for readers
access           sentences about access to files, folders and the desk

An entry is (French, English), and is filled with `str.format`. `{count:|lecteur|lecteurs}` chooses between singular and
plural, `{count:n}` groups thousands. `{near:?, vouliez-vous «» ?}` is printed only if `near` has a value; the value is
put between the guillemets.
"""

from __future__ import annotations

import datetime as dt
import importlib
import math
import re
import string
from functools import cache
from typing import Any

from newsletter.model.finding import Finding
from newsletter.model.publication import is_french

CATALOGUE_MODULES = (
    "errors",
    "fields",
    "findings",
    "rendered",
    "external_checks",
    "cli",
    "sending",
    "doctor",
    "preview",
    "mail",
    "public",
    "access",
)


def say(language: str, key: str, /, **facts: object) -> str:
    """Return the sentence `key` in French or, for any other `language`, in English, filled with `facts`."""
    french, english = _catalogue()[key]
    if is_french(language):
        return _FRENCH.vformat(french, (), facts)
    return _ENGLISH.vformat(english, (), facts)


def finding(language: str, finding_: Finding) -> str:
    """Return the sentence of a finding."""
    return say(language, finding_.code, **finding_.facts)


def long_date(language: str, date: dt.date) -> str:
    """Return a date in words, such as 22 novembre 2026; in ISO format if Babel does not know the language."""
    from babel.core import UnknownLocaleError
    from babel.dates import format_date

    try:
        return str(format_date(date, "long", locale=language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return date.isoformat()


_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def duration(language: str, seconds: float) -> str:
    """Return a duration in its two largest units, rounded up to a second: 3 minutes 20 secondes."""
    from babel.units import format_unit

    whole, locale = max(1, math.ceil(seconds)), "fr" if is_french(language) else "en"
    first = next(place for place, (_, size) in enumerate(_UNITS) if size <= whole)
    parts = []
    for name, size in _UNITS[first : first + 2]:
        count, whole = divmod(whole, size)
        if count:
            parts.append(str(format_unit(count, f"duration-{name}", "long", locale=locale)))
    return " ".join(parts)


def known(key: str) -> bool:
    """Return True if the catalogue has a sentence for `key`."""
    return key in _catalogue()


@cache
def _catalogue() -> dict[str, tuple[str, str]]:
    merged: dict[str, tuple[str, str]] = {}
    for module in CATALOGUE_MODULES:
        entries = importlib.import_module(f"{__name__}.{module}").SENTENCES
        merged |= {key: (_add_no_break_spaces(french), english) for key, (french, english) in entries.items()}
    return merged


def _add_no_break_spaces(french: str) -> str:
    """Put no-break spaces where French requires them, so that the catalogue can be typed with ordinary spaces."""
    return re.sub(r" (?=[:;?!»]|Ko\b|signes?\b|pixels\b)|(?<=«) ", "\u00a0", french)


class _SentenceFormatter(string.Formatter):
    """A formatter with three more specs: singular or plural, thousands, and a phrase that needs a value."""

    def __init__(self, thousands: str, decimal: str, singular_below: int) -> None:
        self.thousands = thousands
        self.decimal = decimal
        self.singular_below = singular_below

    def format_field(self, value: Any, spec: str) -> str:  # noqa: ANN401 - string.Formatter's signature
        if spec.startswith("|"):
            singular, plural = spec[1:].split("|")
            return singular if value == 1 or 0 <= value < self.singular_below else plural
        if spec.startswith("?"):
            return spec[1:].replace("«»", f"«\u00a0{value}\u00a0»") if value else ""
        if spec == "n":
            return f"{value:,}".replace(",", self.thousands)
        if isinstance(value, float):
            return f"{value:{spec or 'g'}}".replace(".", self.decimal)
        return str(super().format_field(value, spec))


_FRENCH = _SentenceFormatter("\u00a0", ",", singular_below=2)
_ENGLISH = _SentenceFormatter(",", ".", singular_below=0)

"""The words people read, French and English side by side, in one catalogue.

`errors` (what stops a command), `findings` (what a check reports, keyed by code), `interface` (what
commands print) and `mail` (what readers get). An entry is (French, English), filled with `str.format`;
`{count:|lecteur|lectrices}` chooses between one and many by the number, `{count:n}` groups its thousands.
"""

from __future__ import annotations

import importlib
import string
from functools import cache
from typing import Any

from newsletter.model.finding import Finding

LANGUAGES = ("fr", "en")
ROOMS = ("errors", "findings", "interface", "mail")


def say(language: str, key: str, /, **facts: object) -> str:
    """The sentence `key` in `language` (anything but French reads English), filled with `facts`."""
    french, english = _catalogue()[key]
    words = _French() if language == "fr" else _English()
    return words.vformat(french if language == "fr" else english, (), facts)


def finding(language: str, found: Finding) -> str:
    """The sentence of a finding."""
    return say(language, found.code, **found.facts)


def known(key: str) -> bool:
    """Whether the catalogue has a sentence for `key`."""
    return key in _catalogue()


@cache
def _catalogue() -> dict[str, tuple[str, str]]:
    merged: dict[str, tuple[str, str]] = {}
    for room in ROOMS:
        merged |= importlib.import_module(f"{__name__}.{room}").SENTENCES
    return merged


class _English(string.Formatter):
    thousands = ","

    def format_field(self, value: Any, spec: str) -> str:  # noqa: ANN401 - string.Formatter's signature
        if spec.startswith("|"):
            one, many = spec[1:].split("|")
            return one if self.singular(value) else many
        if spec == "n":
            return f"{value:,}".replace(",", self.thousands)
        return str(super().format_field(value, spec))

    def singular(self, count: float) -> bool:
        return count == 1


class _French(_English):
    thousands = "\u00a0"

    def singular(self, count: float) -> bool:
        return -2 < count < 2  # noqa: PLR2004 - French counts zero and one in the singular

"""The rules of French typography, each a pattern that matches only what it replaces.

Sources: Imprimerie nationale; for fr-CA, Office québécois de la langue française (no space before ; ! ?). In a line,
OPAQUE replaces a code span, a merge tag or an image, and HIDDEN replaces an address or a smiley. Both count as words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from newsletter.model.publication import is_french, is_quebec

NBSP = "\u00a0"
FINE = "\u202f"
"""Narrow no-break space. Arial, Times and Courier lack it, and it is `?` in Latin-1: an option for HTML only."""
OPAQUE = "\ue000"
HIDDEN = "\ue001"
SPACE = "[ \t\n\u00a0\u202f]"
_WORD = "\\w\ue000\ue001"
_CAPITAL = "A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒÆ\ue000"
_UNITS = (
    r"[kmµ]?g|t|[kcmµn]?m|km/h|m[²³]|ha|[cmdh]?l|L|h|min|m?s|j|[kMGT]?W|[kMGT]?Wh|V|[kMG]?Hz|"
    r"[kMGT]?o|[kMGT]?bit/s|px|pt|CV"
)
_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_CIVILITIES = ("M\\.", "MM\\.", "Mme", "Mmes", "Mlle", "Mlles", "Mgr", "Dr", "Drs", "Pr", "Me")
_PARTS = ("p\\.", "pp\\.", "art\\.", "vol\\.", "fig\\.", "chap\\.", "t\\.", "§")
Replacement = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and its replacement, for lines with one of the given characters or words; most lines have none."""

    characters: frozenset[str]
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: Replacement

    def concerns(self, line: str, characters: set[str]) -> bool:
        """Return True if the pattern may match a line; `characters` is the set of the line's characters."""
        if not self.characters.isdisjoint(characters):
            return True
        for word in self.words:  # noqa: SIM110 - `any` takes three times as long, and this runs for every rule and line
            if word in line:
                return True
        return False


Style = tuple[Rule, ...]
"""The rules of a language, in the order of their application."""


def style_for(language: str, spacing: str) -> Style | None:
    """Return the rules of a language (`fr`, `fr-CA`), or None if it has none. `spacing`: normal, fine or off (None)."""
    if not is_french(language) or spacing == "off":
        return None
    fine = FINE if spacing == "fine" else NBSP
    return _style(high="" if is_quebec(language) else fine, fine=fine)


@cache
def _style(*, high: str, fine: str) -> Style:
    return tuple(_rules(high, fine))


def _rules(high: str, fine: str) -> Iterator[Rule]:
    """Yield all rules; `high` is the space before ; ! ? and `fine` the space between thousands."""
    yield _rule("\u202f", FINE, NBSP)
    yield from _general()
    yield from _signs(high)
    yield from _numbers(fine)
    yield from _names()


def _rule(signs: str | tuple[str, ...], pattern: str, replacement: Replacement) -> Rule:
    all_signs = (signs,) if isinstance(signs, str) else signs
    characters = frozenset(sign for sign in all_signs if len(sign) == 1)
    words = tuple(sign for sign in all_signs if len(sign) > 1)
    return Rule(characters, words, re.compile(pattern), replacement)


def _general() -> Iterator[Rule]:
    yield _rule(("  ", "\t"), r"[ \t]{2,}|\t", " ")
    yield _rule("'", rf"(?<=[^\W\d_])'(?=[{_WORD}«“\"])", "’")
    yield _rule("...", r"(?<!\.)\.{3}(?!\.)", "…")
    yield _rule("…", rf"(?<=[{_WORD}»”)]){SPACE}+(?=…(?:[\s»”)\"]|$))", "")
    yield _rule((" ,", NBSP + ","), rf"(?<=[{_WORD}»”)\]%€…])[ \u00a0]+,(?=[^\W\d_])", ", ")
    yield _rule((" ,", NBSP + ","), rf"(?<=[{_WORD}»”)\]%€…])[ \u00a0]+(?=,(?!\d))", "")
    yield _rule((" .", NBSP + "."), rf"(?<=[{_WORD}»”)\]%€])[ \u00a0]+(?=\.(?:\s|$))", "")
    yield _rule("( ", r"(?<=\()[ \u00a0]+(?=\S)", "")
    yield _rule((" )", NBSP + ")"), r"(?<=[^\s(])[ \u00a0]+(?=\))", "")
    yield _rule("-", rf"(?<=\S{SPACE})---(?={SPACE}\S)", "—")
    yield _rule(
        "-",
        rf"(?<=[^\s\d]{SPACE})--?(?={SPACE}\S)|(?<=\S{SPACE})--?(?={SPACE}[^\s\d])|(?<=\d{SPACE})--(?={SPACE}\d)",
        "–",
    )
    yield _rule(("–", "—"), r"(?:(?<=^[–—])|(?<=[\n\v][–—]))[ \t](?=\S)", NBSP)


def _signs(high: str) -> Iterator[Rule]:
    """Yield the rules for the space before ; ! ? and the colon; they also add a missing space."""
    after = r"(?:[\s)»”\]\"’…]|$)"
    yield _rule((";", "!", "?"), rf"(?<=[^\s(\[{{«“]){SPACE}+(?=[;!?](?!=))", high)
    if high:
        yield _rule((";", "!", "?"), rf"(?<=[{_WORD}»”)\]%€$°…’])(?=[;!?]+{after})(?!;[)\]’'])", high)
    yield _rule(":", rf"(?<=[^\s(\[{{«“]){SPACE}+(?=:(?:[\s»”]|$))", NBSP)
    yield _rule(":", rf"(?<=[{_WORD}»”)\]%€$°…])(?=:(?:\s|$))", NBSP)


_DIGITS = tuple("0123456789")


def _numbers(fine: str) -> Iterator[Rule]:
    def glued(match: re.Match[str]) -> str:
        return re.sub(SPACE, NBSP, match[0])

    def thousands(match: re.Match[str]) -> str:
        return re.sub(SPACE, fine, match[0])

    space = "[ \n\u00a0\u202f]"
    yield _rule(_DIGITS, rf"(?<![\w+])(?:\+\d\d{space})?\d{{1,2}}(?:{space}\d\d){{4}}(?!{space}?\d)", glued)
    yield _rule(_DIGITS, rf"(?<![\w.,])[1-9]\d{{0,2}}(?:{space}\d{{3}})+(?!{space}?\d)", thousands)
    yield _rule(("%", "‰", "€", "$", "£", "¥"), rf"(?<=\d){space}?(?=[%‰€£$¥](?!\w))", NBSP)
    yield _rule("°", rf"(?<=\d){space}?(?=°[CF]\b)", NBSP)
    measure = rf"(?<![\w'’.,])\d+(?:[.,\u00a0\u202f]\d+)*{space}(?=(?:{_UNITS})(?![\w’'/]))"
    yield _rule(_DIGITS, measure, lambda match: match[0][:-1] + NBSP)
    hour = "|".join(rf"(?<=(?<![\w:.,]){digits})" for digits in (r"\d", r"[01]\d", "2[0-4]"))
    yield _rule("h", rf"(?:{hour}){space}?(?=h(?:{space}?[0-5]\d)?(?!\w))", NBSP)
    yield _rule("h", rf"(?<=\d{NBSP}h){space}?(?=[0-5]\d(?!\w))", NBSP)
    yield _rule(("n°", "N°", "nº", "Nº"), rf"(?<=\b[nN][°º]){space}?(?=\w)", NBSP)
    yield _rule(_DIGITS, rf"(?:(?<=\b\d)|(?<=\b\d\d)|(?<=\b1er)){space}(?=(?:{_MONTHS})\b)", NBSP)


def _names() -> Iterator[Rule]:
    civility = "|".join(rf"(?<=\b{abbreviation})" for abbreviation in _CIVILITIES)
    part = "|".join(
        rf"(?<={abbreviation})" if abbreviation == "§" else rf"(?<=\b{abbreviation})" for abbreviation in _PARTS
    )
    yield _rule(("M", "D", "P"), rf"(?:{civility}){SPACE}(?=[{_CAPITAL}])", NBSP)
    yield _rule(_DIGITS, rf"(?:{part}){SPACE}(?=\d)", NBSP)
    yield _rule("siècle", rf"(?:(?<=[IVXLC]e)|(?<=[IVXLC]er)|(?<=\de)|(?<=\der)){SPACE}(?=siècles?\b)", NBSP)

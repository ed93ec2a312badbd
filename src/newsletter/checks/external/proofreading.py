"""Findings of an external proofreader about an issue: only on request, never part of RULES, warnings only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from newsletter.checks.external.grammalecte import Remark
from newsletter.model.blocks import Mark, Span, Spans, find_foreign
from newsletter.model.finding import Finding, Place
from newsletter.model.issue import Issue

WORDS_FILE = ".mots.txt"
"""Name of the publication's word list, beside newsletter.toml: one word per line."""
OUR_WORDS = frozenset(("chapô", "chapôs"))
_SWITCH = re.compile(r"<!--\s*relecture\s*:\s*(off|on|non|oui)\s*-->", re.IGNORECASE)
_ADDRESS = re.compile(r"\S*(?:://|@|www\.)\S*")
_SENTENCE_END = re.compile(r"[.!?…:»”\"]\s*$")


@dataclass(frozen=True, slots=True)
class _Line:
    """A run of text as the proofreader reads it, with the place of each piece in the file."""

    text: str
    starts: tuple[tuple[int, Place], ...]

    def place(self, offset: int) -> Place:
        start, place = next(pair for pair in reversed(self.starts) if pair[0] <= offset)
        return Place(place.line, place.column + offset - start)


def findings(issue: Issue, words: frozenset[str], ask: Callable[[Sequence[str]], list[Remark]]) -> Iterator[Finding]:
    """Yield the remarks of `ask` about the letter, except about names, acronyms and the publication's own words."""
    off = _switched_off(issue)
    lines = [_make_line(run) for run in _letter(issue) if run and run[0].place.line not in off]
    for remark in ask([line.text for line in lines]):
        if remark.paragraph >= len(lines):
            continue
        line = lines[remark.paragraph]
        place = line.place(remark.start)
        if remark.message:
            suggestion = remark.suggestion if any(char.isalnum() for char in remark.suggestion) else ""
            facts = {"message": remark.message, "wanted": suggestion}
            yield Finding(code="P02", path=issue.path, place=place, facts=facts)
        elif not _is_name(remark, line.text) and remark.typed.casefold() not in words | OUR_WORDS:
            yield Finding(code="P01", path=issue.path, place=place, facts={"word": remark.typed, "words": WORDS_FILE})


def read_words(text: str) -> frozenset[str]:
    """Return the words of a word list, case-folded; `#` begins a comment."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(line.casefold() for line in lines if line)


def _letter(issue: Issue) -> Iterator[Spans]:
    """Return every run that is prose: signature and image credit are left out, because they are names."""
    names = [issue.opening.credit] if issue.opening else []
    names += [issue.signature.text] if issue.signature else []
    return (run for run in issue.runs() if run not in names)


def _switched_off(issue: Issue) -> frozenset[int]:
    """Return the numbers of the lines from `<!-- relecture: off -->` to the next `on`."""
    off: set[int] = set()
    is_on = True
    for number, line in enumerate(issue.lines, 1):
        for match in _SWITCH.finditer(line):
            is_on = match[1].lower() in {"on", "oui"}
        if not is_on:
            off.add(number)
    return frozenset(off)


def _make_line(run: Spans) -> _Line:
    text = ""
    starts: list[tuple[int, Place]] = [(0, run[0].place)]
    foreign_spans = find_foreign(run, "fr")
    for number, span in enumerate(run):
        starts.append((len(text), span.place))
        text += "X" if number in foreign_spans else _replace_non_prose(span)
    return _Line(text, tuple(starts))


def _replace_non_prose(span: Span) -> str:
    """Return text unchanged, an address as "X" of the same length, code and merge tags as one "X", marks as nothing."""
    match span.mark:
        case Mark.TEXT:
            text = span.text.replace("\n", " ").replace("\t", " ")
            return _ADDRESS.sub(lambda match: "X" * len(match[0]), text)
        case Mark.OPEN | Mark.CLOSE | Mark.NOTE:
            return ""
        case Mark.BREAK:
            return " "
        case _:
            return "X"


def _is_name(remark: Remark, text: str) -> bool:
    word = remark.typed
    begins = remark.start == 0 or bool(_SENTENCE_END.search(text[: remark.start]))
    acronym = sum(char.isupper() for char in word) > 1 or any(char.isdigit() for char in word)
    return acronym or (word[:1].isupper() and not begins) or word.strip("X") == ""

"""Rules about French words: what `newsletter fmt` would write, and what it would only propose."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter import lexicon
from newsletter.checks.case import Case, inside
from newsletter.model.finding import Finding, Fix, Place


def better_written(case: Case) -> Iterator[Finding]:
    if not case.french:
        return
    rules = lexicon.concerning("\n".join(case.issue.lines))
    for span in case.texts() if rules else ():
        for one in lexicon.corrections(span.text, rules):
            if _in_address(span.text, one.start):
                continue
            yield _proposal(case, one, inside(span, one.start))
    for name in ("subject", "preheader"):
        place = case.issue.front.places.get(name)
        if place:
            line = case.issue.lines[place.line - 1]
            value = line.find(":") + 1
            for one in lexicon.corrections(line[value:]):
                yield _proposal(case, one, Place(place.line, value + one.start + 1))


def _in_address(text: str, at: int) -> bool:
    """An address is spelt as its owner spells it."""
    word = text[text.rfind(" ", 0, at) + 1 :].split(" ", 1)[0]
    return any(sign in word for sign in ("://", "www.", "@"))


def _proposal(case: Case, one: lexicon.Correction, place: Place) -> Finding:
    """A fix only where the file says just that there: fmt writes nothing elsewhere."""
    line = case.issue.lines[place.line - 1]
    there = line[place.column - 1 :].startswith(one.typed)
    fix = Fix(one.typed, one.wanted) if one.sure and there else None
    return case.found(one.code, place, fix=fix, typed=one.typed, wanted=one.wanted)

"""The rule about French spelling: corrections that `newsletter fmt` writes, and corrections that it only proposes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks import french_lexicon
from newsletter.checks.context import CheckContext, inside
from newsletter.model.blocks import Mark, Span, find_foreign
from newsletter.model.finding import Finding, Fix, Place

_NO_WORD = re.compile(r"://|@|^\W*#|_|\w\.\w")
_NAMED = re.compile(r"(?:\b(?:M|MM|Mme|Mlle|Dr|Pr|Me)\.?|\b[A-ZÀ-Þ][\w’'-]*)[ \u00a0]$")


def better_written(context: CheckContext) -> Iterator[Finding]:
    if not context.french:
        return
    rules = french_lexicon.concerning("\n".join(context.issue.lines))
    for span in _prose(context) if rules else ():
        for one in french_lexicon.corrections(span.text, rules):
            if not _is_a_name(span.text, one):
                yield _proposal(context, one, inside(span, one.start))
    yield from _front_matter(context)


def _prose(context: CheckContext) -> Iterator[Span]:
    """Yield every French text except the signature: the owner of a name decides its spelling."""
    signature = context.issue.signature
    for run in context.runs:
        if signature is None or run is not signature.text:
            abroad = find_foreign(run, "fr")
            yield from (s for n, s in enumerate(run) if s.mark is Mark.TEXT and not s.target and n not in abroad)


def _front_matter(context: CheckContext) -> Iterator[Finding]:
    front = context.issue.front
    for name, value in (("subject", front.subject), ("preheader", front.preheader)):
        line = context.issue.lines[front.places[name].line - 1] if name in front.places else ""
        for one in french_lexicon.corrections(value):
            at = line.find(one.typed, line.find(":"))
            if at >= 0 and not _is_a_name(value, one):
                yield _proposal(context, one, Place(front.places[name].line, at + 1))


def _is_a_name(text: str, one: french_lexicon.Correction) -> bool:
    """Return True for an address, a file, a hashtag, or a surname.

    A surname is a capitalised word after another one or after « M. »: Yvan Coeur, M. Boeuf.
    """
    before = text[: one.start]
    word = before[before.rfind(" ") + 1 :] + text[one.start :].split(" ", 1)[0]
    named = one.code == french_lexicon.LIGATURE and one.typed[:1].isupper() and _NAMED.search(before)
    return bool(_NO_WORD.search(word) or named)


def _proposal(context: CheckContext, one: french_lexicon.Correction, place: Place) -> Finding:
    """Return the finding; it has a fix only if the file holds `typed` exactly at `place`, where `fmt` can write."""
    line = context.issue.lines[place.line - 1]
    there = line[place.column - 1 :].startswith(one.typed)
    fix = Fix(one.typed, one.wanted) if one.sure and there else None
    return context.found(one.code, place, fix=fix, typed=one.typed, wanted=one.wanted)

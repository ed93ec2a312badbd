"""The rule about French spelling: corrections that `newsletter fmt` writes, and corrections that it only proposes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks import french_lexicon
from newsletter.checks.context import CheckContext, inside
from newsletter.model.blocks import Mark, Span, find_foreign
from newsletter.model.finding import Finding, Fix, Place

_NO_WORD = re.compile(r"://|@|^\W*#|_|\w\.\w")
_BEFORE_SURNAME = re.compile(r"(?:\b(?:M|MM|Mme|Mlle|Dr|Pr|Me)\.?|\b[A-ZÀ-Þ][\w’'-]*)[ \u00a0]$")


def better_written(context: CheckContext) -> Iterator[Finding]:
    if not context.french:
        return
    rules = french_lexicon.find_matching_rules("\n".join(context.issue.lines))
    for span in _prose(context) if rules else ():
        for correction in french_lexicon.corrections(span.text, rules):
            if not _is_a_name(span.text, correction):
                yield _proposal(context, correction, inside(span, correction.start))
    yield from _front_matter(context)


def _prose(context: CheckContext) -> Iterator[Span]:
    """Yield every French text except the signature: the owner of a name decides its spelling."""
    signature = context.issue.signature
    for run in context.runs:
        if signature is None or run is not signature.text:
            foreign_spans = find_foreign(run, "fr")
            yield from (
                span
                for index, span in enumerate(run)
                if span.mark is Mark.TEXT and not span.target and index not in foreign_spans
            )


def _front_matter(context: CheckContext) -> Iterator[Finding]:
    front = context.issue.front
    for name, value in (("subject", front.subject), ("preheader", front.preheader)):
        line = context.issue.lines[front.places[name].line - 1] if name in front.places else ""
        for correction in french_lexicon.corrections(value):
            at = line.find(correction.typed, line.find(":"))
            if at >= 0 and not _is_a_name(value, correction):
                yield _proposal(context, correction, Place(front.places[name].line, at + 1))


def _is_a_name(text: str, correction: french_lexicon.Correction) -> bool:
    """Return True for an address, a file, a hashtag, or a surname.

    A surname is a capitalised word after another one or after « M. »: Yvan Coeur, M. Boeuf.
    """
    before = text[: correction.start]
    word = before[before.rfind(" ") + 1 :] + text[correction.start :].split(" ", 1)[0]
    is_surname = (
        correction.code == french_lexicon.LIGATURE and correction.typed[:1].isupper() and _BEFORE_SURNAME.search(before)
    )
    return bool(_NO_WORD.search(word) or is_surname)


def _proposal(context: CheckContext, correction: french_lexicon.Correction, place: Place) -> Finding:
    """Return the finding; it has a fix only if the file holds `typed` exactly at `place`, where `fmt` can write."""
    line = context.issue.lines[place.line - 1]
    is_at_place = line[place.column - 1 :].startswith(correction.typed)
    fix = Fix(correction.typed, correction.wanted) if correction.sure and is_at_place else None
    return context.make_finding(correction.code, place, fix=fix, typed=correction.typed, wanted=correction.wanted)

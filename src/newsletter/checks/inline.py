"""Rules about running text: links, merge tags, leftovers, broken accents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from newsletter import mergetags
from newsletter.checks.case import Case, has_host
from newsletter.model.blocks import Mark, Picture, Span, plain
from newsletter.model.finding import Finding, Place

_REACHABLE = re.compile(r"mailto:[^@\s]+@[^@\s]+|tel:\+?[\d().-]{3,}", re.IGNORECASE)
_REFUSED = re.compile(r"(?<!\\)!?\[[^\[\]\\]*\]\(\s*([a-z][a-z0-9+.-]*:[^)\s]*)", re.IGNORECASE)
_UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|XXX+|lorem ipsum|[ÀA] (?:D[ÉE]CRIRE|[ÉE]CRIRE|COMPL[ÉE]TER|FAIRE|V[ÉE]RIFIER))\b", re.IGNORECASE
)
_CASED = re.compile(r"todo|fixme|xxx|[àa] ", re.IGNORECASE)
_MOJIBAKE = re.compile(r"Ã[\u0080-\u00bf]|â€[\u0080-\u00bf™œž˜“”¦\u009d]?|Â[\u00a0-\u00bf]|\ufffd")
_WORD_START = re.compile(r"\S*$")


def link_addresses(case: Case) -> Iterator[Finding]:
    for span, words in _links(case):
        if finding := _link(case, span, words):
            yield finding


def _link(case: Case, span: Span, words: str) -> Finding | None:
    target = span.target
    if target.startswith("{{") or "{{" in unquote(target):
        return _tag_in_link(case, span)
    if not target:
        return case.found("L01", span.place, words=words)
    if target.lower().startswith("www."):
        return case.found("L02", span.place, address=target)
    if not (has_host(target) or _REACHABLE.fullmatch(target)):
        return case.found("L03", span.place, address=target)
    return None


def refused_addresses(case: Case) -> Iterator[Finding]:
    """What markdown-it takes for no link, for its address would run or read something: it shows as typed."""
    for span in case.issue.spans():
        if span.mark is Mark.TEXT and (match := _REFUSED.search(span.text)):
            typed = _REFUSED.search(case.issue.lines[span.place.line - 1], span.place.column - 1)
            if typed:  # otherwise its brackets were typed as text, with backslashes
                yield case.found("L03", Place(span.place.line, typed.start() + 1), address=match[1])


def _tag_in_link(case: Case, span: Span) -> Finding | None:
    name = span.target.strip("{}")
    if mergetags.is_url(name):
        return None
    return case.found("V03", span.place, tag=unquote(name), known=", ".join(mergetags.URL_TAGS))


def _links(case: Case) -> Iterator[tuple[Span, str]]:
    """Every link's opening span, and its words."""
    spans = list(case.issue.spans())
    for index, span in enumerate(spans):
        if span.mark is Mark.OPEN and span.text == "a":
            end = next(n for n in range(index, len(spans)) if spans[n].mark is Mark.CLOSE and spans[n].text == "a")
            yield span, plain(tuple(spans[index:end]))
    for block in case.issue.all_blocks():
        if isinstance(block, Picture) and block.link:
            yield Span(Mark.OPEN, "a", block.link, block.place), block.alt


def html_tags(case: Case) -> Iterator[Finding]:
    for span in case.issue.spans():
        if span.mark is Mark.HTML and not span.text.startswith("</"):
            yield case.found("H02", span.place, tag=span.text.split()[0].rstrip("/>") + ">")


def merge_tags(case: Case) -> Iterator[Finding]:
    for span in case.issue.spans():
        if span.mark is Mark.TAG:
            yield from _tag(case, span.target, span.text, span.place)
        elif span.mark is Mark.TEXT and "{{" in span.text:
            yield case.found("V02", span.place, text=span.text[span.text.index("{{") :][:30])


def merge_tags_in_front_matter(case: Case) -> Iterator[Finding]:
    front = case.issue.front
    for name, text in (("subject", front.subject), ("preheader", front.preheader)):
        place = front.places.get(name, Place(1))
        for piece in mergetags.scan(text):
            if isinstance(piece, str):
                if "{{" in piece:
                    yield case.found("V02", place, text=piece[piece.index("{{") :][:30])
            elif mergetags.is_url(piece.name):
                yield case.found("V03", place, tag=piece.typed, known=", ".join(mergetags.VALUE_TAGS))
            else:
                yield from _tag(case, piece.name or piece.typed, piece.default, place)


def _tag(case: Case, name: str, default: str, place: Place) -> Iterator[Finding]:
    if name not in mergetags.VALUE_TAGS and not mergetags.is_url(name):
        known = ", ".join(mergetags.known_names())
        yield case.found("V01", place, tag=name, near=mergetags.nearest(name), known=known)
    elif name in {"first_name", "last_name"} and not default:
        yield case.found("V04", place, tag=name)


def reserved_words(case: Case) -> Iterator[Finding]:
    """Text that looks like a placeholder of an edition would be filled as one."""
    for number, line in enumerate(case.issue.lines, 1):
        if (at := line.find(mergetags.PREFIX)) >= 0:
            yield case.found("V05", Place(number, at + 1), text=mergetags.PREFIX)


def unfinished_text(case: Case) -> Iterator[Finding]:
    for number, line in case.body():
        for match in _UNFINISHED.finditer(line):
            if match[0].isupper() or not _CASED.match(match[0]):
                yield case.found("T01", Place(number, match.start() + 1), text=match[0])


def unreadable_accents(case: Case) -> Iterator[Finding]:
    """One for each line: text that was decoded as something it is not is broken all along."""
    for number, line in enumerate(case.issue.lines, 1):
        if match := _MOJIBAKE.search(line):
            word = _WORD_START.search(line, 0, match.start())
            yield case.found("F03", Place(number, (word.start() if word else match.start()) + 1), text=match[0])

"""Rules about running text: HTML, merge tags, notes, unclosed marks, leftovers, broken accents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks.context import CheckContext, inside
from newsletter.content.conventions import GARBLED
from newsletter.model.blocks import INLINE_HTML, Code, Mark, Span
from newsletter.model.finding import Finding, Place
from newsletter.personalization import merge_tags as merge_tags_

_UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|XXX+|lorem ipsum|[ÀA] (?:D[ÉE]CRIRE|[ÉE]CRIRE|COMPL[ÉE]TER|FAIRE|V[ÉE]RIFIER)"
    r"(?=[ \u00a0]*(?:[^\w\s-]|$)))(?![\w-])",
    re.IGNORECASE,
)
_NUMERAL = re.compile(r"[A-ZÀ-Þ][\w’-]* $")
"""A capitalised word before XXX: in « Super Bowl XXX », XXX is a Roman numeral."""
_CASED = re.compile(r"todo|fixme|xxx|[àa] ", re.IGNORECASE)
MOJIBAKE = re.compile(r"Ã[\u0080-\u00bf]|â€[\u0080-\u00bf™œž˜“”¦\u009d]?|Â[\u00a0-\u00bf]|\ufffd")
_WORD_START = re.compile(r"\S*$")
_NOTE = re.compile(r"\[\^([^\]\s]+)\]")
_OPEN_MARK = re.compile(r"(?<!\*)\*\*(?!\*)(?!\s*\d)|(?<![\w*])\*(?=\w)|(?<!\w)__?(?=\w)|~~(?=\w)|(?<!`)`(?!`)")
_ASTERISK = re.compile(r"\S\*(?=[\s.,;)]|$)")
_NAMES = "|".join(merge_tags_.known_names())
# Markdown reads the asterisks of `*|FNAME|*` as italics, so the pattern also matches the text `|FNAME|`.
_FOREIGN_TAG = re.compile(
    r"\*\|\w+\|\*|\{\s+\{\s*\w+\s*\}\s*\}|^\|[A-Z][A-Z0-9_:]*\|$"
    rf"|(?<![{{\w])\{{(?:{_NAMES})\}}(?!\}})|%(?:{_NAMES})%",
    re.IGNORECASE,
)
_WORD_TAG = re.compile(r"<[a-z]\w*:\w+[^<>]*>", re.IGNORECASE)
_TAG_NAME = re.compile(r"</?\s*([A-Za-z][\w-]*)")


def html_tags(context: CheckContext) -> Iterator[Finding]:
    for span in context.spans:
        if span.mark is Mark.TEXT and not span.target and "<!--" in span.text:
            yield context.make_finding("H05", inside(span, span.text.index("<!--")))
        if span.mark is not Mark.HTML:
            continue
        name = _TAG_NAME.match(span.text)
        known = bool(name and name[1].lower() in INLINE_HTML)
        if known:
            yield context.make_finding("H03", span.place, tag=span.text)
        elif not span.text.startswith("</"):
            yield context.make_finding("H02", span.place, tag=span.text.split()[0].rstrip("/>") + ">")


def merge_tags(context: CheckContext) -> Iterator[Finding]:
    for span in context.spans:
        if span.mark is Mark.TAG:
            yield from _tag(context, span.target, span.text, span.place)
        elif span.mark is Mark.TEXT and "{{" in span.text:
            at = span.text.index("{{")
            yield context.make_finding("V02", inside(span, at), text=span.text[at:][:30])


def merge_tags_in_front_matter(context: CheckContext) -> Iterator[Finding]:
    front = context.issue.front
    for name, text in (("subject", front.subject), ("preheader", front.preheader)):
        place = front.places.get(name, Place(1))
        for piece in merge_tags_.scan(text):
            if isinstance(piece, str):
                if "{{" in piece:
                    yield context.make_finding("V02", place, text=piece[piece.index("{{") :][:30])
            elif merge_tags_.is_url(piece.name):
                yield context.make_finding(
                    "V03", place, tag=piece.typed, known=merge_tags_.names_for(context.language_code, urls=False)
                )
            else:
                yield from _tag(context, piece.name or piece.typed, piece.default, place)


def _tag(context: CheckContext, name: str, default: str, place: Place) -> Iterator[Finding]:
    if name not in merge_tags_.VALUE_TAGS and not merge_tags_.is_url(name):
        known = merge_tags_.names_for(context.language_code)
        yield context.make_finding("V01", place, tag=name, near=merge_tags_.suggest_name(name), known=known)
    elif name in {"first_name", "last_name"} and not default:
        yield context.make_finding("V04", place, tag=merge_tags_.localized_name(name, context.language_code))


def note_undefined(context: CheckContext) -> Iterator[Finding]:
    for span in context.texts:
        for match in _NOTE.finditer(span.text):
            yield context.make_finding("N01", inside(span, match.start()), label=match[1])


def mark_left_open(context: CheckContext) -> Iterator[Finding]:
    """Report an unclosed `**` or `*` beside a word, which shows as typed (T02).

    A `*` that begins a paragraph is allowed if another `*` follows a word, as a price does: it explains that price.
    """
    starred = any(_ASTERISK.search(span.text) for span in context.texts)
    firsts = {run[0].place for run in context.runs if run}
    for span in context.texts:
        for match in _OPEN_MARK.finditer(span.text) if any(sign in span.text for sign in "*_~`") else ():
            explains = starred and match[0] == "*" and inside(span, match.start()) in firsts
            if not explains and not _in_address(span, match.start()):
                yield context.make_finding("T02", inside(span, match.start()), mark=match[0])


def _in_address(span: Span, at: int) -> bool:
    start = span.text.rfind(" ", 0, at) + 1
    return any(sign in span.text[start:].split(" ", 1)[0] for sign in ("/", "@", "="))


def merge_tags_out_of_place(context: CheckContext) -> Iterator[Finding]:
    """Report merge tags in image descriptions and HTML attributes, which are the same for every recipient (V07)."""
    for _, alt, place in context.pictures:
        if "{{" in alt:
            yield context.make_finding("V07", place, text=alt[alt.index("{{") :][:30])
    for span in context.spans:
        if span.mark is Mark.OPEN and span.text != "a" and "{{" in span.target:
            yield context.make_finding("V07", span.place, text=span.target[span.target.index("{{") :][:30])


def tags_of_others(context: CheckContext) -> Iterator[Finding]:
    """Report merge tags of other programs, which would show as typed (V06): `*|FNAME|*`, `%prenom%`, `{prenom}`."""
    for span in context.texts:
        for match in _FOREIGN_TAG.finditer(span.text) if any(sign in span.text for sign in "{%|") else ():
            yield context.make_finding("V06", inside(span, match.start()), text=match[0])


def word_residue(context: CheckContext) -> Iterator[Finding]:
    """Report tags of Microsoft Word: they are not HTML, so Markdown shows them (H02)."""
    for span in context.texts:
        for match in _WORD_TAG.finditer(span.text) if "<" in span.text else ():
            yield context.make_finding("H02", inside(span, match.start()), tag=match[0])


def odd_entities(context: CheckContext) -> Iterator[Finding]:
    for span in context.spans:
        if span.mark is Mark.TEXT and span.target and (match := GARBLED.search(span.text)):
            yield context.make_finding("F05", span.place, character=f"U+{ord(match[0]):04X}")


def reserved_words(context: CheckContext) -> Iterator[Finding]:
    """Report typed text that looks like a placeholder, because personalization would replace it (V05)."""
    for number, line in enumerate(context.issue.lines, 1):
        if (at := line.find(merge_tags_.PREFIX)) >= 0:
            yield context.make_finding("V05", Place(number, at + 1), text=merge_tags_.PREFIX)


def stray_placeholders(context: CheckContext) -> Iterator[Finding]:
    """Report the first placeholder that only composing created, from an entity or around a comment (V05)."""
    if not any(merge_tags_.PREFIX in line for line in context.issue.lines):
        for text in merge_tags_.find_strays(context.edition.html + context.edition.text, context.edition.tags)[:1]:
            yield context.make_finding("V05", context.issue.body_place, text=text)


def unfinished_text(context: CheckContext) -> Iterator[Finding]:
    """Report "TODO" and the like in typed text, comments included (T01); code, addresses and quotations are skipped."""
    code = _code_lines(context)
    places = context.issue.front.places
    fields = {places[name].line for name in ("subject", "preheader", "author") if name in places}
    filled = [(number, context.issue.lines[number - 1].replace('"', " ")) for number in sorted(fields)]  # YAML's quotes
    for number, line in (*filled, *context.body()):
        for match in _UNFINISHED.finditer(line) if number not in code else ():
            shouted = match[0].isupper() or not _CASED.match(match[0])
            if shouted and not _is_meant(line, match.start(), match[0]):
                yield context.make_finding("T01", Place(number, match.start() + 1), text=match[0])


def _code_lines(context: CheckContext) -> set[int]:
    blocks = [block for block in context.blocks if isinstance(block, Code)]
    return {
        number for block in blocks for number in range(block.place.line, block.place.line + block.text.count("\n") + 3)
    }


def _is_meant(line: str, at: int, text: str) -> bool:
    before = line[:at]
    word = before[before.rfind(" ") + 1 :]
    numeral = set(text) == {"X"} and _NUMERAL.search(before)
    return (
        bool(numeral) or before.count("`") % 2 == 1 or "/" in word or before.rstrip(" \u00a0").endswith(("«", "“", '"'))
    )


def unreadable_accents(context: CheckContext) -> Iterator[Finding]:
    """Report wrongly decoded text (F03), once a line: a wrong encoding breaks every accent in the text."""
    for number, line in enumerate(context.issue.lines, 1):
        if match := MOJIBAKE.search(line):
            word = _WORD_START.search(line, 0, match.start())
            yield context.make_finding(
                "F03", Place(number, (word.start() if word else match.start()) + 1), text=match[0]
            )

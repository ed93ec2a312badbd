"""Conversion of markdown-it's inline tokens into spans, each with its line and column.

Only a few inline HTML elements are allowed (`INLINE_HTML`). nh3 cleans their attributes, and each element must be
closed in the run of text that opens it. Refused HTML stays in the text as it was typed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from newsletter.model.blocks import INLINE_HTML, Mark, Span, Spans
from newsletter.model.finding import Place, Report

BUTTONS = frozenset(("bouton", "button"))
_INLINE_NAMES = {"em": "em", "strong": "strong", "s": "s", "link": "a"}
_ELEMENT = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>[^>]*?)\s*/?>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""\s([A-Za-z_:][\w:.-]*)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?""")
_KEPT = {name: {"lang", "dir", "title"} for name in INLINE_HTML}
_WIDTH = re.compile(r"([1-9]\d{0,3})(?:px)?")


@dataclass(frozen=True, slots=True)
class Source:
    """The lines that tokens come from; gives the place of a token in the file."""

    lines: Sequence[str]
    first_line: int
    report: Report

    def line(self, token: Token) -> Place:
        """Return the line on which the block of a token begins."""
        return Place((token.map[0] if token.map else 0) + self.first_line)

    def locate(self, inline: Token, after: int = 0) -> Callable[[int], Place]:
        """Return a function that maps an offset in an inline token's content to its place in the file.

        The column is 1 if the content cannot be found in its line. `after` is the column, from 0, at which the search
        starts: two cells of a table row may hold the same text.
        """
        first = inline.map[0] if inline.map else 0
        lines: list[tuple[int, int, int]] = []  # per line: start offset in the content, line number, column - offset
        start = 0
        for index, line in enumerate(inline.content.split("\n"), first):
            raw = self.lines[index] if index < len(self.lines) else ""
            lines.append((start, index + self.first_line, raw.find(line, after) + 1 - start))
            start += len(line) + 1

        starts = [line[0] for line in lines]

        def place(offset: int) -> Place:
            begins, number, added = lines[bisect_right(starts, offset) - 1]
            return Place(number, offset + added if begins + added > 0 else 1)

        return place


def spans(inline: Token, source: Source, after: int = 0) -> Spans:
    """Return the spans of an inline token."""
    place = source.locate(inline, after)
    unchecked: list[Span] = []
    for child in _join_adjacent_texts(inline.children or ()):
        unchecked += _span(child, place(child.meta.get("pos", 0)), source)
    return _refuse_unbalanced(unchecked)


def width_of(token: Token) -> int:
    """Return the width in CSS pixels from an image's `{width=…}`, or 0 if it has no valid width."""
    match = _WIDTH.fullmatch(str(token.attrs.get("width", "")))
    return int(match[1]) if match else 0


def _join_adjacent_texts(children: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens with adjacent texts joined at the position of the first; keep escapes and entities separate."""
    pieces: list[Token] = []
    for child in children:
        if child.type == "text":
            pieces += [child] if child.content else []  # an empty rest of a mark's signs has a wrong position
            continue
        yield from _join_texts(pieces)
        pieces = []
        yield child
    yield from _join_texts(pieces)


def _join_texts(pieces: list[Token]) -> Iterator[Token]:
    content = "".join(piece.content for piece in pieces)
    if content:
        yield Token("text", "", 0, content=content, meta=pieces[0].meta)


def _span(token: Token, place: Place, source: Source) -> Iterator[Span]:
    match token.type:
        case "softbreak":
            yield Span(Mark.TEXT, "\n", place=place)
        case "hardbreak":
            yield Span(Mark.BREAK, place=place)
        case "code_inline":
            yield Span(Mark.CODE, token.content, place=place)
        case "image":
            _check_attributes(token, place, source, good=not token.attrs.get("width") or width_of(token) > 0)
            yield Span(Mark.IMAGE, _alt(token), str(token.attrs["src"]), place)
        case "merge_tag":
            yield Span(Mark.TAG, token.meta["default"], token.meta["name"] or token.content, place)
        case "footnote_ref":
            yield Span(Mark.NOTE, str(token.meta["id"] + 1), place=place)
        case "html_inline":
            yield from _html(token.content, place, source)
        case "text":
            yield Span(Mark.TEXT, token.content, place=place)
        case "text_special":
            yield Span(Mark.TEXT, token.content, token.markup, place)
        case _:
            yield _mark(token, place, source)


def _mark(token: Token, place: Place, source: Source) -> Span:
    name = _INLINE_NAMES[token.type.rsplit("_", 1)[0]]
    if token.nesting != 1:
        return Span(Mark.CLOSE, name, place=place)
    _check_attributes(token, place, source, good=set(str(token.attrs.get("class", "")).split()) <= BUTTONS)
    return Span(Mark.OPEN, name, str(token.attrs.get("href", "")), place)


def _check_attributes(token: Token, place: Place, source: Source, *, good: bool) -> None:
    """Report attributes in braces that have no effect (B07): they would be dropped silently."""
    odd = [*token.meta.get("insecure_attrs", ())] or [
        f"{name}={token.attrs[name]}" for name in ("class", "width") if not good and name in token.attrs
    ]
    if odd:
        source.report("B07", place, attribute=str(odd[0]))


def _alt(token: Token) -> str:
    return "".join(_alt_word(child) for child in token.children or ())


def _alt_word(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    if token.type == "merge_tag":
        return f"{{{{ {token.content} }}}}"
    return _alt(token) if token.type == "image" else token.content


def _html(typed: str, place: Place, source: Source) -> Iterator[Span]:
    """Yield the spans of raw HTML: nothing for a comment, a mark for an allowed element, refused text for the rest.

    The name of an HTML element begins with `<` until `_refuse_unbalanced` has checked the whole run. The `<` tells it
    from Markdown's own em and strong.
    """
    element = _ELEMENT.fullmatch(typed)
    name = element["name"].lower() if element else ""
    if typed.startswith("<!--"):
        return
    if element is None or name not in INLINE_HTML:
        yield Span(Mark.HTML, typed, place=place)
    elif name == "br":
        yield Span(Mark.BREAK, place=place)
    elif element["close"]:
        yield Span(Mark.CLOSE, f"<{name}", place=place)
    else:
        yield Span(Mark.OPEN, f"<{name}", _clean_attributes(name, element["attributes"], place, source), place)


def _clean_attributes(name: str, typed: str, place: Place, source: Source) -> str:
    """Return the attributes of an element that may be mailed, as ` title="…"` or ""; report removed ones (H04)."""
    if not typed.strip():
        return ""
    import nh3

    clean_html = nh3.clean(f"<{name} {typed}></{name}>", tags={name}, attributes=_KEPT, link_rel=None)
    clean_attributes = clean_html.removeprefix(f"<{name}").removesuffix(f"></{name}>")
    names = {match[1].lower() for match in _ATTRIBUTE.finditer(clean_attributes)}
    for match in _ATTRIBUTE.finditer(typed):
        if match[1].lower() not in names:
            source.report("H04", place, attribute=match[1], tag=f"<{name}>")
    return clean_attributes


def _refuse_unbalanced(spans: list[Span]) -> Spans:
    """Return the same spans, and turn HTML elements without their opening or closing tag into refused text."""
    if not any(span.text.startswith("<") for span in spans):
        return tuple(spans)
    opened: list[int] = []
    refused: set[int] = set()
    for index, span in enumerate(spans):
        if span.mark is Mark.OPEN:
            opened.append(index)
        elif span.mark is Mark.CLOSE and span.text.startswith("<"):
            if opened and spans[opened[-1]].text == span.text:
                opened.pop()
            else:
                refused.add(index)
        elif span.mark is Mark.CLOSE:
            while spans[opened[-1]].text.startswith("<"):
                refused.add(opened.pop())
            opened.pop()
    refused.update(opened)
    return tuple(_resolve_html_mark(span, as_text=index in refused) for index, span in enumerate(spans))


def _resolve_html_mark(span: Span, *, as_text: bool) -> Span:
    if span.mark not in {Mark.OPEN, Mark.CLOSE} or not span.text.startswith("<"):
        return span
    if not as_text:
        return replace(span, text=span.text[1:])
    slash = "/" if span.mark is Mark.CLOSE else ""
    return Span(Mark.HTML, f"<{slash}{span.text[1:]}{span.target}>", place=span.place)

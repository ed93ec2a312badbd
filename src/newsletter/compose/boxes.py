"""`:::` blocks: what each name makes of the blocks inside it.

::: encadre Un titre      a passage set apart; note, attention, agenda, sommaire likewise
::: citation Une autrice  a quotation set large
::: video https://…       a film, with the picture inside to press
::: bouton https://…      a button, its words inside
::: colonnes              side by side, parted by ---
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from itertools import groupby

from markdown_it.token import Token

from newsletter.compose import markdown
from newsletter.compose.spans import Source, spans
from newsletter.model.blocks import (
    Block,
    Button,
    Callout,
    Columns,
    Divider,
    Mark,
    Paragraph,
    Picture,
    Quote,
    Span,
    Spans,
    Video,
)
from newsletter.model.finding import Place

MAX_COLUMNS = 3
NAMES = ("encadre", "note", "attention", "agenda", "sommaire", "citation", "video", "bouton", "colonnes")
_ALIASES = {
    "box": "encadre",
    "callout": "encadre",
    "warning": "attention",
    "events": "agenda",
    "contents": "sommaire",
    "quote": "citation",
    "button": "bouton",
    "columns": "colonnes",
}
_FENCE = re.compile(r"(?P<colons>:{3,})[ \t]*(?P<name>\S*)[ \t]*(?P<rest>.*?)[ \t]*$")

Inside = Callable[[str, Spans, tuple[Block, ...], Place], Block]


def name_of(token: Token) -> str:
    """The canonical name of a `:::` block, as typed where there is none of that name."""
    typed = token.info.split()[0]
    return _ALIASES.get(typed, typed)


def check(token: Token, source: Source, around: Sequence[str]) -> None:
    """Reports an unknown name, a block that is never closed, one as wide as the block it stands in."""
    place = Place(source.line(token).line, 1)
    name = name_of(token)
    if name not in NAMES:
        near = difflib.get_close_matches(name.lower(), NAMES, n=1)
        source.report("B01", place, name=name, near=near[0] if near else "", known=", ".join(NAMES))
    if around and len(token.markup) >= len(around[-1]):
        source.report("B04", place, name=name, colons=":" * (len(token.markup) + 1))
    elif not _closed(token, source):
        source.report("B02", place, name=name, line=place.line, colons=token.markup)


def _closed(token: Token, source: Source) -> bool:
    end = token.map[1] if token.map else 0
    last = source.lines[end] if end < len(source.lines) else ""
    return bool(re.search(rf"(?:^|[\s>]){re.escape(token.markup)}:*\s*$", last))


def title_of(token: Token, source: Source) -> Spans:
    """What stands behind the name, as inline Markdown, at its place in the file."""
    line = source.line(token).line
    raw = source.lines[line - source.first_line]
    fence = _FENCE.search(raw)
    if fence is None or not fence["rest"]:
        return ()
    inline = markdown.inline(fence["rest"])
    inline.map = [line - source.first_line, line - source.first_line + 1]
    return spans(inline, source, fence.start("rest"))


def made(name: str, title: Spans, blocks: tuple[Block, ...], place: Place) -> list[Block]:
    """The block that a name makes; an unknown name, which is reported, leaves what is inside."""
    maker = _MAKERS.get(name)
    return [maker(name, title, blocks, place)] if maker else list(blocks)


def _callout(kind: str, title: Spans, blocks: tuple[Block, ...], place: Place) -> Block:
    return Callout(kind, title, blocks, place)


def _quotation(_kind: str, title: Spans, blocks: tuple[Block, ...], place: Place) -> Block:
    match blocks:
        case (Quote() as quote,):
            return Quote(quote.blocks, place, title or quote.author, pulled=True)
        case _:
            return Quote(blocks, place, title, pulled=True)


def _video(_kind: str, title: Spans, blocks: tuple[Block, ...], place: Place) -> Block:
    url, words = _address(title)
    picture = next((block for block in blocks if isinstance(block, Picture)), None)
    if picture:
        picture = Picture(picture.source, picture.alt, picture.place, url, picture.credit, picture.width)
    return Video(url, words or _words(blocks), picture, place)


def _button(_kind: str, title: Spans, blocks: tuple[Block, ...], place: Place) -> Block:
    url, words = _address(title)
    said = words or _words(blocks)
    if not url and any(span.mark is Mark.OPEN and span.text == "a" for span in said):
        return Button(said, place)
    return Button((Span(Mark.OPEN, "a", url, place), *said, Span(Mark.CLOSE, "a", place=place)), place)


def _address(title: Spans) -> tuple[str, Spans]:
    """The first word where it is an address, and the rest."""
    first = title[0] if title else None
    if first and first.mark is Mark.OPEN and first.text == "a":  # <https://…>
        end = next(n for n, span in enumerate(title) if span.mark is Mark.CLOSE and span.text == "a")
        return first.target, _stripped(title[end + 1 :])
    if first is None or first.mark is not Mark.TEXT or not re.match(r"\w+:|www\.|/", first.text):
        return "", title
    address, _, rest = "".join(span.text for span in title if span.mark is Mark.TEXT).partition(" ")
    return address, (Span(Mark.TEXT, rest.strip(), place=first.place),) if rest.strip() else ()


def _stripped(run: Spans) -> Spans:
    return () if not "".join(span.text for span in run).strip() else run


def _words(blocks: tuple[Block, ...]) -> Spans:
    return next((block.text for block in blocks if isinstance(block, Paragraph | Button)), ())


def _side_by_side(_kind: str, _title: Spans, blocks: tuple[Block, ...], place: Place) -> Block:
    parted = groupby(blocks, key=lambda block: isinstance(block, Divider))
    return Columns(tuple(tuple(run) for divides, run in parted if not divides), place)


_MAKERS: dict[str, Inside] = {
    **dict.fromkeys(("encadre", "note", "attention", "agenda", "sommaire"), _callout),
    "citation": _quotation,
    "video": _video,
    "bouton": _button,
    "colonnes": _side_by_side,
}

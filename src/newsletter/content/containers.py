"""`:::` blocks: the block that each name builds from its title, its address and its content.

::: encadre Un titre      a callout; note, attention, agenda, sommaire are callouts too
::: citation Une autrice  a pull quote, shown in large type
::: video https://…       a video link; the picture inside is clickable
::: bouton https://…      a button; its words are inside
::: colonnes              columns side by side, separated by ---
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markdown_it.token import Token

from newsletter.content.inline_builder import Source
from newsletter.model.blocks import (
    Block,
    Button,
    Callout,
    Columns,
    Divider,
    Heading,
    Mark,
    Paragraph,
    Picture,
    Quote,
    Span,
    Spans,
    Video,
)
from newsletter.model.finding import Place

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


def name_of(token: Token) -> str:
    """Return the canonical name of a `:::` block, or the name as typed if it is not an alias."""
    typed = token.info.split()[0]
    return _ALIASES.get(typed, typed)


def check(token: Token, source: Source, around: Sequence[str]) -> None:
    """Report an unknown name (B01), a block that is never closed (B02), or a nested block with too many colons (B04).

    `around` holds the markup of the enclosing blocks; an inner block needs fewer colons than the block around it.
    """
    place = Place(source.line(token).line, 1)
    name = name_of(token)
    if name not in NAMES:
        near = difflib.get_close_matches(name.lower(), NAMES, n=1)
        source.report("B01", place, name=name, near=near[0] if near else "", known=", ".join(NAMES))
    if around and len(token.markup) >= len(around[-1]):
        source.report("B04", place, name=name, colons=":" * (len(token.markup) + 1))
    elif not _is_closed(token, source):
        source.report("B02", place, name=name, line=place.line, colons=token.markup)


def _is_closed(token: Token, source: Source) -> bool:
    end = token.map[1] if token.map else 0
    last = source.lines[end] if end < len(source.lines) else ""
    return bool(re.search(rf"(?:^|[\s>]){re.escape(token.markup)}:*\s*$", last))


@dataclass(frozen=True, slots=True)
class Box:
    """The parts of a `:::` block as typed: the title and address after its name, and the blocks inside it."""

    title: Spans
    address: str
    blocks: tuple[Block, ...]
    place: Place


def build_blocks(name: str, box: Box) -> list[Block]:
    """Return the blocks that the name builds; return the inner blocks unchanged for an unknown name (see `check`)."""
    build = _BUILDERS.get(name)
    return build(name, box) if build else list(box.blocks)


def _callout(kind: str, box: Box) -> list[Block]:
    return [Callout(kind=kind, title=box.title, blocks=box.blocks, place=box.place)]


def _quotation(_kind: str, box: Box) -> list[Block]:
    match box.blocks:
        case (Quote() as quote,):
            return [Quote(blocks=quote.blocks, place=box.place, author=box.title or quote.author, pulled=True)]
        case _:
            return [Quote(blocks=box.blocks, place=box.place, author=box.title, pulled=True)]


def _video(_kind: str, box: Box) -> list[Block]:
    pictures = [block for block in box.blocks if isinstance(block, Picture)]
    picture = replace(pictures[0], link=box.address) if pictures else None
    words, rest = _words_and_rest(box, [block for block in box.blocks if block not in pictures[:1]])
    return [Video(url=box.address, title=words, picture=picture, place=box.place), *rest]


def _button(_kind: str, box: Box) -> list[Block]:
    """Build a button from the title, or else from the first paragraph inside.

    Without an address after the name, the button takes the address of the first link in its words.
    """
    words, rest = _words_and_rest(box, list(box.blocks))
    first_target = next((span.target for span in words if span.mark is Mark.OPEN and span.text == "a"), "")
    words_without_link = tuple(span for span in words if span.text != "a" or span.mark not in {Mark.OPEN, Mark.CLOSE})
    opening = Span(Mark.OPEN, "a", box.address or first_target, box.place)
    return [Button((opening, *words_without_link, Span(Mark.CLOSE, "a", place=box.place)), box.place), *rest]


def _words_and_rest(box: Box, blocks: list[Block]) -> tuple[Spans, list[Block]]:
    """Return the words of a video or button box, and the remaining blocks, which are placed below it."""
    if box.title or not blocks or not isinstance(blocks[0], Paragraph | Heading | Button):
        return box.title, blocks
    return blocks[0].text, blocks[1:]


def _side_by_side(_kind: str, box: Box) -> list[Block]:
    groups = groupby(box.blocks, key=lambda block: isinstance(block, Divider))
    return [Columns(tuple(tuple(run) for is_divider, run in groups if not is_divider), box.place)]


_BUILDERS: dict[str, Callable[[str, Box], list[Block]]] = {
    **dict.fromkeys(("encadre", "note", "attention", "agenda", "sommaire"), _callout),
    "citation": _quotation,
    "video": _video,
    "bouton": _button,
    "colonnes": _side_by_side,
}

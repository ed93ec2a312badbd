"""The blocks of an issue, as an editor wrote them, each with its place in the file.

Inline text is a flat run of spans, as markdown-it gives it: an `OPEN` and a `CLOSE` span enclose the spans
that they mark. In a flat run, typography rules can look across the borders of emphasis and links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from newsletter.model.finding import Place

_LANGUAGE = re.compile(r'\slang="([^"]*)"')
INLINE_HTML = ("abbr", "b", "br", "em", "i", "mark", "small", "span", "strong", "sub", "sup", "u")
"""The only HTML elements that an issue may contain, inside a paragraph."""


class Mark(Enum):
    """The kind of a span."""

    TEXT = "text"
    CODE = "code"
    BREAK = "break"
    IMAGE = "image"
    TAG = "tag"
    NOTE = "note"
    HTML = "html"
    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of inline text."""

    mark: Mark
    text: str = ""
    """The characters of TEXT, CODE and HTML (HTML is refused: shown as text, and always a finding), the alt of IMAGE,
    the default of TAG, the number of NOTE, the HTML name (em, strong, s, a, sup, …) of OPEN and CLOSE."""
    target: str = ""
    """The address of a link's OPEN or of an IMAGE, the attributes of another element's OPEN, the canonical
    name of a TAG, the source of a TEXT that was typed in another way (`&nbsp;`, a sign after a backslash)."""
    place: Place = Place(1)


Spans = tuple[Span, ...]


def plain_text(spans: Spans) -> str:
    """Return the text of a run of spans without marks; a merge tag shows as `{{ name }}`."""
    return "".join(_word(span) for span in spans)


def _word(span: Span) -> str:
    match span.mark:
        case Mark.TEXT | Mark.CODE | Mark.HTML | Mark.IMAGE:
            return span.text
        case Mark.BREAK:
            return "\n"
        case Mark.TAG:
            return f"{{{{ {span.target} }}}}"
        case Mark.OPEN | Mark.CLOSE | Mark.NOTE:
            return ""


def find_foreign(run: Spans, language: str) -> frozenset[int]:
    """Return the indexes of the TEXT spans inside an element of another language: `<span lang="en">…</span>`."""
    if not any(span.mark is Mark.OPEN and ' lang="' in span.target for span in run):
        return frozenset()
    is_foreign: list[bool] = [False]
    found = set()
    for index, span in enumerate(run):
        if span.mark is Mark.OPEN:
            named = _LANGUAGE.search(span.target) if span.text != "a" else None
            is_foreign.append(not named[1].lower().startswith(language) if named else is_foreign[-1])
        elif span.mark is Mark.CLOSE:
            is_foreign.pop()
        elif is_foreign[-1] and span.mark is Mark.TEXT:
            found.add(index)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Spans
    place: Place


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; level 2 opens a section."""

    level: int
    text: Spans
    place: Place
    underline: str = ""
    """`-` or `=` if a line of these signs makes the lines above a title (setext heading); else empty."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that stands alone in its paragraph."""

    source: str
    """A file beside the issue, or an https address."""
    alt: str
    place: Place
    link: str = ""
    credit: Spans = ()
    """The line under the image that begins with « Crédit : », or the image's title."""
    width: int = 0
    """Width in CSS pixels, from `{width=…}`; 0: as wide as possible."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation; `author` is its last line if that line begins with a dash."""

    blocks: tuple[Block, ...]
    place: Place
    author: Spans = ()
    pulled: bool = False
    """True for a pull quote (`::: citation`): set large, between two rules."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A bulleted or numbered list."""

    ordered: bool
    items: tuple[tuple[Block, ...], ...]
    place: Place
    start: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header; every row has as many cells as the header."""

    header: tuple[Spans, ...]
    rows: tuple[tuple[Spans, ...], ...]
    aligned: tuple[str, ...]
    """left, center or right, for each column."""
    place: Place


@dataclass(frozen=True, slots=True)
class Callout:
    """A passage set apart: `::: encadre Titre`, note, attention, agenda, sommaire."""

    kind: str
    title: Spans
    blocks: tuple[Block, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Columns:
    """Passages side by side; on a telephone, one below the other."""

    columns: tuple[tuple[Block, ...], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Button:
    """A link drawn as a button; `text` is the whole link, its OPEN and CLOSE included."""

    text: Spans
    place: Place


@dataclass(frozen=True, slots=True)
class Video:
    """A link to a video on another site: its address, its title, and a picture to click."""

    url: str
    title: Spans
    picture: Picture | None
    place: Place


@dataclass(frozen=True, slots=True)
class Code:
    """Text shown exactly as it is typed."""

    text: str
    place: Place
    fenced: bool = True
    """True for a block between two lines of ```; False for a block of indented lines."""


@dataclass(frozen=True, slots=True)
class Divider:
    """A pause between two passages."""

    place: Place


@dataclass(frozen=True, slots=True)
class RawHtml:
    """HTML in the source: always a finding, shown as text and never interpreted."""

    text: str
    place: Place


Block = (
    Paragraph
    | Heading
    | Picture
    | Quote
    | Listing
    | Table
    | Callout
    | Columns
    | Button
    | Video
    | Code
    | Divider
    | RawHtml
)


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote; its first reference in the text gives it its number."""

    number: int
    blocks: tuple[Block, ...]
    place: Place


def inner_blocks(block: Block) -> tuple[Block, ...]:
    """Return the blocks directly inside a block."""
    match block:
        case Quote() | Callout():
            return block.blocks
        case Listing():
            return tuple(part for item in block.items for part in item)
        case Columns():
            return tuple(part for column in block.columns for part in column)
        case Video():
            return (block.picture,) if block.picture else ()
        case _:
            return ()


def walk_blocks(block: Block) -> Iterator[Block]:
    """Yield a block, and every block inside it at any depth."""
    yield block
    for part in inner_blocks(block):
        yield from walk_blocks(part)


def list_runs(block: Block) -> tuple[Spans, ...]:
    """Return a block's own runs of inline text, without the runs of the blocks inside it."""
    match block:
        case Paragraph() | Heading() | Button():
            return (block.text,)
        case Picture():
            return (block.credit,)
        case Quote():
            return (block.author,)
        case Callout() | Video():
            return (block.title,)
        case Table():
            return (*block.header, *(cell for row in block.rows for cell in row))
        case _:
            return ()

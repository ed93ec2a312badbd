"""An issue: the Markdown file as an editor wrote it, taken apart into typed blocks.

Inline text is a flat run of spans, as markdown-it gives it: `OPEN` and `CLOSE` stand around what
they mark. Flat runs let typography look across the borders of emphasis and links.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from urllib.parse import unquote

from newsletter.model.finding import Finding, Place


class Mark(Enum):
    """What a span is."""

    TEXT = "text"
    CODE = "code"
    BREAK = "break"
    IMAGE = "image"
    TAG = "tag"
    HTML = "html"
    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of inline text."""

    mark: Mark
    text: str = ""
    """The characters of TEXT, CODE and HTML (never obeyed, always a finding), the alt of IMAGE,
    the default of TAG, the HTML name (em, strong, s, a) of OPEN and CLOSE."""
    target: str = ""
    """The address of a link's OPEN or of an IMAGE, the canonical name of a TAG."""
    place: Place = Place(1)


Spans = tuple[Span, ...]


def plain(spans: Spans) -> str:
    """The words of a run of spans, without marks; a merge tag shows as `{{ name }}`."""
    return "".join(_word(span) for span in spans)


def _word(span: Span) -> str:
    match span.mark:
        case Mark.TEXT | Mark.CODE | Mark.HTML | Mark.IMAGE:
            return span.text
        case Mark.BREAK:
            return "\n"
        case Mark.TAG:
            return f"{{{{ {span.target} }}}}"
        case Mark.OPEN | Mark.CLOSE:
            return ""


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


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that stands alone in its paragraph."""

    source: str
    """A file beside the issue, or an https address."""
    alt: str
    place: Place
    link: str = ""
    credit: Spans = ()
    """The line under it that begins with « Crédit : », or the image's title."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation; `author` is its last line when that begins with a dash."""

    blocks: tuple[Block, ...]
    place: Place
    author: Spans = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A bulleted or numbered list."""

    ordered: bool
    items: tuple[tuple[Block, ...], ...]
    place: Place
    start: int = 1


@dataclass(frozen=True, slots=True)
class Code:
    """Text shown as it is typed."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Divider:
    """A pause between two passages."""

    place: Place


@dataclass(frozen=True, slots=True)
class RawHtml:
    """HTML in the source: always a finding, shown as text and never obeyed."""

    text: str
    place: Place


Block = Paragraph | Heading | Picture | Quote | Listing | Code | Divider | RawHtml


@dataclass(frozen=True, slots=True)
class Section:
    """A level-2 heading and what stands under it."""

    heading: Heading
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields between the two `---`, typed; `places` says where each canonical name stands."""

    id: str = ""
    subject: str = ""
    preheader: str = ""
    date: dt.date | None = None
    authors: tuple[str, ...] = ()
    number: str = ""
    slug: str = ""
    language: str = ""
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue, every part labelled; what could not be labelled is still in `preamble`, `lead` or a section."""

    path: Path
    slug: str
    language: str
    front: FrontMatter
    opening: Picture | None
    preamble: tuple[Block, ...]
    """What stands before the salutation and is neither the opening image nor its credit."""
    salutation: Paragraph | None
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]
    signature: Paragraph | None
    postscript: tuple[Block, ...]
    lines: tuple[str, ...]
    """The source, line by line, for rules that must see what was typed."""
    body_line: int
    """Number of the first line after the front matter."""
    findings: tuple[Finding, ...]
    """What reading it already showed."""

    @property
    def folder(self) -> Path:
        """Where the issue's images are looked for."""
        return self.path.parent

    def file(self, source: str) -> Path | None:
        """The file beside the issue that an image's source names; None where there is none, or it is elsewhere."""
        for name in (unquote(source), source):
            try:
                path = self.folder / name
                if path.is_file() and path.resolve().is_relative_to(self.folder.resolve()):
                    return path
            except (OSError, ValueError, RuntimeError):  # too long, a null byte, a loop of links
                continue
        return None

    def blocks(self) -> Iterator[Block]:
        """Every block at the top of the letter, in reading order."""
        parts = (self.opening, *self.preamble, self.salutation, *self.lead)
        yield from (part for part in parts if part)
        for section in self.sections:
            yield section.heading
            yield from section.blocks
        yield from (part for part in (self.signature, *self.postscript) if part)

    def all_blocks(self) -> Iterator[Block]:
        """Every block, those inside quotes and lists too."""
        for block in self.blocks():
            yield from _unfolded(block)

    def spans(self) -> Iterator[Span]:
        """Every span of inline text."""
        for block in self.all_blocks():
            yield from _own_spans(block)


def _unfolded(block: Block) -> Iterator[Block]:
    yield block
    inner: tuple[Block, ...] = ()
    if isinstance(block, Quote):
        inner = block.blocks
    elif isinstance(block, Listing):
        inner = tuple(part for item in block.items for part in item)
    for part in inner:
        yield from _unfolded(part)


def _own_spans(block: Block) -> Spans:
    match block:
        case Paragraph() | Heading():
            return block.text
        case Picture():
            return block.credit
        case Quote():
            return block.author
        case _:
            return ()

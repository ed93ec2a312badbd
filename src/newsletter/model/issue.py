"""An issue: the Markdown file as an editor wrote it, taken apart into the parts of a letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from newsletter.model.blocks import Block, Heading, Mark, Note, Paragraph, Picture, Span, Spans, runs, unfolded
from newsletter.model.finding import Finding, Place


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
    status: str = ""
    """Where the work stands, for people: it never decides whether an issue is sent."""
    typography: str = ""
    """normal, fine or off; empty: the publication's."""
    image: str = ""
    image_alt: str = ""
    credit: str = ""
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
    notes: tuple[Note, ...]
    """Footnotes, by their numbers."""
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

    @property
    def body_place(self) -> Place:
        """Where the body begins, or would: what is missing from it is shown there."""
        return Place(max(1, min(self.body_line, len(self.lines))))

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
        """Every block, those inside quotes, lists, callouts and notes too."""
        for block in self.blocks():
            yield from unfolded(block)
        for note in self.notes:
            for block in note.blocks:
                yield from unfolded(block)

    def runs(self) -> Iterator[Spans]:
        """Every run of inline text: a paragraph, a title, a cell."""
        for block in self.all_blocks():
            yield from runs(block)

    def spans(self) -> Iterator[Span]:
        """Every span of inline text."""
        for run in self.runs():
            yield from run

    def pictures(self) -> Iterator[tuple[str, str, Place]]:
        """Source, description and place of every picture, those in a line of text last."""
        for block in self.all_blocks():
            if isinstance(block, Picture):
                yield block.source, block.alt, block.place
        for span in self.spans():
            if span.mark is Mark.IMAGE:
                yield span.target, span.text, span.place

"""An issue: the Markdown file as an editor wrote it, split into the parts of a newsletter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from newsletter.model.blocks import Block, Heading, Mark, Note, Paragraph, Picture, Span, Spans, list_runs, walk_blocks
from newsletter.model.finding import Finding, Place


@dataclass(frozen=True, slots=True)
class Section:
    """A level-2 heading and the blocks under it."""

    heading: Heading
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The typed fields between the two `---` lines; `places` maps each canonical name to its place in the file."""

    id: str = ""
    subject: str = ""
    preheader: str = ""
    date: dt.date | None = None
    authors: tuple[str, ...] = ()
    number: str = ""
    slug: str = ""
    language: str = ""
    status: str = ""
    """Progress of the editing, for people only: it never decides whether an issue is sent."""
    typography: str = ""
    """normal, fine or off; empty for the publication's setting."""
    image: str = ""
    image_alt: str = ""
    credit: str = ""
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue, split into named parts; a block of no special kind stays in `preamble`, `lead` or a section."""

    path: Path
    slug: str
    language: str
    front: FrontMatter
    opening: Picture | None
    preamble: tuple[Block, ...]
    """The blocks before the salutation, without the opening image and its credit."""
    salutation: Paragraph | None
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]
    signature: Paragraph | None
    postscript: tuple[Block, ...]
    notes: tuple[Note, ...]
    """Footnotes, in the order of their numbers."""
    lines: tuple[str, ...]
    """The source, line by line, for rules that need the text as it was typed."""
    body_line: int
    """Number of the first line after the front matter."""
    findings: tuple[Finding, ...]
    """Findings made while reading the file."""

    @property
    def folder(self) -> Path:
        """Return the folder in which the issue's images are looked up."""
        return self.path.parent

    @property
    def body_place(self) -> Place:
        """Return where the body begins, or would begin; a finding about a missing part is shown there."""
        return Place(max(1, min(self.body_line, len(self.lines))))

    def file(self, source: str) -> Path | None:
        """Return the image file that `source` names; None if there is none in the issue's folder."""
        for name in (unquote(source), source):
            try:
                path = self.folder / name
                if path.is_file() and path.resolve().is_relative_to(self.folder.resolve()):
                    return path
            except (OSError, ValueError, RuntimeError):  # too long, a null byte, a loop of links
                continue
        return None

    def blocks(self) -> Iterator[Block]:
        """Yield every top-level block of the issue, in reading order."""
        parts = (self.opening, *self.preamble, self.salutation, *self.lead)
        yield from (part for part in parts if part)
        for section in self.sections:
            yield section.heading
            yield from section.blocks
        yield from (part for part in (self.signature, *self.postscript) if part)

    def all_blocks(self) -> Iterator[Block]:
        """Yield every block, including blocks inside quotes, lists, callouts and footnotes."""
        for block in self.blocks():
            yield from walk_blocks(block)
        for note in self.notes:
            for block in note.blocks:
                yield from walk_blocks(block)

    def runs(self) -> Iterator[Spans]:
        """Yield every run of inline text: a paragraph, a title, a cell."""
        for block in self.all_blocks():
            yield from list_runs(block)

    def spans(self) -> Iterator[Span]:
        """Yield every span of inline text."""
        for run in self.runs():
            yield from run

    def pictures(self) -> Iterator[tuple[str, str, Place]]:
        """Yield source, alternative text and place of every image; images inside a line of text come last."""
        for block in self.all_blocks():
            if isinstance(block, Picture):
                yield block.source, block.alt, block.place
        for span in self.spans():
            if span.mark is Mark.IMAGE:
                yield span.target, span.text, span.place

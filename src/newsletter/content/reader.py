"""Reader of issue files: bytes → lines → front matter and blocks → the parts of a letter.

A file that can be opened always gives an Issue; every mistake in the file becomes a finding.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from newsletter.content import block_builder as markdown_blocks, front_matter, issue_names, salutation
from newsletter.content.conventions import POSTSCRIPT, UNFIT
from newsletter.errors import IssueError
from newsletter.model.blocks import Block, Callout, Heading, Listing, Mark, Note, Paragraph, Picture, Span, plain_text
from newsletter.model.finding import Finding, Place
from newsletter.model.issue import FrontMatter, Issue, Section
from newsletter.model.publication import Publication

MAX_BYTES = 1_000_000
"""Maximum size of an issue. Mail programs clip a mail at a tenth of it, so a larger file is not an issue."""
SIGNATURE_WORDS = 8
SIGNATURE_CHARACTERS = 70
_BOM = "\ufeff"
_FINAL = tuple(".!?…:;,»")


@dataclass(slots=True)
class _Reading:
    """The state of one reading: the lines of the file, and the findings so far."""

    path: Path
    lines: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def report(self, code: str, place: Place, **facts: object) -> None:
        self.findings.append(Finding(code=code, path=self.path, place=place, facts=facts))


@dataclass(slots=True)
class _Parts:
    """The parts of a letter, filled in step by step while the blocks are labelled."""

    opening: Picture | None = None
    preamble: list[Block] = field(default_factory=list)
    salutation: Paragraph | None = None
    lead: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    signature: Paragraph | None = None
    postscript: list[Block] = field(default_factory=list)
    notes: tuple[Note, ...] = ()


def read(path: Path, publication: Publication) -> Issue:
    """Read the issue at `path` (its `index.md`). Raise IssueError if the file cannot be opened."""
    reading = _Reading(path)
    reading.lines = _split_lines(_read_bytes(path), reading)
    front, body_line = front_matter.read(reading.lines, reading.report)
    blocks, notes = markdown_blocks.parse(reading.lines[body_line - 1 :], body_line, reading.report)
    parts = _label(_fill_contents(blocks), publication.salutation, front.authors)
    parts.opening = parts.opening or _opening_from_front_matter(front)
    parts.notes = notes
    return _issue(reading, publication, front, parts, body_line)


def _fill_contents(blocks: Sequence[Block]) -> list[Block]:
    """Return the same blocks, with the section titles filled into an empty `::: sommaire`."""
    headings = [block for block in blocks if isinstance(block, Heading) and block.level <= 2]  # noqa: PLR2004 - levels 1 and 2 open a section
    items = tuple((Paragraph(heading.text, heading.place),) for heading in headings)
    listing = (Listing(ordered=False, items=items, place=Place(1)),)
    filled_blocks = (_fill_callout(block, listing) for block in blocks)
    return [block for block in filled_blocks if block is not None]


def _fill_callout(block: Block, listing: tuple[Block, ...]) -> Block | None:
    """Return the block; fill an empty `::: sommaire` with `listing`, or return None for it if there are no titles."""
    if not isinstance(block, Callout) or block.kind != "sommaire" or block.blocks:
        return block
    has_titles = isinstance(listing[0], Listing) and bool(listing[0].items)
    return replace(block, blocks=listing) if has_titles else None


def _opening_from_front_matter(front: FrontMatter) -> Picture | None:
    """Return the opening image named in the front matter, or None; used only if the body has no opening image."""
    if not front.image:
        return None
    place = front.places["image"]
    credit = (Span(Mark.TEXT, front.credit, place=place),) if front.credit else ()
    return Picture(source=front.image, alt=front.image_alt, place=place, credit=credit)


def _issue(reading: _Reading, publication: Publication, front: FrontMatter, parts: _Parts, body_line: int) -> Issue:
    return Issue(
        path=reading.path,
        slug=front.slug or issue_names.slug_from_folder(reading.path.resolve().parent.name),
        language=front.language or publication.language,
        front=front,
        opening=parts.opening,
        preamble=tuple(parts.preamble),
        salutation=parts.salutation,
        lead=tuple(parts.lead),
        sections=tuple(parts.sections),
        signature=parts.signature,
        postscript=tuple(parts.postscript),
        notes=parts.notes,
        lines=tuple(reading.lines),
        body_line=body_line,
        findings=tuple(reading.findings),
    )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise IssueError("issue_missing", path=path) from error
    except OSError as error:
        raise IssueError("issue_unreadable", path=path, reason=error.strerror or str(error)) from error


def _split_lines(raw: bytes, reading: _Reading) -> list[str]:
    if len(raw) > MAX_BYTES:
        reading.report("F04", Place(1), size=len(raw) // 1000, maximum=MAX_BYTES // 1000)
        return []
    text = _decode(raw, reading)
    if text.startswith(_BOM):
        reading.report("F02", Place(1))
        text = text.removeprefix(_BOM)
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [_replace_unfit(line, number, reading) for number, line in enumerate(lines, 1)]


def _decode(raw: bytes, reading: _Reading) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        reading.report("F01", Place(before.count(b"\n") + 1, column), byte=f"0x{raw[error.start]:02X}")
        return raw.decode("utf-8", errors="replace")


def _replace_unfit(line: str, number: int, reading: _Reading) -> str:
    match = UNFIT.search(line)
    if match is None:
        return line
    reading.report("F05", Place(number, match.start() + 1), character=f"U+{ord(match[0]):04X}")
    return UNFIT.sub(" ", line)


def _label(blocks: Sequence[Block], expected_salutation: str, authors: Sequence[str]) -> _Parts:
    """Return the parts of the letter: opening, salutation, lead, sections, signature, postscript."""
    parts = _Parts()
    rest = _take_opening(list(blocks), parts, expected_salutation)
    rest = _take_ending(rest, parts, authors)
    for block in rest:
        if isinstance(block, Heading) and block.level <= 2:  # noqa: PLR2004 - levels 1 and 2 open a section
            parts.sections.append(Section(block, ()))
        elif parts.sections:
            last = parts.sections[-1]
            parts.sections[-1] = Section(last.heading, (*last.blocks, block))
        else:
            parts.lead.append(block)
    return parts


def _take_opening(blocks: list[Block], parts: _Parts, expected_salutation: str) -> list[Block]:
    """Move the opening, the preamble and the salutation into `parts`, and return the remaining blocks.

    Without a salutation, move only an image that comes first.
    """
    salutation_index = next(
        (index for index, block in enumerate(blocks) if salutation.begins_with_salutation(block, expected_salutation)),
        None,
    )
    before, rest = (
        (blocks[:salutation_index], blocks[salutation_index:])
        if salutation_index is not None
        else (blocks[:1], blocks[1:])
    )
    if salutation_index is None and not (before and isinstance(before[0], Picture)):
        return blocks
    for block in before:
        if parts.opening is None and isinstance(block, Picture):
            parts.opening = block
        else:
            parts.preamble.append(block)
    if salutation_index is not None and isinstance(rest[0], Paragraph):
        parts.salutation = rest.pop(0)  # type: ignore[assignment] # just checked
    return rest


def _take_ending(blocks: list[Block], parts: _Parts, authors: Sequence[str]) -> list[Block]:
    headings = [index for index, block in enumerate(blocks) if isinstance(block, Heading)]
    last_heading = headings[-1] if headings else -1
    start = next(
        (index for index, block in enumerate(blocks) if index > last_heading and _is_postscript(block)), len(blocks)
    )
    parts.postscript = blocks[start:]
    rest = blocks[:start]
    if rest and isinstance(last := rest[-1], Paragraph) and looks_signed(plain_text(last.text), authors):
        parts.signature = last
        rest.pop()
    return rest


def _is_postscript(block: Block) -> bool:
    return isinstance(block, Paragraph) and bool(POSTSCRIPT.match(plain_text(block.text)))


def looks_signed(text: str, authors: Sequence[str] = ()) -> bool:
    """Return True if a paragraph looks like a signature: it is short and has no final punctuation.

    Final punctuation is allowed if the paragraph begins with an author's name.
    """
    signature = text.strip()
    is_short = len(signature) <= SIGNATURE_CHARACTERS and len(signature.split()) <= SIGNATURE_WORDS
    ends_sentence = signature.endswith(_FINAL) and not any(
        author and signature.startswith(author) for author in authors
    )
    return bool(signature) and is_short and not ends_sentence

"""Rules about pictures and their credits."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from newsletter.checks.case import Case, has_host
from newsletter.letterforms import CREDIT, IMAGE_EXTENSION, IMAGE_NAME
from newsletter.model.blocks import Block, Mark, Paragraph, Picture, plain
from newsletter.model.finding import Finding, Place


def is_credit(block: Block) -> bool:
    """Whether a block is a credit line that no picture claimed."""
    return isinstance(block, Paragraph) and bool(CREDIT.match(plain(block.text)))


def is_bare_name(block: Block) -> bool:
    """Whether a block is nothing but a picture's file name."""
    return isinstance(block, Paragraph) and bool(IMAGE_NAME.fullmatch(plain(block.text).strip()))


def opening_missing(case: Case) -> Iterator[Finding]:
    if case.issue.opening is None:
        yield case.found("I06", Place(case.issue.body_line))


def name_alone(case: Case) -> Iterator[Finding]:
    for block in case.issue.all_blocks():
        if is_bare_name(block) and isinstance(block, Paragraph):
            name = plain(block.text).strip()
            file = name if IMAGE_EXTENSION.search(name) else f"{name}.jpg"
            yield case.found("I08", block.place, name=name, file=file)


def credit_first(case: Case) -> Iterator[Finding]:
    for block in case.issue.preamble:
        if is_credit(block):
            yield case.found("I07", block.place)


def credit_missing(case: Case) -> Iterator[Finding]:
    opening = case.issue.opening
    if opening and not opening.credit:
        yield case.found("C01", opening.place)


def description_missing(case: Case) -> Iterator[Finding]:
    for source, alt, place in _pictures(case):
        if not alt.strip():
            yield case.found("I01", place, file=source)


def file_missing(case: Case) -> Iterator[Finding]:
    for source, _, place in _pictures(case):
        if has_host(source) or case.issue.file(source):
            continue
        yield case.found("I02", place, file=source, near=_nearest(case.issue.folder, source))


def address(case: Case) -> Iterator[Finding]:
    for source, _, place in _pictures(case):
        if source.startswith("http://"):
            yield case.found("I04", place, address=source)


def _pictures(case: Case) -> Iterator[tuple[str, str, Place]]:
    """Source, description and place of every picture, in text too."""
    for block in case.issue.all_blocks():
        if isinstance(block, Picture):
            yield block.source, block.alt, block.place
    for span in case.issue.spans():
        if span.mark is Mark.IMAGE:
            yield span.target, span.text, span.place


def _nearest(folder: Path, source: str) -> str:
    """The file in the folder whose name looks most like `source`; may be empty."""
    names = [path.name for path in folder.iterdir() if path.is_file() and IMAGE_EXTENSION.search(path.name)]
    close = difflib.get_close_matches(source, names, n=1, cutoff=0.5)
    return close[0] if close and close[0] != source else ""

"""Rules about pictures and their credits."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from newsletter.checks.context import CheckContext, has_host
from newsletter.content.conventions import CREDIT, IMAGE_EXTENSION, IMAGE_NAME, picture_file
from newsletter.model.blocks import Block, Paragraph, Picture, plain_text
from newsletter.model.finding import Finding

HEAVY_BYTES = 1_000_000
ALT_CHARACTERS = 150
_UNSHOWN = re.compile(r"\.(webp|avif|svg|heic|tiff?|bmp)(?:[?#].*)?$", re.IGNORECASE)


def is_credit(block: Block) -> bool:
    """Return True if a block is a credit line that belongs to no picture."""
    return isinstance(block, Paragraph) and bool(CREDIT.match(plain_text(block.text)))


def is_bare_name(block: Block) -> bool:
    """Return True if a block contains only the file name of a picture."""
    return isinstance(block, Paragraph) and bool(IMAGE_NAME.fullmatch(plain_text(block.text).strip()))


def opening_missing(context: CheckContext) -> Iterator[Finding]:
    if context.issue.opening is None:
        yield context.make_finding("I06", context.issue.body_place)


def name_alone(context: CheckContext) -> Iterator[Finding]:
    for block in context.blocks:
        if is_bare_name(block) and isinstance(block, Paragraph):
            name = plain_text(block.text).strip()
            yield context.make_finding("I08", block.place, name=name, file=picture_file(name))


def credit_first(context: CheckContext) -> Iterator[Finding]:
    for block in context.issue.preamble:
        if is_credit(block):
            yield context.make_finding("I07", block.place)
    for run in (context.issue.lead, *(section.blocks for section in context.issue.sections)):
        for block, following in pairwise(run):
            if is_credit(block) and isinstance(following, Picture) and not following.credit:
                yield context.make_finding("I07", block.place)


def credit_missing(context: CheckContext) -> Iterator[Finding]:
    opening = context.issue.opening
    if opening and not opening.credit:
        yield context.make_finding("C01", opening.place)


def description_missing(context: CheckContext) -> Iterator[Finding]:
    for source, alt, place in context.pictures:
        if not alt.strip():
            yield context.make_finding("I01", place, file=source)


def file_missing(context: CheckContext) -> Iterator[Finding]:
    for source, _, place in context.pictures:
        if has_host(source) or context.issue.file(source):
            continue
        yield context.make_finding("I02", place, file=unquote(source), near=_nearest(context.issue.folder, source))


def address(context: CheckContext) -> Iterator[Finding]:
    for source, _, place in context.pictures:
        if source.startswith("http://"):
            yield context.make_finding("I04", place, address=source)


def format_(context: CheckContext) -> Iterator[Finding]:
    """Report formats that Outlook does not show, such as WebP (I05); only files beside the text are converted."""
    for source, _, place in context.pictures:
        extension = _UNSHOWN.search(source)
        if extension:
            yield context.make_finding(
                "I05", place, format=extension[1].upper(), converted=context.issue.file(source) is not None
            )


def heavy_file(context: CheckContext) -> Iterator[Finding]:
    """Report a heavy source file (I03). Composing makes it smaller, and reports pictures that stay heavy (R17)."""
    for source, _, place in context.pictures:
        file = context.issue.file(source)
        if file and file.stat().st_size > HEAVY_BYTES:
            yield context.make_finding("I03", place, name=file.name, size=round(file.stat().st_size / 1_000_000, 1))


def description(context: CheckContext) -> Iterator[Finding]:
    for source, alt, place in context.pictures:
        if len(alt) > ALT_CHARACTERS:
            yield context.make_finding("I12", place, length=len(alt), maximum=ALT_CHARACTERS)
        elif alt.strip() and (IMAGE_NAME.fullmatch(alt.strip()) or alt.strip() == Path(source).stem):
            yield context.make_finding("I13", place, alt=alt.strip())


def _nearest(folder: Path, source: str) -> str:
    """Return the name of the picture file in the folder that is most similar to `source`, or an empty string."""
    names = [path.name for path in folder.iterdir() if path.is_file() and IMAGE_EXTENSION.search(path.name)]
    close = difflib.get_close_matches(source, names, n=1, cutoff=0.5)
    return close[0] if close and close[0] != source else ""

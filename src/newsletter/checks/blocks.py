"""Rules about blocks: failed headings, dividers and tables, and blocks that are too wide for a telephone."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

from newsletter.checks.context import CheckContext, inside
from newsletter.checks.images import is_bare_name, is_credit
from newsletter.content.conventions import looks_like_title
from newsletter.model.blocks import (
    Block,
    Code,
    Columns,
    Heading,
    Mark,
    Paragraph,
    RawHtml,
    Span,
    Spans,
    Table,
    plain_text,
)
from newsletter.model.finding import Finding, Fix

MAX_TABLE_COLUMNS = 4
MAX_COLUMNS = 3
_TAG_NAME = re.compile(r"<[/!?]?\s*[A-Za-z-]*")
_GLUED = re.compile(r"(#{2,6})([^\s#])")
SHORT_LINE = 50
"""Characters. No text editor wraps a line that is shorter."""
_HASHED = re.compile(r"#[A-ZÀ-Þ][^#\n]* ")
_PROSE = re.compile(r"[A-ZÀ-Þ«—–](?:\S* ){5,}.*[.!?…»]", re.DOTALL)
_BRACES = re.compile(r"[ ]?(\{[.#]?[\w-]+(?:=[^{}]*)?\})")
_ORPHAN = re.compile(r":{3,}")
_TABLE_RULE = re.compile(r"\|?\s*:?[-=]{2,}:?\s*(?:\|\s*:?[-=]{2,}:?\s*)*\|?\s*$")
_TABLE_ROW = re.compile(r"\|[^|]*\|.*\|\s*")


def raw_html(context: CheckContext) -> Iterator[Finding]:
    for block in context.blocks:
        if isinstance(block, RawHtml):
            tag = _TAG_NAME.match(block.text)
            yield context.make_finding("H01", block.place, tag=(tag[0] if tag else block.text[:12]) + ">")


def heading_glued(context: CheckContext) -> Iterator[Finding]:
    for span in context.line_starts():
        if match := _GLUED.match(span.text):
            yield context.make_finding("S05", span.place, fix=Fix(match[0], f"{match[1]} {match[2]}"), typed=match[1])


def hashtag_or_heading(context: CheckContext) -> Iterator[Finding]:
    """Report `#Les nouvelles` above a paragraph as a heading (S05); `#VilleLente est né hier.` is a hashtag."""
    for block in context.blocks:
        if (
            isinstance(block, Paragraph)
            and _HASHED.match(line := plain_text(block.text))
            and looks_like_title(line[1:], sys.maxsize)
        ):
            yield context.make_finding("S05", block.place, fix=Fix(line[:2], f"## {line[1]}"), typed="#")


def heading_empty(context: CheckContext) -> Iterator[Finding]:
    for block in context.blocks:
        if isinstance(block, Heading) and not plain_text(block.text).strip():
            yield context.make_finding("S10", block.place)


def lines_joined(context: CheckContext) -> Iterator[Finding]:
    """Report joined lines that are too short to have been wrapped (S14): an address, verses, an unmarked list."""
    salutation, signature = context.issue.salutation, context.issue.signature
    for block in context.blocks:
        if isinstance(block, Paragraph) and block not in {salutation, signature}:
            lines = plain_text(block.text).split("\n")
            are_short = all(len(line) < SHORT_LINE and not line.startswith("|") for line in lines)
            if are_short and _softly_broken(block.text):
                yield context.make_finding("S14", block.place, first=lines[0].strip()[:30])


def _softly_broken(run: Spans) -> bool:
    """Return True if a line ends without a typed line break."""
    line_ends = [span.mark is Mark.BREAK or (span.mark is Mark.TEXT and span.text == "\n") for span in run]
    return any(
        is_end
        and run[index].mark is Mark.TEXT
        and Mark.BREAK not in {span.mark for span in run[max(0, index - 1) : index + 2]}
        for index, is_end in enumerate(line_ends)
    )


def prose_as_code(context: CheckContext) -> Iterator[Finding]:
    """Report prose that four leading spaces, typed as an indent, turn into a code block (B12)."""
    for block in context.blocks:
        if isinstance(block, Code) and not block.fenced and _PROSE.fullmatch(block.text.strip()):
            yield context.make_finding("B12", block.place)


def braces_apart(context: CheckContext) -> Iterator[Finding]:
    """Report `{bouton}` or ` {.bouton}` after a link or an image: the attribute has no effect (B07)."""
    for run in context.runs:
        for before, span in pairwise(run):
            behind = (before.mark is Mark.CLOSE and before.text == "a") or before.mark is Mark.IMAGE
            if behind and span.mark is Mark.TEXT and (match := _BRACES.match(span.text)):
                yield context.make_finding("B07", inside(span, match.start(1)), attribute=match[1])


def heading_by_underline(context: CheckContext) -> Iterator[Finding]:
    """Report a text that `---` on the next line turns into a heading, which is seldom intended (S08)."""
    for block in context.blocks:
        if isinstance(block, Heading) and block.underline == "-":
            yield context.make_finding("S08", block.place, title=plain_text(block.text).split("\n")[-1][:40])


def heading_bare(context: CheckContext) -> Iterator[Finding]:
    """Report a short line without final punctuation above a real paragraph: it looks like a heading (S12)."""
    for run in (context.issue.lead, *(section.blocks for section in context.issue.sections)):
        yield from (_bare(context, block) for block in _titles(run))


def _titles(run: Sequence[Block]) -> Iterator[Paragraph]:
    for block, following in pairwise(run):
        if isinstance(block, Paragraph) and isinstance(following, Paragraph) and _is_title(block, following):
            yield block


def _is_title(block: Paragraph, following: Paragraph) -> bool:
    line = plain_text(block.text).strip()
    titled = looks_like_title(line, len(plain_text(following.text))) and not line.endswith("?")
    return titled and not is_bare_name(block) and not is_credit(block) and _is_plain(block.text)


def _is_plain(run: Spans) -> bool:
    """Return True if a run has no marks, or one bold mark around the whole run."""
    marks = [span for span in run if span.mark is not Mark.TEXT]
    whole = len(marks) == 2 and run[0] is marks[0] and run[-1] is marks[1] and marks[0].text in {"strong", "b"}  # noqa: PLR2004 - one opening and one closing mark
    return not marks or whole


def _bare(context: CheckContext, block: Paragraph) -> Finding:
    return context.make_finding("S12", block.place, title=plain_text(block.text).strip())


def box_orphan(context: CheckContext) -> Iterator[Finding]:
    """Report `:::` that closes no block (B03), unless a block with too few colons (B04) is the cause."""
    excused = sum(finding.code == "B04" for finding in context.issue.findings)
    for span in context.line_starts():
        if match := _ORPHAN.match(span.text):
            if excused:
                excused -= 1
            else:
                yield context.make_finding("B03", span.place, typed=match[0])


def table_too_wide(context: CheckContext) -> Iterator[Finding]:
    for block in context.blocks:
        if isinstance(block, Table) and len(block.header) > MAX_TABLE_COLUMNS:
            yield context.make_finding("B05", block.place, columns=len(block.header), maximum=MAX_TABLE_COLUMNS)


def table_broken(context: CheckContext) -> Iterator[Finding]:
    """Report a table that shows as text (B08): its line of dashes is missing or has another number of columns."""
    rows: list[Span] = []
    for span in context.line_starts():
        if "|" in span.text and _TABLE_RULE.fullmatch(span.text):
            yield context.make_finding("B08", span.place)
            rows = []
        elif _TABLE_ROW.fullmatch(span.text):
            rows = [*rows, span] if rows and span.place.line == rows[-1].place.line + 1 else [span]
            if len(rows) == 2:  # noqa: PLR2004 - a header without a line of dashes below it
                yield context.make_finding("B08", rows[0].place)


def columns(context: CheckContext) -> Iterator[Finding]:
    for block in context.blocks:
        if isinstance(block, Columns) and not 1 < len(block.columns) <= MAX_COLUMNS:
            yield context.make_finding("B09", block.place, columns=len(block.columns), maximum=MAX_COLUMNS)

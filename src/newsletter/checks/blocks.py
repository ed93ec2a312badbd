"""Rules about blocks: what is no heading, no divider, no table, and what is too wide for a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from newsletter.checks.case import Case
from newsletter.checks.pictures import is_bare_name, is_credit
from newsletter.model.blocks import Block, Columns, Heading, Mark, Paragraph, RawHtml, Span, Spans, Table, plain
from newsletter.model.finding import Finding, Fix

MAX_TABLE_COLUMNS = 4
MAX_COLUMNS = 3
TITLE_WORDS = 14
TITLE_CHARACTERS = 90
TITLE_RATIO = 1.5
"""What follows a title is at least that much longer."""
_TAG_NAME = re.compile(r"<[/!?]?\s*[A-Za-z-]*")
_GLUED = re.compile(r"(#{2,6})([^\s#])")
_ORPHAN = re.compile(r":{3,}")
_TABLE_RULE = re.compile(r"\|?\s*:?[-=]{2,}:?\s*(?:\|\s*:?[-=]{2,}:?\s*)*\|?\s*$")
_TABLE_ROW = re.compile(r"\|[^|]*\|.*\|\s*")
_NOT_A_TITLE = tuple(".!?…,;:»)”")


def raw_html(case: Case) -> Iterator[Finding]:
    for block in case.blocks:
        if isinstance(block, RawHtml):
            tag = _TAG_NAME.match(block.text)
            yield case.found("H01", block.place, tag=(tag[0] if tag else block.text[:12]) + ">")


def heading_glued(case: Case) -> Iterator[Finding]:
    for span in case.line_starts():
        if match := _GLUED.match(span.text):
            yield case.found("S05", span.place, fix=Fix(match[0], f"{match[1]} {match[2]}"), typed=match[1])


def heading_by_underline(case: Case) -> Iterator[Finding]:
    """`---` right below a text makes a heading of it, which is seldom what was meant."""
    for block in case.blocks:
        if isinstance(block, Heading) and block.underline == "-":
            yield case.found("S08", block.place, title=plain(block.text).split("\n")[-1][:40])


def heading_bare(case: Case) -> Iterator[Finding]:
    """A short line without an end stop, and a real paragraph below it."""
    for run in (case.issue.lead, *(section.blocks for section in case.issue.sections)):
        yield from (_bare(case, block) for block in _titles(run))


def _titles(run: Sequence[Block]) -> Iterator[Paragraph]:
    for block, following in pairwise(run):
        if isinstance(block, Paragraph) and isinstance(following, Paragraph) and _is_title(block, following):
            yield block


def _is_title(block: Paragraph, following: Paragraph) -> bool:
    line = plain(block.text).strip()
    short = 0 < len(line) <= TITLE_CHARACTERS and len(line.split()) <= TITLE_WORDS and "\n" not in line
    begins = line[:1].isupper() or line[:1].isdigit() or line[:1] in '«“"'
    longer = len(plain(following.text)) >= TITLE_RATIO * len(line)
    named = is_bare_name(block) or is_credit(block)
    return short and begins and longer and not named and not line.endswith(_NOT_A_TITLE) and _is_plain(block.text)


def _is_plain(run: Spans) -> bool:
    """Nothing but words, or words that are bold from end to end."""
    marks = [span for span in run if span.mark is not Mark.TEXT]
    whole = len(marks) == 2 and run[0] is marks[0] and run[-1] is marks[1] and marks[0].text in {"strong", "b"}  # noqa: PLR2004 - one opens, one closes
    return not marks or whole


def _bare(case: Case, block: Paragraph) -> Finding:
    return case.found("S12", block.place, title=plain(block.text).strip())


def box_orphan(case: Case) -> Iterator[Finding]:
    """`:::` that closes nothing; behind a block with too few colons it is that block's fault."""
    excused = sum(finding.code == "B04" for finding in case.issue.findings)
    for span in case.line_starts():
        if match := _ORPHAN.match(span.text):
            if excused:
                excused -= 1
            else:
                yield case.found("B03", span.place, typed=match[0])


def table_too_wide(case: Case) -> Iterator[Finding]:
    for block in case.blocks:
        if isinstance(block, Table) and len(block.header) > MAX_TABLE_COLUMNS:
            yield case.found("B05", block.place, columns=len(block.header), maximum=MAX_TABLE_COLUMNS)


def table_broken(case: Case) -> Iterator[Finding]:
    """The line of dashes of a table that has not as many columns as its header is only text."""
    rows: list[Span] = []
    for span in case.line_starts():
        if "|" in span.text and _TABLE_RULE.fullmatch(span.text):
            yield case.found("B08", span.place)
            rows = []
        elif _TABLE_ROW.fullmatch(span.text):
            rows = [*rows, span] if rows and span.place.line == rows[-1].place.line + 1 else [span]
            if len(rows) == 2:  # noqa: PLR2004 - a header, and no line of dashes below it
                yield case.found("B08", rows[0].place)


def columns(case: Case) -> Iterator[Finding]:
    for block in case.blocks:
        if isinstance(block, Columns) and not 1 < len(block.columns) <= MAX_COLUMNS:
            yield case.found("B09", block.place, columns=len(block.columns), maximum=MAX_COLUMNS)

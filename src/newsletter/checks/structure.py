"""Rules about the parts of the letter: salutation, lead, sections, signature."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import zip_longest

from newsletter.checks.context import CheckContext
from newsletter.checks.images import is_bare_name, is_credit
from newsletter.checks.inline import MOJIBAKE
from newsletter.model.blocks import Block, Heading, Paragraph, plain_text, walk_blocks
from newsletter.model.finding import Finding, Place
from newsletter.model.issue import Issue

LAST_PARAGRAPHS = 4
"""Number of paragraphs before the end in which the closing question may be."""


def salutation_missing(context: CheckContext) -> Iterator[Finding]:
    if context.issue.salutation is None:
        first = next((block for block in context.issue.lead), None) or next(context.issue.blocks(), None)
        place = first.place if first else context.issue.body_place
        yield context.make_finding("S01", place, salutation=context.publication.salutation)


def salutation_misspelt(context: CheckContext) -> Iterator[Finding]:
    issue, expected = context.issue, context.publication.salutation
    if issue.salutation and (typed := _first_line(issue.salutation)) and _words(typed) != _words(expected):
        yield context.make_finding("S02", issue.salutation.place, typed=typed, salutation=expected)


def salutation_without_comma(context: CheckContext) -> Iterator[Finding]:
    salutation = context.issue.salutation
    expected = context.publication.salutation.rstrip()
    if salutation and expected.endswith(",") and not _first_line(salutation).endswith(","):
        yield context.make_finding("S03", salutation.place)


def salutation_glued(context: CheckContext) -> Iterator[Finding]:
    salutation = context.issue.salutation
    if salutation and "\n" in plain_text(salutation.text).strip():
        yield context.make_finding("S04", salutation.place, salutation=_first_line(salutation))


def before_the_salutation(context: CheckContext) -> Iterator[Finding]:
    for block in context.issue.preamble:
        garbled = isinstance(block, Paragraph) and MOJIBAKE.search(plain_text(block.text))  # probably a credit line
        if not is_credit(block) and not is_bare_name(block) and not garbled:
            yield context.make_finding("S13", block.place)


def lead_missing(context: CheckContext) -> Iterator[Finding]:
    if context.issue.salutation and not context.issue.lead:
        yield context.make_finding("S11", context.issue.salutation.place)


def section_empty(context: CheckContext) -> Iterator[Finding]:
    sections = context.issue.sections
    for section, following in zip_longest(sections, sections[1:]):
        glued = following and following.heading.underline == "-"  # its content became a heading by mistake
        if not section.blocks and not glued:
            yield context.make_finding("S09", section.heading.place, title=plain_text(section.heading.text))


def heading_levels(context: CheckContext) -> Iterator[Finding]:
    """Report headings of level 1 (S06), because the subject is the title, and skipped heading levels (S07)."""
    previous_level = 1
    for block in context.blocks:
        if not isinstance(block, Heading):
            continue
        if block.level == 1:
            yield context.make_finding("S06", block.place)
        if block.level > previous_level + 1:
            yield context.make_finding("S07", block.place, typed="#" * block.level, wanted="#" * (previous_level + 1))
        previous_level = block.level


def signature_missing(context: CheckContext) -> Iterator[Finding]:
    if context.issue.signature is None:
        yield context.make_finding("G01", _last_place(context.issue))


def signature_of_another(context: CheckContext) -> Iterator[Finding]:
    issue = context.issue
    authors = [author for author in issue.front.authors if author]
    if not issue.signature or not authors:
        return
    signed = _letters(plain_text(issue.signature.text))
    if not any(_letters(author) in signed for author in authors):
        yield context.make_finding(
            "G02", issue.signature.place, signature=_first_line(issue.signature), author=", ".join(authors)
        )


def question_missing(context: CheckContext) -> Iterator[Finding]:
    blocks = [inner for block in context.issue.blocks() for inner in walk_blocks(block)]
    texts = [plain_text(block.text) for block in blocks if isinstance(block, Paragraph)]
    if texts and not any("?" in text for text in texts[-LAST_PARAGRAPHS - 1 :]):
        yield context.make_finding("G03", _last_place(context.issue))


def _last_place(issue: Issue) -> Place:
    if issue.signature:
        return issue.signature.place
    last: Block | None = None
    for last in issue.blocks():  # noqa: B007 - the loop finds the last block
        pass
    return last.place if last else issue.body_place


def _first_line(block: Paragraph) -> str:
    return plain_text(block.text).strip().split("\n", 1)[0].strip()


def _words(text: str) -> str:
    """Normalise a salutation for comparison: spaces, the kind of apostrophe and the final punctuation are ignored."""
    return " ".join(text.replace("’", "'").split()).rstrip(" ,.!:")


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(folded.split())

"""Rules about size: Gmail clips a long mail, and the unsubscribe link with it (R38, R43, R52)."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.checks.context import CheckContext
from newsletter.checks.rendered.html_structure import TOP
from newsletter.model.edition import MergeTag
from newsletter.model.finding import Finding
from newsletter.personalization import merge_tags

CLIPPED_BYTES = 95 * 1024
"""Gmail clips at about 102 KB; the difference is a reserve for bytes that a provider adds."""
NEAR_BYTES = 85 * 1024
WORST_VALUE = "\u0153" * 60
"""The longest expected value: a first name of sixty characters, all outside ASCII."""
LINE_BYTES = 998
"""Limit of SMTP for a line, without the line end."""


def size(context: CheckContext) -> Iterator[Finding]:
    weight = mailed_bytes(context.edition.html, context.edition.tags)
    if weight > NEAR_BYTES:
        code = "R38" if weight > CLIPPED_BYTES else "R52"
        yield context.make_finding(code, TOP, size=round(weight / 1024), maximum=round(CLIPPED_BYTES / 1024))


def mailed_bytes(html: str, tags: tuple[MergeTag, ...]) -> int:
    """Return the bytes of the HTML in ASCII, with WORST_VALUE in every merge tag."""
    size = len(html.encode("ascii", "xmlcharrefreplace"))
    worst = len(WORST_VALUE.encode("ascii", "xmlcharrefreplace"))
    for tag in tags:
        placeholder = merge_tags.placeholder(tag, "h")
        size += html.count(placeholder) * (worst - len(placeholder))
    return size


def line_lengths(context: CheckContext) -> Iterator[Finding]:
    for part, text in (("HTML", context.edition.html), ("text/plain", context.edition.text)):
        longest = max(len(line.encode()) for line in text.split("\n"))
        if longest > LINE_BYTES:
            yield context.make_finding("R43", TOP, part=part, length=longest, maximum=LINE_BYTES)


RULES = (size, line_lengths)

"""Rules about the mail as a whole: text part, typography, character set (R46 to R51)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from newsletter.checks.context import CheckContext
from newsletter.checks.rendered.html_structure import TOP
from newsletter.model.finding import Finding
from newsletter.model.publication import is_french, is_quebec

TEXT_SHARE = 0.6
"""Minimum ratio of words in the text part to words in the HTML; below it SpamAssassin gives a penalty of 2.2 points."""
_UNSPACED = re.compile(r"[^\W\d_] [;!?»](?:\s|$)|\w :\s|« ")
_VERBATIM = frozenset(("pre", "code"))


def text_part(context: CheckContext) -> Iterator[Finding]:
    words = sum(len(text.words.strip("\u034f\u200c\u00a0 ").split()) for text in context.page.texts)
    in_text = len(context.edition.text.split())
    if in_text < TEXT_SHARE * words:
        yield context.make_finding("R46", TOP, words=in_text, html=words)


def french_spacing(context: CheckContext) -> Iterator[Finding]:
    """Report missing French spacing. Composing sets it in the letter, but themes contain text of their own."""
    spacing = context.issue.front.typography or context.publication.typography
    if not context.french or spacing == "off" or is_quebec(context.issue.language):
        return
    for text in context.page.texts:
        match = _UNSPACED.search(text.words)
        if match and text.element.tag not in _VERBATIM and not _foreign(text.element):
            yield context.make_finding(
                "R50", TOP, text=" ".join(text.words[max(0, match.start() - 12) : match.end() + 12].split())
            )
            return


def _foreign(element: Any) -> bool:
    """Return True if the element is in a passage of another language than French."""
    language = next(
        (ancestor.get("lang") for ancestor in (element, *element.iterancestors()) if ancestor.get("lang")), "fr"
    )
    return not is_french(language)


def _fits_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def beyond_latin_1(context: CheckContext) -> Iterator[Finding]:
    """Report a part that fits Latin-1: SendGrid sends it as Latin-1, and Gmail clips mails with two character sets."""
    if not context.french:
        return
    for part, text in (("HTML", context.edition.html), ("text/plain", context.edition.text)):
        if _fits_latin_1(text):
            yield context.make_finding("R51", TOP, part=part)


RULES = (text_part, french_spacing, beyond_latin_1)

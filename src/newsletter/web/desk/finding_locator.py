"""Position of a finding in the message, given as words to search for, because a mail has no line numbers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.model.blocks import Picture, list_runs, plain_text
from newsletter.model.finding import Place
from newsletter.model.issue import Issue

MAX_CHARACTERS = 60
_TAG = re.compile(r"\{\{.*?\}\}")


@dataclass(frozen=True, slots=True)
class SearchText:
    """Words to search for, and the number of earlier occurrences of the same words."""

    words: str = ""
    """Letters and digits only, as the page's script folds text; empty if the finding has no position in the message."""
    before: int = 0


def make_locator(issue: Issue) -> Callable[[Place], SearchText]:
    """Return a function place → search text for one issue, which is analysed once.

    The search text is the subject, or the last words that begin on or before the line of the place.
    """
    subject = issue.front.places.get("subject", Place(0)).line
    texts = [(at.line, words) for at, text in _texts(issue) if (words := fold(text))]
    lines, seen, positions = [line for line, _ in texts], Counter[str](), []
    for _, words in texts:
        positions.append(SearchText(words, seen[words]))
        seen[words] += 1

    def locate(place: Place) -> SearchText:
        if place.line < issue.body_line:
            return SearchText(fold(issue.front.subject)) if place.line == subject else SearchText()
        count = bisect_right(lines, place.line)
        return positions[count - 1] if count else SearchText()

    return locate


def fold(text: str) -> str:
    """Return the longest piece of a text between its merge tags, in lower case, without spaces and punctuation."""
    piece = max(_TAG.split(text), key=len)
    return "".join(sign for sign in piece.lower() if sign.isalnum())[:MAX_CHARACTERS]


def _texts(issue: Issue) -> list[tuple[Place, str]]:
    """Return every run of text and every picture description with its place, in the order of the file."""
    texts = []
    for block in issue.all_blocks():
        if isinstance(block, Picture):
            texts.append((block.place, block.alt))
        texts += [(run[0].place, plain_text(run)) for run in list_runs(block) if run]
    return sorted(texts, key=lambda text: text[0].line)

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

LONG_ENOUGH = 60
_TAG = re.compile(r"\{\{.*?\}\}")


@dataclass(frozen=True, slots=True)
class Spot:
    """Words to search for, and the number of earlier occurrences of the same words."""

    words: str = ""
    """Letters and digits only, as the page's script folds text; empty if the finding has no position in the message."""
    before: int = 0


def spots(issue: Issue) -> Callable[[Place], Spot]:
    """Return a function place → spot for one issue, which is analysed once.

    The spot is the subject, or the last words that begin on or before the line of the place.
    """
    subject = issue.front.places.get("subject", Place(0)).line
    said = [(at.line, words) for at, text in _said(issue) if (words := folded(text))]
    lines, seen, numbered = [line for line, _ in said], Counter[str](), []
    for _, words in said:
        numbered.append(Spot(words, seen[words]))
        seen[words] += 1

    def spot(place: Place) -> Spot:
        if place.line < issue.body_line:
            return Spot(folded(issue.front.subject)) if place.line == subject else Spot()
        upto = bisect_right(lines, place.line)
        return numbered[upto - 1] if upto else Spot()

    return spot


def folded(text: str) -> str:
    """Return the longest piece of a text between its merge tags, in lower case, without spaces and punctuation."""
    piece = max(_TAG.split(text), key=len)
    return "".join(sign for sign in piece.lower() if sign.isalnum())[:LONG_ENOUGH]


def _said(issue: Issue) -> list[tuple[Place, str]]:
    """Return every run of text and every picture description with its place, in the order of the file."""
    found = []
    for block in issue.all_blocks():
        if isinstance(block, Picture):
            found.append((block.place, block.alt))
        found += [(run[0].place, plain_text(run)) for run in list_runs(block) if run]
    return sorted(found, key=lambda one: one[0].line)

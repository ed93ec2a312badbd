"""Where a finding is in the message: words to look for, since a mail has no line numbers."""

from __future__ import annotations

import re

from newsletter.model.blocks import Block, Picture, plain, runs
from newsletter.model.finding import Place
from newsletter.model.issue import Issue

LONG_ENOUGH = 60
_TAG = re.compile(r"\{\{.*?\}\}")


def words(issue: Issue, place: Place) -> str:
    """Letters and digits of the block that stands at `place`, as the page's script folds them; may be empty."""
    if place.line < issue.body_line:
        return folded(issue.front.subject) if place.line > 1 else ""
    before = [block for block in issue.all_blocks() if block.place.line <= place.line and _said(block)]
    return folded(_said(max(before, key=lambda block: block.place.line))) if before else ""


def folded(text: str) -> str:
    """The longest piece of a text between its merge tags, without spaces and signs."""
    piece = max(_TAG.split(text), key=len)
    return "".join(sign for sign in piece.lower() if sign.isalnum())[:LONG_ENOUGH]


def _said(block: Block) -> str:
    if isinstance(block, Picture):
        return block.alt
    return next((text for run in runs(block) if (text := plain(run))), "")

"""Detection of the salutation, « Chères lectrices, chers lecteurs, » or the one in the publication's settings."""

from __future__ import annotations

import difflib
import re

from newsletter.model.blocks import Block, Paragraph, plain_text

MAX_CHARACTERS = 90
_GREETING = re.compile(r"(?:ch[eèé]re?s?|bonjour|bonsoir|madame|mesdames|messieurs|dear|hello)\b", re.IGNORECASE)
_ALIKE = 0.8


def begins_with_salutation(block: Block, expected: str) -> bool:
    """Return True if the block begins with a salutation, even a misspelt one or one joined to the text below it."""
    if not isinstance(block, Paragraph):
        return False
    first_line = plain_text(block.text).split("\n", 1)[0].strip()
    return len(first_line) <= MAX_CHARACTERS and (is_greeting(first_line) or is_similar(first_line, expected))


def is_greeting(line: str) -> bool:
    """Return True if a line begins with a usual greeting, such as « Chers », « Bonjour » or « Dear »."""
    return bool(_GREETING.match(line))


def is_similar(text: str, other: str) -> bool:
    """Return True if `text` and `other` are almost the same: they differ by a letter or two."""
    return difflib.SequenceMatcher(None, normalize(text), normalize(other)).ratio() >= _ALIKE


def normalize(text: str) -> str:
    """Normalise a salutation for comparison: ignore case, extra spaces, apostrophe style and final punctuation."""
    return " ".join(text.replace("’", "'").casefold().split()).rstrip(" ,.!:")

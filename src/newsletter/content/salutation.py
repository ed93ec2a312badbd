"""Recognises the salutation, « Chères lectrices, chers lecteurs, » or the publication's own."""

from __future__ import annotations

import difflib
import re

from newsletter.model.blocks import Block, Paragraph, plain

MAX_CHARACTERS = 90
_GREETING = re.compile(r"(?:ch[eèé]re?s?|bonjour|bonsoir|madame|mesdames|messieurs|dear|hello)\b", re.IGNORECASE)
_ALIKE = 0.8


def greets(block: Block, wanted: str) -> bool:
    """Whether the block is a salutation, well or badly written, alone or glued to the text below it."""
    if not isinstance(block, Paragraph):
        return False
    first_line = plain(block.text).split("\n", 1)[0].strip()
    return len(first_line) <= MAX_CHARACTERS and (is_greeting(first_line) or alike(first_line, wanted))


def is_greeting(line: str) -> bool:
    """Whether a line begins as letters do."""
    return bool(_GREETING.match(line))


def alike(text: str, wanted: str) -> bool:
    """Whether `text` is nearly `wanted`: same words but for a letter or two."""
    return difflib.SequenceMatcher(None, words(text), words(wanted)).ratio() >= _ALIKE


def words(text: str) -> str:
    """What of a salutation must agree: letters, not spaces, case, kind of apostrophe or the last comma."""
    return " ".join(text.replace("’", "'").casefold().split()).rstrip(" ,.!:")

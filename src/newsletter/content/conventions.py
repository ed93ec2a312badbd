"""Patterns of typical lines of a letter (credit, title, postscript), shared by reader, converter and checks."""

from __future__ import annotations

import re

CREDIT = re.compile(r"(?:cr[ée]dits?\b\s*:?|(?:photos?|illustrations?)\s*:|©)\s*\S", re.IGNORECASE)
"""Match « Crédit : … », « Photo : … », « © … », but not « Photos prises hier », which begins a sentence."""

IMAGE_EXTENSION = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)
IMAGE_NAME = re.compile(
    r"[\w-]+-unsplash|pexels-[\w-]+|[\w-]+-pixabay|[^\s/\\]+\.(?:jpe?g|png|gif|webp)", re.IGNORECASE
)
"""A picture's file name, or the name that a photo library gives it, alone on its line."""

POSTSCRIPT = re.compile(r"P\.\s?-?\s?S\.?(?:\s|:|–|—)|P-?S\s*[:–—]")
"""Match « P.-S. », « P.S. », « PS : », but not « PS et Verts », which names a political party."""

TITLE_WORDS = 14
TITLE_CHARACTERS = 90
TITLE_RATIO = 1.5
"""The text below a title is at least this many times as long as the title."""
_NO_TITLE_ENDS = tuple(".!…,;:»)”")


def looks_like_title(line: str, below: int) -> bool:
    """Return True if a line looks like a title above `below` characters of text.

    A line that ends in a question mark passes too, although it may be a sentence of the letter.
    """
    short = 0 < len(line) <= TITLE_CHARACTERS and len(line.split()) <= TITLE_WORDS and "\n" not in line
    begins = line[:1].isupper() or line[:1].isdigit() or line[:1] in '«“"'
    return short and begins and below >= TITLE_RATIO * len(line) and not line.endswith(_NO_TITLE_ENDS)


def picture_file(name: str) -> str:
    """Return the file name of a picture; add `.jpg` to the names of photo libraries, which have no extension."""
    return name if IMAGE_EXTENSION.search(name) else f"{name}.jpg"


GARBLED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
"""Control characters, which cannot be mailed, and the replacement character of a failed decoding (U+FFFD)."""
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters that change the direction of the text after them: readers see another order than the source."""
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that are not allowed in a mail or in XML."""

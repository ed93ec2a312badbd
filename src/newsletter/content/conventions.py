"""What certain lines of a letter look like, for whoever reads, converts or checks one."""

from __future__ import annotations

import re

CREDIT = re.compile(r"(?:cr[ée]dits?\b\s*:?|(?:photos?|illustrations?)\s*:|©)\s*\S", re.IGNORECASE)
"""« Crédit : … », « Photo : … », « © … »; « Photos prises hier » begins a sentence."""

IMAGE_EXTENSION = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)
IMAGE_NAME = re.compile(
    r"[\w-]+-unsplash|pexels-[\w-]+|[\w-]+-pixabay|[^\s/\\]+\.(?:jpe?g|png|gif|webp)", re.IGNORECASE
)
"""A picture's file name, or what the photo libraries call it, alone on its line."""

POSTSCRIPT = re.compile(r"P\.\s?-?\s?S\.?(?:\s|:|–|—)|P-?S\s*[:–—]")
"""« P.-S. », « P.S. », « PS : »; « PS et Verts » is a party."""

TITLE_WORDS = 14
TITLE_CHARACTERS = 90
TITLE_RATIO = 1.5
"""What follows a title is at least that much longer."""
_NO_TITLE_ENDS = tuple(".!…,;:»)”")


def is_titled(line: str, below: int) -> bool:
    """Whether a line looks like a title above `below` characters of text; one that asks may be a sentence too."""
    short = 0 < len(line) <= TITLE_CHARACTERS and len(line.split()) <= TITLE_WORDS and "\n" not in line
    begins = line[:1].isupper() or line[:1].isdigit() or line[:1] in '«“"'
    return short and begins and below >= TITLE_RATIO * len(line) and not line.endswith(_NO_TITLE_ENDS)


def picture_file(name: str) -> str:
    """The file that a picture's name means: photo libraries name pictures without an ending."""
    return name if IMAGE_EXTENSION.search(name) else f"{name}.jpg"


GARBLED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
"""What stands where a character was lost, or cannot be mailed."""
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of the text behind them: it reads otherwise than it is written."""
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that no mail may hold, and XML neither."""

"""What certain lines of a letter look like, for whoever reads, converts or checks one."""

from __future__ import annotations

import re

CREDIT = re.compile(r"\s*(?:cr[ée]dits?\b\s*:?|(?:photos?|illustrations?)\s*:|©)\s*\S", re.IGNORECASE)
"""« Crédit : … », « Photo : … », « © … »; « Photos prises hier » begins a sentence."""

IMAGE_EXTENSION = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)
IMAGE_NAME = re.compile(
    r"[\w-]+-unsplash|pexels-[\w-]+|[\w-]+-pixabay|[^\s/\\]+\.(?:jpe?g|png|gif|webp)", re.IGNORECASE
)
"""A picture's file name, or what the photo libraries call it, alone on its line."""

POSTSCRIPT = re.compile(r"P\.\s?-?\s?S\.?(?:\s|:|–|—)|P-?S\s*[:–—]")
"""« P.-S. », « P.S. », « PS : »; « PS et Verts » is a party."""

UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that no mail may hold, and XML neither."""

"""What a setting may hold, each kind with an example for whoever wrote something else."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator


def _like(pattern: str, example: str) -> AfterValidator:
    """A text that matches, and an example for whoever wrote one that does not."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(example)
        return value

    return AfterValidator(check)


_ADDRESS = r"[A-Za-z0-9_%+'-]+(\.[A-Za-z0-9_%+'-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
Address = Annotated[str, _like(_ADDRESS, "bonjour@example.org")]
MaybeAddress = Annotated[str, _like(f"({_ADDRESS})?", "bonjour@example.org")]
Line = Annotated[str, _like(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*", "one line of text")]
ListId = Annotated[str, _like(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", "lettre.example.org")]
Category = Annotated[str, _like(r"[\x21-\x7e][\x20-\x7e]{0,254}", "newsletter")]
Url = Annotated[str, _like(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", "https://lettre.example.org")]
Link = Annotated[
    str, _like(r"[a-z][a-z0-9+.-]*:[^{}]*\{path\}([^{}]|\{line\}|\{column\})*", "zed://file/{path}:{line}")
]
Language = Annotated[str, _like(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "fr, en, fr-CA")]

"""Lines of at most so many characters, broken at spaces only: a no-break space never breaks.

textwrap, which looks at every word, takes five times as long.
"""

from __future__ import annotations

import re

WIDTH = 72
BREAK = "\v"
"""A line break that was typed, in text that is not wrapped yet."""
_SPACES = re.compile(r"[ \t\n]+")


def wrapped(text: str, width: int = WIDTH) -> str:
    """Lines of at most `width`; a word that is longer stays whole."""
    return "\n".join(_filled(_SPACES.sub(" ", line).strip(" "), width) for line in text.split(BREAK))


def underlined(title: str, line: str) -> str:
    """A title over a line as wide as it is."""
    width = max((len(row) for row in title.split("\n")), default=0)
    return f"{title}\n{line * width}"


def beside(label: str, text: str) -> str:
    """A text whose first line stands behind a label, and whose other lines stand under its own beginning."""
    gap = " " * len(label)
    return label + "\n".join(gap + line if line else line for line in text.split("\n")).removeprefix(gap)


def _filled(text: str, width: int) -> str:
    lines = []
    while len(text) > width:
        cut = text.rfind(" ", 0, width + 1)
        cut = cut if cut > 0 else text.find(" ", width)
        if cut < 0:
            break
        lines.append(text[:cut])
        text = text[cut + 1 :]
    return "\n".join([*lines, text])

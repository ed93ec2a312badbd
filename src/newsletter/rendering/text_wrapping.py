"""Wrapping of plain text at spaces only; a line never breaks at a no-break space.

The standard library's textwrap looks at every word and takes five times as long.
"""

from __future__ import annotations

import re

WIDTH = 72
BREAK = "\v"
"""A line break typed by the author, in text that is not wrapped yet."""
_SPACES = re.compile(r"[ \t\n]+")


def wrap(text: str, width: int = WIDTH) -> str:
    """Wrap text in lines of at most `width` characters; a longer word stays whole."""
    return "\n".join(_wrap_line(_SPACES.sub(" ", line).strip(" "), width) for line in text.split(BREAK))


def underline(title: str, line: str) -> str:
    """Return the title with a row of the character `line` below it, as wide as the title."""
    width = max((len(row) for row in title.split("\n")), default=0)
    return f"{title}\n{line * width}"


def put_label(label: str, text: str) -> str:
    """Put a label before the first line of a text, and indent the other lines by the label's width."""
    gap = " " * len(label)
    return label + "\n".join(gap + line if line else line for line in text.split("\n")).removeprefix(gap)


def _wrap_line(text: str, width: int) -> str:
    lines = []
    while len(text) > width:
        cut = text.rfind(" ", 0, width + 1)
        cut = cut if cut > 0 else text.find(" ", width)
        if cut < 0:
            break
        lines.append(text[:cut])
        text = text[cut + 1 :]
    return "\n".join([*lines, text])

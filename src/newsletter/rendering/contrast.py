"""Colour contrast as WCAG 2.2 defines it, and the effect of a forced dark mode on a colour.

https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
"""

from __future__ import annotations

import colorsys
from functools import lru_cache

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
CONTRAST, LARGE_CONTRAST = 4.5, 3.0
"""Minimum contrast of text, and of large text (WCAG 1.4.3)."""


def parse(value: str) -> Colour | None:
    """Parse a CSS colour. Return None if it is not a fixed colour, or is fully transparent."""
    import tinycss2.color3

    parsed = tinycss2.color3.parse_color(value.replace("!important", "").strip())
    if parsed is None or isinstance(parsed, str) or not parsed.alpha:
        return None
    return (parsed.red, parsed.green, parsed.blue)


def contrast(first: Colour, second: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def inverted(colour: Colour) -> Colour:
    """Return a colour as a forced dark mode shows it: the hue stays, the lightness is inverted."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb(hue, 1 - lightness, saturation)


@lru_cache(maxsize=1024)
def _luminance(colour: Colour) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)  # noqa: PLR2004 - WCAG's constants
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

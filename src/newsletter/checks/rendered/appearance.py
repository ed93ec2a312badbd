"""Rules about what readers see: contrast in light, dark and inverted colours, sizes, alignment (R30 to R37)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from newsletter.checks.context import CheckContext
from newsletter.checks.html_page import Text, parse_declarations
from newsletter.checks.rendered.html_structure import TOP
from newsletter.model.finding import Finding
from newsletter.rendering.contrast import CONTRAST, LARGE_CONTRAST, Colour, contrast, inverted

LARGE, LARGE_BOLD = 24, 18.7
"""Minimum sizes in pixels, normal and bold, of large text, which needs less contrast (WCAG 1.4.3)."""
BODY_PX, SMALL_PX, TINY_PX = 16, 14, 12
LEADING = 1.4
LONG_TEXT = 120
"""A text with more characters is running text; shorter texts are labels."""
TARGET_PX = 24


def contrast_in_light(context: CheckContext) -> Iterator[Finding]:
    yield from _contrast_findings(context, "R30", context.page.texts)


def contrast_in_dark(context: CheckContext) -> Iterator[Finding]:
    yield from _contrast_findings(context, "R31", context.page.dark())


def contrast_inverted(context: CheckContext) -> Iterator[Finding]:
    """Check the contrast in simulated inverted colours; every mail program inverts in its own way."""
    yield from _contrast_findings(context, "R32", context.page.texts, inverted)


def _contrast_findings(
    context: CheckContext, code: str, texts: Iterable[Text], seen_as: Callable[[Colour], Colour] = lambda colour: colour
) -> Iterator[Finding]:
    """Report each pair of text and background colours with too little contrast, once."""
    reported = set()
    for look, text in {text.look: text for text in texts}.items():
        large = look.size >= LARGE or (look.bold and look.size >= LARGE_BOLD)
        ratio = contrast(seen_as(look.colour), seen_as(look.background))
        if ratio < (LARGE_CONTRAST if large else CONTRAST) and (look.colour, look.background) not in reported:
            reported.add((look.colour, look.background))
            yield context.make_finding(code, TOP, ratio=round(ratio, 1), text=" ".join(text.words.split())[:30])


def sizes(context: CheckContext) -> Iterator[Finding]:
    for code, texts in (
        ("R33", (text for text in context.page.texts if TINY_PX <= text.look.size < SMALL_PX or _small_body(text))),
        ("R53", (text for text in context.page.texts if text.look.size < TINY_PX)),
    ):
        text = next(iter(texts), None)
        if text:
            yield context.make_finding(code, TOP, size=text.look.size, text=" ".join(text.words.split())[:30])


def _small_body(text: Text) -> bool:
    """Return True for small running text of the letter; paragraphs with a class are labels of the theme."""
    return (
        text.element.tag == "p"
        and not text.element.get("class")
        and len(text.words) > LONG_TEXT
        and text.look.size < BODY_PX
    )


def leading(context: CheckContext) -> Iterator[Finding]:
    for text in context.page.texts:
        if len(text.words) > LONG_TEXT and text.look.leading < LEADING:
            yield context.make_finding(
                "R34", TOP, leading=round(text.look.leading, 2), text=" ".join(text.words.split())[:30]
            )
            return


def links_shown(context: CheckContext) -> Iterator[Finding]:
    """Report a link that only its colour marks, which some readers cannot see; buttons are visible by their shape."""
    for text in context.page.texts:
        link = text.link
        if link is not None and not text.look.underlined and link.get("href") and not _is_button(link):
            yield context.make_finding("R35", TOP, text=" ".join(text.words.split())[:30])
            return


def _is_button(link: object) -> bool:
    styles = parse_declarations(link.get("style") or "")  # type: ignore[attr-defined] # lxml's elements have no public type
    return "inline-block" in styles.get("display", "") or "background" in styles or "background-color" in styles


def alignment(context: CheckContext) -> Iterator[Finding]:
    for text in context.page.texts:
        if len(text.words) > LONG_TEXT and text.look.align in {"justify", "center"}:
            yield context.make_finding("R36", TOP, align=text.look.align, text=" ".join(text.words.split())[:30])
            return


def targets(context: CheckContext) -> Iterator[Finding]:
    """Report buttons too low for a thumb; the height is the line height plus the vertical padding."""
    for text in context.page.texts:
        if text.link is not None and _is_button(text.link):
            styles = parse_declarations(text.link.get("style") or "")
            height = text.look.size * max(1.0, text.look.leading) + _vertical_padding(styles.get("padding", ""))
            if height < TARGET_PX:
                yield context.make_finding("R37", TOP, height=round(height), text=" ".join(text.words.split())[:30])


def _vertical_padding(padding: str) -> float:
    """Return top plus bottom of a padding, in pixels."""
    parts = [float(part.removesuffix("px")) for part in padding.split() if part.removesuffix("px").isdigit()]
    return (parts[0] + parts[2 if len(parts) > 2 else 0]) if parts else 0  # noqa: PLR2004 - top, right, bottom


RULES = (
    contrast_in_light,
    contrast_in_dark,
    contrast_inverted,
    sizes,
    leading,
    links_shown,
    alignment,
    targets,
)

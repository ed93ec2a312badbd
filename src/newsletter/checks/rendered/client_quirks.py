"""Rules about what mail programs support: CSS, widths (R39 to R45)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks.context import CheckContext
from newsletter.checks.html_page import parse_declarations
from newsletter.checks.rendered.html_structure import TOP
from newsletter.model.finding import Finding

HEAD_CSS_BYTES = 16_000
"""Gmail drops the whole CSS of the head above this size."""
MAX_WIDTH = 640
_UNKNOWN = re.compile(
    r"display:\s*(?:inline-)?(?:flex|grid)|(?:^|;)\s*(?:position|float|transform|animation|z-index)\s*:|"
    r"\d(?:rem|vh|vw|ch)\b|var\(|calc\(|clamp\(|min\(|max\("
)
_PIXELS = re.compile(r"(\d+)(?:px)?")


def head_css(context: CheckContext) -> Iterator[Finding]:
    size = len(context.page.css.encode())
    if size > HEAD_CSS_BYTES:
        yield context.make_finding("R39", TOP, reason=f"{size} > {HEAD_CSS_BYTES}")
    for style in context.page.elements("style"):
        text = (style.text or "").strip()
        if text.startswith("/*"):
            yield context.make_finding("R39", TOP, reason="/* … */")
        if _nested(text):
            yield context.make_finding("R39", TOP, reason="@… { @… }")


def _nested(css: str) -> bool:
    """Return True if an @ rule contains an @ rule, which makes Gmail drop the whole style element."""
    depth = 0
    open_depths: list[int] = []
    for sign in re.finditer(r"@[a-z-]+[^{};]*\{|\{|\}", css):
        if sign[0] == "}":
            depth -= 1
            open_depths = [at for at in open_depths if at < depth]
        else:
            if sign[0].startswith("@") and open_depths:
                return True
            if sign[0].startswith("@"):
                open_depths.append(depth)
            depth += 1
    return False


def inline_css(context: CheckContext) -> Iterator[Finding]:
    for style in _styles(context):
        if match := _UNKNOWN.search(style):
            yield context.make_finding("R40", TOP, text=match[0].strip("; "))
            return


def important(context: CheckContext) -> Iterator[Finding]:
    """Report inline `!important`: Outlook ignores the declaration, and the dark mode cannot override it."""
    for style in _styles(context):
        if "!important" in style:
            yield context.make_finding("R42", TOP, text=style[:40])
            return


def _styles(context: CheckContext) -> list[str]:
    return list(dict.fromkeys(style for element in context.page.tree.iter() if (style := element.get("style"))))


def width(context: CheckContext) -> Iterator[Finding]:
    widest = 0
    for element in context.page.elements("table", "td", "img", "div"):
        styles = parse_declarations(element.get("style") or "")
        for value in (element.get("width", ""), styles.get("max-width", ""), styles.get("width", "")):
            match = _PIXELS.fullmatch(value)
            widest = max(widest, int(match[1]) if match else 0)
    if widest > MAX_WIDTH:
        yield context.make_finding("R44", TOP, width=widest, maximum=MAX_WIDTH)


def style_of_its_own(context: CheckContext) -> Iterator[Finding]:
    """Report a text without an inline font: laposte.net and sfr.fr drop the head and show the text in Times."""
    for text in context.page.texts:
        if text.look.family == "" and text.words.strip("\u200c\u034f\u00a0 \n"):
            yield context.make_finding("R45", TOP, text=" ".join(text.words.split())[:30])
            return


RULES = (head_css, inline_css, important, width, style_of_its_own)

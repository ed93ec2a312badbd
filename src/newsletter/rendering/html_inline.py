"""Conversion of spans into HTML: the running text of a paragraph, a title or a cell, fully escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from newsletter.model.blocks import Mark, Span, Spans
from newsletter.model.edition import Image, MergeTag
from newsletter.personalization import merge_tags

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEMES = frozenset(("http", "https", "mailto", "tel"))
"""Allowed URL schemes. Another scheme could run or read something; the checks report it at its place."""
MAX_DEPTH = 5
"""Maximum depth of nested marks (strong in em in a link). Deeper marks are dropped: libxml2 and mrml recurse."""


@dataclass(frozen=True, slots=True)
class RenderContext:
    """The pictures, addresses, widths and language that the rendering of text and blocks needs."""

    pictures: Mapping[str, Image]
    """Source as typed → prepared picture."""
    image_base: str
    urls: Mapping[str, str]
    """`*_url` tag → address."""
    column: int
    """Width of the text column, CSS pixels."""
    language: str
    page: int = 0
    """Width of the whole letter, CSS pixels; the opening image may fill it."""

    def source(self, typed: str) -> str:
        """Return the address of a picture, or "" if mail programs cannot fetch it."""
        prepared = self.pictures.get(typed)
        return self.image_base + prepared.name if prepared else typed if typed.startswith("https://") else ""

    def width(self, typed: str, requested: int = 0) -> int:
        """Return the width of a picture in CSS pixels: the least of column, picture and `requested` (0: none)."""
        prepared = self.pictures.get(typed)
        widths = [self.column, prepared.width if prepared else 0, requested]
        return min(width for width in widths if width)

    def address(self, target: str) -> str:
        """Return the address of a link or of a `*_url` tag; "" for an unknown tag or a scheme that is not allowed."""
        if target.startswith("{{"):
            return self.urls.get(target.strip("{}"), "")
        scheme = _SCHEME.match(target)
        return target if scheme is None or scheme[1].lower() in _SCHEMES else ""


def spans(run: Spans, context: RenderContext) -> Markup:
    """Render inline text. Drop marks that are nested too deep or inside a mark of the same name."""
    out: list[str] = []
    open_marks: list[tuple[str, bool]] = []
    for index, span in enumerate(run):
        if span.mark is Mark.OPEN:
            kept = len(open_marks) < MAX_DEPTH and (span.text, True) not in open_marks
            open_marks.append((span.text, kept))
            out.append(_opening(span, context) if kept else "")
        elif span.mark is Mark.CLOSE:
            name, kept = open_marks.pop()
            out.append(f"</{name}>" if kept else "")
        else:
            before_tag = index + 1 < len(run) and run[index + 1].mark is Mark.TAG
            out.append(_LEAVES[span.mark](span, context, before_tag))
    return Markup("".join(out))


def image(source: str, alt: str, width: int) -> Markup:
    """Return the `<img>` element of an image in running text."""
    return Markup('<img src="{}" alt="{}" width="{}" />').format(source, alt, width)


def linked(inner: Markup, link: str, css_class: str = "") -> Markup:
    """Wrap `inner` in a link, or return it unchanged if `link` is empty."""
    classed = Markup(' class="{}"').format(css_class) if css_class else ""
    return Markup('<a href="{}"{}>{}</a>').format(link, classed, inner) if link else inner


def _opening(span: Span, context: RenderContext) -> str:
    if span.text == "a":
        return f'<a href="{html.escape(context.address(span.target))}">'
    return f"<{span.text}{span.target}>"  # the content package has cleaned the attributes with nh3


def _escaped(span: Span, _scene: RenderContext, before_tag: bool) -> str:  # noqa: FBT001 - one signature for all leaves
    return html.escape(merge_tags.guard(span.text) if before_tag else span.text, quote=False)


def _code(span: Span, _scene: RenderContext, _before_tag: bool) -> str:  # noqa: FBT001 - one signature for all leaves
    return f"<code>{html.escape(span.text, quote=False)}</code>"


def _note(span: Span, _scene: RenderContext, _before_tag: bool) -> str:  # noqa: FBT001 - one signature for all leaves
    return f'<sup class="call">{html.escape(span.text)}</sup>'


def _image(span: Span, context: RenderContext, _before_tag: bool) -> str:  # noqa: FBT001 - one signature for all leaves
    return str(image(context.source(span.target), span.text, context.width(span.target)))


def _tag(span: Span, context: RenderContext, _before_tag: bool) -> str:  # noqa: FBT001 - one signature for all leaves
    if span.target in context.urls:
        return html.escape(context.urls[span.target])
    if span.target in merge_tags.VALUE_TAGS:
        return merge_tags.placeholder(MergeTag(span.target, span.text), "h")
    return html.escape(f"{{{{ {span.target} }}}}")


_LEAVES: dict[Mark, Callable[[Span, RenderContext, bool], str]] = {
    Mark.TEXT: _escaped,
    Mark.HTML: _escaped,
    Mark.CODE: _code,
    Mark.NOTE: _note,
    Mark.BREAK: lambda _span, _scene, _before: "<br />",
    Mark.IMAGE: _image,
    Mark.TAG: _tag,
}

"""Spans → HTML: the running text of a paragraph, a title or a cell, every character of it escaped."""

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
"""Any other would run or read something; the checks report it where it is typed."""
MAX_DEPTH = 5
"""Marks inside marks (strong in em in a link). Deeper ones are dropped: libxml2 and mrml nest by recursion."""


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What text and blocks must know of the world around them."""

    pictures: Mapping[str, Image]
    """Source as typed → prepared picture."""
    image_base: str
    urls: Mapping[str, str]
    """`*_url` tag → address."""
    column: int
    """Width of the text column, CSS pixels."""
    language: str
    page: int = 0
    """Width of the paper, which the opening image may fill."""

    def source(self, typed: str) -> str:
        """Where a picture is fetched; empty where it cannot be."""
        prepared = self.pictures.get(typed)
        return self.image_base + prepared.name if prepared else typed if typed.startswith("https://") else ""

    def width(self, typed: str, wanted: int = 0) -> int:
        """How wide a picture is shown, in CSS pixels."""
        prepared = self.pictures.get(typed)
        widths = [self.column, prepared.width if prepared else 0, wanted]
        return min(width for width in widths if width)

    def address(self, target: str) -> str:
        """A link's address; a `*_url` tag becomes the address it stands for."""
        if target.startswith("{{"):
            return self.urls.get(target.strip("{}"), "")
        scheme = _SCHEME.match(target)
        return target if scheme is None or scheme[1].lower() in _SCHEMES else ""


def spans(run: Spans, context: RenderContext) -> Markup:
    """Inline text; marks nested too deep, or inside themselves, are left out with their closing."""
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
    return Markup("".join(out))  # noqa: S704 - every leaf is escaped


def image(source: str, alt: str, width: int) -> Markup:
    """An image in running text."""
    return Markup('<img src="{}" alt="{}" width="{}" />').format(source, alt, width)


def linked(inner: Markup, link: str, css_class: str = "") -> Markup:
    """What leads somewhere, where there is somewhere to lead to."""
    classed = Markup(' class="{}"').format(css_class) if css_class else ""
    return Markup('<a href="{}"{}>{}</a>').format(link, classed, inner) if link else inner


def _opening(span: Span, context: RenderContext) -> str:
    if span.text == "a":
        return f'<a href="{html.escape(context.address(span.target))}">'
    return f"<{span.text}{span.target}>"  # the attributes have been cleaned


def _escaped(span: Span, _scene: RenderContext, before_tag: bool) -> str:  # noqa: FBT001 - one signature for all leaves
    return html.escape(merge_tags.guarded(span.text) if before_tag else span.text, quote=False)


def _code(span: Span, _scene: RenderContext, _before_tag: bool) -> str:  # noqa: FBT001 - as above
    return f"<code>{html.escape(span.text, quote=False)}</code>"


def _note(span: Span, _scene: RenderContext, _before_tag: bool) -> str:  # noqa: FBT001 - as above
    return f'<sup class="call">{html.escape(span.text)}</sup>'


def _image(span: Span, context: RenderContext, _before_tag: bool) -> str:  # noqa: FBT001 - as above
    return str(image(context.source(span.target), span.text, context.width(span.target)))


def _tag(span: Span, context: RenderContext, _before_tag: bool) -> str:  # noqa: FBT001 - as above
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

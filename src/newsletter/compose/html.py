"""Typed blocks → pieces of HTML, ready to stand in the theme's `mj-text`, `mj-image` and `mj-divider`.

Text blocks that follow one another become one piece: a section and a column of their own would cost
1,572 bytes each in the mail, a further paragraph 213.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from markupsafe import Markup

from newsletter import mergetags
from newsletter.model.edition import Image, MergeTag
from newsletter.model.issue import (
    Block,
    Code,
    Divider,
    Heading,
    Issue,
    Listing,
    Mark,
    Paragraph,
    Picture,
    Quote,
    RawHtml,
    Span,
    Spans,
)

MAX_DEPTH = 5
"""Marks inside marks (strong in em in a link). Deeper ones are dropped: libxml2 and mrml nest by recursion."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What the theme draws: running text, one picture, or a divider."""

    kind: Literal["text", "picture", "divider"]
    html: Markup = Markup("")
    picture: Shown | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as the theme needs it; `width` in CSS pixels."""

    source: str
    alt: str
    width: int
    link: str
    credit: Markup


@dataclass(frozen=True, slots=True)
class Scene:
    """What blocks must know of the world around them."""

    pictures: Mapping[str, Image]
    """Source as typed → prepared picture."""
    image_base: str
    urls: Mapping[str, str]
    """`*_url` tag → address."""
    column: int
    """Width of the text column, CSS pixels."""


def pieces(issue: Issue, scene: Scene) -> list[Piece]:
    """The whole letter, from the opening image to the postscript, in reading order."""
    drawn = list(_drawn(issue, scene))
    return list(_joined(drawn))


def _drawn(issue: Issue, scene: Scene) -> Iterator[Piece]:
    if issue.opening:
        yield from block(issue.opening, scene)
    yield from _all(issue.preamble, scene)
    if issue.salutation:
        yield _text("p", spans(issue.salutation.text, scene), "salutation")
    for part in issue.lead:
        yield from block(part, scene, "lead")
    for section in issue.sections:
        yield from block(section.heading, scene)
        yield from _all(section.blocks, scene)
    if issue.signature:
        yield _text("p", spans(issue.signature.text, scene), "signature")
    for part in issue.postscript:
        yield from block(part, scene, "postscript")


def _joined(drawn: Iterable[Piece]) -> Iterator[Piece]:
    for kind, run in groupby(drawn, key=lambda piece: piece.kind):
        if kind == "text":
            yield Piece("text", Markup("\n").join(piece.html for piece in run))
        else:
            yield from run


def block(part: Block, scene: Scene, css_class: str = "") -> Iterator[Piece]:
    """The pieces of one block; `css_class` marks paragraphs."""
    match part:
        case Paragraph():
            yield _text("p", spans(part.text, scene), css_class)
        case Heading():
            yield _text(f"h{min(max(part.level, 2), 4)}", spans(part.text, scene))
        case Picture():
            yield Piece("picture", picture=_shown(part, scene))
        case Quote():
            yield from _quote(part, scene)
        case Listing():
            yield Piece("text", _listing(part, scene))
        case Code():
            yield _text("pre", Markup.escape(part.text))
        case Divider():
            yield Piece("divider")
        case RawHtml():
            yield _text("p", Markup.escape(part.text), css_class)


def _all(parts: Iterable[Block], scene: Scene) -> Iterator[Piece]:
    for part in parts:
        yield from block(part, scene)


def _text(tag: str, inner: Markup, css_class: str = "") -> Piece:
    opening = f'<{tag} class="{css_class}">' if css_class else f"<{tag}>"
    return Piece("text", Markup(f"{opening}{inner}</{tag}>"))  # noqa: S704 - inner is escaped already


def _quote(part: Quote, scene: Scene) -> Iterator[Piece]:
    inner = _nested(part.blocks, scene)
    if part.author:
        inner += Markup('<p class="author">— {}</p>').format(spans(part.author, scene))
    yield Piece("text", Markup("<blockquote>{}</blockquote>").format(inner))


def _listing(part: Listing, scene: Scene) -> Markup:
    tag = "ol" if part.ordered else "ul"
    start = Markup(' start="{}"').format(part.start) if part.ordered and part.start != 1 else Markup("")
    items = Markup("").join(Markup("<li>{}</li>").format(_item(item, scene)) for item in part.items)
    return Markup(f"<{tag}{start}>{items}</{tag}>")  # noqa: S704 - items are escaped already


def _item(blocks: tuple[Block, ...], scene: Scene) -> Markup:
    """A list item: its first paragraph stands bare, or Outlook would open a gap."""
    if blocks and isinstance(blocks[0], Paragraph):
        return spans(blocks[0].text, scene) + _nested(blocks[1:], scene)
    return _nested(blocks, scene)


def _nested(blocks: Iterable[Block], scene: Scene) -> Markup:
    """Blocks inside a quote or a list, all of them as HTML."""
    return Markup("\n").join(_flat(piece) for piece in _all(blocks, scene))


def _flat(piece: Piece) -> Markup:
    if piece.kind == "divider":
        return Markup("<hr />")
    if piece.picture is None:
        return piece.html
    image = _image(piece.picture.source, piece.picture.alt, piece.picture.width)
    credit = Markup('<p class="credit">{}</p>').format(piece.picture.credit) if piece.picture.credit else Markup("")
    return Markup("<p>{}</p>{}").format(_linked(image, piece.picture.link), credit)


def _linked(inner: Markup, link: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(link, inner) if link else inner


def _image(source: str, alt: str, width: int) -> Markup:
    return Markup('<img src="{}" alt="{}" width="{}" />').format(source, alt, width)


def _shown(part: Picture, scene: Scene) -> Shown:
    prepared = scene.pictures.get(part.source)
    width = min(scene.column, prepared.width) if prepared else scene.column
    return Shown(_source(part.source, scene), part.alt, width, _address(part.link, scene), spans(part.credit, scene))


def _source(typed: str, scene: Scene) -> str:
    prepared = scene.pictures.get(typed)
    return scene.image_base + prepared.name if prepared else typed if typed.startswith("https://") else ""


def _address(target: str, scene: Scene) -> str:
    """A link's address; a `*_url` tag becomes the address it stands for."""
    if target.startswith("{{"):
        return scene.urls.get(target.strip("{}"), "")
    return target


def spans(run: Spans, scene: Scene) -> Markup:
    """Inline text; marks nested too deep, or inside themselves, are left out with their closing."""
    out: list[str] = []
    open_marks: list[tuple[str, bool]] = []
    for index, span in enumerate(run):
        if span.mark is Mark.OPEN:
            kept = len(open_marks) < MAX_DEPTH and (span.text, True) not in open_marks
            open_marks.append((span.text, kept))
            out.append(_opening(span, scene) if kept else "")
        elif span.mark is Mark.CLOSE:
            name, kept = open_marks.pop()
            out.append(f"</{name}>" if kept else "")
        else:
            before_tag = index + 1 < len(run) and run[index + 1].mark is Mark.TAG
            out.append(_LEAVES[span.mark](span, scene, before_tag))
    return Markup("".join(out))  # noqa: S704 - every leaf is escaped


def _opening(span: Span, scene: Scene) -> str:
    if span.text == "a":
        return f'<a href="{html.escape(_address(span.target, scene))}">'
    return f"<{span.text}>"


def _escaped(span: Span, _scene: Scene, before_tag: bool) -> str:  # noqa: FBT001 - one signature for all leaves
    return html.escape(mergetags.guarded(span.text) if before_tag else span.text, quote=False)


def _code_span(span: Span, _scene: Scene, _before_tag: bool) -> str:  # noqa: FBT001 - as above
    return f"<code>{html.escape(span.text, quote=False)}</code>"


def _inline_image(span: Span, scene: Scene, _before_tag: bool) -> str:  # noqa: FBT001 - as above
    prepared = scene.pictures.get(span.target)
    width = min(scene.column, prepared.width) if prepared else scene.column
    return str(_image(_source(span.target, scene), span.text, width))


def _tag(span: Span, scene: Scene, _before_tag: bool) -> str:  # noqa: FBT001 - as above
    if span.target in scene.urls:
        return html.escape(scene.urls[span.target])
    if span.target in mergetags.VALUE_TAGS:
        return mergetags.placeholder(MergeTag(span.target, span.text), "h")
    return html.escape(f"{{{{ {span.target} }}}}")


_LEAVES: dict[Mark, Callable[[Span, Scene, bool], str]] = {
    Mark.TEXT: _escaped,
    Mark.HTML: _escaped,
    Mark.CODE: _code_span,
    Mark.BREAK: lambda _span, _scene, _before: "<br />",
    Mark.IMAGE: _inline_image,
    Mark.TAG: _tag,
}

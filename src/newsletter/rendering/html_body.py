"""Conversion of blocks into pieces of HTML for the theme's `mj-text`, `mj-image`, `mj-button` and `mj-divider`.

Consecutive text blocks become one piece: a section and a column for each block would cost 1,572 bytes in the mail, but
one more paragraph costs 213. Quotes and callouts are cells of small tables, because Outlook supports a background and
padding only on table cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from markupsafe import Markup

from newsletter.i18n import say
from newsletter.model.blocks import (
    Block,
    Button,
    Callout,
    Code,
    Columns,
    Divider,
    Heading,
    Listing,
    Note,
    Paragraph,
    Picture,
    Quote,
    RawHtml,
    Spans,
    Table,
    Video,
)
from newsletter.model.issue import Issue
from newsletter.rendering.html_inline import RenderContext, image, linked, spans

GAP = 24
"""CSS pixels between two columns."""
INSET = 40
"""CSS pixels by which pictures in a callout or a quote are narrower than in the column."""
_CELL = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'


@dataclass(frozen=True, slots=True)
class Piece:
    """One element for the theme: the opening image, running text, a picture, a button, a divider, or columns."""

    kind: Literal["hero", "text", "picture", "button", "divider", "columns"]
    html: Markup = Markup("")
    """The running text, or the words of a button."""
    picture: ThemePicture | None = None
    link: str = ""
    """The address of a button."""
    columns: tuple[tuple[Piece, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ThemePicture:
    """A picture as the theme needs it; `width` in CSS pixels."""

    source: str
    alt: str
    width: int
    link: str
    credit: Markup


def pieces(issue: Issue, context: RenderContext) -> list[Piece]:
    """Return the pieces of the whole letter in reading order, from the opening image to the notes."""
    return list(_join_text(_render_issue(issue, context)))


def _render_issue(issue: Issue, context: RenderContext) -> Iterator[Piece]:
    if issue.opening:
        yield Piece("hero", picture=_theme_picture(issue.opening, replace(context, column=context.page)))
    yield from _render_blocks(issue.preamble, context)
    if issue.salutation:
        yield _text("p", spans(issue.salutation.text, context), "salutation")
    for part in issue.lead:
        yield from block(part, context, "lead")
    for section in issue.sections:
        yield from block(section.heading, context)
        yield from _render_blocks(section.blocks, context)
    if issue.signature:
        yield _text("p", spans(issue.signature.text, context), "signature")
    for part in issue.postscript:
        yield from block(part, context, "postscript")
    if issue.notes:
        yield from _notes(issue.notes, context)


def _join_text(drawn: Iterable[Piece]) -> Iterator[Piece]:
    for kind, run in groupby(drawn, key=lambda piece: piece.kind):
        if kind == "text":
            yield Piece("text", Markup("\n").join(piece.html for piece in run))
        else:
            yield from run


def block(part: Block, context: RenderContext, css_class: str = "") -> Iterator[Piece]:
    """Yield the pieces of one block; `css_class` is the class of a paragraph."""
    match part:
        case Paragraph():
            yield _text("p", spans(part.text, context), css_class)
        case Heading():
            yield _text(f"h{min(max(part.level, 2), 4)}", spans(part.text, context))
        case Picture():
            yield Piece("picture", picture=_theme_picture(part, context))
        case Quote() | Callout():
            yield Piece("text", _quote_or_callout(part, replace(context, column=context.column - INSET)))
        case Listing():
            yield Piece("text", _listing(part, context))
        case Table():
            yield Piece("text", _table(part, context))
        case Columns():
            yield _columns(part, context)
        case Button():
            yield Piece("button", spans(part.text[1:-1], context), link=context.address(part.text[0].target))
        case Video():
            yield from _video(part, context)
        case Code():
            yield _text("pre", Markup.escape(part.text))
        case Divider():
            yield Piece("divider")
        case RawHtml():
            yield _text("p", Markup.escape(part.text), css_class)


def _render_blocks(parts: Iterable[Block], context: RenderContext) -> Iterator[Piece]:
    for part in parts:
        yield from block(part, context)


def _text(tag: str, inner: Markup, css_class: str = "") -> Piece:
    opening = f'<{tag} class="{css_class}">' if css_class else f"<{tag}>"
    return Piece("text", Markup(f"{opening}{inner}</{tag}>"))


def _quote_or_callout(part: Quote | Callout, context: RenderContext) -> Markup:
    """Return a quotation or a callout as a table with a single cell."""
    inner = _render_nested(part.blocks, context)
    if isinstance(part, Quote):
        author = Markup('<p class="author">— {}</p>').format(spans(part.author, context)) if part.author else Markup("")
        return _cell("pull" if part.pulled else "quote", Markup("<blockquote>{}{}</blockquote>").format(inner, author))
    title = spans(part.title, context) or _default_title(part.kind, context.language)
    headed = Markup('<p class="callout-title">{}</p>').format(title) if title else Markup("")
    return _cell(f"callout {part.kind}", headed + inner)


def _default_title(kind: str, language: str) -> str:
    return "" if kind == "encadre" else say(language, f"mail_{kind}")


def _cell(css_class: str, inner: Markup) -> Markup:
    return Markup(f'<table class="apart" {_CELL}><tr><td class="{css_class}">{inner}</td></tr></table>')


def _listing(part: Listing, context: RenderContext) -> Markup:
    tag = "ol" if part.ordered else "ul"
    start = Markup(' start="{}"').format(part.start) if part.ordered and part.start != 1 else Markup("")
    items = Markup("").join(Markup("<li>{}</li>").format(_item(item, context)) for item in part.items)
    return Markup(f"<{tag}{start}>{items}</{tag}>")


def _item(blocks: tuple[Block, ...], context: RenderContext) -> Markup:
    """Return the content of a list item, its first paragraph without `<p>`: Outlook would add a gap for it."""
    if blocks and isinstance(blocks[0], Paragraph):
        return spans(blocks[0].text, context) + _render_nested(blocks[1:], context)
    return _render_nested(blocks, context)


def _table(part: Table, context: RenderContext) -> Markup:
    head = _row(part.header, part.aligned, 'th scope="col"', context)
    rows = Markup("").join(_row(row, part.aligned, "td", context) for row in part.rows)
    return Markup(
        '<table class="data" width="100%" cellpadding="0" cellspacing="0" border="0">'
        "<thead>{}</thead><tbody>{}</tbody></table>"
    ).format(head, rows)


def _row(cells: tuple[Spans, ...], aligned: tuple[str, ...], opening: str, context: RenderContext) -> Markup:
    cells_html = (
        f'<{opening} align="{side}">{spans(cell, context)}</{opening[:2]}>'
        for cell, side in zip(cells, aligned, strict=True)
    )
    return Markup(f"<tr>{''.join(cells_html)}</tr>")


def _columns(part: Columns, context: RenderContext) -> Piece:
    count = max(1, len(part.columns))
    narrow = replace(context, column=max(1, (context.column - GAP * (count - 1)) // count))
    return Piece(
        "columns",
        columns=tuple(tuple(_join_text(_flatten_columns(_render_blocks(column, narrow)))) for column in part.columns),
    )


def _flatten_columns(drawn: Iterable[Piece]) -> Iterator[Piece]:
    """Replace columns inside a column by their pieces, one below the other: nested columns would be too narrow."""
    for piece in drawn:
        yield from (part for column in piece.columns for part in column) if piece.kind == "columns" else (piece,)


def _video(part: Video, context: RenderContext) -> Iterator[Piece]:
    """Yield a picture that links to the film, and a text link for readers who do not see pictures."""
    if part.picture:
        yield Piece("picture", picture=_theme_picture(part.picture, context))
    title, watch = spans(part.title, context), say(context.language, "mail_watch")
    words = Markup(say(context.language, "mail_labelled", label=watch, value=title) if title else watch)
    yield _text("p", linked(words, context.address(part.url)), "watch")


def _notes(notes: tuple[Note, ...], context: RenderContext) -> Iterator[Piece]:
    yield _text("p", Markup.escape(say(context.language, "mail_notes")), "notes-title")
    items = Markup("").join(Markup("<li>{}</li>").format(_item(note.blocks, context)) for note in notes)
    yield Piece("text", Markup('<ol class="notes">{}</ol>').format(items))


def _render_nested(blocks: Iterable[Block], context: RenderContext) -> Markup:
    """Return the blocks inside a quote, a callout or a list as HTML."""
    return Markup("\n").join(_flat(piece) for piece in _render_blocks(blocks, context))


def _flat(piece: Piece) -> Markup:
    match piece.kind:
        case "divider":
            return Markup("<hr />")
        case "button":
            return Markup("<p>{}</p>").format(linked(piece.html, piece.link, "button"))
        case "columns":
            return Markup("\n").join(_flat(part) for column in piece.columns for part in column)
        case "picture" if piece.picture:
            return _flat_picture(piece.picture)
        case _:
            return piece.html


def _flat_picture(picture: ThemePicture) -> Markup:
    credit = Markup('<p class="credit">{}</p>').format(picture.credit) if picture.credit else Markup("")
    return Markup("<p>{}</p>{}").format(linked(image(picture.source, picture.alt, picture.width), picture.link), credit)


def _theme_picture(part: Picture, context: RenderContext) -> ThemePicture:
    width = context.width(part.source, part.width)
    return ThemePicture(
        source=context.source(part.source),
        alt=part.alt,
        width=width,
        link=context.address(part.link),
        credit=spans(part.credit, context),
    )

"""The plain-text part, made from the same blocks as the HTML and never from the HTML.

Lines are wrapped at 72 characters, and never at a no-break space. A link is a number in brackets directly after its
words; the addresses are listed once at the end. A footnote is `[note 1]`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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
    Mark,
    Note,
    Paragraph,
    Picture,
    Quote,
    RawHtml,
    Span,
    Spans,
    Table,
    Video,
)
from newsletter.model.edition import MergeTag
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication
from newsletter.personalization import merge_tags
from newsletter.rendering.text_wrapping import BREAK, WIDTH, put_label, underline, wrap

_NBSP = "\u00a0"
_INDENT = "    "
_RULE = "\u2014" * 12
"""Em dashes on purpose: SendGrid sends a part without a character above U+00FF as Latin-1, and Gmail clips it."""


@dataclass(slots=True)
class _Writer:
    """The state of one rendering: language, addresses of the `*_url` tags, and the links numbered so far."""

    language: str
    urls: Mapping[str, str]
    links: list[str] = field(default_factory=list)

    def number(self, address: str) -> int:
        if address not in self.links:
            self.links.append(address)
        return self.links.index(address) + 1

    def say(self, key: str, **facts: object) -> str:
        return say(self.language, key, **facts)

    def labelled(self, label: str, value: str) -> str:
        """Return « Label : value », with the space before the colon that the language requires."""
        return self.say("mail_labelled", label=label, value=value)


def render(issue: Issue, publication: Publication, urls: Mapping[str, str]) -> str:
    """Render the whole text part; merge tags become placeholders of the plain context."""
    writer = _Writer(issue.language, urls)
    parts = [*_masthead(issue, publication, writer), *_letter(issue, writer), *_notes(issue.notes, writer)]
    return "\n\n".join([*parts, *_references(writer), _footer(publication, writer)]) + "\n"


def _masthead(issue: Issue, publication: Publication, writer: _Writer) -> list[str]:
    online = writer.labelled(writer.say("mail_read_online"), writer.urls["online_url"])
    title = wrap(merge_tags.guard(issue.front.subject))
    return [online, wrap(publication.name), underline(title, "=")] if title else [online, publication.name]


def _letter(issue: Issue, writer: _Writer) -> list[str]:
    paragraphs = [part for part in (issue.salutation, *issue.lead) if part]
    sections = [part for section in issue.sections for part in (section.heading, *section.blocks)]
    ending = [part for part in (issue.signature, *issue.postscript) if part]
    opening = [issue.opening] if issue.opening else []
    return _render_blocks([*opening, *issue.preamble, *paragraphs, *sections, *ending], writer, WIDTH)


def _notes(notes: tuple[Note, ...], writer: _Writer) -> list[str]:
    if not notes:
        return []
    listed = (
        put_label(f"[note{_NBSP}{note.number}] ", _render_stacked(note.blocks, writer, WIDTH - 9)) for note in notes
    )
    return [underline(writer.say("mail_notes"), "-") + "\n\n" + "\n".join(listed)]


def _references(writer: _Writer) -> list[str]:
    """Return the list of the numbered links, each address on its own line so that it can be clicked."""
    if not writer.links:
        return []
    listed = "\n".join(f"[{number}] {address}" for number, address in enumerate(writer.links, 1))
    return [underline(writer.say("mail_links"), "-") + "\n\n" + listed]


def _footer(publication: Publication, writer: _Writer) -> str:
    reason = wrap(say(writer.language, "mail_why", publication=publication.name))
    unsubscribe = writer.labelled(writer.say("mail_unsubscribe"), writer.urls["unsubscribe_url"])
    notes = [publication.legal_notice, publication.postal_address]
    return "\n\n".join([_RULE, reason, unsubscribe, *(wrap(note) for note in notes if note)])


def _render_blocks(blocks: Iterable[Block], writer: _Writer, width: int) -> list[str]:
    return [text for text in (_block(block, writer, width) for block in blocks) if text]


def _render_stacked(blocks: Iterable[Block], writer: _Writer, width: int) -> str:
    return "\n\n".join(_render_blocks(blocks, writer, width))


def _block(block: Block, writer: _Writer, width: int) -> str:
    match block:
        case Paragraph():
            return wrap(_inline(block.text, writer), width)
        case Heading():
            return underline(wrap(_inline(block.text, writer), width), "-")
        case Picture():
            return _picture(block, writer, width)
        case Quote():
            return _quote(block, writer, width)
        case Listing():
            return _listing(block, writer, width)
        case Table():
            return _table(block, writer, width)
        case Callout():
            return _callout(block, writer, width)
        case Columns():
            return "\n\n".join(_render_stacked(column, writer, width) for column in block.columns)
        case Button():
            return wrap(_labelled(_inline(block.text[1:-1], writer), block.text[0].target, writer), width)
        case Video():
            return _video(block, writer, width)
        case Code():
            return textwrap.indent(block.text, _INDENT)
        case Divider():
            return "* * *"
        case RawHtml():
            return block.text


def _labelled(label: str, target: str, writer: _Writer) -> str:
    """Return the words of a link, and its address in one piece on a line of its own."""
    return writer.labelled(label, BREAK + _address(target, writer))


def _picture(block: Picture, writer: _Writer, width: int) -> str:
    lines = [f"[{writer.labelled(writer.say('mail_image'), block.alt)}]" if block.alt else ""]
    lines.append(f"({_inline(block.credit, writer)})" if block.credit else "")
    lines.append(_address(block.link, writer))
    return "\n".join(wrap(line, width) for line in lines if line)


def _video(block: Video, writer: _Writer, width: int) -> str:
    title = _inline(block.title, writer) or (block.picture.alt if block.picture else "")
    label = writer.labelled(writer.say("mail_video"), title)
    return wrap(f"{label}{BREAK}{_address(block.url, writer)}", width)


def _quote(block: Quote, writer: _Writer, width: int) -> str:
    parts = _render_blocks(block.blocks, writer, width - 2)
    if block.author:
        parts.append(wrap("— " + _inline(block.author, writer), width - 2))
    return textwrap.indent("\n\n".join(parts), "> ", lambda _line: True)


def _callout(block: Callout, writer: _Writer, width: int) -> str:
    """Return a callout as an indented passage under its title."""
    title = _inline(block.title, writer)
    if not title and block.kind != "encadre":
        title = writer.say(f"mail_{block.kind}")
    inner = width - len(_INDENT)
    parts = [underline(wrap(title, inner), "-")] if title else []
    return textwrap.indent("\n\n".join([*parts, *_render_blocks(block.blocks, writer, inner)]), _INDENT)


def _listing(block: Listing, writer: _Writer, width: int) -> str:
    items = []
    for number, item in enumerate(block.items, block.start):
        label = f"{number}. " if block.ordered else "- "
        gap = "\n" if all(isinstance(part, Listing) for part in item[1:]) else "\n\n"
        items.append(put_label(label, gap.join(_render_blocks(item, writer, width - len(label)))))
    return "\n".join(items)


def _table(block: Table, writer: _Writer, width: int) -> str:
    """Return aligned columns if they fit in `width`, else one « header: value » per line, blank lines between rows."""
    rows = [[_inline(cell, writer).replace(BREAK, " ") for cell in row] for row in (block.header, *block.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(block.header))]
    if sum(widths) + 2 * (len(widths) - 1) <= width:
        rule = ["-" * column_width for column_width in widths]
        return "\n".join(_cells(row, widths, block.aligned) for row in (rows[0], rule, *rows[1:]))
    return "\n\n".join("\n".join(_facts(rows[0], row, writer, width)) for row in rows[1:])


def _cells(row: list[str], widths: list[int], aligned: tuple[str, ...]) -> str:
    fill = {"left": str.ljust, "right": str.rjust, "center": str.center}
    return "  ".join(fill[side](cell, width) for cell, width, side in zip(row, widths, aligned, strict=True)).rstrip(
        " "
    )


def _facts(header: list[str], row: list[str], writer: _Writer, width: int) -> list[str]:
    named = zip(header, row, strict=True)
    return [wrap(writer.labelled(name, cell) if name else cell, width) for name, cell in named]


def _inline(run: Spans, writer: _Writer) -> str:
    out: list[str] = []
    addresses: list[str] = []
    for index, span in enumerate(run):
        if span.mark is Mark.OPEN and span.text == "a":
            addresses.append(_address(span.target, writer))
        elif span.mark is Mark.CLOSE and span.text == "a":
            out.append(_reference(addresses.pop(), out, writer))
        else:
            before_tag = index + 1 < len(run) and run[index + 1].mark is Mark.TAG
            out.append(merge_tags.guard(_leaf(span, writer)) if before_tag else _leaf(span, writer))
    return "".join(out)


def _leaf(span: Span, writer: _Writer) -> str:
    match span.mark:
        case Mark.TEXT | Mark.CODE | Mark.HTML:
            return span.text
        case Mark.BREAK:
            return BREAK
        case Mark.IMAGE:
            return f"[{span.text}]" if span.text else ""
        case Mark.NOTE:
            return f"{_NBSP}[note{_NBSP}{span.text}]"
        case Mark.TAG:
            return _tag(span, writer)
        case Mark.OPEN | Mark.CLOSE:
            return ""


def _tag(span: Span, writer: _Writer) -> str:
    if span.target in writer.urls:
        return writer.urls[span.target]
    if span.target in merge_tags.VALUE_TAGS:
        return merge_tags.placeholder(MergeTag(span.target, span.text), "t")
    return f"{{{{ {span.target} }}}}"


def _reference(address: str, before: list[str], writer: _Writer) -> str:
    """Return ` [n]` to write after a link's words, or "" if the words are the address itself."""
    shown = before[-1] if before else ""
    bare = address.removeprefix("mailto:")
    return "" if not address or shown in {address, bare} else f"{_NBSP}[{writer.number(address)}]"


def _address(target: str, writer: _Writer) -> str:
    return writer.urls.get(target.strip("{}"), "") if target.startswith("{{") else target

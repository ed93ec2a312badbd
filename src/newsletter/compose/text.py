"""The plain text part, made from the same blocks as the HTML and never from the HTML.

Lines are wrapped at 72 characters; no-break spaces never break. A link is a number in brackets
glued to its words, with the addresses listed once at the end.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from newsletter import mergetags
from newsletter.messages import say
from newsletter.model.edition import MergeTag
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
from newsletter.model.publication import Publication

WIDTH = 72
_SPACES = re.compile(r"[ \t\n]+")
_NBSP = "\u00a0"


@dataclass(slots=True)
class _Writer:
    """Writes blocks and numbers the links it meets."""

    language: str
    urls: Mapping[str, str]
    links: list[str] = field(default_factory=list)

    def number(self, address: str) -> int:
        if address not in self.links:
            self.links.append(address)
        return self.links.index(address) + 1


def render(issue: Issue, publication: Publication, urls: Mapping[str, str]) -> str:
    """The whole text part, merge tags as plain-context placeholders."""
    writer = _Writer(issue.language, urls)
    parts = [*_masthead(issue, publication, writer), *_letter(issue, writer)]
    return "\n\n".join([*parts, *_references(writer), _footer(publication, writer)]) + "\n"


def _masthead(issue: Issue, publication: Publication, writer: _Writer) -> list[str]:
    online = say(writer.language, "mail_read_online") + f"{_NBSP}: " + writer.urls["online_url"]
    title = _wrapped(mergetags.guarded(issue.front.subject))
    return [online, _wrapped(publication.name), _underlined(title, "=")] if title else [online, publication.name]


def _letter(issue: Issue, writer: _Writer) -> list[str]:
    paragraphs = [part for part in (issue.salutation, *issue.lead) if part]
    sections = [part for section in issue.sections for part in (section.heading, *section.blocks)]
    ending = [part for part in (issue.signature, *issue.postscript) if part]
    opening = [issue.opening] if issue.opening else []
    return _all([*opening, *issue.preamble, *paragraphs, *sections, *ending], writer)


def _references(writer: _Writer) -> list[str]:
    """The addresses of the numbered links; each stands alone on its line, so that it can be clicked."""
    if not writer.links:
        return []
    listed = "\n".join(f"[{number}] {address}" for number, address in enumerate(writer.links, 1))
    return [_underlined(say(writer.language, "mail_links"), "-") + "\n\n" + listed]


def _footer(publication: Publication, writer: _Writer) -> str:
    why = _wrapped(say(writer.language, "mail_why", publication=publication.name))
    leave = say(writer.language, "mail_unsubscribe") + f"{_NBSP}: " + writer.urls["unsubscribe_url"]
    notes = [publication.legal_notice, publication.postal_address]
    return "\n\n".join(["-" * 24, why, leave, *(_wrapped(note) for note in notes if note)])


def _all(blocks: Iterable[Block], writer: _Writer) -> list[str]:
    return [text for text in (_block(block, writer) for block in blocks) if text]


def _block(block: Block, writer: _Writer) -> str:
    match block:
        case Paragraph():
            return _wrapped(_inline(block.text, writer))
        case Heading():
            return _underlined(_wrapped(_inline(block.text, writer)), "-")
        case Picture():
            return _picture(block, writer)
        case Quote():
            return _quote(block, writer)
        case Listing():
            return _listing(block, writer)
        case Code():
            return textwrap.indent(block.text, "    ")
        case Divider():
            return "* * *"
        case RawHtml():
            return block.text


def _picture(block: Picture, writer: _Writer) -> str:
    lines = [f"[{say(writer.language, 'mail_image')}{_NBSP}: {block.alt}]" if block.alt else ""]
    lines.append(f"({_inline(block.credit, writer)})" if block.credit else "")
    lines.append(_address(block.link, writer))
    return "\n".join(_wrapped(line) for line in lines if line)


def _quote(block: Quote, writer: _Writer) -> str:
    parts = _all(block.blocks, writer)
    if block.author:
        parts.append("— " + _inline(block.author, writer))
    narrowed = _rewrapped("\n\n".join(parts), WIDTH - 2)
    return textwrap.indent(narrowed, "> ", lambda _line: True)


def _listing(block: Listing, writer: _Writer) -> str:
    items = []
    for number, item in enumerate(block.items, block.start):
        label = f"{number}. " if block.ordered else "- "
        gap = "\n" if all(isinstance(part, Listing) for part in item[1:]) else "\n\n"
        body = _rewrapped(gap.join(_all(item, writer)), WIDTH - len(label))
        items.append(label + textwrap.indent(body, " " * len(label)).lstrip(" "))
    return "\n".join(items)


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
            out.append(mergetags.guarded(_leaf(span, writer)) if before_tag else _leaf(span, writer))
    return "".join(out)


def _leaf(span: Span, writer: _Writer) -> str:
    match span.mark:
        case Mark.TEXT | Mark.CODE | Mark.HTML:
            return span.text
        case Mark.BREAK:
            return "\v"
        case Mark.IMAGE:
            return f"[{span.text}]" if span.text else ""
        case Mark.TAG:
            return _tag(span, writer)
        case Mark.OPEN | Mark.CLOSE:
            return ""


def _tag(span: Span, writer: _Writer) -> str:
    if span.target in writer.urls:
        return writer.urls[span.target]
    if span.target in mergetags.VALUE_TAGS:
        return mergetags.placeholder(MergeTag(span.target, span.text), "t")
    return f"{{{{ {span.target} }}}}"


def _reference(address: str, before: list[str], writer: _Writer) -> str:
    """` [n]` behind a link's words, nothing where the words are the address already."""
    shown = before[-1] if before else ""
    bare = address.removeprefix("mailto:")
    return "" if not address or shown in {address, bare} else f"{_NBSP}[{writer.number(address)}]"


def _address(target: str, writer: _Writer) -> str:
    return writer.urls.get(target.strip("{}"), "") if target.startswith("{{") else target


def _underlined(title: str, line: str) -> str:
    width = max((len(row) for row in title.split("\n")), default=0)
    return f"{title}\n{line * width}"


def _wrapped(text: str, width: int = WIDTH) -> str:
    """Lines of at most `width`, broken at spaces only; a vertical tab is a line break that was typed."""
    return "\n".join(_filled(_SPACES.sub(" ", line).strip(" "), width) for line in text.split("\v"))


def _filled(text: str, width: int) -> str:
    """One paragraph; textwrap, which looks at every word, takes five times as long."""
    lines = []
    while len(text) > width:
        cut = text.rfind(" ", 0, width + 1)
        cut = cut if cut > 0 else text.find(" ", width)
        if cut < 0:
            break
        lines.append(text[:cut])
        text = text[cut + 1 :]
    return "\n".join([*lines, text])


def _rewrapped(text: str, width: int) -> str:
    """Text that was wrapped already, wrapped narrower; blank lines stay, lines that hold a layout too."""
    return "\n".join(
        line if line.startswith(("    ", "- ", "> ", "[")) else _wrapped(line, width) for line in text.split("\n")
    )

"""markdown-it's tokens → the typed blocks of `model.issue`, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from newsletter.compose import markdown
from newsletter.letterforms import CREDIT
from newsletter.model.finding import Place
from newsletter.model.issue import (
    Block,
    Code,
    Divider,
    Heading,
    Listing,
    Mark,
    Paragraph,
    Picture,
    Quote,
    RawHtml,
    Span,
    Spans,
    plain,
)

_DASH = re.compile(r"\s*[—–-]\s*")
_INLINE_NAMES = {"em": "em", "strong": "strong", "s": "s", "link": "a"}


def parse(lines: Sequence[str], first_line: int) -> tuple[tuple[Block, ...], list[Place]]:
    """The blocks of a body whose first line has that number, and the places nested too deep to be kept."""
    tokens = markdown.tokens("\n".join(lines))
    source = _Source(lines, first_line)
    too_deep = [source.line(t) for t in tokens if t.nesting == 1 and t.level >= markdown.MAX_NESTING - 1]
    return tuple(_credited(_blocks(tokens, source))), too_deep


@dataclass(frozen=True, slots=True)
class _Source:
    """Turns a token into a place in the file."""

    lines: Sequence[str]
    first_line: int

    def line(self, token: Token) -> Place:
        return Place((token.map[0] if token.map else 0) + self.first_line)

    def place(self, inline: Token, offset: int) -> Place:
        """Where `offset` of an inline token's content stands; column 1 where that line cannot be found."""
        content = inline.content
        index = (inline.map[0] if inline.map else 0) + content.count("\n", 0, offset)
        start = content.rfind("\n", 0, offset) + 1
        end = content.find("\n", start)
        content_line = content[start:end] if end >= 0 else content[start:]
        raw = self.lines[index] if index < len(self.lines) else ""
        found = raw.find(content_line)
        return Place(index + self.first_line, found + offset - start + 1 if found >= 0 else 1)


def _blocks(tokens: Sequence[Token], source: _Source) -> Iterator[Block]:
    index = 0
    while index < len(tokens):
        end = _closing(tokens, index)
        builder = _BUILDERS[tokens[index].type]
        yield builder(tokens[index : end + 1], source)
        index = end + 1


def _closing(tokens: Sequence[Token], index: int) -> int:
    """Index of the token that closes the one at `index`, itself where nothing has to be closed."""
    opening = tokens[index]
    if opening.nesting != 1:
        return index
    return next(
        n for n in range(index + 1, len(tokens)) if tokens[n].nesting == -1 and tokens[n].level == opening.level
    )


def _paragraph(tokens: Sequence[Token], source: _Source) -> Block:
    spans = _spans(tokens[1], source)
    return _picture(spans) or Paragraph(spans, source.line(tokens[0]))


def _heading(tokens: Sequence[Token], source: _Source) -> Block:
    return Heading(int(tokens[0].tag[1]), _spans(tokens[1], source), source.line(tokens[0]))


def _quote(tokens: Sequence[Token], source: _Source) -> Block:
    blocks = tuple(_credited(_blocks(tokens[1:-1], source)))
    last = blocks[-1] if blocks else None
    if isinstance(last, Paragraph) and (cut := _author_start(last.text)) is not None:
        kept = last.text[: max(0, cut - 1)]
        rest = (*blocks[:-1], replace(last, text=kept)) if kept else blocks[:-1]
        if rest:
            return Quote(rest, source.line(tokens[0]), _undashed(last.text[cut:]))
    return Quote(blocks, source.line(tokens[0]))


def _author_start(spans: Spans) -> int | None:
    """Where the last line begins, when it begins with a dash; None otherwise."""
    cut = next((n + 1 for n in range(len(spans) - 1, -1, -1) if _is_line_end(spans[n])), 0)
    starts = cut < len(spans) and spans[cut].mark is Mark.TEXT and spans[cut].text.startswith(("—", "–"))
    opened = [span.mark for span in spans[:cut]]
    whole = opened.count(Mark.OPEN) == opened.count(Mark.CLOSE)  # emphasis that spans both lines is not cut
    return cut if starts and whole else None


def _is_line_end(span: Span) -> bool:
    return span.mark is Mark.BREAK or (span.mark is Mark.TEXT and span.text == "\n")


def _undashed(spans: Spans) -> Spans:
    return (replace(spans[0], text=_DASH.sub("", spans[0].text, count=1)), *spans[1:])


def _listing(tokens: Sequence[Token], source: _Source) -> Block:
    inner = tokens[1:-1]
    items: list[tuple[Block, ...]] = []
    index = 0
    while index < len(inner):
        end = _closing(inner, index)
        items.append(tuple(_credited(_blocks(inner[index + 1 : end], source))))
        index = end + 1
    start = int(tokens[0].attrs.get("start", 1))
    return Listing(tokens[0].type == "ordered_list_open", tuple(items), source.line(tokens[0]), start)


def _code(tokens: Sequence[Token], source: _Source) -> Block:
    return Code(tokens[0].content.rstrip("\n"), source.line(tokens[0]))


def _divider(tokens: Sequence[Token], source: _Source) -> Block:
    return Divider(source.line(tokens[0]))


def _raw_html(tokens: Sequence[Token], source: _Source) -> Block:
    return RawHtml(tokens[0].content.strip(), source.line(tokens[0]))


_BUILDERS: dict[str, Callable[[Sequence[Token], _Source], Block]] = {
    "paragraph_open": _paragraph,
    "heading_open": _heading,
    "blockquote_open": _quote,
    "bullet_list_open": _listing,
    "ordered_list_open": _listing,
    "fence": _code,
    "code_block": _code,
    "hr": _divider,
    "html_block": _raw_html,
}


def _spans(inline: Token, source: _Source) -> Spans:
    return tuple(_span(child, source.place(inline, child.meta.get("pos", 0))) for child in inline.children or ())


def _span(token: Token, place: Place) -> Span:
    match token.type:
        case "softbreak":
            return Span(Mark.TEXT, "\n", place=place)
        case "hardbreak":
            return Span(Mark.BREAK, place=place)
        case "code_inline":
            return Span(Mark.CODE, token.content, place=place)
        case "image":
            return Span(Mark.IMAGE, _alt(token), str(token.attrs["src"]), place)
        case "merge_tag":
            return Span(Mark.TAG, token.meta["default"], token.meta["name"] or token.content, place)
        case "html_inline":
            return Span(Mark.HTML, token.content, place=place)
        case "text" | "text_special":
            return Span(Mark.TEXT, token.content, place=place)
        case _:
            name = _INLINE_NAMES[token.type.rsplit("_", 1)[0]]
            mark = Mark.OPEN if token.nesting == 1 else Mark.CLOSE
            return Span(mark, name, str(token.attrs.get("href", "")), place)


def _alt(token: Token) -> str:
    return "".join(_alt_word(child) for child in token.children or ())


def _alt_word(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    if token.type == "merge_tag":
        return f"{{{{ {token.content} }}}}"
    return _alt(token) if token.type == "image" else token.content


def _picture(spans: Spans) -> Picture | None:
    """A paragraph that holds one image, linked or not, and perhaps its credit on the next line."""
    image, link, rest = _leading_image(spans)
    if image is None or (rest and not (_is_line_end(rest[0]) and CREDIT.match(plain(rest[1:])))):
        return None
    return Picture(image.target, image.text, image.place, link, rest[1:])


def _leading_image(spans: Spans) -> tuple[Span | None, str, Spans]:
    match spans:
        case (Span(mark=Mark.IMAGE) as image, *rest):
            return image, "", tuple(rest)
        case (Span(Mark.OPEN, "a", link), Span(mark=Mark.IMAGE) as image, Span(Mark.CLOSE, "a"), *rest):
            return image, link, tuple(rest)
        case _:
            return None, "", spans


def _credited(blocks: Iterator[Block]) -> Iterator[Block]:
    """The same blocks, each picture with the credit paragraph that follows it."""
    waiting: Picture | None = None
    for block in blocks:
        if waiting and not waiting.credit and isinstance(block, Paragraph) and CREDIT.match(plain(block.text)):
            waiting = replace(waiting, credit=block.text)
            continue
        if waiting:
            yield waiting
        waiting = block if isinstance(block, Picture) else None
        if waiting is None:
            yield block
    if waiting:
        yield waiting

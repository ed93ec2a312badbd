"""Conversion of markdown-it's tokens into the typed blocks of `model.blocks`, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from markdown_it.token import Token

from newsletter.content import containers, markdown_parser
from newsletter.content.conventions import CREDIT
from newsletter.content.inline_builder import BUTTONS, Source, spans, width_of
from newsletter.model.blocks import (
    INLINE_HTML,
    Block,
    Button,
    Code,
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
    plain_text,
)
from newsletter.model.finding import Place, Report

_DASH = re.compile(r"\s*[—–-]\s*")
_BAR = re.compile(r"(?<!\\)\|")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?([A-Za-z][\w-]*)")
_VIDEO_HOSTS = re.compile(
    r"(?:.*\.)?(?:youtube\.com|youtu\.be|vimeo\.com|dailymotion\.com|dai\.ly|tiktok\.com|arte\.tv|peertube\..+)"
)


def parse(lines: Sequence[str], first_line: int, report: Report) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    """Return the blocks and the footnotes of a body; `first_line` is the number of its first line in the file."""
    tokens, definitions = markdown_parser.tokens("\n".join(lines))
    source = Source(lines, first_line, report)
    _check_nesting(tokens, source)
    end = next((index for index, token in enumerate(tokens) if token.type == "footnote_block_open"), len(tokens))
    blocks = tuple(_merge_credits(_blocks(tokens[:end], source)))
    notes = tuple(_notes(tokens[end + 1 : -1], source, definitions))
    called = {token.meta["label"] for token in tokens[end:] if token.type == "footnote_open"}
    for label, lines_ in definitions.items():
        if label not in called:
            report("N02", Place(lines_[0] + first_line), label=label)
        for line in lines_[:-1]:  # the footnote plugin keeps the last definition
            report("N03", Place(line + first_line), label=label, line=lines_[-1] + first_line)
    return blocks, notes


def _check_nesting(tokens: Sequence[Token], source: Source) -> None:
    """Report nesting that markdown-it would cut off (B06), and mistakes in `:::` blocks."""
    too_deep = [token for token in tokens if token.nesting == 1 and token.level >= markdown_parser.MAX_NESTING - 1]
    if too_deep:
        source.report("B06", source.line(too_deep[0]), maximum=markdown_parser.MAX_NESTING)
    around: list[str] = []
    for token in tokens:
        if token.type == "container_box_open":
            containers.check(token, source, around)
            around.append(token.markup)
        elif token.type == "container_box_close":
            around.pop()


def _blocks(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    for part in _split_blocks(tokens):
        yield from _BUILDERS[part[0].type](part, source)


def _split_blocks(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the tokens of each block in turn, from its opening token to its closing token."""
    index = 0
    while index < len(tokens):
        end = _closing_index(tokens, index)
        yield tokens[index : end + 1]
        index = end + 1


def _closing_index(tokens: Sequence[Token], index: int) -> int:
    """Return the index of the token that closes the token at `index`, or `index` if that token opens nothing."""
    opening = tokens[index]
    if opening.nesting != 1:
        return index
    depth = 0
    for closing in range(index, len(tokens)):
        depth += tokens[closing].nesting
        if not depth:
            return closing
    return len(tokens) - 1


def _notes(tokens: Sequence[Token], source: Source, definitions: Mapping[str, list[int]]) -> Iterator[Note]:
    for part in _split_blocks(tokens):
        meta = part[0].meta
        inside = [token for token in part[1:-1] if token.type != "footnote_anchor"]
        place = Place(definitions[meta["label"]][-1] + source.first_line)
        yield Note(meta["id"] + 1, tuple(_merge_credits(_blocks(inside, source))), place)


def _paragraph(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    run = spans(tokens[1], source)
    if plain_text(run).strip() or any(span.mark is not Mark.TEXT for span in run):  # else it held only a comment
        yield _picture(run, tokens[1]) or _button(run, tokens[1]) or Paragraph(run, source.line(tokens[0]))


def _heading(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    underline = tokens[0].markup if tokens[0].markup in {"-", "="} else ""
    level, text = int(tokens[0].tag[1]), spans(tokens[1], source)
    yield Heading(level=level, text=text, place=source.line(tokens[0]), underline=underline)


def _quote(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    blocks = tuple(_merge_credits(_blocks(tokens[1:-1], source)))
    last = blocks[-1] if blocks else None
    if isinstance(last, Paragraph) and (author_start := _author_start(last.text)) is not None:
        kept = last.text[: max(0, author_start - 1)]
        rest = (*blocks[:-1], replace(last, text=kept)) if kept else blocks[:-1]
        if rest:
            yield Quote(blocks=rest, place=source.line(tokens[0]), author=_undashed(last.text[author_start:]))
            return
    yield Quote(blocks=blocks, place=source.line(tokens[0]))


def _author_start(run: Spans) -> int | None:
    """Return the index of the span that begins the last line if that line begins with a dash, else None."""
    start = next((index + 1 for index in range(len(run) - 1, -1, -1) if _is_line_end(run[index])), 0)
    has_dash = start < len(run) and run[start].mark is Mark.TEXT and run[start].text.startswith(("—", "–"))
    opened = [span.mark for span in run[:start]]
    is_balanced = opened.count(Mark.OPEN) == opened.count(Mark.CLOSE)  # do not cut emphasis that spans both lines
    return start if has_dash and is_balanced else None


def _is_line_end(span: Span) -> bool:
    return span.mark is Mark.BREAK or (span.mark is Mark.TEXT and span.text == "\n")


def _undashed(run: Spans) -> Spans:
    return (replace(run[0], text=_DASH.sub("", run[0].text, count=1)), *run[1:])


def _listing(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    items = tuple(tuple(_merge_credits(_blocks(item[1:-1], source))) for item in _split_blocks(tokens[1:-1]))
    start = int(tokens[0].attrs.get("start", 1))
    yield Listing(ordered=tokens[0].type == "ordered_list_open", items=items, place=source.line(tokens[0]), start=start)


def _table(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    cells = [token for token in tokens if token.type in {"th_open", "td_open"}]
    row_tokens = [token for token in tokens[1:-1] if token.tag not in {"thead", "tbody"}]
    _check_rows(row_tokens, source)
    rows = [tuple(_cells(part, source)) for part in _split_blocks(row_tokens)]
    alignments = tuple(str(cell.attrs.get("style", "text-align:left")).partition(":")[2] for cell in cells)
    yield Table(rows[0], tuple(rows[1:]), alignments[: len(rows[0])], source.line(tokens[0]))


def _check_rows(row_tokens: Sequence[Token], source: Source) -> None:
    """Report rows with more cells than the header (B10): markdown-it drops the extra cells silently."""
    rows = [part for part in _split_blocks(row_tokens) if part[0].map]
    columns = sum(token.type == "inline" for token in rows[0]) if rows else 0
    for row in rows[1:]:
        raw = source.lines[row[0].map[0]].strip() if row[0].map else ""
        cells = len(_BAR.findall(raw.removeprefix("|").removesuffix("|"))) + 1
        if cells > columns and not raw.startswith(">"):
            source.report("B10", source.line(row[0]), cells=cells, columns=columns)


def _cells(row: Sequence[Token], source: Source) -> Iterator[Spans]:
    raw = source.lines[row[0].map[0]] if row[0].map else ""
    bars = [match.start() for match in _BAR.finditer(raw)]
    first = 0 if raw.lstrip().startswith("|") else -1
    for number, inline in enumerate((token for token in row if token.type == "inline"), first):
        yield spans(inline, source, bars[number] if 0 <= number < len(bars) else 0)


def _code(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    token = tokens[0]
    last = source.lines[token.map[1] - 1] if token.map else ""
    if token.type == "fence" and not last.rstrip().endswith(token.markup):
        source.report("B11", source.line(token), fence=token.markup)
    yield Code(token.content.rstrip("\n"), source.line(token), fenced=token.type == "fence")


def _divider(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    yield Divider(source.line(tokens[0]))


def _raw_html(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    """Build an HTML block: drop comments, make a paragraph of allowed inline elements, keep the rest as RawHtml."""
    typed = _COMMENT.sub("", tokens[0].content).strip()
    if typed.startswith("<!--"):
        source.report("H05", source.line(tokens[0]))
        return
    names = {name.lower() for name in _TAG.findall(typed)}
    if typed and names <= set(INLINE_HTML) and not typed.startswith(("<!", "<?")):
        inline = markdown_parser.inline(tokens[0].content.strip())
        inline.map = tokens[0].map
        run = spans(inline, source)
        if plain_text(run).strip():
            yield Paragraph(run, source.line(tokens[0]))
    elif typed:
        yield RawHtml(typed, source.line(tokens[0]))


def _box(tokens: Sequence[Token], source: Source) -> Iterator[Block]:
    opening, has_title = tokens[0], tokens[1].type == "inline"
    blocks = tuple(_merge_credits(_blocks(tokens[1 + has_title : -1], source)))
    title = spans(tokens[1], source) if has_title else ()
    address = opening.meta.get("address", "")
    box = containers.Box(title=title, address=address, blocks=blocks, place=source.line(opening))
    yield from containers.build_blocks(containers.name_of(opening), box)


_BUILDERS: dict[str, Callable[[Sequence[Token], Source], Iterator[Block]]] = {
    "paragraph_open": _paragraph,
    "heading_open": _heading,
    "blockquote_open": _quote,
    "bullet_list_open": _listing,
    "ordered_list_open": _listing,
    "table_open": _table,
    "container_box_open": _box,
    "fence": _code,
    "code_block": _code,
    "hr": _divider,
    "html_block": _raw_html,
}


def _button(run: Spans, inline: Token) -> Button | None:
    """Return a Button if the paragraph is a single link with `{.bouton}`, else None."""
    first, last = (run[0], run[-1]) if run else (None, None)
    link = next((child for child in inline.children or () if child.type == "link_open"), None)
    classes = set(str(link.attrs.get("class", "")).split()) if link else set()
    links = sum(span.mark is Mark.OPEN and span.text == "a" for span in run)
    is_whole = first and last and first.mark is Mark.OPEN and last.mark is Mark.CLOSE and first.text == last.text == "a"
    return Button(run, run[0].place) if is_whole and links == 1 and classes & BUTTONS else None


def _picture(run: Spans, inline: Token) -> Picture | Video | None:
    """Return a Picture or Video if the paragraph is one image, linked or not, with an optional credit line below."""
    image, link, rest = _leading_image(run)
    if image is None or (rest and not (_is_line_end(rest[0]) and CREDIT.match(plain_text(rest[1:])))):
        return None
    token = next(child for child in inline.children or () if child.type == "image")
    titled = (Span(Mark.TEXT, str(token.attrs["title"]), place=image.place),) if token.attrs.get("title") else ()
    picture = Picture(
        source=image.target, alt=image.text, place=image.place, link=link, credit=rest[1:] or titled,
        width=width_of(token),
    )  # fmt: skip
    return Video(url=link, title=(), picture=picture, place=image.place) if _is_video(link) else picture


def _is_video(link: str) -> bool:
    try:
        return bool(_VIDEO_HOSTS.fullmatch(urlsplit(link).hostname or ""))
    except ValueError:
        return False


def _leading_image(run: Spans) -> tuple[Span | None, str, Spans]:
    match run:
        case (Span(mark=Mark.IMAGE) as image, *rest):
            return image, "", tuple(rest)
        case (Span(Mark.OPEN, "a", link), Span(mark=Mark.IMAGE) as image, Span(Mark.CLOSE, "a"), *rest):
            return image, link, tuple(rest)
        case _:
            return None, "", run


def _merge_credits(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the same blocks, and merge a credit paragraph into the picture above it."""
    picture: Picture | None = None
    for block in blocks:
        if picture and isinstance(block, Paragraph) and _is_credit_of(picture, block):
            caption = (*picture.credit, Span(Mark.BREAK, place=block.place)) if picture.credit else ()
            picture = replace(picture, credit=(*caption, *block.text))
            continue
        if picture:
            yield picture
        picture = block if isinstance(block, Picture) else None
        if picture is None:
            yield block
    if picture:
        yield picture


def _is_credit_of(picture: Picture, line: Paragraph) -> bool:
    return bool(CREDIT.match(plain_text(line.text))) and not CREDIT.search(plain_text(picture.credit))

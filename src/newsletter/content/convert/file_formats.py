"""What editors bring, as parts: plain text, a web page, a Word document (mammoth takes these apart).

A part is a paragraph, a heading, or anything else that has a form already; what it says is never changed.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.content import markdown_parser
from newsletter.content.convert.html_to_markdown import Pictures, markdown_of
from newsletter.content.inline_builder import Source, spans
from newsletter.errors import InputError
from newsletter.model.blocks import Mark, plain
from newsletter.model.finding import Place

MAX_TEXT = 1_000_000
MAX_DOCUMENT = 50_000_000
MAX_UNPACKED = 300_000_000
"""Bytes that a .docx, which is an archive, may hold."""
_WRAPPED = range(50, 101)
"""Characters at which a text is wrapped by hand; shorter lines are lines, longer ones paragraphs."""
_LIGATURES = str.maketrans({"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"})
_INVISIBLE = re.compile(r"[\u00ad\u200b\u2060\ufeff\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n?|\u0085|\u2028|\x0b")
_PARAGRAPH_ENDS = re.compile(r"\u2029|\x0c")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|meta|p|div|table|h[1-6]|ul|ol|section|"
    rb"article|header|main|center|blockquote|span|font)(?=[\s>/])",
    re.IGNORECASE | re.DOTALL,
)
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": ".doc",
    b"%PDF": ".pdf",
    b"{\\rtf": ".rtf",
    b"GIF8": ".gif",
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG": ".png",
    b"ID3": ".mp3",
}
_STYLES = "\n".join(
    f"p[style-name='{name}'] => blockquote:fresh > p:fresh"
    for name in ("Quote", "Intense Quote", "Citation", "Citation intense", "Citation Intense")
)
"""Word's quotations, whose styles mammoth does not know."""
_CONTROLS = bytes(set(range(9)) | set(range(14, 27)) | set(range(28, 32)))
_FEW = 0.02
"""More control characters than that, and a file is no text."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a text, in reading order."""

    lines: tuple[str, ...]
    """Its words, line by line, without any sign of Markdown; empty where it has a form of its own (a list, a table)."""
    written: str = ""
    """The Markdown that says it, where it was more than words."""
    level: int = 0
    """Of a heading, as the document has it."""


@dataclass(slots=True)
class Intake:
    """A text taken in: its parts, and the pictures that were inside the file."""

    parts: list[Part]
    files: dict[str, bytes] = field(default_factory=dict)


def take_in(raw: bytes, folder: Path, to_describe: str) -> Intake:
    """The parts of a file's bytes.

    Args:
        raw: The file.
        folder: Where the pictures that a web page names are looked for.
        to_describe: What stands for the description of a picture that has none.

    Raises:
        InputError: There is no text in it, far too much, or it is of another kind.
    """
    kind = next((name for magic, name in _FOREIGN.items() if raw.startswith(magic)), "")
    if kind:
        raise InputError("convert_format", kind=kind)
    if raw.startswith(b"PK\x03\x04"):
        return _document(raw, to_describe)
    text = _decoded(raw)
    is_page = bool(_HTML.match(text[:2000].lstrip("\ufeff").encode("utf-8", "replace")))
    if len(raw) > (MAX_DOCUMENT if is_page else MAX_TEXT):
        raise InputError("convert_too_large", size=len(raw) // 1000, maximum=MAX_TEXT // 1000)
    if is_page:
        pictures = Pictures(folder, to_describe)
        return Intake(list(_parts(_clean(markdown_of(_page(raw, text), pictures)))), pictures.files)
    if len(raw) - len(raw.translate(None, _CONTROLS)) > _FEW * len(raw) and not _is_wide(raw):
        raise InputError("convert_format", kind=".bin")
    return Intake([Part(lines) for lines in _blocks(normalised(raw))])


def _page(raw: bytes, text: str) -> bytes | str:
    """Text where it can only be that: the encoding that a page says it has is often not the one it has."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return text if _is_wide(raw) else raw
    return text


def normalised(raw: bytes) -> str:
    """The text of the bytes: UTF-8, UTF-16 or CP1252, composed characters, one kind of line end, nothing invisible."""
    return _clean(_decoded(raw).replace("\t", " "))


def _clean(text: str) -> str:
    text = _PARAGRAPH_ENDS.sub("\n\n", _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)))
    return _INVISIBLE.sub("", text.translate(_LIGATURES))


def _is_wide(raw: bytes) -> bool:
    """Whether it is UTF-16: by its mark, or because every other byte of its beginning is null."""
    return raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[:400].count(0) > len(raw[:400]) // 3


def _decoded(raw: bytes) -> str:
    if _is_wide(raw):
        order = "utf-16" if raw[:1] in {b"\xff", b"\xfe"} else "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
        return raw.decode(order, errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _blocks(text: str) -> Iterator[tuple[str, ...]]:
    """The lines of each block; a text without blank lines has one block a line."""
    parts = re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", text.strip())
    if len(parts) == 1:
        parts = parts[0].split("\n")
    for part in parts:
        lines = tuple(line.strip() for line in part.split("\n") if line.strip())
        if any(len(line) >= _WRAPPED.stop for line in lines[:-1]):
            yield from ((line,) for line in lines)  # paragraphs, each on a line of its own
        elif lines:
            yield lines


def joined(lines: Sequence[str]) -> list[str]:
    """The lines of a block with its wrapping undone; verses, an address or a dialogue keep their lines."""
    spoken = all(line.startswith(("—", "–")) for line in lines)
    wrapped = max((len(line) for line in lines), default=0) >= _WRAPPED.start
    return [" ".join(lines)] if wrapped and not spoken else list(lines)


def _document(raw: bytes, to_describe: str) -> Intake:
    import mammoth  # noqa: PLC0415 - only a Word document needs it

    pictures = Pictures(None, to_describe)
    try:
        _check_archive(raw)
        context = mammoth.images.img_element(pictures.of_word)
        html = mammoth.convert_to_html(io.BytesIO(raw), convert_image=context, style_map=_STYLES).value
    except InputError:
        raise
    except Exception as error:  # mammoth lets through whatever a broken document makes its XML reader raise
        raise InputError("convert_broken", reason=type(error).__name__) from error
    written = markdown_of(f"<html><body>{html}</body></html>", pictures)
    return Intake(list(_parts(_clean(written))), pictures.files)


def _check_archive(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED or len(raw) > MAX_DOCUMENT:
            raise InputError("convert_too_large", size=unpacked // 1000, maximum=MAX_DOCUMENT // 1000)
        if "word/document.xml" not in archive.namelist():
            raise InputError("convert_format", kind=".zip")


def _parts(written: str) -> Iterator[Part]:
    """Markdown as parts: what is a paragraph is told from what has a form of its own."""
    lines = written.split("\n")
    tokens, _ = markdown_parser.tokens(written)
    for index, token in enumerate(tokens):
        if token.level or not token.map or token.nesting < 0:
            continue
        source = "\n".join(lines[token.map[0] : token.map[1]]).strip()
        if token.type == "heading_open":
            yield Part((" ".join(_words(tokens[index + 1])),), level=int(token.tag[1]))
        elif token.type == "paragraph_open":
            words = _words(tokens[index + 1])
            if words or "![" in source:
                yield Part(tuple(words), source)
        elif source:
            yield Part((), source)


def _words(inline: Any) -> list[str]:  # noqa: ANN401 - markdown-it's token
    """What an inline token says, line by line; nothing where it is but a picture."""
    run = spans(inline, Source((), 1, _unheard))
    text = plain(tuple(span for span in run if span.mark is not Mark.IMAGE))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _unheard(_code: str, _place: Place, **_facts: object) -> None:
    """What is odd in somebody else's page is told when the issue is checked."""

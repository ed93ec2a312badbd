"""Readers of the file formats that can be converted: plain text, web pages, Word documents (through mammoth).

Each reader returns parts. A part is a paragraph, a heading, or a block with its own form (a list, a table).
The words of a part are never changed.
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
from newsletter.content.convert.html_to_markdown import Pictures, to_markdown
from newsletter.content.inline_builder import Source, spans
from newsletter.errors import InputError
from newsletter.model.blocks import Mark, plain_text
from newsletter.model.finding import Place

MAX_TEXT = 1_000_000
MAX_DOCUMENT = 50_000_000
MAX_UNPACKED = 300_000_000
"""Maximum unpacked size of a .docx file, which is a ZIP archive, in bytes."""
_WRAPPED = range(50, 101)
"""Line lengths of text that is wrapped by hand. Shorter lines are separate lines, longer lines are paragraphs."""
_LIGATURES = str.maketrans({"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"})
_INVISIBLE = re.compile(r"[\u00ad\u200b\u2060\ufeff\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n?|\u0085|\u2028|\x0b")
_PARAGRAPH_ENDS = re.compile(r"\u2029|\x0c")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|meta|p|div|table|h[1-6]|ul|ol|section|"
    rb"article|header|main|center|blockquote|span|font)(?=[\s>/])",
    re.IGNORECASE | re.DOTALL,
)
_UNSUPPORTED_FORMATS = {
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
"""Word's styles for quotations, which mammoth does not know."""
_CONTROLS = bytes(set(range(9)) | set(range(14, 27)) | set(range(28, 32)))
_MAX_CONTROL_SHARE = 0.02
"""Maximum share of control characters in a text file; a file with more is binary."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a text: a paragraph, a heading, or a block with its own form."""

    lines: tuple[str, ...]
    """The words, line by line, without Markdown; empty for a block with its own form (a list, a table)."""
    written: str = ""
    """The Markdown of the part, if the source had formatting."""
    level: int = 0
    """Heading level in the document; 0 if the part is not a heading."""


@dataclass(slots=True)
class FileContents:
    """The parts of a converted file in reading order, and the pictures inside the file by name."""

    parts: list[Part]
    files: dict[str, bytes] = field(default_factory=dict)


def read_parts(raw: bytes, folder: Path, to_describe: str) -> FileContents:
    """Read a file and return its parts and pictures.

    Args:
        raw: The bytes of the file.
        folder: Folder in which to look for the pictures of a web page.
        to_describe: Placeholder for a missing description of a picture.

    Raises:
        InputError: The file is too large, damaged, or in an unsupported format.
    """
    kind = next((name for magic, name in _UNSUPPORTED_FORMATS.items() if raw.startswith(magic)), "")
    if kind:
        raise InputError("convert_format", kind=kind)
    if raw.startswith(b"PK\x03\x04"):
        return _read_word_document(raw, to_describe)
    text = _decode(raw)
    is_html = bool(_HTML.match(text[:2000].lstrip("\ufeff").encode("utf-8", "replace")))
    if len(raw) > (MAX_DOCUMENT if is_html else MAX_TEXT):
        raise InputError("convert_too_large", size=len(raw) // 1000, maximum=MAX_TEXT // 1000)
    if is_html:
        pictures = Pictures(folder, to_describe)
        return FileContents(list(_parts(_clean(to_markdown(_decode_page(raw, text), pictures)))), pictures.files)
    if len(raw) - len(raw.translate(None, _CONTROLS)) > _MAX_CONTROL_SHARE * len(raw) and not _is_utf_16(raw):
        raise InputError("convert_format", kind=".bin")
    return FileContents([Part(lines) for lines in _blocks(normalize_text(raw))])


def _decode_page(raw: bytes, text: str) -> bytes | str:
    """Return the text if the bytes are UTF-8 or UTF-16, else the bytes for the HTML parser to decode.

    The encoding that a page declares is often wrong, so the declaration counts only for other encodings.
    """
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return text if _is_utf_16(raw) else raw
    return text


def normalize_text(raw: bytes) -> str:
    """Decode UTF-8, UTF-16 or CP1252; compose characters (NFC), unify line ends, remove invisible characters."""
    return _clean(_decode(raw).replace("\t", " "))


def _clean(text: str) -> str:
    text = _PARAGRAPH_ENDS.sub("\n\n", _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)))
    return _INVISIBLE.sub("", text.translate(_LIGATURES))


def _is_utf_16(raw: bytes) -> bool:
    """Return True if the bytes are UTF-16: they begin with a BOM, or over a third of the first 400 bytes are null."""
    return raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[:400].count(0) > len(raw[:400]) // 3


def _decode(raw: bytes) -> str:
    if _is_utf_16(raw):
        order = "utf-16" if raw[:1] in {b"\xff", b"\xfe"} else "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
        return raw.decode(order, errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _blocks(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the lines of each block; in a text without blank lines, each line is a block."""
    paragraphs = re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", text.strip())
    if len(paragraphs) == 1:
        paragraphs = paragraphs[0].split("\n")
    for paragraph in paragraphs:
        lines = tuple(line.strip() for line in paragraph.split("\n") if line.strip())
        if any(len(line) >= _WRAPPED.stop for line in lines[:-1]):
            yield from ((line,) for line in lines)  # each line is a whole paragraph
        elif lines:
            yield lines


def join_wrapped_lines(lines: Sequence[str]) -> list[str]:
    """Join the lines of a block that was wrapped by hand; verses, an address or a dialogue keep their lines."""
    is_dialogue = all(line.startswith(("—", "–")) for line in lines)
    is_wrapped = max((len(line) for line in lines), default=0) >= _WRAPPED.start
    return [" ".join(lines)] if is_wrapped and not is_dialogue else list(lines)


def _read_word_document(raw: bytes, to_describe: str) -> FileContents:
    import mammoth

    pictures = Pictures(None, to_describe)
    try:
        _check_archive(raw)
        picture_converter = mammoth.images.img_element(pictures.store_word_picture)
        html = mammoth.convert_to_html(io.BytesIO(raw), convert_image=picture_converter, style_map=_STYLES).value
    except InputError:
        raise
    except Exception as error:  # mammoth passes on any error of its XML reader
        raise InputError("convert_broken", reason=type(error).__name__) from error
    markdown = to_markdown(f"<html><body>{html}</body></html>", pictures)
    return FileContents(list(_parts(_clean(markdown))), pictures.files)


def _check_archive(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED or len(raw) > MAX_DOCUMENT:
            raise InputError("convert_too_large", size=unpacked // 1000, maximum=MAX_DOCUMENT // 1000)
        if "word/document.xml" not in archive.namelist():
            raise InputError("convert_format", kind=".zip")


def _parts(markdown: str) -> Iterator[Part]:
    """Yield the parts of a Markdown text: headings, paragraphs, and blocks with their own form."""
    lines = markdown.split("\n")
    tokens, _ = markdown_parser.tokens(markdown)
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


def _words(inline: Any) -> list[str]:
    """Return the words of an inline token, line by line; pictures have no words."""
    run = spans(inline, Source((), 1, _ignore_finding))
    text = plain_text(tuple(span for span in run if span.mark is not Mark.IMAGE))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _ignore_finding(_code: str, _place: Place, **_facts: object) -> None:
    """Ignore findings during a conversion; the checks report them for the finished issue."""

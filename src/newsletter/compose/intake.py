"""What editors bring, as parts: plain text, a web page, a Word document (mammoth and markdownify take these apart).

A part is a paragraph, a heading, or anything else that has a form already; what it says is never changed.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from newsletter.compose import markdown
from newsletter.compose.spans import Source, spans
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
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200c\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n?|\u0085|\u2028|\u2029")
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_FOREIGN = {b"\xd0\xcf\x11\xe0": ".doc", b"%PDF": ".pdf", b"{\\rtf": ".rtf", b"GIF8": ".gif", b"\xff\xd8\xff": ".jpg"}
_DATA = re.compile(r"data:image/(?P<kind>png|jpe?g|gif|webp);base64,(?P<data>[A-Za-z0-9+/=\s]+)", re.IGNORECASE)
_DROPPED = (
    "script",
    "style",
    "head",
    "title",
    "nav",
    "noscript",
    "template",
    "svg",
    "form",
    "iframe",
    "object",
    "meta",
)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)


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
    if len(raw) > (MAX_DOCUMENT if _HTML.match(raw) else MAX_TEXT):
        raise InputError("convert_too_large", size=len(raw) // 1000, maximum=MAX_TEXT // 1000)
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = _decoded(raw) if wide else ""
    if _HTML.match(text.encode("utf-8", "replace") if wide else raw):
        pictures = _Pictures(folder, to_describe)
        return Intake(_page(text or raw, pictures), pictures.files)
    return Intake([Part(lines) for lines in _blocks(normalised(raw))])


def normalised(raw: bytes) -> str:
    """The text of the bytes: UTF-8, UTF-16 or CP1252, composed characters, one kind of line end, nothing invisible."""
    return _clean(_decoded(raw).replace("\t", " "))


def _clean(text: str) -> str:
    text = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)).translate(_LIGATURES)
    return _INVISIBLE.sub("", text)


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
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

    pictures = _Pictures(None, to_describe)
    try:
        _check_archive(raw)
        keeper = mammoth.images.img_element(pictures.of_word)
        html = mammoth.convert_to_html(io.BytesIO(raw), convert_image=keeper).value
    except InputError:
        raise
    except Exception as error:  # mammoth lets through whatever a broken document makes its XML reader raise
        raise InputError("convert_broken", reason=type(error).__name__) from error
    return Intake(_page(f"<html><body>{html}</body></html>".encode(), pictures), pictures.files)


def _check_archive(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED or len(raw) > MAX_DOCUMENT:
            raise InputError("convert_too_large", size=unpacked // 1000, maximum=MAX_DOCUMENT // 1000)
        if "word/document.xml" not in archive.namelist():
            raise InputError("convert_format", kind=".zip")


class _Pictures:
    """The pictures inside a file, each under the name that it gets beside the issue."""

    def __init__(self, folder: Path | None, to_describe: str) -> None:
        self.files: dict[str, bytes] = {}
        self.folder = folder
        self.to_describe = to_describe

    def of_word(self, image: Any) -> dict[str, str]:  # noqa: ANN401 - mammoth is untyped
        """What mammoth asks for every picture."""
        with image.open() as file:
            name = self._kept(file.read(), str(image.content_type).rpartition("/")[2])
        return {"src": name, "alt": getattr(image, "alt_text", None) or self.to_describe}

    def source(self, typed: str) -> str:
        """Where a page's picture is found from the issue: taken along where it is at hand."""
        if data := _DATA.fullmatch(typed):
            try:
                return self._kept(base64.b64decode(data["data"], validate=False), data["kind"])
            except binascii.Error:
                return ""
        if "://" in typed or typed.startswith(("cid:", "data:")) or self.folder is None:
            return typed
        path = self.folder / unquote(typed)
        if path.is_file() and path.resolve().is_relative_to(self.folder.resolve()):
            self.files.setdefault(path.name, path.read_bytes())
        return path.name

    def _kept(self, data: bytes, kind: str) -> str:
        known = next((name for name, held in self.files.items() if held == data), None)
        name = known or f"image-{len(self.files) + 1}.{'jpg' if kind.lower() == 'jpeg' else kind.lower()}"
        self.files[name] = data
        return name


def _page(raw: bytes | str, pictures: _Pictures) -> list[Part]:
    from bs4 import BeautifulSoup, Comment  # noqa: PLC0415 - only a page or a document needs it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it guesses the encoding, and says so
        soup = BeautifulSoup(raw, "lxml")
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for element in soup.find_all(_DROPPED):
        element.decompose()
    for element in [one for one in soup.find_all(style=_HIDDEN) if not one.decomposed]:
        element.decompose()
    for image in soup.find_all("img"):
        _settle(image, pictures)
    _flatten(soup)
    return list(_parts(_markdown(soup)))


def _settle(image: Any, pictures: _Pictures) -> None:  # noqa: ANN401 - bs4's tags are dynamic
    """A picture with its description and its place; one of a single pixel counts readers, and goes."""
    source = pictures.source(str(image.get("src") or ""))
    if "1" in {str(image.get("width", "")), str(image.get("height", ""))} or not source:
        image.decompose()
        return
    image["src"] = source
    image["alt"] = (image.get("alt") or "").strip() or pictures.to_describe


def _flatten(soup: Any) -> None:  # noqa: ANN401 - as above
    """Takes away tables that only lay out a page, and marks that only style it."""
    for table in soup.find_all("table"):
        own = [one for one in table.find_all(["tr", "th", "td", "tbody", "thead"]) if one.find_parent("table") is table]
        columns = max((len(row.find_all(["td", "th"], recursive=False)) for row in own), default=0)
        laid_out = table.get("role") == "presentation" or table.find("table") or columns <= 1
        if laid_out and not any(one.name == "th" for one in own):
            for one in (*own, table):
                one.name = "div"
    for empty in soup.find_all(["b", "strong", "i", "em", "u", "a", "span"]):
        if not empty.get_text(strip=True) and not empty.find("img"):
            empty.unwrap()


def _markdown(soup: Any) -> str:  # noqa: ANN401 - as above
    from markdownify import MarkdownConverter  # noqa: PLC0415 - as above

    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        newline_style="BACKSLASH",
        escape_misc=True,
        sup_symbol="<sup>",
        sub_symbol="<sub>",
    )
    written = converter.convert_soup(soup)
    return re.sub(r"(?<!\n)\n(?=#{1,6} )", "\n\n", _clean(str(written)).replace("\u00a0\n", "\n"))


def _parts(written: str) -> Iterator[Part]:
    """Markdown as parts: what is a paragraph is told from what has a form of its own."""
    lines = written.split("\n")
    tokens, _ = markdown.tokens(written)
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

"""Conversion of HTML (a web page, or mammoth's output for a Word document) into Markdown, through markdownify.

Before markdownify, elements for layout, style, tracking or hiding are removed, without losing visible words. After it,
line breaks that mean a new paragraph are repaired, and signs that only our Markdown would interpret are escaped.
"""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from newsletter.content.conventions import IMAGE_EXTENSION
from newsletter.errors import InputError

MAX_PICTURE = 30_000_000
MAX_DEPTH = 1_000
"""Maximum depth of nested elements; the nested tables of mails reach about a hundred."""
_CHUNK = 1 << 16

_DATA = re.compile(r"data:image/(?P<kind>png|jpe?g|gif|webp);base64,(?P<data>[A-Za-z0-9+/=\s]+)", re.IGNORECASE)
_DROPPED = "script style head title nav noscript template svg iframe object meta input button select textarea".split()  # noqa: SIM905 - a list of names
_PASSAGES = "address article aside center details fieldset figure footer form header main section summary".split()  # noqa: SIM905 - a list of names
_FORMS = ("ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "table", "div", "img")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_CLEAN_UPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), written)
    for pattern, written in (
        (r"\u00a0+$", ""),
        (r"(?:[ \t]*\\\n){2,}", "\n\n"),  # two line breaks in a row separate paragraphs
        (r"\\(?=\n[ \t]*(?:\n|\Z)|\Z)", ""),
        (r"^[ \t]*\\?[ \t]*$", ""),
        (r"(?<!\n)\n(?=#{1,6} )", "\n\n"),
        (r"^#{1,6}[ \t]*$", ""),
        (r"(?<=[^\n])\\(?=[=+])", ""),  # these signs have a meaning only at the beginning of a line
        (r"^(?=:::)", "\\\\"),
        (r"\{\{", r"\\{\\{"),
    )
)


class Pictures:
    """The pictures of a converted file, each under its future name in the issue's folder."""

    def __init__(self, folder: Path | None, to_describe: str) -> None:
        self.files: dict[str, bytes] = {}
        self.folder = folder
        self.to_describe = to_describe

    def store_word_picture(self, image: Any) -> dict[str, str]:
        """Store a picture of a Word document, and return its `src` and `alt`; mammoth calls this for each picture."""
        with image.open() as file:
            name = self._store(file.read(), str(image.content_type).rpartition("/")[2])
        return {"src": name, "alt": getattr(image, "alt_text", None) or self.to_describe}

    def store_page_picture(self, typed: str) -> str:
        """Return the address of a page's picture for the issue; "" if the picture is unreadable.

        Store a picture that is embedded in the page or present in `folder`.
        """
        if data := _DATA.fullmatch(typed):
            try:
                return self._store(base64.b64decode(data["data"], validate=False), data["kind"])
            except binascii.Error:
                return ""
        if "://" in typed or typed.startswith(("cid:", "data:")) or self.folder is None:
            return typed
        name = unquote(typed)
        try:
            path = self.folder / name
            fit = IMAGE_EXTENSION.search(path.name) and path.resolve().is_relative_to(self.folder.resolve())
            if fit and path.is_file() and path.stat().st_size <= MAX_PICTURE:
                return self._store_as(path.name, path.read_bytes())
        except (OSError, ValueError):  # a name that is too long, or contains a null byte
            return ""
        return path.name

    def _store(self, data: bytes, kind: str) -> str:
        return self._store_as(f"image-{len(self.files) + 1}.{'jpg' if kind.lower() == 'jpeg' else kind.lower()}", data)

    def _store_as(self, name: str, data: bytes) -> str:
        """Store a picture under its own name, or under a free one if another picture has it; return the name."""
        stem, _, extension = name.rpartition(".")
        for number in count(1):
            free = name if number == 1 else f"{stem}-{number}.{extension}"
            if self.files.setdefault(free, data) == data:
                return free
        raise AssertionError  # the loop always returns


def to_markdown(page: bytes | str, pictures: Pictures) -> str:
    """Return the Markdown of a page. Raise InputError if its elements are nested too deep."""
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        newline_style="BACKSLASH",
        escape_misc=True,
        sup_symbol="<sup>",
        sub_symbol="<sub>",
    )
    _check_depth(page if isinstance(page, str) else page.decode("latin-1"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # BeautifulSoup warns when it guesses an encoding or a file type
            soup = BeautifulSoup(page, "lxml")
        _remove_invisible(soup)
        for image in soup.find_all("img"):
            _prepare_picture(image, pictures)
        _remove_layout(soup)
        markdown = str(converter.convert_soup(soup))
    except RecursionError as error:
        raise InputError("convert_nested") from error
    for pattern, replacement in _CLEAN_UPS:
        markdown = pattern.sub(replacement, markdown)
    return markdown


class _DepthGauge:
    """A target for lxml's parser that counts open elements, and raises InputError if they exceed `MAX_DEPTH`."""

    def __init__(self) -> None:
        self._depth = 0

    def start(self, _tag: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InputError("convert_nested")

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        """Return None: lxml requires the method, and this target builds nothing."""


def _check_depth(page: str) -> None:
    """Raise InputError if the elements of a page are nested too deep, before any code walks through them."""
    from lxml import etree

    parser = etree.HTMLParser(target=_DepthGauge(), huge_tree=True)
    for start in range(0, len(page), _CHUNK):
        parser.feed(page[start : start + _CHUNK])
    with suppress(etree.ParserError, etree.XMLSyntaxError):  # an empty page is allowed here
        parser.close()


def _remove_invisible(soup: Any) -> None:
    """Remove invisible content, and percent-encode the signs in addresses at which Markdown would end them."""
    from bs4 import Comment, Doctype, ProcessingInstruction

    for piece in soup.find_all(string=lambda text: isinstance(text, Comment | Doctype | ProcessingInstruction)):
        piece.extract()
    for element in soup.find_all(_DROPPED):
        element.decompose()
    for element in [element for element in soup.find_all(style=_HIDDEN) if not element.decomposed]:
        element.decompose()
    for link in soup.find_all("a", href=True):
        link["href"] = _encode_address(link["href"])


def _encode_address(address: str) -> str:
    return quote(address.strip(), safe="%/:=&?~#+!$,;'@[]*{}|._-éèêàâîïôùûçœÉÈÊÀÂÎÏÔÙÛÇŒ")


def _prepare_picture(image: Any, pictures: Pictures) -> None:
    """Set the address, description and caption of a picture; remove a tracking pixel or a picture without address."""
    source = pictures.store_page_picture(str(image.get("src") or ""))
    if "1" in {str(image.get("width", "")), str(image.get("height", ""))} or not source:
        image.decompose()
        return
    image["src"] = _encode_address(source)
    image["alt"] = (image.get("alt") or "").strip() or pictures.to_describe
    figure = image.find_parent("figure")
    caption = figure.find("figcaption") if figure else None
    if caption is not None:
        image["title"] = caption.get_text(" ", strip=True).replace('"', "”")
        caption.decompose()


def _remove_layout(soup: Any) -> None:
    """Remove tables that only lay out a page, `div` elements around a single `div`, and empty inline elements."""
    for passage in soup.find_all(_PASSAGES):
        passage.name = "div"
    tables = soup.find_all("table")
    parts: dict[int, list[Any]] = {id(table): [] for table in tables}
    for part in soup.find_all(["tr", "th", "td", "tbody", "thead"]):
        parts.get(id(part.find_parent("table")), []).append(part)
    for table in tables:
        own_parts = parts[id(table)]
        if _is_layout_table(table, own_parts):
            for element in (*own_parts, table):
                element.name = "div"
    for box in reversed(soup.find_all("div")):  # inner elements first, so that outer ones become shallow
        children = [child for child in box.contents if getattr(child, "name", None) or str(child).strip()]
        if len(children) == 1 and getattr(children[0], "name", None) == "div":
            children[0].unwrap()
    for empty in soup.find_all(["b", "strong", "i", "em", "u", "a", "span"]):
        if next(empty.stripped_strings, None) is None and not empty.find("img"):
            empty.unwrap()


def _is_layout_table(table: Any, own_parts: list[Any]) -> bool:
    """Return True if a table only lays out a page. A data table has headers, or two or more columns of plain words."""
    columns = max((len(row.find_all(["td", "th"], recursive=False)) for row in own_parts), default=0)
    has_blocks = any(cell.find(_FORMS) or len(cell.find_all("p")) > 1 for cell in own_parts if cell.name == "td")
    has_headers = any(cell.name == "th" for cell in own_parts)
    return not has_headers and (table.get("role") == "presentation" or columns <= 1 or has_blocks)

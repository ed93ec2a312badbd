"""Rules about pictures and links of the rendered mail (R13 to R29)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from newsletter.checks.context import CheckContext, has_host
from newsletter.checks.rendered.html_structure import TOP
from newsletter.model.finding import Finding

MAX_TOTAL_BYTES = 1_500_000
MIN_WORDS_PER_IMAGE = 20
_REACHES = re.compile(r"(?:mailto:|tel:)\S+", re.IGNORECASE)
_PIXELS = re.compile(r"\d+(?:px)?")


def described(context: CheckContext) -> Iterator[Finding]:
    """Report images without `alt`, whose address a screen reader would spell; `alt=""` is correct for an ornament."""
    if any(image.get("alt") is None for image in context.page.elements("img")):
        yield context.make_finding("R13", TOP)


def linked_images(context: CheckContext) -> Iterator[Finding]:
    for image in context.page.elements("img"):
        linked = any(parent.tag == "a" for parent in context.page.parents(image))
        if linked and not (image.get("alt") or "").strip() and _is_from_theme(context, image):
            yield context.make_finding("R14", TOP, address=image.get("src", ""))


def image_addresses(context: CheckContext) -> Iterator[Finding]:
    for image in context.page.elements("img"):
        source = image.get("src", "")
        if _is_from_theme(context, image) and not (source.startswith("https://") and has_host(source)):
            yield context.make_finding("R15", TOP, address=source)


def image_widths(context: CheckContext) -> Iterator[Finding]:
    """Report pictures without a width: Outlook shows them in their original size."""
    for image in context.page.elements("img"):
        if not _PIXELS.fullmatch(image.get("width", "")):
            yield context.make_finding("R16", TOP, address=image.get("src", ""))


def _is_from_theme(context: CheckContext, image: Any) -> bool:
    """Return True if the image comes from the theme and not from the issue."""
    source = image.get("src", "")
    issue_sources = {picture_source for picture_source, _, _ in context.pictures}
    return source not in issue_sources and bool(source) and not source.startswith(context.edition.image_base)


def weight_of_images(context: CheckContext) -> Iterator[Finding]:
    total = sum(len(image.data) for image in context.edition.images)
    if total > MAX_TOTAL_BYTES:
        yield context.make_finding("R18", TOP, size=round(total / 1_000_000, 1), maximum=MAX_TOTAL_BYTES / 1_000_000)


def readable_without_images(context: CheckContext) -> Iterator[Finding]:
    words = sum(len(text.words.split()) for text in context.page.texts)
    images = sum(1 for _ in context.page.elements("img"))
    if images and words < MIN_WORDS_PER_IMAGE * images:
        yield context.make_finding("R20", TOP, words=words, images=images)


def addresses(context: CheckContext) -> Iterator[Finding]:
    """Report invalid addresses of the theme's links; the rules about the source have checked the links of the issue."""
    typed = {span.target for span in context.spans} | {getattr(block, "link", "") for block in context.blocks}
    typed |= {getattr(block, "url", "") for block in context.blocks}
    for link in context.page.elements("a"):
        href = link.get("href")
        if href is not None and href not in typed and not (has_host(href) or _REACHES.fullmatch(href)):
            yield context.make_finding("R21", TOP, address=href)


def link_words(context: CheckContext) -> Iterator[Finding]:
    typed = {span.target for span in context.spans}
    for link in context.page.elements("a"):
        words = "".join(link.itertext()).strip() or "".join(image.get("alt") or "" for image in link.iter("img"))
        if link.get("href") and not words.strip() and link.get("href") not in typed and not link.findall(".//img"):
            yield context.make_finding("R22", TOP, address=link.get("href"))


def unsubscribe_link(context: CheckContext) -> Iterator[Finding]:
    """Require the unsubscribe link in both parts of the mail, as the law and mail programs do."""
    address = context.unsubscribe_url
    hrefs = {link.get("href") for link in context.page.elements("a")}
    if address not in hrefs:
        yield context.make_finding("R27", TOP, part="HTML")
    if address not in context.edition.text:
        yield context.make_finding("R27", TOP, part="text/plain")


def read_online(context: CheckContext) -> Iterator[Finding]:
    hrefs = {link.get("href") for link in context.page.elements("a")}
    if context.online_url not in hrefs or context.online_url not in context.edition.text:
        yield context.make_finding("R28", TOP)


def postal_address(context: CheckContext) -> Iterator[Finding]:
    words = _fold_spaces(context.publication.postal_address)
    shown = _fold_spaces(" ".join(text.words for text in context.page.texts))
    if not words or words not in shown:
        yield context.make_finding("R29", TOP)


def _fold_spaces(text: str) -> str:
    return " ".join(text.split())


RULES = (
    described,
    linked_images,
    image_addresses,
    image_widths,
    weight_of_images,
    readable_without_images,
    addresses,
    link_words,
    unsubscribe_link,
    read_online,
    postal_address,
)

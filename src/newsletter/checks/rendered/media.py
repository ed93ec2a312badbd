"""Pictures and links of the finished mail (R13 to R29)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from newsletter.checks.context import CheckContext, has_host
from newsletter.checks.rendered.html_structure import TOP
from newsletter.model.finding import Finding

ALL_BYTES = 1_500_000
FEW_WORDS = 20
_REACHES = re.compile(r"(?:mailto:|tel:)\S+", re.IGNORECASE)
_PIXELS = re.compile(r"\d+(?:px)?")


def described(case: CheckContext) -> Iterator[Finding]:
    """`alt=""` is an answer too, for an ornament; none at all makes a screen reader spell the address."""
    if any(image.get("alt") is None for image in case.page.elements("img")):
        yield case.found("R13", TOP)


def linked_images(case: CheckContext) -> Iterator[Finding]:
    for image in case.page.elements("img"):
        linked = any(parent.tag == "a" for parent in case.page.parents(image))
        if linked and not (image.get("alt") or "").strip() and _is_the_themes(case, image):
            yield case.found("R14", TOP, address=image.get("src", ""))


def image_addresses(case: CheckContext) -> Iterator[Finding]:
    for image in case.page.elements("img"):
        source = image.get("src", "")
        if _is_the_themes(case, image) and not (source.startswith("https://") and has_host(source)):
            yield case.found("R15", TOP, address=source)


def image_widths(case: CheckContext) -> Iterator[Finding]:
    """Outlook shows a picture in its own size where no width says otherwise."""
    for image in case.page.elements("img"):
        if not _PIXELS.fullmatch(image.get("width", "")):
            yield case.found("R16", TOP, address=image.get("src", ""))


def _is_the_themes(case: CheckContext, image: Any) -> bool:  # noqa: ANN401 - lxml's elements have no public type
    """An image that no line of the issue put there."""
    source = image.get("src", "")
    typed = {one for one, _, _ in case.pictures}
    return source not in typed and bool(source) and not source.startswith(case.edition.image_base)


def weight_of_images(case: CheckContext) -> Iterator[Finding]:
    total = sum(len(image.data) for image in case.edition.images)
    if total > ALL_BYTES:
        yield case.found("R18", TOP, size=round(total / 1_000_000, 1), maximum=ALL_BYTES / 1_000_000)


def readable_without_images(case: CheckContext) -> Iterator[Finding]:
    words = sum(len(text.words.split()) for text in case.page.texts)
    images = sum(1 for _ in case.page.elements("img"))
    if images and words < FEW_WORDS * images:
        yield case.found("R20", TOP, words=words, images=images)


def addresses(case: CheckContext) -> Iterator[Finding]:
    """The theme's own links: the issue's have been looked at where they were typed."""
    typed = {span.target for span in case.spans} | {getattr(block, "link", "") for block in case.blocks}
    typed |= {getattr(block, "url", "") for block in case.blocks}
    for link in case.page.elements("a"):
        href = link.get("href")
        if href is not None and href not in typed and not (has_host(href) or _REACHES.fullmatch(href)):
            yield case.found("R21", TOP, address=href)


def link_words(case: CheckContext) -> Iterator[Finding]:
    typed = {span.target for span in case.spans}
    for link in case.page.elements("a"):
        words = "".join(link.itertext()).strip() or "".join(image.get("alt") or "" for image in link.iter("img"))
        if link.get("href") and not words.strip() and link.get("href") not in typed and not link.findall(".//img"):
            yield case.found("R22", TOP, address=link.get("href"))


def way_out(case: CheckContext) -> Iterator[Finding]:
    """Law and mail programs alike want it in the letter, in both parts."""
    address = case.unsubscribe_url
    hrefs = {link.get("href") for link in case.page.elements("a")}
    if address not in hrefs:
        yield case.found("R27", TOP, part="HTML")
    if address not in case.edition.text:
        yield case.found("R27", TOP, part="text/plain")


def read_online(case: CheckContext) -> Iterator[Finding]:
    hrefs = {link.get("href") for link in case.page.elements("a")}
    if case.online_url not in hrefs or case.online_url not in case.edition.text:
        yield case.found("R28", TOP)


def postal_address(case: CheckContext) -> Iterator[Finding]:
    words = _folded(case.publication.postal_address)
    shown = _folded(" ".join(text.words for text in case.page.texts))
    if not words or words not in shown:
        yield case.found("R29", TOP)


def _folded(text: str) -> str:
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
    way_out,
    read_online,
    postal_address,
)

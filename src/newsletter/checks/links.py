"""Rules about links: targets, link texts, and text that was meant to be a link."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from newsletter.checks.context import CheckContext, has_host, inside
from newsletter.model.blocks import Mark, Picture, Span, Video, plain_text
from newsletter.model.finding import Finding, Fix, Place
from newsletter.personalization import merge_tags

_REACHABLE = re.compile(r"mailto:[^@\s]+@[^@\s]+|tel:\+?[\d().-]{3,}", re.IGNORECASE)
_REFUSED = re.compile(r"(?<!\\)!?\[[^\[\]\\]*\]\(\s*([a-z][a-z0-9+.-]*:[^)\s]*)", re.IGNORECASE)
_PICTURE = r"\.(?:jpe?g|png|gif|webp)"
_SPACE_INSIDE = re.compile(
    rf"\]\((<?(?:(?:https?:|www\.)[^()<>\s]*\s[^()<>]*|[^()<>\s]+\s[^()<>]*?{_PICTURE}))\)", re.IGNORECASE
)
_PARTED = re.compile(rf"\](\s+)\((?:https?:|www\.|mailto:|\S+{_PICTURE}\))", re.IGNORECASE)
_HALVES = re.compile(
    r"\]\(<?(?:https?:|www\.)|\)\[(?:https?:|www\.)|\[[^\[\]()]+\((?:https?:|www\.)|\](?:https?:|www\.)", re.IGNORECASE
)
_UNDEFINED = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")
_LOOKS_LIKE_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:/\S*)?", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HALF = re.compile(r"www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/?#]|$)", re.IGNORECASE)
_MAY_BE_BARE = re.compile(r"://|www\.|@")
_BARE = re.compile(
    r"(?<![\w@/(\[<\]])(?:(?:https?://|www\.)(?:[^\s<>()\[\]]|\([^\s<>()]*\))*[^\s<>()\[\].,;:!?»”\"'…]"
    r"|(?<![.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
)
_WORD = re.compile(r"\w+")
_VAGUE = frozenset(
    (
        *("ici", "cliquez ici", "cliquer ici", "cliquez", "par ici", "c est ici", "là", "lien", "ce lien", "le lien"),
        *("lire la suite", "la suite", "en savoir plus", "plus d infos", "voir", "voir plus", "lire", "lire plus"),
        *("découvrir", "savoir plus", "suivez ce lien", "cette page", "lire l article", "site", "le site"),
        *("here", "click here", "read more", "more", "learn more", "link", "this link", "this page", "see more"),
    )
)
_SHORTENERS = frozenset(
    (
        *("bit.ly", "bitly.com", "t.co", "tinyurl.com", "goo.gl", "ow.ly", "buff.ly", "is.gd", "cutt.ly", "rb.gy"),
        *("lnkd.in", "urlz.fr", "t.ly", "shorturl.at", "tiny.cc", "fb.me", "amzn.to", "youtu.be.to", "dlvr.it"),
    )
)


def addresses(context: CheckContext) -> Iterator[Finding]:
    for span, words in _links(context):
        if finding := _address(context, span, words):
            yield finding


def _address(context: CheckContext, span: Span, words: str) -> Finding | None:
    target = span.target
    if target.startswith("{{") or "{{" in unquote(target):
        return _tag_in_link(context, span)
    if not target:
        return context.make_finding("L01", span.place, words=words)
    if _MAIL.fullmatch(target):
        return context.make_finding("L02", span.place, wanted=f"mailto:{target}")
    if _HALF.match(target):
        return context.make_finding("L02", span.place, wanted=f"https://{target}")
    if not (has_host(target) or _REACHABLE.fullmatch(target)) or _is_private(_host(target)):
        return context.make_finding("L03", span.place, address=target)
    return None


def _tag_in_link(context: CheckContext, span: Span) -> Finding | None:
    name = span.target.strip("{}")
    if merge_tags.is_url(name):
        return None
    return context.make_finding(
        "V03",
        span.place,
        tag=merge_tags.localized_name(unquote(name), context.language_code),
        known=merge_tags.names_for(context.language_code, urls=True),
    )


def refused(context: CheckContext) -> Iterator[Finding]:
    """Report links that markdown-it shows as typed, because their address could run or read something (L03)."""
    for span in context.texts:
        for match in _REFUSED.finditer(span.text):
            if not match[1].lower().startswith(("http:", "https:")):
                yield context.make_finding("L03", inside(span, match.start()), address=match[1])


def space_in_address(context: CheckContext) -> Iterator[Finding]:
    for span in context.texts:
        for match in _SPACE_INSIDE.finditer(span.text):
            yield context.make_finding("L04", inside(span, match.start(1)), address=match[1])


def space_before_address(context: CheckContext) -> Iterator[Finding]:
    for span in context.texts:
        for match in _PARTED.finditer(span.text):
            fix = Fix(f"]{match[1]}(", "](")
            yield context.make_finding("L05", inside(span, match.start()), fix=fix)


def bare_addresses(context: CheckContext) -> Iterator[Finding]:
    """Report an address in the text that is not a link because it is not between < and > (L13)."""
    for run in context.runs:
        inside_link = False
        for span in run:
            if span.text == "a" and span.mark in {Mark.OPEN, Mark.CLOSE}:
                inside_link = span.mark is Mark.OPEN
            elif span.mark is Mark.TEXT and not span.target and not inside_link and _MAY_BE_BARE.search(span.text):
                for match in _BARE.finditer(span.text):
                    replacement = (
                        f"[{match[0]}](https://{match[0]})" if match[0].startswith("www.") else f"<{match[0]}>"
                    )
                    yield context.make_finding(
                        "L13", inside(span, match.start()), fix=Fix(match[0], replacement), wanted=replacement
                    )


def half_a_link(context: CheckContext) -> Iterator[Finding]:
    """Report a malformed link (L12): `[x](https://a.fr`, `(x)[https://a.fr]`, `[x]https://a.fr`."""
    for span in context.texts:
        for match in _HALVES.finditer(span.text) if "[" in span.text or "]" in span.text else ():
            if not _SPACE_INSIDE.match(span.text, match.start()):
                yield context.make_finding("L12", inside(span, match.start()))


def reference_undefined(context: CheckContext) -> Iterator[Finding]:
    for span in context.texts:
        for match in _UNDEFINED.finditer(span.text):
            yield context.make_finding("L08", inside(span, match.start()), words=match[1], name=match[2] or match[1])


def words(context: CheckContext) -> Iterator[Finding]:
    """Report links without text (L09) or with vague text (L07): a screen reader lists links by their text."""
    for span, link_text in _links(context):
        if span.mark is Mark.OPEN and not link_text.strip():
            yield context.make_finding("L09", span.place, address=span.target)
        elif " ".join(_WORD.findall(link_text.lower())) in _VAGUE:
            yield context.make_finding("L07", span.place, words=link_text.strip())


def shorteners(context: CheckContext) -> Iterator[Finding]:
    for span, _ in _links(context):
        if _host(span.target) in _SHORTENERS:
            yield context.make_finding("L06", span.place, address=span.target)


def same_words(context: CheckContext) -> Iterator[Finding]:
    """Report the same link text for two addresses (L10): a reader who only hears the text cannot choose."""
    seen: dict[str, str] = {}
    for span, link_text in _links(context):
        key = " ".join(link_text.lower().split())
        if key and key not in _VAGUE and span.target and seen.setdefault(key, span.target) != span.target:
            yield context.make_finding("L10", span.place, words=link_text.strip(), other=seen[key])


def shows_another_host(context: CheckContext) -> Iterator[Finding]:
    """Report a link whose text shows another host than its target, as in phishing (L11)."""
    for span, link_text in _links(context):
        shown_host = _LOOKS_LIKE_HOST.fullmatch(link_text.strip())
        host = _host(span.target)
        if shown_host and host and _bare(shown_host[1].lower()) != _bare(host):
            yield context.make_finding("L11", span.place, words=link_text.strip(), host=host)


def _is_private(host: str) -> bool:
    """Return True if the host is `localhost` or a non-public IP address, which no reader can reach."""
    try:
        return host == "localhost" or not ipaddress.ip_address(host).is_global
    except ValueError:  # a host name
        return False


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _links(context: CheckContext) -> Iterator[tuple[Span, str]]:
    """Yield the opening span and the text of every link."""
    for run in context.runs:
        for index, span in enumerate(run):
            if span.mark is Mark.OPEN and span.text == "a":
                end = next(
                    closing
                    for closing in range(index, len(run))
                    if run[closing].mark is Mark.CLOSE and run[closing].text == "a"
                )
                yield span, plain_text(run[index:end])
    for block in context.blocks:
        if isinstance(block, Picture) and block.link:
            yield _link_span(block.link, block.place), block.alt
        elif isinstance(block, Video) and (block.picture is None or block.picture.link != block.url):
            yield _link_span(block.url, block.place), plain_text(block.title) or block.url


def _link_span(address: str, place: Place) -> Span:
    """Return a span for a link that has no opening span: the link of a picture or a video."""
    return Span(Mark.IMAGE, "", address, place)

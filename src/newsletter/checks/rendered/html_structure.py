"""Rules about structure: what mail programs and screen readers need before the text (R01 to R12)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks.context import CheckContext
from newsletter.content.conventions import GARBLED
from newsletter.model.blocks import Mark
from newsletter.model.finding import Finding, Place

TOP = Place(1)
"""The place at which defects of the whole mail are reported."""
_FORBIDDEN = ("script", "form", "iframe", "object", "embed", "video", "audio", "svg", "base", "input", "button")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LANGUAGE = re.compile(r"(?!und$)[a-z]{2,3}(-[A-Za-z0-9]+)*")
_RUST = re.compile(r"""="[^"<>]*(?:\\u\{[0-9a-f]+\}|\\&quot;)[^"<>]*\"""")
_TOKEN = re.compile(r"\{\{.{0,40}|\{%.{0,40}|<%.{0,40}|\*\|\w+\|\*")
_PLACEHOLDER_LIKE = re.compile(r"%[a-z_]{3,}%")


def doctype(context: CheckContext) -> Iterator[Finding]:
    if not context.page.source.lstrip().lower().startswith("<!doctype html>"):
        yield context.make_finding("R01", TOP)


def language(context: CheckContext) -> Iterator[Finding]:
    """Require `lang` and `dir` on html, and inside body for mail programs that keep only the content of body."""
    body = next(context.page.elements("body"), None)
    inside = [] if body is None else [child for child in body if isinstance(child.tag, str)]
    for element in (context.page.tree, *(child for child in inside if child.get("role") == "article")):
        if not _LANGUAGE.fullmatch(element.get("lang", "")) or element.get("dir") not in {"ltr", "rtl"}:
            yield context.make_finding("R02", TOP, tag=f"<{element.tag}>")
    if not any(child.get("lang") for child in inside):
        yield context.make_finding("R02", TOP, tag="<body>")


def title(context: CheckContext) -> Iterator[Finding]:
    titles = [(element.text or "").strip() for element in context.page.elements("title")]
    if context.issue.front.subject and not any(titles):
        yield context.make_finding("R03", TOP)


def charset(context: CheckContext) -> Iterator[Finding]:
    metas = context.page.elements("meta")
    if not any("utf-8" in (meta.get("charset") or meta.get("content") or "").lower() for meta in metas):
        yield context.make_finding("R04", TOP)


def table_roles(context: CheckContext) -> Iterator[Finding]:
    """Report a layout table without a presentation role: a screen reader would read it cell by cell."""
    for table in context.page.elements("table"):
        heads = any(head.get("scope") for head in table.iter("th"))
        if table.get("role") not in {"presentation", "none"} and not heads:
            yield context.make_finding("R05", TOP)
            return


def headings(context: CheckContext) -> Iterator[Finding]:
    levels = [int(element.tag[1]) for element in context.page.elements(*_HEADINGS)]
    if context.issue.front.subject and levels.count(1) != 1:
        yield context.make_finding("R06", TOP, count=levels.count(1))


def viewport(context: CheckContext) -> Iterator[Finding]:
    content = "".join(
        meta.get("content", "") for meta in context.page.elements("meta") if meta.get("name") == "viewport"
    ).replace(" ", "")
    if "width=device-width" not in content or re.search(
        r"user-scalable=(?:no|0)|maximum-scale=1(?:\.0)?(?:,|$)", content
    ):
        yield context.make_finding("R07", TOP)


def forbidden(context: CheckContext) -> Iterator[Finding]:
    names = [element.tag for element in context.page.elements(*_FORBIDDEN)]
    names += ["link" for link in context.page.elements("link") if "stylesheet" in (link.get("rel") or "")]
    names += ["@import"] if "@import" in context.page.css else []
    names += ["@font-face"] if "@font-face" in context.page.css else []
    for name in dict.fromkeys(names):
        yield context.make_finding("R08", TOP, tag=name)


def conditionals(context: CheckContext) -> Iterator[Finding]:
    source = context.page.source
    if source.count("<!--[if") != source.count("<![endif]") or "<![if" in source:
        yield context.make_finding("R09", TOP)


def damaged_attributes(context: CheckContext) -> Iterator[Finding]:
    if match := _RUST.search(context.page.source):
        yield context.make_finding("R10", TOP, text=match[0][2:40])


def leftover_tags(context: CheckContext) -> Iterator[Finding]:
    """Report unfilled merge tags, except tags that the editor typed: they have their own finding on their line."""
    typed = "\n".join(context.issue.lines)
    shown = " ".join(text.words for text in context.page.texts)
    for pattern in (_TOKEN, _PLACEHOLDER_LIKE):
        for match in pattern.finditer(shown):
            if match[0].split()[0][:20] not in typed:
                yield context.make_finding("R11", TOP, text=match[0][:30])
                return


def control_characters(context: CheckContext) -> Iterator[Finding]:
    entities = any(span.target and GARBLED.search(span.text) for span in context.spans if span.mark is Mark.TEXT)
    reported = entities or any(finding.code in {"F01", "F05"} for finding in context.issue.findings)
    if not reported and (match := GARBLED.search(context.page.source)) and "\ufffd" not in "".join(context.issue.lines):
        yield context.make_finding("R12", TOP, character=f"U+{ord(match[0]):04X}")


RULES = (
    doctype,
    language,
    title,
    charset,
    table_roles,
    headings,
    viewport,
    forbidden,
    conditionals,
    damaged_attributes,
    leftover_tags,
    control_characters,
)

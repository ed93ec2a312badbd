"""Structure: what a mail program and a screen reader need before they read a word (R01 to R12)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.checks.context import CheckContext
from newsletter.content.conventions import GARBLED
from newsletter.model.blocks import Mark
from newsletter.model.finding import Finding, Place

TOP = Place(1)
"""Where a defect of the whole mail is shown."""
_FORBIDDEN = ("script", "form", "iframe", "object", "embed", "video", "audio", "svg", "base", "input", "button")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LANGUAGE = re.compile(r"(?!und$)[a-z]{2,3}(-[A-Za-z0-9]+)*")
_RUST = re.compile(r"""="[^"<>]*(?:\\u\{[0-9a-f]+\}|\\&quot;)[^"<>]*\"""")
_TOKEN = re.compile(r"\{\{.{0,40}|\{%.{0,40}|<%.{0,40}|\*\|\w+\|\*")
_PLACEHOLDER_LIKE = re.compile(r"%[a-z_]{3,}%")


def doctype(case: CheckContext) -> Iterator[Finding]:
    if not case.page.source.lstrip().lower().startswith("<!doctype html>"):
        yield case.found("R01", TOP)


def language(case: CheckContext) -> Iterator[Finding]:
    """On html for programs that keep it, and inside body for those that keep only what is there."""
    body = next(case.page.elements("body"), None)
    inside = [] if body is None else [child for child in body if isinstance(child.tag, str)]
    for element in (case.page.tree, *(child for child in inside if child.get("role") == "article")):
        if not _LANGUAGE.fullmatch(element.get("lang", "")) or element.get("dir") not in {"ltr", "rtl"}:
            yield case.found("R02", TOP, tag=f"<{element.tag}>")
    if not any(child.get("lang") for child in inside):
        yield case.found("R02", TOP, tag="<body>")


def title(case: CheckContext) -> Iterator[Finding]:
    titles = [(element.text or "").strip() for element in case.page.elements("title")]
    if case.issue.front.subject and not any(titles):
        yield case.found("R03", TOP)


def charset(case: CheckContext) -> Iterator[Finding]:
    metas = case.page.elements("meta")
    if not any("utf-8" in (meta.get("charset") or meta.get("content") or "").lower() for meta in metas):
        yield case.found("R04", TOP)


def table_roles(case: CheckContext) -> Iterator[Finding]:
    """A table for the layout would be read out cell by cell."""
    for table in case.page.elements("table"):
        heads = any(head.get("scope") for head in table.iter("th"))
        if table.get("role") not in {"presentation", "none"} and not heads:
            yield case.found("R05", TOP)
            return


def headings(case: CheckContext) -> Iterator[Finding]:
    levels = [int(element.tag[1]) for element in case.page.elements(*_HEADINGS)]
    if case.issue.front.subject and levels.count(1) != 1:
        yield case.found("R06", TOP, count=levels.count(1))


def viewport(case: CheckContext) -> Iterator[Finding]:
    content = "".join(
        meta.get("content", "") for meta in case.page.elements("meta") if meta.get("name") == "viewport"
    ).replace(" ", "")
    if "width=device-width" not in content or re.search(
        r"user-scalable=(?:no|0)|maximum-scale=1(?:\.0)?(?:,|$)", content
    ):
        yield case.found("R07", TOP)


def forbidden(case: CheckContext) -> Iterator[Finding]:
    found = [element.tag for element in case.page.elements(*_FORBIDDEN)]
    found += ["link" for link in case.page.elements("link") if "stylesheet" in (link.get("rel") or "")]
    found += ["@import"] if "@import" in case.page.css else []
    found += ["@font-face"] if "@font-face" in case.page.css else []
    for name in dict.fromkeys(found):
        yield case.found("R08", TOP, tag=name)


def conditionals(case: CheckContext) -> Iterator[Finding]:
    source = case.page.source
    if source.count("<!--[if") != source.count("<![endif]") or "<![if" in source:
        yield case.found("R09", TOP)


def damaged_attributes(case: CheckContext) -> Iterator[Finding]:
    if match := _RUST.search(case.page.source):
        yield case.found("R10", TOP, text=match[0][2:40])


def leftover_tags(case: CheckContext) -> Iterator[Finding]:
    """What the editor typed himself has its own finding on its line."""
    typed = "\n".join(case.issue.lines)
    shown = " ".join(text.words for text in case.page.texts)
    for pattern in (_TOKEN, _PLACEHOLDER_LIKE):
        for match in pattern.finditer(shown):
            if match[0].split()[0][:20] not in typed:
                yield case.found("R11", TOP, text=match[0][:30])
                return


def control_characters(case: CheckContext) -> Iterator[Finding]:
    entities = any(span.target and GARBLED.search(span.text) for span in case.spans if span.mark is Mark.TEXT)
    reported = entities or any(finding.code in {"F01", "F05"} for finding in case.issue.findings)
    if not reported and (match := GARBLED.search(case.page.source)) and "\ufffd" not in "".join(case.issue.lines):
        yield case.found("R12", TOP, character=f"U+{ord(match[0]):04X}")


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

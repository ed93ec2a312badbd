"""Typography of a whole issue. The program composes the result; the checks read the source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from newsletter.model.blocks import (
    Block,
    Button,
    Callout,
    Columns,
    Heading,
    Listing,
    Mark,
    Paragraph,
    Picture,
    Quote,
    Spans,
    Table,
    Video,
)
from newsletter.model.issue import Issue, Section
from newsletter.rendering.typography.french_rules import Style, style_for
from newsletter.rendering.typography.line import set_line, set_run

AnyBlock = TypeVar("AnyBlock", bound=Block)


def typeset(issue: Issue, spacing: str) -> Issue:
    """Return the issue with French typography in its subject, preheader, picture descriptions and text.

    `spacing` is normal, fine or off. Fine spaces are for HTML only, so subject and preheader have none.
    """
    style = style_for(issue.language, spacing)
    if style is None:
        return issue
    setter = _Setter(style)
    front, plain = issue.front, style_for(issue.language, "normal")
    return replace(
        issue,
        front=replace(front, subject=set_line(front.subject, plain), preheader=set_line(front.preheader, plain)),
        opening=setter.block(issue.opening) if issue.opening else None,
        preamble=setter.blocks(issue.preamble),
        salutation=setter.block(issue.salutation) if issue.salutation else None,
        lead=setter.blocks(issue.lead),
        sections=tuple(
            Section(setter.block(section.heading), setter.blocks(section.blocks)) for section in issue.sections
        ),
        signature=setter.block(issue.signature) if issue.signature else None,
        postscript=setter.blocks(issue.postscript),
        notes=tuple(replace(note, blocks=setter.blocks(note.blocks)) for note in issue.notes),
    )


class _Setter:
    """A typesetter that applies one style to blocks."""

    def __init__(self, style: Style) -> None:
        self.style = style

    def blocks(self, parts: Iterable[Block]) -> tuple[Block, ...]:
        return tuple(self.block(part) for part in parts)

    def run(self, run: Spans) -> Spans:
        if any(span.mark is Mark.IMAGE for span in run):
            run = tuple(
                replace(span, text=set_line(span.text, self.style)) if span.mark is Mark.IMAGE else span for span in run
            )
        return set_run(run, self.style)

    def block(self, part: AnyBlock) -> AnyBlock:
        changed: dict[str, Any] = self._changes(part)
        return replace(part, **changed) if changed else part

    def _changes(self, part: Block) -> dict[str, Any]:
        match part:
            case Paragraph() | Heading() | Button():
                return {"text": self.run(part.text)}
            case Picture():
                return {"alt": set_line(part.alt, self.style), "credit": self.run(part.credit)}
            case Quote():
                return {"blocks": self.blocks(part.blocks), "author": self.run(part.author)}
            case Callout():
                return {"title": self.run(part.title), "blocks": self.blocks(part.blocks)}
            case Listing():
                return {"items": tuple(self.blocks(item) for item in part.items)}
            case Columns():
                return {"columns": tuple(self.blocks(column) for column in part.columns)}
            case Table():
                rows = tuple(tuple(self.run(cell) for cell in row) for row in part.rows)
                return {"header": tuple(self.run(cell) for cell in part.header), "rows": rows}
            case Video():
                picture = self.block(part.picture) if part.picture else None
                return {"title": self.run(part.title), "picture": picture}
            case _:
                return {}

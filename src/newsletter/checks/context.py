"""CheckContext, the input of every rule, and helpers for rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.checks.html_page import Page
from newsletter.model.blocks import Block, Mark, Span, Spans
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding, Fix, Place
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication, is_french
from newsletter.personalization import merge_tags, urls


@dataclass(frozen=True, slots=True)
class CheckContext:
    """An issue and its edition, with blocks, text and pictures extracted once for all rules."""

    issue: Issue
    edition: Edition
    publication: Publication
    blocks: tuple[Block, ...]
    """Every block, nested blocks included."""
    runs: tuple[Spans, ...]
    """Every run of inline text."""
    spans: Spans
    """Every span of inline text."""
    texts: Spans
    """Every text exactly as typed: without escaped characters (backslash) and entities."""
    pictures: tuple[tuple[str, str, Place], ...]
    """Source, description and place of every picture, pictures inside text included."""
    page: Page

    @property
    def french(self) -> bool:
        """Return True if the rules of French writing apply."""
        return is_french(self.issue.language)

    @property
    def language_code(self) -> str:
        """Return the language of the field and merge tag names that the editor types: "fr" or "en"."""
        return "fr" if self.french else "en"

    @property
    def unsubscribe_url(self) -> str:
        """Return the unsubscribe address as it stands in the edition, with the token placeholder."""
        return urls.unsubscribe_link(self.publication, merge_tags.placeholder(merge_tags.TOKEN, "t"))

    @property
    def online_url(self) -> str:
        """Return the address of the issue in the web archive."""
        return urls.online_url(self.publication.base_url, self.issue.slug)

    def make_finding(self, code: str, place: Place, *, fix: Fix | None = None, **facts: object) -> Finding:
        """Return a finding in this issue's file."""
        return Finding(code=code, path=self.issue.path, place=place, facts=facts, fix=fix)

    def body(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of every line below the front matter."""
        return enumerate(self.issue.lines[self.issue.body_line - 1 :], self.issue.body_line)

    def line_starts(self) -> Iterator[Span]:
        """Yield every text that begins a line of its paragraph."""
        for run in self.runs:
            for index, span in enumerate(run):
                first = index == 0 or run[index - 1].mark is Mark.BREAK or run[index - 1].text == "\n"
                if first and span.mark is Mark.TEXT and not span.target:
                    yield span


def make_context(issue: Issue, edition: Edition, publication: Publication) -> CheckContext:
    """Build the context of an issue and its edition."""
    blocks, runs = tuple(issue.all_blocks()), tuple(issue.runs())
    spans = tuple(span for run in runs for span in run)
    texts = tuple(span for span in spans if span.mark is Mark.TEXT and not span.target)
    return CheckContext(
        issue=issue,
        edition=edition,
        publication=publication,
        blocks=blocks,
        runs=runs,
        spans=spans,
        texts=texts,
        pictures=tuple(issue.pictures()),
        page=Page(edition.html),
    )


def inside(span: Span, offset: int) -> Place:
    """Return the place of the character at `offset` in a text."""
    return Place(span.place.line, span.place.column + offset)


_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]{2,}\.?|localhost|[0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*"
)
"""A host name with a dot (Punycode if it is not ASCII), `localhost`, or an IP address."""


def has_host(address: str) -> bool:
    """Return True if an http or https address has a well-formed host and a valid port."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(_HOST.fullmatch(parts.hostname or "")) and parts.port != 0
    except ValueError:
        return False


Rule = Callable[[CheckContext], Iterator[Finding]]

"""What a rule looks at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.model.finding import Finding, Place
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication


@dataclass(frozen=True, slots=True)
class Case:
    """An issue under examination."""

    issue: Issue
    publication: Publication

    def found(self, code: str, place: Place, **facts: object) -> Finding:
        """A finding in this issue's file."""
        return Finding(code, self.issue.path, place, facts)

    def body(self) -> Iterator[tuple[int, str]]:
        """Number and text of every line below the front matter."""
        return enumerate(self.issue.lines[self.issue.body_line - 1 :], self.issue.body_line)


_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?|[0-9a-f:.]+")
"""A name, in Punycode where it is not ASCII, or an address."""


def has_host(address: str) -> bool:
    """Whether an http or https address names a machine, and a port that can be one."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(_HOST.fullmatch(parts.hostname or "")) and parts.port != 0
    except ValueError:
        return False


Rule = Callable[[Case], Iterator[Finding]]

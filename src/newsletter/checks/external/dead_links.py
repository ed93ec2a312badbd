"""The check of an issue's links and images on the web: runs with --online, never as part of RULES."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from newsletter.checks.external.link_prober import Kind, LinkResult
from newsletter.model.blocks import Mark, Picture, Video
from newsletter.model.finding import Finding, Place
from newsletter.model.issue import Issue

_CODES: dict[Kind, str] = {"dead": "O01", "moved": "O02", "private": "O03", "unknown": "O04"}


def addresses(issue: Issue) -> tuple[dict[str, list[Place]], frozenset[str]]:
    """Return web address → places where the issue has it, and the set of addresses that are images."""
    places: dict[str, list[Place]] = {}
    pictures: set[str] = set()
    for address, place, is_picture in _typed(issue):
        if address.startswith(("http://", "https://")) and "{{" not in address:
            places.setdefault(address, []).append(place)
            pictures |= {address} if is_picture else set()
    return places, frozenset(pictures)


def _typed(issue: Issue) -> Iterator[tuple[str, Place, bool]]:
    for span in issue.spans():
        if span.mark is Mark.OPEN and span.text == "a":
            yield span.target, span.place, False
    for source, _, place in issue.pictures():
        yield source, place, True
    for block in issue.all_blocks():
        if isinstance(block, Picture):
            yield block.link, block.place, False
        elif isinstance(block, Video):
            yield block.url, block.place, False


def findings(
    issue: Issue, probe: Callable[..., Iterable[LinkResult]], *, advance: Callable[[int], None] = lambda _count: None
) -> Iterator[Finding]:
    """Yield a finding for every place of every address with a problem; call `advance(1)` after each answer."""
    places, pictures = addresses(issue)
    for answer in probe(list(places), pictures=pictures):
        advance(1)
        if code := _CODES.get(answer.kind):
            for place in places[answer.address]:
                facts = {"address": answer.address, "reason": answer.detail, "target": answer.detail}
                yield Finding(code=code, path=issue.path, place=place, facts=facts)

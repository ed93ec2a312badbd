"""An edition as a page for everybody, and as the files of a static site: nothing personal in it."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.model.edition import Edition
from newsletter.model.subscribers import Subscriber
from newsletter.personalization import merge_tags, tokens
from newsletter.storage import editions
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store

_ANYBODY = Subscriber(0, "")


def page(edition: Edition) -> str:
    """The HTML, filled for nobody: every merge tag takes its default, and the token is the one of pages online."""
    return merge_tags.fill(edition.html, merge_tags.values(edition.tags, merge_tags.personal(_ANYBODY, tokens.ONLINE)))


def files(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Path below `base_url` and content of everything that an edition's messages link to."""
    yield f"n/{edition.slug}/index.html", page(edition).encode()
    for image in edition.images:
        yield f"i/{image.name}", image.data


def static_site(store: Store, now: int) -> Iterator[tuple[str, bytes]]:
    """The files of every edition that may have reached a reader, the oldest first: the newest of a slug comes last.

    What is planned, cancelled before anybody had it, or only rehearsed, stays unpublished.
    """
    with store.read() as tx:
        digests = campaigns.published(tx, now)
    for digest in digests:
        with store.read() as tx:
            edition = editions.load(tx, digest)
        yield from files(edition)

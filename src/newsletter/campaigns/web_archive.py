"""Web archive: editions as public pages and as the files of a static site, without personal data."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.model.edition import Edition
from newsletter.model.subscribers import Subscriber
from newsletter.personalization import merge_tags, tokens
from newsletter.storage import editions
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store

_ANYBODY = Subscriber(0, "")


def make_page(edition: Edition) -> str:
    """Return the HTML without personal data: merge tags get their defaults, and links the token of public pages."""
    return merge_tags.fill(
        edition.html, merge_tags.placeholder_values(edition.tags, merge_tags.personal_values(_ANYBODY, tokens.ONLINE))
    )


def list_files(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Yield the path below `base_url` and the content of each file that an edition's messages link to."""
    yield f"n/{edition.slug}/index.html", make_page(edition).encode()
    for image in edition.images:
        yield f"i/{image.name}", image.data


def list_site_files(store: Store, now_ms: int) -> Iterator[tuple[str, bytes]]:
    """Yield the files of every edition that may have reached a reader, the oldest first: the newest of a slug is last.

    Editions that are only planned, were cancelled before anybody had them, or were only rehearsed are not published.
    """
    with store.read() as tx:
        digests = campaigns.list_published(tx, now_ms)
    for digest in digests:
        with store.read() as tx:
            edition = editions.load(tx, digest)
        yield from list_files(edition)

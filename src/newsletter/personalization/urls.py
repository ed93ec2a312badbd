"""Every URL that the program puts into a message; signed tokens make some of them personal.

A token contains the ids of a campaign and a subscriber and is signed. So it reveals no e-mail address,
and nobody can forge it. It is hexadecimal: letters and digits only, so it can stand in any context,
completes no placeholder, and survives a mail program that changes the case of a subject.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from newsletter.model.edition import Edition, Image
from newsletter.model.publication import Publication
from newsletter.personalization.tokens import TokenPurpose


def unsubscribe_url(base_url: str, token: str) -> str:
    """Return the unsubscribe URL: GET shows a page, POST unsubscribes (RFC 8058)."""
    return f"{base_url}/u/{token}"


def preferences_url(base_url: str, token: str) -> str:
    """Return the URL of the preferences page: the reader's lists, name and stored data."""
    return f"{base_url}/p/{token}"


def purpose_url(base_url: str, purpose: TokenPurpose, token: str) -> str:
    """Return the URL for one purpose, for a mail that the reader asked for."""
    return f"{base_url}/{purpose}/{token}"


def online_url(base_url: str, slug: str) -> str:
    """Return the URL of the issue in the web archive, without anything personal."""
    return f"{base_url}/n/{quote(slug)}/"


def image_base(base_url: str) -> str:
    """Return the prefix of the URL of every prepared image."""
    return f"{base_url}/i/"


def replace_image_urls(html: str, edition: Edition, address: Callable[[Image], str]) -> str:
    """Replace the URL of each image in `html` by `address(image)`: a file, a message part or a page of the desk."""
    for image in edition.images:
        html = html.replace(edition.image_base + image.name, address(image))
    return html


def unsubscribe_mailto(address: str, token: str) -> str:
    """Return the `mailto:` unsubscribe URL, for mail programs that do not support the https URL."""
    return f"mailto:{quote(address, safe='@+')}?subject=unsubscribe%20{token}"


def unsubscribe_link(publication: Publication, token: str) -> str:
    """Return the URL of the "unsubscribe" link: a page of the publication, or `mailto:` if no server answers."""
    if publication.leaves_by == "mail":
        return unsubscribe_mailto(publication.unsubscribe_mailto, token)
    return unsubscribe_url(publication.base_url, token)

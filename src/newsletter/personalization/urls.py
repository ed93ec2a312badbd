"""Every address that we put into a mail, and the signed tokens that make some of them personal.

A token names a campaign and a subscriber by number and is signed, so that it can be neither read as
an address nor made up. It is hexadecimal: letters and digits only, so that it can stand in any context,
completes no placeholder, and survives a mail program that changes the case of a subject.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from newsletter.model.edition import Edition, Image
from newsletter.model.publication import Publication
from newsletter.personalization.tokens import TokenPurpose


def unsubscribe_url(base_url: str, token: str) -> str:
    """Shows a page on GET, unsubscribes on POST (RFC 8058)."""
    return f"{base_url}/u/{token}"


def preferences_url(base_url: str, token: str) -> str:
    """What one gets, under which name, and what is kept."""
    return f"{base_url}/p/{token}"


def purpose_url(base_url: str, purpose: TokenPurpose, token: str) -> str:
    """Where the link in a mail that was asked for leads."""
    return f"{base_url}/{purpose}/{token}"


def online_url(base_url: str, slug: str) -> str:
    """The issue as a page, without anything personal."""
    return f"{base_url}/n/{quote(slug)}/"


def image_base(base_url: str) -> str:
    """What stands before the name of every prepared image."""
    return f"{base_url}/i/"


def relocated(html: str, edition: Edition, address: Callable[[Image], str]) -> str:
    """`html` with the edition's pictures where `address` says: a file, a part of the message, a page of the desk."""
    for image in edition.images:
        html = html.replace(edition.image_base + image.name, address(image))
    return html


def unsubscribe_mailto(address: str, token: str) -> str:
    """The way out for mail programs that do not know the other one."""
    return f"mailto:{quote(address, safe='@+')}?subject=unsubscribe%20{token}"


def way_out(publication: Publication, token: str) -> str:
    """The address behind "unsubscribe": a page of ours, or a mail where no server answers."""
    if publication.leaves_by == "mail":
        return unsubscribe_mailto(publication.unsubscribe_mailto, token)
    return unsubscribe_url(publication.base_url, token)

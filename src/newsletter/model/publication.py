"""The publication: its settings that reach the readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


def is_french(language: str) -> bool:
    """Return True if the rules of French writing apply: fr, FR, fr-CA."""
    return language.lower().split("-")[0] == "fr"


def is_quebec(language: str) -> bool:
    """Return True if the rules of the Office québécois de la langue française apply: fr-CA."""
    return is_french(language) and "ca" in language.lower().split("-")


@dataclass(frozen=True, slots=True)
class Sender:
    """An address for From or Reply-To."""

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        """Return the part of the address after the @."""
        return self.email.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Publication:
    """The part of `newsletter.toml` that describes the publication itself."""

    name: str
    sender: Sender
    reply_to: Sender | None
    list_id: str
    """RFC 2919 identifier; it also identifies the publication's database, and never changes."""
    base_url: str
    """Base address of the images, the unsubscribe pages and the web archive; https, without a final slash."""
    unsubscribe_mailto: str
    postal_address: str
    legal_notice: str
    language: str
    timezone: str
    salutation: str
    typography: str
    """normal, fine (narrow no-break spaces in the HTML) or off; an issue may override it."""
    theme: Mapping[str, str]
    """The theme's name under "name", and its options."""
    leaves_by: str = "page"
    """How a reader unsubscribes: "page" (and by mail) if a server of ours answers, or "mail" if there is no server."""

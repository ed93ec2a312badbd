"""Who publishes: the facts of a publication that reach its readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


def is_french(language: str) -> bool:
    """Whether the rules of French writing apply: fr, FR, fr-CA."""
    return language.lower().split("-")[0] == "fr"


def is_quebec(language: str) -> bool:
    """Whether the Office québécois de la langue française has a say in them: fr-CA."""
    return is_french(language) and "ca" in language.lower().split("-")


@dataclass(frozen=True, slots=True)
class Sender:
    """An address that mail comes from or answers go to."""

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.email.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Publication:
    """What `newsletter.toml` says of the publication itself."""

    name: str
    sender: Sender
    reply_to: Sender | None
    list_id: str
    """RFC 2919 identifier, also the stamp in the publication's database: it never changes."""
    base_url: str
    """Where images, unsubscribe and read-online pages answer; https, without a final slash."""
    unsubscribe_mailto: str
    postal_address: str
    legal_notice: str
    language: str
    timezone: str
    salutation: str
    typography: str
    """normal, fine (narrow no-break spaces in the HTML) or off; an issue may choose otherwise."""
    theme: Mapping[str, str]
    """The theme's name under "name", and its options."""
    leaves_by: str = "page"
    """How one leaves: page (and by mail), where a server of ours answers; or mail, where there is none."""

"""Proofs (an edition as one person would get it, with inert links) and tests (proofs sent by mail).

Preview, export and test build their messages from the same edition and in the same way as a campaign. A test has inert
links, its own date and Message-ID, and its subject says that it is a test.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from newsletter.errors import Refused
from newsletter.model.delivery import NO_CAMPAIGN, Attempt, Outcome, Recipient
from newsletter.model.edition import Edition, Image
from newsletter.model.publication import Publication
from newsletter.model.subscribers import Subscriber
from newsletter.personalization import merge_tags, tokens, urls
from newsletter.providers.mime import compile_message
from newsletter.rendering.compose import digest

if TYPE_CHECKING:
    from newsletter.providers.base import Provider
    from newsletter.storage.database import Store

TEST_MARK = "[TEST] "


@dataclass(frozen=True, slots=True)
class Proof:
    """An edition filled for one person; the pictures in `html` still have the edition's own addresses."""

    edition: Edition
    person: Subscriber
    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class SendTestResult:
    """The outcome of a test to one address."""

    address: str
    outcome: Outcome

    @property
    def facts(self) -> dict[str, str]:
        """Return the address, the kind of outcome, and its reference or its reason."""
        return {
            "address": self.address,
            "outcome": type(self.outcome).__name__.lower(),
            "reference": getattr(self.outcome, "reference", ""),
            "reason": getattr(self.outcome, "reason", ""),
        }


def make_proof(edition: Edition, person: Subscriber) -> Proof:
    """Fill the edition for `person`."""
    values = _values(edition, person)
    parts = (edition.subject, edition.preheader, edition.html, edition.text)
    return Proof(edition, person, *(merge_tags.fill(part, values) for part in parts))


def embed_pictures(proof: Proof) -> str:
    """Return the proof's HTML with its pictures embedded: one file that can be shared."""
    return urls.replace_image_urls(proof.html, proof.edition, _inline)


def build_message(proof: Proof, now: dt.datetime) -> bytes:
    """Return the proof as a MIME message."""
    recipient = _recipient(proof.edition, proof.person, 0, now)
    return compile_message(proof.edition).message(
        recipient, Attempt(campaign_id=NO_CAMPAIGN, chunk=0, number=1, date=now)
    )


@dataclass(frozen=True, slots=True)
class SendTestContext:
    """The provider, settings and database for sending tests."""

    provider: Provider
    publication: Publication
    allowed: Sequence[str]
    """Addresses that may receive a test."""
    open_store: Callable[[], Store]


def send_test(
    context: SendTestContext, edition: Edition, addresses: Sequence[str], like: Subscriber
) -> list[SendTestResult]:
    """Send the edition, as `like` would get it, to `addresses`; record nothing in the database.

    With a provider that delivers to readers, run the preflight first. Raise Refused if an address is not in the
    allow-list.
    """
    from newsletter.editorial import preflight

    provider, addresses = context.provider, require_allowed(addresses, context.allowed)
    if provider.caps.reaches_readers:
        preflight.require(context.open_store(), edition, context.publication, provider)
    test_edition = replace(edition, subject=TEST_MARK + edition.subject)
    test_edition = replace(test_edition, digest=digest(test_edition))
    now = dt.datetime.now(dt.UTC)
    return [
        SendTestResult(address, _submit(provider, test_edition, like, address, number, now))
        for number, address in enumerate(addresses, 1)
    ]


def require_allowed(addresses: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """Return the addresses as the settings spell them.

    Raise Refused, with the line to write in the settings, if an address is not in the allow-list.
    """
    known = {address.lower(): address for address in allowed}
    for address in addresses:
        if not address.isascii() or address.lower() not in known:  # lower() turns the Kelvin sign into a k
            line = ", ".join(f'"{allowed_address}"' for allowed_address in (*allowed, address))
            raise Refused("test_not_allowed", address=address, line=f"test_recipients = [{line}]")
    return [known[address.lower()] for address in addresses]


def _submit(
    provider: Provider, edition: Edition, like: Subscriber, address: str, number: int, now: dt.datetime
) -> Outcome:
    recipient = _recipient(edition, like, number, now)._replace(email=address)
    return provider.submit(
        provider.build(edition, [recipient], Attempt(campaign_id=NO_CAMPAIGN, chunk=0, number=1, date=now))
    )


def _recipient(edition: Edition, person: Subscriber, number: int, now: dt.datetime) -> Recipient:
    domain = edition.sender.domain
    name = f"<test.{now:%Y%m%d%H%M%S%f}.{number}@{domain}>"
    return Recipient(number, person.email, name, _values(edition, person))


def _values(edition: Edition, person: Subscriber) -> dict[str, str]:
    return merge_tags.placeholder_values(edition.tags, merge_tags.personal_values(person, tokens.INERT))


def _inline(image: Image) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"

"""A mail to one person that they asked for: a link to confirm a subscription, see their data, be erased.

It goes by the same way as everything else, and is no campaign's.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.i18n import say
from newsletter.model.delivery import NOTICE, Attempt, Outcome, Recipient
from newsletter.model.publication import Publication, is_french
from newsletter.personalization import tokens, urls
from newsletter.personalization.tokens import HOURS, Errand, Order
from newsletter.providers.base import Provider
from newsletter.rendering.transactional import Words, notice


@dataclass(frozen=True, slots=True)
class Notifier:
    """Whoever sends such mails: the way out, the publication, its theme's options, its key, the clock."""

    provider: Provider
    publication: Publication
    look: Mapping[str, str]
    key: str
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom it goes to."""

    subscriber_id: int
    email: str
    language: str


def send(notifier: Notifier, errand: Errand, to: Addressee, *, list_id: int = 0, list_name: str = "") -> Outcome:
    """One attempt; a subscription that is to be confirmed is one to a list."""
    publication = notifier.publication
    order = Order(to.subscriber_id, list_id, int(notifier.now.timestamp()) + HOURS[errand] * 3600)
    url = urls.errand_url(publication.base_url, errand, tokens.sign_errand(notifier.key, errand, order))
    edition = notice(publication, notifier.look, _words(errand, to.language, list_name), url)
    domain = publication.sender.domain
    recipient = Recipient(to.subscriber_id, to.email, f"<{secrets.token_hex(16)}@{domain}>", {})
    attempt = Attempt(NOTICE, 0, 1, notifier.now)
    return notifier.provider.submit(notifier.provider.build(edition, [recipient], attempt))


def _words(errand: Errand, language: str, list_name: str) -> Words:
    key = f"public_mail_{errand}"
    why = say(language, f"{key}_why", list=list_name)
    otherwise = say(language, "public_mail_else", hours=HOURS[errand])
    return Words(
        "fr" if is_french(language) else "en", say(language, key), (why, otherwise), say(language, f"{key}_label")
    )

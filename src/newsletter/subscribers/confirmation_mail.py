"""A mail that one person asked for: a link to confirm a subscription, see their data, or be erased.

It is sent through the same provider as everything else, and belongs to no campaign.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.i18n import duration, say
from newsletter.model.delivery import NOTICE, Attempt, Outcome, Recipient
from newsletter.model.publication import Publication, is_french
from newsletter.model.subscribers import Record
from newsletter.personalization import tokens, urls
from newsletter.personalization.tokens import HOURS, PurposeToken, TokenPurpose
from newsletter.providers.base import Provider
from newsletter.rendering.transactional import NoticeText, compose_notice
from newsletter.storage.database import Store
from newsletter.subscribers.selection import get_list


@dataclass(frozen=True, slots=True)
class LinkMailContext:
    """What these mails need: the provider, the publication, the theme's options, the signing key, the current time."""

    provider: Provider
    publication: Publication
    look: Mapping[str, str]
    key: str
    now: dt.datetime


def send_confirmation(context: LinkMailContext, store: Store, record: Record, list_name: str) -> Outcome:
    """Ask a person by mail to confirm the subscription to a list; make one attempt."""
    with store.read() as tx:
        list_id = get_list(tx, list_name).id
    language = context.publication.language
    return send_link_mail(
        context, TokenPurpose.CONFIRM, record, language=language, list_id=list_id, list_name=list_name
    )


def send_link_mail(
    context: LinkMailContext,
    purpose: TokenPurpose,
    record: Record,
    *,
    language: str,
    list_id: int = 0,
    list_name: str = "",
) -> Outcome:
    """Mail a person the link that they asked for; make one attempt.

    `language` is used if the person's own language is unknown. `list_id` and `list_name` name the list of a
    subscription to confirm.
    """
    publication, language = context.publication, record.language or language
    token = PurposeToken(record.id, list_id, int(context.now.timestamp()) + HOURS[purpose] * 3600)
    url = urls.purpose_url(publication.base_url, purpose, tokens.sign_purpose(context.key, purpose, token))
    edition = compose_notice(publication, context.look, _words(purpose, language, list_name), url)
    domain = publication.sender.domain
    message_id = f"<{secrets.token_hex(16)}@{domain}>"
    recipient = Recipient(subscriber_id=record.id, email=record.email, message_id=message_id, values={})
    attempt = Attempt(campaign_id=NOTICE, chunk=0, number=1, date=context.now)
    return context.provider.submit(context.provider.build(edition, [recipient], attempt))


def _words(purpose: TokenPurpose, language: str, list_name: str) -> NoticeText:
    key = f"public_mail_{purpose}"
    why = say(language, f"{key}_why", list=list_name)
    otherwise = say(language, "public_mail_else", time=duration(language, HOURS[purpose] * 3600))
    return NoticeText(
        "fr" if is_french(language) else "en", say(language, key), (why, otherwise), say(language, f"{key}_label")
    )

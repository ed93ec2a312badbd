"""PublicSite, the object that all public routes share: publication, database, keys, theme colours and templates."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from newsletter.app import App
from newsletter.errors import NewsletterError
from newsletter.i18n import say
from newsletter.model.delivery import Accepted
from newsletter.model.publication import Publication, is_french
from newsletter.model.subscribers import Record
from newsletter.personalization import tokens
from newsletter.personalization.tokens import TokenPurpose
from newsletter.storage.campaigns import campaigns
from newsletter.storage.campaigns.campaigns import CampaignList
from newsletter.storage.database import Store
from newsletter.subscribers.service import SubscriberContext
from newsletter.system import timestamps
from newsletter.web.public.unsubscribe_queue import UnsubscribeQueue

if TYPE_CHECKING:
    from newsletter.providers.base import Provider

_ACCEPTED_LANGUAGE = re.compile(r"(?:^|,)\s*(fr|en)\b", re.IGNORECASE)
MAIL_INTERVAL_SECONDS = 600
"""Seconds between two mails with the same purpose to the same subscriber."""
MAX_RECENT_MAILS = 10_000
MAX_CAMPAIGNS = 10_000
"""Maximum number of campaigns in the cache; the list of a campaign never changes."""


@dataclass(eq=False)
class PublicSite:
    """A publication on the public server, with its caches and thread limits."""

    app: App
    store: Store
    unsubscribe_queue: UnsubscribeQueue
    look: Mapping[str, str]
    _campaign_lists: dict[int, CampaignList] = field(default_factory=dict)
    recent_mails: dict[tuple[str, int], float] = field(default_factory=dict)
    """(purpose and list, subscriber id) → monotonic time at which a mail was sent, for the last few minutes."""

    mail_limiter: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    """Limit on threads that wait for a provider; reads use other threads."""
    write_limiter: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    """Limit on threads that wait to write to the database."""

    @cached_property
    def keys(self) -> list[str]:
        """Return the keys that sign links, newest first."""
        return self.app.settings.keys()

    @cached_property
    def publication(self) -> Publication:
        """Return the publication."""
        return self.app.publication

    @cached_property
    def root(self) -> str:
        """Return the path of `base_url`, with which the path of every page begins."""
        return urlsplit(self.publication.base_url).path.rstrip("/")

    @cached_property
    def provider(self) -> Provider:
        """Return the provider that sends confirmation mails."""
        return self.app.provider()

    @cached_property
    def templates(self) -> jinja2.Environment:
        """Return the environment of the page templates, created once."""
        return jinja2.Environment(
            loader=jinja2.PackageLoader("newsletter.web.public", "pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def stylesheet(self) -> bytes:
        """Return the stylesheet of the pages, with the colours and fonts of the theme."""
        return self.templates.get_template("page.css").render(look=self.look).encode()

    async def send_link(
        self, purpose: TokenPurpose, record: Record, language: str, mailing_list: tuple[int, str] = (0, "")
    ) -> str:
        """Send a subscriber the requested link, at most once in MAIL_INTERVAL_SECONDS.

        Return "asked", "asked_before" (sent a moment ago) or "not_sent". `mailing_list` is its id and its name.
        """
        key, now_seconds = (f"{purpose}/{mailing_list[0]}", record.id), time.monotonic()
        if len(self.recent_mails) > MAX_RECENT_MAILS:
            self.recent_mails = {
                mail_key: sent_at
                for mail_key, sent_at in self.recent_mails.items()
                if now_seconds - sent_at < MAIL_INTERVAL_SECONDS
            }
        if now_seconds - self.recent_mails.get(key, -MAIL_INTERVAL_SECONDS) < MAIL_INTERVAL_SECONDS:
            return "asked_before"
        self.recent_mails[key] = now_seconds  # set before sending, so that a double click sends one mail
        sending = partial(self._send_mail, purpose, record, language, mailing_list)
        if await anyio.to_thread.run_sync(sending, limiter=self.mail_limiter):
            return "asked"
        self.recent_mails.pop(key, None)
        return "not_sent"

    def _send_mail(self, purpose: TokenPurpose, record: Record, language: str, mailing_list: tuple[int, str]) -> bool:
        from newsletter.subscribers import confirmation_mail

        now, (list_id, list_name) = dt.datetime.now(dt.UTC), mailing_list
        try:
            context = confirmation_mail.LinkMailContext(
                provider=self.provider, publication=self.publication, look=self.look, key=self.keys[0], now=now
            )
            outcome = confirmation_mail.send_link_mail(
                context, purpose, record, language=language, list_id=list_id, list_name=list_name
            )
        except NewsletterError:
            return False
        return isinstance(outcome, Accepted)

    def subscriber_context(self) -> SubscriberContext:
        """Return the context for changes to subscribers, with the current time."""
        return SubscriberContext(
            store=self.store, suppression_key=self.app.settings.suppression(), now_ms=timestamps.now_ms()
        )

    def language(self, request: Request) -> str:
        """Return the first of fr and en in Accept-Language; if neither is there, the language of the publication."""
        match = _ACCEPTED_LANGUAGE.search(request.headers.get("accept-language", "")[:200])
        return match[1].lower() if match else self.publication.language

    def render_page(self, request: Request, name: str, title: str, code: int = 200, **context: object) -> HTMLResponse:
        """Render the page template `name`; `title` is a key of the message catalogue."""
        language = self.language(request)

        def say_public(key: str, **facts: object) -> str:
            return say(language, f"public_{key}", **facts)

        language_code = "fr" if is_french(language) else "en"  # the languages of the catalogue
        base_context = {"say": say_public, "lang": language_code, "root": self.root, "publication": self.publication}
        page_context = {"title": say_public(title), "inert": False} | context
        return HTMLResponse(self.templates.get_template(f"{name}.html").render(base_context | page_context), code)

    def reply(self, request: Request, title: str, *keys: str, code: int = 200, **facts: object) -> HTMLResponse:
        """Return a page with one sentence for each of the catalogue `keys`."""
        language = self.language(request)
        all_facts = {"address": self.publication.unsubscribe_mailto, "publication": self.publication.name} | facts
        sentences = [say(language, f"public_{key}", **all_facts) for key in keys]
        link, button = facts.get("link"), facts.get("button")
        return self.render_page(request, "said", title, code, sentences=sentences, link=link, button=button)

    def gone_page(self, request: Request) -> HTMLResponse:
        """Return the response (410) for a valid token whose subscriber no longer exists."""
        return self.reply(request, "gone_title", "gone", code=410)

    def find_campaign_list(self, campaign_id: int) -> CampaignList | None:
        """Return the list of a campaign, read from the database once; None if the campaign does not exist."""
        if campaign_id not in self._campaign_lists:
            with self.store.read() as tx:
                campaign_list = campaigns.find_campaign_list(tx, campaign_id)
            if campaign_list is None:  # not cached: the campaign may be planned later
                return None
            if len(self._campaign_lists) >= MAX_CAMPAIGNS:
                self._campaign_lists.clear()
            self._campaign_lists[campaign_id] = campaign_list
        return self._campaign_lists[campaign_id]

    def cached_campaign_list(self, campaign_id: int) -> CampaignList | None:
        """Return the list of a campaign from the cache, or None; needs neither database nor thread."""
        return self._campaign_lists.get(campaign_id)

    def read_unsubscribe_token(self, token: str) -> tokens.UnsubscribeToken:
        """Return the content of an unsubscribe token. Raise BadSignature if the token is not ours."""
        return tokens.read_unsubscribe(self.keys, token)


def is_inert(token: str) -> bool:
    """Return True if a token belongs to a preview, a test or the web archive."""
    return token in {tokens.INERT, tokens.ONLINE}

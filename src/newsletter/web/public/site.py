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

_SPOKEN = re.compile(r"(?:^|,)\s*(fr|en)\b", re.IGNORECASE)
PATIENCE = 600
"""Seconds between two mails with the same purpose to the same subscriber."""
KEPT = 10_000
CAMPAIGNS = 10_000
"""Maximum number of campaigns in the cache; the list of a campaign never changes."""


@dataclass(eq=False)
class PublicSite:
    """A publication on the public server, with its caches and thread limits."""

    app: App
    store: Store
    writer: UnsubscribeQueue
    look: Mapping[str, str]
    _campaigns: dict[int, CampaignList] = field(default_factory=dict)
    asked: dict[tuple[str, int], float] = field(default_factory=dict)
    """(purpose and list, subscriber id) → monotonic time at which a mail was sent, for the last few minutes."""

    mailing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    """Limit on threads that wait for a provider; reads use other threads."""
    writing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
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
    def pages(self) -> jinja2.Environment:
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
        return self.pages.get_template("page.css").render(look=self.look).encode()

    async def notify(
        self, purpose: TokenPurpose, record: Record, language: str, about: tuple[int, str] = (0, "")
    ) -> str:
        """Send a subscriber the requested link, at most once in PATIENCE seconds.

        Return "asked", "asked_before" (sent a moment ago) or "not_sent". `about` is the id and the name of a list.
        """
        key, now = (f"{purpose}/{about[0]}", record.id), time.monotonic()
        if len(self.asked) > KEPT:
            self.asked = {one: at for one, at in self.asked.items() if now - at < PATIENCE}
        if now - self.asked.get(key, -PATIENCE) < PATIENCE:
            return "asked_before"
        self.asked[key] = now  # set before sending, so that a double click sends one mail
        sending = partial(self._send, purpose, record, language, about)
        if await anyio.to_thread.run_sync(sending, limiter=self.mailing):
            return "asked"
        self.asked.pop(key, None)
        return "not_sent"

    def _send(self, purpose: TokenPurpose, record: Record, language: str, about: tuple[int, str]) -> bool:
        from newsletter.subscribers import confirmation_mail

        now, (list_id, list_name) = dt.datetime.now(dt.UTC), about
        try:
            notifier = confirmation_mail.Notifier(self.provider, self.publication, self.look, self.keys[0], now)
            outcome = confirmation_mail.send(
                notifier, purpose, record, language=language, list_id=list_id, list_name=list_name
            )
        except NewsletterError:
            return False
        return isinstance(outcome, Accepted)

    def subscriber_context(self) -> SubscriberContext:
        """Return the context for changes to subscribers, with the current time."""
        return SubscriberContext(self.store, self.app.settings.suppression(), timestamps.now_ms())

    def language(self, request: Request) -> str:
        """Return the first of fr and en in Accept-Language; if neither is there, the language of the publication."""
        found = _SPOKEN.search(request.headers.get("accept-language", "")[:200])
        return found[1].lower() if found else self.publication.language

    def page(self, request: Request, name: str, title: str, code: int = 200, **context: object) -> HTMLResponse:
        """Render the page template `name`; `title` is a key of the message catalogue."""
        language = self.language(request)

        def told(key: str, **facts: object) -> str:
            return say(language, f"public_{key}", **facts)

        spoken = "fr" if is_french(language) else "en"  # the languages of the catalogue
        said = {"say": told, "lang": spoken, "root": self.root, "publication": self.publication}
        given = {"title": told(title), "inert": False} | context
        return HTMLResponse(self.pages.get_template(f"{name}.html").render(said | given), code)

    def reply(self, request: Request, title: str, *keys: str, code: int = 200, **facts: object) -> HTMLResponse:
        """Return a page with one sentence for each of the catalogue `keys`."""
        language = self.language(request)
        given = {"address": self.publication.unsubscribe_mailto, "publication": self.publication.name} | facts
        sentences = [say(language, f"public_{key}", **given) for key in keys]
        link, button = facts.get("link"), facts.get("button")
        return self.page(request, "said", title, code, sentences=sentences, link=link, button=button)

    def gone(self, request: Request) -> HTMLResponse:
        """Return the response (410) for a valid token whose subscriber no longer exists."""
        return self.reply(request, "gone_title", "gone", code=410)

    def brought(self, campaign_id: int) -> CampaignList | None:
        """Return the list of a campaign, read from the database once; None if the campaign does not exist."""
        if campaign_id not in self._campaigns:
            with self.store.read() as tx:
                found = campaigns.find_campaign_list(tx, campaign_id)
            if found is None:  # not cached: the campaign may be planned later
                return None
            if len(self._campaigns) >= CAMPAIGNS:
                self._campaigns.clear()
            self._campaigns[campaign_id] = found
        return self._campaigns[campaign_id]

    def known(self, campaign_id: int) -> CampaignList | None:
        """Return the list of a campaign from the cache, or None; needs neither database nor thread."""
        return self._campaigns.get(campaign_id)

    def ticket(self, token: str) -> tokens.UnsubscribeToken:
        """Return the content of an unsubscribe token. Raise BadSignature if the token is not ours."""
        return tokens.read_unsubscribe(self.keys, token)


def is_inert(token: str) -> bool:
    """Return True if a token belongs to a preview, a test or the web archive."""
    return token in {tokens.INERT, tokens.ONLINE}

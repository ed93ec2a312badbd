"""What the routes work with: the publication, its database and keys, its look, and the pages."""

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
from newsletter.web.public.unsubscribe_queue import UnsubscribeQueue

if TYPE_CHECKING:
    from newsletter.providers.base import Provider

_SPOKEN = re.compile(r"(?:^|,)\s*(fr|en)\b", re.IGNORECASE)
PATIENCE = 600
"""Seconds before another mail about the same thing goes to the same person."""
KEPT = 10_000
CAMPAIGNS = 10_000
"""Campaigns that are remembered; what they brought never changes."""


@dataclass(eq=False)
class PublicSite:
    """One publication, served."""

    app: App
    store: Store
    writer: UnsubscribeQueue
    look: Mapping[str, str]
    _campaigns: dict[int, CampaignList] = field(default_factory=dict)
    asked: dict[tuple[str, int], float] = field(default_factory=dict)
    """(errand, subscriber) → when a mail about it was sent, for the last few minutes."""

    mailing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    """Threads that may wait for a provider at once; those that read are others."""
    writing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    """Threads that may wait to write."""

    @cached_property
    def keys(self) -> list[str]:
        """What signs links, the newest first."""
        return self.app.settings.keys()

    @cached_property
    def publication(self) -> Publication:
        """Who publishes."""
        return self.app.publication

    @cached_property
    def root(self) -> str:
        """The path of `base_url`: every address here begins with it."""
        return urlsplit(self.publication.base_url).path.rstrip("/")

    @cached_property
    def provider(self) -> Provider:
        """What sends the mails that were asked for."""
        return self.app.provider()

    @cached_property
    def pages(self) -> jinja2.Environment:
        """The templates, compiled once."""
        return jinja2.Environment(
            loader=jinja2.PackageLoader("newsletter.web.public", "pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def stylesheet(self) -> bytes:
        """The theme's colours and letters on these pages."""
        return self.pages.get_template("page.css").render(look=self.look).encode()

    async def notify(
        self, purpose: TokenPurpose, record: Record, language: str, about: tuple[int, str] = (0, "")
    ) -> str:
        """Sends somebody the link they asked for, once in ten minutes; says asked, asked_before or not_sent."""
        key, now = (f"{purpose}/{about[0]}", record.id), time.monotonic()
        if len(self.asked) > KEPT:
            self.asked = {one: at for one, at in self.asked.items() if now - at < PATIENCE}
        if now - self.asked.get(key, -PATIENCE) < PATIENCE:
            return "asked_before"
        self.asked[key] = now  # before it is sent: whoever presses twice gets one
        sending = partial(self._send, purpose, record, language, about)
        if await anyio.to_thread.run_sync(sending, limiter=self.mailing):
            return "asked"
        self.asked.pop(key, None)
        return "not_sent"

    def _send(self, purpose: TokenPurpose, record: Record, language: str, about: tuple[int, str]) -> bool:
        from newsletter.subscribers import confirmation_mail  # noqa: PLC0415 - what composes is heavy, and seldom needed here

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
        """Who changes people, now."""
        return SubscriberContext(self.store, self.app.settings.suppression(), int(time.time() * 1000))

    def language(self, request: Request) -> str:
        """What the reader speaks, of what we do; the publication's language where their browser does not say."""
        found = _SPOKEN.search(request.headers.get("accept-language", "")[:200])
        return found[1].lower() if found else self.publication.language

    def page(self, request: Request, name: str, title: str, code: int = 200, **context: object) -> HTMLResponse:
        """One of the pages, its title a key of the catalogue."""
        language = self.language(request)

        def told(key: str, **facts: object) -> str:
            return say(language, f"public_{key}", **facts)

        spoken = "fr" if is_french(language) else "en"  # what the catalogue has
        said = {"say": told, "lang": spoken, "root": self.root, "publication": self.publication}
        given = {"title": told(title), "inert": False} | context
        return HTMLResponse(self.pages.get_template(f"{name}.html").render(said | given), code)

    def reply(self, request: Request, title: str, *keys: str, code: int = 200, **facts: object) -> HTMLResponse:
        """A page that only says something."""
        language = self.language(request)
        given = {"address": self.publication.unsubscribe_mailto, "publication": self.publication.name} | facts
        sentences = [say(language, f"public_{key}", **given) for key in keys]
        link, button = facts.get("link"), facts.get("button")
        return self.page(request, "said", title, code, sentences=sentences, link=link, button=button)

    def gone(self, request: Request) -> HTMLResponse:
        """Whoever a good link was for is not on file any more."""
        return self.reply(request, "gone_title", "gone", code=410)

    def brought(self, campaign_id: int) -> CampaignList | None:
        """What a campaign brought: read once, for it never changes."""
        if campaign_id not in self._campaigns:
            with self.store.read() as tx:
                found = campaigns.find_campaign_list(tx, campaign_id)
            if found is None:  # it may be planned tomorrow
                return None
            if len(self._campaigns) >= CAMPAIGNS:
                self._campaigns.clear()
            self._campaigns[campaign_id] = found
        return self._campaigns[campaign_id]

    def known(self, campaign_id: int) -> CampaignList | None:
        """What a campaign brought, if that was asked for before: no database, no thread."""
        return self._campaigns.get(campaign_id)

    def ticket(self, token: str) -> tokens.UnsubscribeToken:
        """What a token says; BadSignature where it is not ours."""
        return tokens.read_unsubscribe(self.keys, token)


def is_inert(token: str) -> bool:
    """Whether a token is one of a preview, a test or a page read online."""
    return token in {tokens.INERT, tokens.ONLINE}

"""What the provider reports: verified over the bytes as they came, kept, answered; what it means is found out later.

Whoever reports waits for no more than one write to the disk, in a database of its own: a storm of reports holds up
nobody who leaves.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.delivery_events import processing
from newsletter.errors import NewsletterError
from newsletter.web.public.site import PublicSite

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from newsletter.providers.sendgrid.webhook_events import Verifier

DAY = 86_400
IDLE_SECONDS = 5.0
"""Between looks for reports that another process kept, or that could not be applied the last time."""


class EventApplier:
    """A thread that finds out what reports mean, one batch after the other."""

    def __init__(self, site: PublicSite, log: FilteringBoundLogger) -> None:
        self._house, self._log = site, log
        self._news, self._ending = threading.Event(), threading.Event()
        self._prune_at, self._posts = 0.0, processing.POSTS
        self._thread = threading.Thread(target=self._work, name="reports", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._news.set()

    def close(self, seconds: float) -> None:
        """Ends after the batch under way; the rest is kept."""
        self._ending.set()
        self._news.set()
        self._thread.join(seconds)

    def _work(self) -> None:
        while not self._ending.is_set():
            self._news.wait(IDLE_SECONDS)
            self._news.clear()
            try:
                while not self._ending.is_set() and self._batch():
                    pass
            except Exception as error:  # noqa: BLE001 - what it says may hold an address; it is tried again
                self._log.error("reports_failed", kind=type(error).__name__, posts=self._posts)
                self._despair()

    def _despair(self) -> None:
        """One by one from here on; and the one that fails by itself waits behind the others."""
        if self._posts == 1:
            with contextlib.suppress(Exception):  # the database is away, and nothing can be done
                processing.set_aside(self._house.store, int(time.time() * 1000))
        self._posts = 1

    def _batch(self) -> bool:
        from newsletter.providers.sendgrid.webhook_events import parsed  # noqa: PLC0415 - 40 ms, and only reports need it

        context = self._house.subscriber_context()
        done = processing.apply(context.store, parsed, context.mac, context.now, self._posts)
        self._posts = processing.POSTS if not done.posts else self._posts
        if not done.posts and time.monotonic() > self._prune_at:
            self._prune_at = time.monotonic() + DAY
            processing.forget(context.store, context.now)
        if done.posts:
            self._log.info(
                "reports", posts=done.posts, events=done.events, repeated=done.repeated, suppressed=done.suppressed,
                resolved=done.resolved, unreadable=done.unreadable,
            )  # fmt: skip
        return bool(done.posts)


@dataclass(frozen=True)
class WebhookRoutes:
    """What answers."""

    site: PublicSite
    applier: EventApplier
    log: FilteringBoundLogger
    writing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(1))
    """One at a time: they would only wait for each other at the disk."""

    async def sendgrid(self, request: Request) -> Response:
        """A post of SendGrid's; 403 for anybody else's."""
        from newsletter.providers.sendgrid.webhook_events import SIGNATURE, TIMESTAMP, is_fresh  # noqa: PLC0415 - as above

        raw = await request.body()
        signature, identity = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
        verifier = await anyio.to_thread.run_sync(self._verifier)
        if not verifier.is_signed(raw, signature, identity):
            raise HTTPException(403)
        if not is_fresh(identity, time.time()):  # or this machine's clock is wrong, which the operator must learn
            self.log.warning("report_too_old", signed_at=identity[:20])
            raise HTTPException(403)
        await anyio.to_thread.run_sync(self._keep, raw, limiter=self.writing)
        self.applier.wake()
        return PlainTextResponse("", 204)

    def _verifier(self) -> Verifier:
        try:
            return self._known
        except (NewsletterError, ValueError):  # asked for again the next time; SendGrid repeats for a day
            raise HTTPException(503) from None

    @cached_property
    def _known(self) -> Verifier:
        """By the key in the settings, or the one that the account says when it is asked."""
        from newsletter.providers.sendgrid.webhook_events import Verifier  # noqa: PLC0415 - as above

        settings = self.site.app.settings
        return Verifier(settings.sendgrid.webhook_key or self.site.app.sendgrid().webhook_key())

    def _keep(self, raw: bytes) -> None:
        processing.receive(self.site.store, raw, int(time.time() * 1000))

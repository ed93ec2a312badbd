"""Webhook of the provider: a request is verified over its raw bytes, stored and answered; its events are applied later.

The provider waits only for one write to disk, in a separate database, so a burst of events does not delay unsubscribes.
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
from newsletter.system import timestamps
from newsletter.web.public.site import PublicSite

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from newsletter.providers.sendgrid.webhook_events import Verifier

DAY_SECONDS = 86_400
IDLE_SECONDS = 5.0
"""Seconds between two checks for posts that another process stored, or that failed the last time."""


class EventApplier:
    """A thread that applies the stored webhook posts, batch after batch."""

    def __init__(self, site: PublicSite, log: FilteringBoundLogger) -> None:
        self._site, self._log = site, log
        self._new_posts, self._is_stopping = threading.Event(), threading.Event()
        self._prune_at, self._batch_size = 0.0, processing.POSTS
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Wake the thread, because a new post is stored."""
        self._new_posts.set()

    def close(self, seconds: float) -> None:
        """Stop after the current batch, wait at most `seconds`; the other posts stay stored."""
        self._is_stopping.set()
        self._new_posts.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            self._new_posts.wait(IDLE_SECONDS)
            self._new_posts.clear()
            try:
                while not self._is_stopping.is_set() and self._apply_batch():
                    pass
            except Exception as error:  # noqa: BLE001 - its message may contain an address; the batch is tried again
                self._log.error("reports_failed", kind=type(error).__name__, posts=self._batch_size)
                self._isolate_failing_post()

    def _isolate_failing_post(self) -> None:
        """Apply posts one by one after a failure; if a single post fails, move it behind the others."""
        if self._batch_size == 1:
            with contextlib.suppress(Exception):  # the database is unavailable; the next round tries again
                processing.requeue_post(self._site.store, timestamps.now_ms())
        self._batch_size = 1

    def _apply_batch(self) -> bool:
        from newsletter.providers.sendgrid.webhook_events import parse

        context = self._site.subscriber_context()
        result = processing.apply_posts(context.store, parse, context.mac, context.now_ms, self._batch_size)
        self._batch_size = processing.POSTS if not result.posts else self._batch_size
        if not result.posts and time.monotonic() > self._prune_at:
            self._prune_at = time.monotonic() + DAY_SECONDS
            processing.delete_old_keys(context.store, context.now_ms)
        if result.posts:
            self._log.info(
                "reports", posts=result.posts, events=result.events, repeated=result.repeated,
                suppressed=result.suppressed, resolved=result.resolved, unreadable=result.unreadable,
            )  # fmt: skip
        return bool(result.posts)


@dataclass(frozen=True)
class WebhookRoutes:
    """Endpoint of the provider's webhook."""

    site: PublicSite
    applier: EventApplier
    log: FilteringBoundLogger
    write_limiter: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(1))
    """One write at a time, because parallel writes would only wait for each other at the disk."""

    async def sendgrid(self, request: Request) -> Response:
        """Store a webhook post of SendGrid and answer 204.

        Answer 403 if the signature is invalid or too old, 503 if the public key is not available.
        """
        from newsletter.providers.sendgrid.webhook_events import SIGNATURE, TIMESTAMP, is_fresh

        raw = await request.body()
        signature, timestamp = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
        verifier = await anyio.to_thread.run_sync(self._get_verifier)
        if not verifier.is_signed(raw, signature, timestamp):
            raise HTTPException(403)
        if not is_fresh(timestamp, time.time()):  # or the clock of this machine is wrong: the operator must know
            self.log.warning("report_too_old", signed_at=timestamp[:20])
            raise HTTPException(403)
        await anyio.to_thread.run_sync(self._store_post, raw, limiter=self.write_limiter)
        self.applier.wake()
        return PlainTextResponse("", 204)

    def _get_verifier(self) -> Verifier:
        try:
            return self._verifier
        except (NewsletterError, ValueError):  # the next post tries again; SendGrid repeats for a day
            raise HTTPException(503) from None

    @cached_property
    def _verifier(self) -> Verifier:
        """Return the verifier for the key in the settings, or else for the key that the SendGrid account returns."""
        from newsletter.providers.sendgrid.webhook_events import Verifier

        settings = self.site.app.settings
        return Verifier(settings.sendgrid.webhook_key or self.site.app.sendgrid().webhook_key())

    def _store_post(self, raw: bytes) -> None:
        processing.store_post(self.site.store, raw, timestamps.now_ms())

"""Routes for the web archive, the pictures of messages, static files and health checks."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from newsletter.campaigns import web_archive
from newsletter.model.edition import Image
from newsletter.storage import editions
from newsletter.storage.campaigns import campaigns
from newsletter.storage.subscribers import lists
from newsletter.system import timestamps
from newsletter.web.public.site import PublicSite

IMMUTABLE_HEADERS = {"cache-control": "public, max-age=31536000, immutable"}
"""Headers for pictures: their name is a hash of their content, so they never change."""
FRESH_SECONDS = 30
"""Seconds that a page stays in the cache; a correction is visible after that time at the latest."""
MAX_PAGES = 50
READY_SECONDS = 3
_IMAGE = re.compile(r"([0-9a-f]{64})\.(jpg|png|gif)")
LETTER_POLICY = (
    "default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)
"""Content security policy for issues: no script runs, whatever an issue contains."""


@dataclass(frozen=True, slots=True)
class ArchivePages:
    """Endpoints of the web archive, pictures and health checks."""

    site: PublicSite
    _pages: dict[str, tuple[float, bytes | None]] = field(default_factory=dict)

    async def issue(self, request: Request) -> Response:
        """Return the public page of an issue, from the cache or the database; 404 if it is not published."""
        slug = request.path_params["slug"]
        cached = self._pages.get(slug)
        if cached is None or time.monotonic() - cached[0] > FRESH_SECONDS:
            cached = (time.monotonic(), await anyio.to_thread.run_sync(self._render_issue, slug))
            if cached[1] is not None:
                while len(self._pages) >= MAX_PAGES:
                    del self._pages[next(iter(self._pages))]
                self._pages[slug] = cached
        if cached[1] is None:
            return self.missing_page(request)
        headers = {"content-security-policy": LETTER_POLICY, "cache-control": f"public, max-age={FRESH_SECONDS}"}
        return HTMLResponse(cached[1], headers=headers)

    def _render_issue(self, slug: str) -> bytes | None:
        with self.site.store.read() as tx:
            digest = campaigns.find_published(tx, slug, timestamps.now_ms())
            edition = editions.load(tx, digest) if digest else None
        return web_archive.make_page(edition).encode() if edition else None

    async def image(self, request: Request) -> Response:
        """Return a picture of a message; 304 if the client has it, 404 if it is unknown."""
        name = _IMAGE.fullmatch(request.path_params["name"])
        picture = await anyio.to_thread.run_sync(self._load_image, name[1]) if name else None
        if name is None or picture is None or picture.extension != name[2]:
            return PlainTextResponse("", 404)
        etag = f'"{picture.sha256}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=IMMUTABLE_HEADERS | {"etag": etag})
        return Response(picture.data, 200, IMMUTABLE_HEADERS | {"etag": etag}, picture.media_type)

    def _load_image(self, sha256: str) -> Image | None:
        with self.site.store.read() as tx:
            return editions.find_image(tx, sha256)

    async def stylesheet(self, _request: Request) -> Response:
        """Return the stylesheet of the pages."""
        return Response(self.site.stylesheet, 200, {"cache-control": "public, max-age=300"}, "text/css")

    async def robots(self, _request: Request) -> Response:
        """Return robots.txt: search engines may read issues, and may not open pages with a token."""
        root = self.site.root
        private = "".join(f"Disallow: {root}/{part}/\n" for part in ("u", "p", "data", "erase", "confirm"))
        return PlainTextResponse(f"User-agent: *\n{private}")

    async def home(self, request: Request) -> Response:
        """Return the home page, which says what this server is."""
        return self.site.reply(request, "home_title", "home")

    async def alive(self, _request: Request) -> Response:
        """Return the liveness check: 200 while the process answers."""
        return PlainTextResponse("ok\n")

    async def ready(self, _request: Request) -> Response:
        """Return the readiness check: 503 if the database does not answer or the unsubscribe writer has stopped."""
        try:
            with anyio.fail_after(READY_SECONDS):
                await anyio.to_thread.run_sync(self._query_database, abandon_on_cancel=True)
        except Exception:  # noqa: BLE001 - any error means not ready; the log of the real requests has the cause
            return PlainTextResponse("database\n", 503)
        return (
            PlainTextResponse("ok\n") if self.site.unsubscribe_queue.is_alive() else PlainTextResponse("writer\n", 503)
        )

    def _query_database(self) -> None:
        with self.site.store.read() as tx:
            lists.count_people(tx)

    def missing_page(self, request: Request) -> Response:
        """Return the 404 page."""
        return self.site.reply(request, "missing_title", "missing", code=404)

"""The public server: listening, routes and a graceful stop that records the unsubscribe requests already received."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from types import FrameType
from typing import TYPE_CHECKING, Any

import orjson
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from newsletter.app import App
from newsletter.errors import BadSignature, InputError, Refused
from newsletter.personalization.tokens import TokenPurpose
from newsletter.web.public import unsubscribe
from newsletter.web.public.archive import ArchivePages
from newsletter.web.public.confirmations import ConfirmationPages
from newsletter.web.public.middleware import Guard
from newsletter.web.public.site import PublicSite
from newsletter.web.public.unsubscribe import UnsubscribePages
from newsletter.web.public.unsubscribe_queue import UnsubscribeQueue
from newsletter.web.public.webhooks import EventApplier, WebhookRoutes

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

HEAD_SECONDS = 10
"""Seconds that a client has to send the head of a request."""
MAX_HEAD = 32_768
"""Bytes of a request head: httptools has no limit, and each additional byte costs more time."""
HUNG_UP = 499
"""Status that nginx uses for a client that closes the connection before the response."""
CONNECTIONS = 800
"""Limit on concurrent connections, below the usual limit of about a thousand open files per process."""
PATIENCE = 10
"""Seconds that requests in progress have to finish when the server stops."""


@dataclass(frozen=True, slots=True)
class Place:
    """Host and port of the server, and the networks of trusted proxies, whose forwarded headers are believed."""

    host: str
    port: int
    trusted: Sequence[str]


def logger() -> FilteringBoundLogger:
    """Return a logger that writes lines of JSON to stderr."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        processors=[
            structlog.processors.TimeStamper(),  # Unix seconds: readable times would take as long as the rest
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        cache_logger_on_first_use=True,
    )
    return log


def serve(app: App, place: Place) -> None:
    """Serve until a stop signal. Raise InputError if a trusted network is invalid, Refused if the port is taken."""
    _require_networks(place.trusted)
    log = logger()
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # its log lines are not JSON
    config = uvicorn.Config(
        application(app, log),
        host=place.host,
        port=place.port,
        http=_Impatient,
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=bool(place.trusted),
        forwarded_allow_ips=list(place.trusted),
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=PATIENCE,
        lifespan="on",
    )
    # after its graceful stop uvicorn sends itself the signal again: that must end the process without an error
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # the unsubscribe thread releases the GIL at each SQL statement; by default it gets it back 5 ms later
    sys.setswitchinterval(0.0005)
    # ten thousand events in use and the imported modules are not garbage: scanning them took a third of the time
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, log).run()


def _require_networks(trusted: Sequence[str]) -> None:
    for one in trusted:
        try:
            ipaddress.ip_network(one)
        except ValueError as error:
            raise InputError("proxy_wrong", typed=one) from error


class _Server(uvicorn.Server):
    """uvicorn server that raises Refused if the port is taken, and ends the process even if a thread never ends."""

    def __init__(self, config: uvicorn.Config, log: FilteringBoundLogger) -> None:
        super().__init__(config)
        self._log = log

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop the server; end the process after 2 * PATIENCE seconds even if threads still run.

        Every unsubscribe that was answered is on disk; requests still unanswered by then never get an answer.
        """
        leaving = threading.Timer(2 * PATIENCE, os._exit, (0,))
        leaving.daemon = True
        leaving.start()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's signature
        try:
            await super().startup(sockets)
        except SystemExit:
            raise Refused("port_taken", port=self.config.port) from None
        if self.started:
            self._log.info("listening", host=self.config.host, port=self.config.port)


class _Impatient(HttpToolsProtocol):
    """uvicorn's HTTP protocol with limits on time and size of a request head; uvicorn alone would wait for ever."""

    _patience: asyncio.TimerHandle | None = None
    _waiting = True
    _head = _received = 0

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - uvicorn's signature
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._waiting:
            self._received += len(data)
            if self._received > MAX_HEAD:
                self.transport.close()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        """Raise ValueError if the head is too long, even if it came in one read; uvicorn answers 400 and closes."""
        self._head += size
        if self._head > MAX_HEAD:
            raise ValueError("the head is too long")

    def on_message_begin(self) -> None:
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._calm()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._calm()
        self._waiting, self._head, self._received = True, 0, 0
        self._patience = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _calm(self) -> None:
        self._waiting = False
        if self._patience is not None:
            self._patience.cancel()


def application(app: App, log: FilteringBoundLogger) -> Guard:
    """Return the server as an ASGI application; the database is open while the application runs."""
    store = replace(app, on_recovered=lambda found: log.warning("database_recovered", **asdict(found))).store()
    site = PublicSite(app, store, UnsubscribeQueue(store), app.look())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            site.writer.close(PATIENCE)
            applier.close(PATIENCE)
            store.close()
            log.info("stopped")

    applier = EventApplier(site, log)
    routes = _routes(site, applier, log)
    # otherwise Starlette redirects /u/TOKEN/ to the host in the Host header, which the client chooses
    inner = Router(routes, redirect_slashes=False)
    served = Starlette(
        routes=[Mount(site.root, app=inner)] if site.root else routes,
        lifespan=lifespan,
        exception_handlers=_handlers(site, log),
    )
    served.router.redirect_slashes = False
    return Guard(served, log)


class _PurposeConvertor(Convertor[TokenPurpose]):
    regex = "|".join(TokenPurpose)

    def convert(self, value: str) -> TokenPurpose:
        return TokenPurpose(value)

    def to_string(self, value: TokenPurpose) -> str:
        return value.value


register_url_convertor("errand", _PurposeConvertor())


def _routes(site: PublicSite, applier: EventApplier, log: FilteringBoundLogger) -> list[BaseRoute]:
    unsubscribe_pages, errands, reading = UnsubscribePages(site), ConfirmationPages(site), ArchivePages(site)
    return [
        Route("/webhooks/sendgrid", WebhookRoutes(site, applier, log).sendgrid, methods=["POST"]),
        Route("/u/{token}", unsubscribe_pages.leave, methods=["POST"]),
        Route("/u/{token}", unsubscribe_pages.show),
        Route("/p/{token}", unsubscribe_pages.choose, methods=["POST"]),
        Route("/p/{token}", unsubscribe_pages.preferences),
        Route("/p/{token}/{errand:errand}", errands.ask, methods=["POST"]),
        Route("/data/{token}/file", errands.file),
        Route("/{errand:errand}/{token}", errands.do, methods=["POST"]),
        Route("/{errand:errand}/{token}", errands.show),
        Route("/n/{slug}/", reading.issue),
        Route("/n/{slug}", reading.issue),
        Route("/i/{name}", reading.image),
        Route("/static/page.css", reading.stylesheet),
        Route("/robots.txt", reading.robots),
        Route("/healthz", reading.alive),
        Route("/readyz", reading.ready),
        Route("/", reading.home),
    ]


def _handlers(site: PublicSite, log: FilteringBoundLogger) -> dict[Any, Any]:
    async def not_ours(request: Request, error: BadSignature) -> Response:
        return unsubscribe.refused(site, request, error)

    async def http(request: Request, error: HTTPException) -> Response:
        missing, unclear = ("missing_title", "missing"), ("unclear_title", "unclear")
        answer = site.reply(request, *(missing if error.status_code in {404, 405} else unclear), code=error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def hung_up(_request: Request, _error: ClientDisconnect) -> Response:
        log.info("client_hung_up")
        return Response(status_code=HUNG_UP)  # no client reads this response; its status is for the log

    async def trouble(request: Request, error: Exception) -> Response:
        log.error("failed", kind=type(error).__name__)  # the message of the error may contain an address
        return site.reply(request, "trouble_title", "trouble", code=503)

    return {BadSignature: not_ours, HTTPException: http, ClientDisconnect: hung_up, Exception: trouble}

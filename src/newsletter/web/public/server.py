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
from newsletter.web.public.middleware import RequestMiddleware
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
CLIENT_CLOSED_REQUEST = 499
"""Status that nginx uses for a client that closes the connection before the response."""
MAX_CONNECTIONS = 800
"""Limit on concurrent connections, below the usual limit of about a thousand open files per process."""
SHUTDOWN_SECONDS = 10
"""Seconds that requests in progress have to finish when the server stops."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Host and port of the server, and the networks of trusted proxies, whose forwarded headers are believed."""

    host: str
    port: int
    trusted: Sequence[str]


def make_logger() -> FilteringBoundLogger:
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


def serve(app: App, options: ServerOptions) -> None:
    """Serve until a stop signal. Raise InputError if a trusted network is invalid, Refused if the port is taken."""
    _require_networks(options.trusted)
    log = make_logger()
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # its log lines are not JSON
    config = uvicorn.Config(
        make_application(app, log),
        host=options.host,
        port=options.port,
        http=_HeadLimitProtocol,
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=bool(options.trusted),
        forwarded_allow_ips=list(options.trusted),
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
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
    for network in trusted:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise InputError("proxy_wrong", typed=network) from error


class _Server(uvicorn.Server):
    """uvicorn server that raises Refused if the port is taken, and ends the process even if a thread never ends."""

    def __init__(self, config: uvicorn.Config, log: FilteringBoundLogger) -> None:
        super().__init__(config)
        self._log = log

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop the server; end the process after 2 * SHUTDOWN_SECONDS even if threads still run.

        Every unsubscribe that was answered is on disk; requests still unanswered by then never get an answer.
        """
        exit_timer = threading.Timer(2 * SHUTDOWN_SECONDS, os._exit, (0,))
        exit_timer.daemon = True
        exit_timer.start()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's signature
        try:
            await super().startup(sockets)
        except SystemExit:
            raise Refused("port_taken", port=self.config.port) from None
        if self.started:
            self._log.info("listening", host=self.config.host, port=self.config.port)


class _HeadLimitProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with limits on time and size of a request head; uvicorn alone would wait for ever."""

    _head_timer: asyncio.TimerHandle | None = None
    _reading_head = True
    _head_bytes = _received_bytes = 0

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - uvicorn's signature
        super().connection_made(transport)
        self._start_head_timer()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._reading_head:
            self._received_bytes += len(data)
            if self._received_bytes > MAX_HEAD:
                self.transport.close()

    def on_url(self, url: bytes) -> None:
        self._count_head_bytes(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head_bytes(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)

    def _count_head_bytes(self, size: int) -> None:
        """Raise ValueError if the head is too long, even if it came in one read; uvicorn answers 400 and closes."""
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD:
            raise ValueError("the head is too long")

    def on_message_begin(self) -> None:
        self._start_head_timer()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._stop_head_timer()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def _start_head_timer(self) -> None:
        self._stop_head_timer()
        self._reading_head, self._head_bytes, self._received_bytes = True, 0, 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_head_timer(self) -> None:
        self._reading_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()


def make_application(app: App, log: FilteringBoundLogger) -> RequestMiddleware:
    """Return the server as an ASGI application; the database is open while the application runs."""
    store = replace(app, on_recovered=lambda recovered: log.warning("database_recovered", **asdict(recovered))).store()
    site = PublicSite(app=app, store=store, unsubscribe_queue=UnsubscribeQueue(store), look=app.look())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            site.unsubscribe_queue.close(SHUTDOWN_SECONDS)
            applier.close(SHUTDOWN_SECONDS)
            store.close()
            log.info("stopped")

    applier = EventApplier(site, log)
    routes = _make_routes(site, applier, log)
    # otherwise Starlette redirects /u/TOKEN/ to the host in the Host header, which the client chooses
    router = Router(routes, redirect_slashes=False)
    starlette_app = Starlette(
        routes=[Mount(site.root, app=router)] if site.root else routes,
        lifespan=lifespan,
        exception_handlers=_make_exception_handlers(site, log),
    )
    starlette_app.router.redirect_slashes = False
    return RequestMiddleware(app=starlette_app, log=log)


class _PurposeConvertor(Convertor[TokenPurpose]):
    regex = "|".join(TokenPurpose)

    def convert(self, value: str) -> TokenPurpose:
        return TokenPurpose(value)

    def to_string(self, value: TokenPurpose) -> str:
        return value.value


register_url_convertor("purpose", _PurposeConvertor())


def _make_routes(site: PublicSite, applier: EventApplier, log: FilteringBoundLogger) -> list[BaseRoute]:
    unsubscribe_pages, confirmation_pages, archive_pages = (
        UnsubscribePages(site),
        ConfirmationPages(site),
        ArchivePages(site),
    )
    return [
        Route("/webhooks/sendgrid", WebhookRoutes(site, applier, log).sendgrid, methods=["POST"]),
        Route("/u/{token}", unsubscribe_pages.leave, methods=["POST"]),
        Route("/u/{token}", unsubscribe_pages.show),
        Route("/p/{token}", unsubscribe_pages.choose, methods=["POST"]),
        Route("/p/{token}", unsubscribe_pages.preferences),
        Route("/p/{token}/{purpose:purpose}", confirmation_pages.ask, methods=["POST"]),
        Route("/data/{token}/file", confirmation_pages.file),
        Route("/{purpose:purpose}/{token}", confirmation_pages.do, methods=["POST"]),
        Route("/{purpose:purpose}/{token}", confirmation_pages.show),
        Route("/n/{slug}/", archive_pages.issue),
        Route("/n/{slug}", archive_pages.issue),
        Route("/i/{name}", archive_pages.image),
        Route("/static/page.css", archive_pages.stylesheet),
        Route("/robots.txt", archive_pages.robots),
        Route("/healthz", archive_pages.alive),
        Route("/readyz", archive_pages.ready),
        Route("/", archive_pages.home),
    ]


def _make_exception_handlers(site: PublicSite, log: FilteringBoundLogger) -> dict[Any, Any]:
    async def handle_bad_signature(request: Request, error: BadSignature) -> Response:
        return unsubscribe.invalid_link_page(site, request, error)

    async def handle_http_error(request: Request, error: HTTPException) -> Response:
        missing, unclear = ("missing_title", "missing"), ("unclear_title", "unclear")
        answer = site.reply(request, *(missing if error.status_code in {404, 405} else unclear), code=error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def handle_disconnect(_request: Request, _error: ClientDisconnect) -> Response:
        log.info("client_hung_up")
        return Response(status_code=CLIENT_CLOSED_REQUEST)  # no client reads this response; its status is for the log

    async def handle_failure(request: Request, error: Exception) -> Response:
        log.error("failed", kind=type(error).__name__)  # the message of the error may contain an address
        return site.reply(request, "trouble_title", "trouble", code=503)

    return {
        BadSignature: handle_bad_signature,
        HTTPException: handle_http_error,
        ClientDisconnect: handle_disconnect,
        Exception: handle_failure,
    }

"""Middleware before every route: limits on size and time of a body, headers of every response, one log line.

Client data is neither trusted nor logged: this module reads no forwarded header (uvicorn reads them, from trusted
proxies only), and the log contains no address and no token.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

MAX_BODY = 32_768
"""Bytes of a form; a one-click request has 26."""
MAX_REPORT = 4_000_000
"""Bytes of a webhook request of a provider, which sends about 768 KB per request."""
BODY_SECONDS = 10.0
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_CLOSE_CONNECTION = {"Connection": "close"}
"""Header of a response that is sent before the request has ended."""
TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


@dataclass(frozen=True, slots=True)
class RequestMiddleware:
    """ASGI middleware that applies limits and headers and writes the log line of each request."""

    app: ASGIApp
    log: FilteringBoundLogger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle an ASGI event scope; scopes other than HTTP pass through unchanged."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(scope, message)
            await send(message)

        try:
            await self.app(scope, _limit_body(scope, receive), send_with_headers)
        finally:
            endpoint = getattr(scope.get("endpoint"), "__qualname__", "none")
            elapsed_ms = round((time.perf_counter() - started) * 1000, 1)
            self.log.info("answered", method=scope["method"], page=endpoint, status=status, ms=elapsed_ms)


def _add_headers(scope: Scope, message: Message) -> None:
    headers = message["headers"]
    own = {name for name, _ in headers}
    headers += [pair for pair in _RAW_HEADERS if pair[0] not in own]
    if scope["scheme"] == "https":  # the scheme comes from a trusted proxy
        headers.append(TRANSPORT)


def _limit_body(scope: Scope, receive: Receive) -> Receive:
    """Wrap `receive`: raise HTTPException 413 if the body is too long, 408 if it takes longer than BODY_SECONDS."""
    content_length = Headers(scope=scope).get("content-length", "0")
    bytes_left = max_bytes = MAX_REPORT if "/webhooks/" in scope["path"] else MAX_BODY
    deadline = asyncio.get_running_loop().time() + BODY_SECONDS
    is_complete = False

    async def receive_limited() -> Message:
        nonlocal bytes_left, is_complete
        if is_complete:  # only the disconnect can still follow
            return await receive()
        if not content_length.isdigit() or int(content_length) > max_bytes:
            raise HTTPException(413, headers=_CLOSE_CONNECTION)
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers=_CLOSE_CONNECTION) from None
        bytes_left -= len(message.get("body", b""))
        if bytes_left < 0:
            raise HTTPException(413, headers=_CLOSE_CONNECTION)
        is_complete = not message.get("more_body", False)
        return message

    return receive_limited

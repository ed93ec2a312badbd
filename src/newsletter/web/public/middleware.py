"""Before every route: how much may be sent and how slowly, headers for every answer, one line in the log.

Nothing that a client says of itself is believed or written down: no forwarded header is read here (uvicorn reads
them, from the proxies it is told to trust), no address and no token stands in the log.
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
"""Bytes of a form; one click is 26."""
MAX_REPORT = 4_000_000
"""Bytes of a provider's reports, which come in posts of 768 KB."""
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
_RAW = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_BYE = {"Connection": "close"}
"""With an answer that comes before the end of the question."""
TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


@dataclass(frozen=True, slots=True)
class Guard:
    """Stands before every route."""

    app: ASGIApp
    log: FilteringBoundLogger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(scope, message)
            await send(message)

        try:
            await self.app(scope, _limited(scope, receive), guarded)
        finally:
            endpoint = getattr(scope.get("endpoint"), "__qualname__", "none")
            milliseconds = round((time.perf_counter() - begun) * 1000, 1)
            self.log.info("answered", method=scope["method"], page=endpoint, status=status, ms=milliseconds)


def _add_headers(scope: Scope, message: Message) -> None:
    headers = message["headers"]
    own = {name for name, _ in headers}
    headers += [pair for pair in _RAW if pair[0] not in own]
    if scope["scheme"] == "https":  # as a trusted proxy says
        headers.append(TRANSPORT)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """`receive`, which refuses a body that is too long, and whoever takes too long to send it."""
    announced = Headers(scope=scope).get("content-length", "0")
    left = most = MAX_REPORT if "/webhooks/" in scope["path"] else MAX_BODY
    until = asyncio.get_running_loop().time() + BODY_SECONDS
    whole = False

    async def limited() -> Message:
        nonlocal left, whole
        if whole:  # from here on it only waits for the end of the connection
            return await receive()
        if not announced.isdigit() or int(announced) > most:
            raise HTTPException(413, headers=_BYE)
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers=_BYE) from None
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, headers=_BYE)
        whole = not message.get("more_body", False)
        return message

    return limited

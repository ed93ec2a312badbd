"""Who may ask: only this machine, only by this name and port, and to change something only the page itself.

A page elsewhere can send requests to 127.0.0.1, and a name elsewhere can be made to mean it (DNS rebinding):
the Host must be ours, and whatever is not a reading must carry our Origin and the page's token.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-desk-token"  # noqa: S105 - its name, not a token
MAX_BODY = 100_000
HTTP_PORT = 80
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
MESSAGE_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin"
)
"""For the message itself: no scripts whatever it holds, nothing fetched; the page round it may still look into it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Stands before every route."""

    app: ASGIApp
    port: int
    token: str
    say: Callable[..., str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal:
            await PlainTextResponse(self.say(refusal), 403)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, guarded)

    def _refusal(self, method: str, headers: Headers) -> str:
        """Key of the sentence that says why a request is not answered; empty where it is."""
        port = "" if self.port == HTTP_PORT else f":{self.port}"  # which browsers leave out
        ours = {f"127.0.0.1{port}", f"localhost{port}"}
        if headers.get("host", "") not in ours:
            return "desk_not_here"
        if method in {"GET", "HEAD"}:
            return ""
        if headers.get("origin", "") not in {f"http://{host}" for host in ours}:
            return "desk_not_ours"
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            return "desk_stale"
        if not headers.get("content-length", "").isdigit() or int(headers["content-length"]) > MAX_BODY:
            return "desk_too_long"
        return ""

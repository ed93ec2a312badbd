"""Who may ask: only this machine, only whoever has the key, and to change something only the page itself.

Every account of the machine can connect to 127.0.0.1, so each start of the desk has a key. The address that is printed
brings it; a cookie takes its place, and a redirect takes it out of the address. A page elsewhere can send requests to
127.0.0.1, and a name elsewhere can be made to mean it (DNS rebinding): the Host must be ours, and whatever is not a
reading must carry our Origin and the page's token.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from newsletter.web.desk.routes import Routes

KEY = "key"
"""The parameter of the address that holds the key."""
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
LOCKED_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For the page without the key: it may ask for no style of the desk's."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Stands before every route."""

    app: ASGIApp
    port: int
    key: str
    routes: Routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._stranger(request) or self._refusal(request)
        if answer:
            for name, value in HEADERS.items():
                answer.headers.setdefault(name, value)
            await answer(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, guarded)

    @property
    def _hosts(self) -> set[str]:
        port = "" if self.port == HTTP_PORT else f":{self.port}"  # which browsers leave out
        return {f"127.0.0.1{port}", f"localhost{port}"}

    @property
    def _cookie(self) -> str:
        """The cookie's name: browsers do not keep cookies of two ports apart."""
        return f"desk-{self.port}"

    def _stranger(self, request: Request) -> Response | None:
        """The answer to who did not show the key before; None where they did."""
        if request.headers.get("host", "") not in self._hosts:
            return PlainTextResponse(self.routes.desk.say("desk_not_here"), 403)
        if request.method == "GET" and _equal(request.query_params.get(KEY, ""), self.key):
            return self._let_in(request)
        if _equal(request.cookies.get(self._cookie, ""), self.key):
            return None
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(self.routes.desk.say("desk_locked"), 403)
        return HTMLResponse(self.routes.draw("locked"), 403, {"content-security-policy": LOCKED_POLICY})

    def _let_in(self, request: Request) -> Response:
        """The key becomes a cookie and leaves the address.

        Where another page (the file that opened the browser, a terminal in a web page) led here, a browser would keep
        a strict cookie back until a page of ours asks: one is sent that asks for the same address again.
        """
        if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return HTMLResponse('<!doctype html><meta http-equiv="refresh" content="0"><title>…</title>')
        others = [(name, value) for name, value in request.query_params.multi_items() if name != KEY]
        path, query = request.scope["raw_path"].decode("latin-1"), f"?{urlencode(others)}" if others else ""
        answer = RedirectResponse(f"http://{request.headers['host']}{path}{query}", 303)
        answer.set_cookie(self._cookie, self.key, httponly=True, samesite="strict")
        return answer

    def _refusal(self, request: Request) -> Response | None:
        """Why something is not changed; None where it is, or where it is only asked for."""
        headers = request.headers
        if request.method in {"GET", "HEAD"}:
            return None
        if headers.get("origin", "") not in {f"http://{host}" for host in self._hosts}:
            reason = "desk_not_ours"
        elif not _equal(headers.get(TOKEN_HEADER, ""), self.routes.token):
            reason = "desk_stale"
        elif not headers.get("content-length", "").isdigit() or int(headers["content-length"]) > MAX_BODY:
            reason = "desk_too_long"
        else:
            return None
        return PlainTextResponse(self.routes.desk.say(reason), 403)


def _equal(shown: str, secret: str) -> bool:
    return hmac.compare_digest(shown.encode(), secret.encode())

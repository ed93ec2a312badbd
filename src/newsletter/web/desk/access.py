"""Access control of the desk: only this machine, only with the key, and changes only from the desk's own page.

Every account of the machine can connect to 127.0.0.1, so each start of the desk has a new key. The printed address
contains the key; the first request stores it in a cookie and redirects to the address without it. A page from another
site can send requests to 127.0.0.1, and a foreign host name can resolve to it (DNS rebinding). So the Host header must
be ours, and a request that is not GET or HEAD must have our Origin and the page's token.
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
    from newsletter.web.desk.endpoints import Endpoints

KEY = "key"
"""The query parameter that contains the key."""
TOKEN_HEADER = "x-desk-token"  # noqa: S105 - the name of a header, not a token
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
"""Policy for the message itself: no script runs and nothing is fetched; the page around it may still read it."""
LOCKED_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Policy for the page without the key, which may not load the desk's stylesheet."""


@dataclass(frozen=True, slots=True)
class AccessControl:
    """ASGI middleware that enforces access control and adds security headers."""

    app: ASGIApp
    port: int
    key: str
    endpoints: Endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle an ASGI event scope; scopes other than HTTP pass through unchanged."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        response = self._authenticate(request) or self._refuse_change(request)
        if response:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            await response(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    @property
    def _hosts(self) -> set[str]:
        port = "" if self.port == HTTP_PORT else f":{self.port}"  # browsers omit the default port
        return {f"127.0.0.1{port}", f"localhost{port}"}

    @property
    def _cookie(self) -> str:
        """Return the name of the cookie; it contains the port, because browsers share cookies between ports."""
        return f"desk-{self.port}"

    def _authenticate(self, request: Request) -> Response | None:
        """Return the response to a request without a valid cookie, or None if the cookie is valid.

        A request with a foreign Host gets 403. A GET with the key gets the cookie.
        """
        if request.headers.get("host", "") not in self._hosts:
            return PlainTextResponse(self.endpoints.desk.say("desk_not_here"), 403)
        if request.method == "GET" and _is_equal(request.query_params.get(KEY, ""), self.key):
            return self._set_cookie_and_redirect(request)
        if _is_equal(request.cookies.get(self._cookie, ""), self.key):
            return None
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(self.endpoints.desk.say("desk_locked"), 403)
        return HTMLResponse(self.endpoints.render("locked"), 403, {"content-security-policy": LOCKED_POLICY})

    def _set_cookie_and_redirect(self, request: Request) -> Response:
        """Set the cookie and redirect to the address without the key.

        If the request comes from another page (the file that opened the browser, a terminal in a web page), a browser
        would withhold a strict cookie until a page of ours makes the request. So the response is first a page that
        requests the same address again.
        """
        if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return HTMLResponse('<!doctype html><meta http-equiv="refresh" content="0"><title>…</title>')
        other_parameters = [(name, value) for name, value in request.query_params.multi_items() if name != KEY]
        path, query = (
            request.scope["raw_path"].decode("latin-1"),
            f"?{urlencode(other_parameters)}" if other_parameters else "",
        )
        response = RedirectResponse(f"http://{request.headers['host']}{path}{query}", 303)
        response.set_cookie(self._cookie, self.key, httponly=True, samesite="strict")
        return response

    def _refuse_change(self, request: Request) -> Response | None:
        """Return the refusal of a change, or None if the change is allowed or the request is only GET or HEAD."""
        headers = request.headers
        if request.method in {"GET", "HEAD"}:
            return None
        if headers.get("origin", "") not in {f"http://{host}" for host in self._hosts}:
            reason = "desk_not_ours"
        elif not _is_equal(headers.get(TOKEN_HEADER, ""), self.endpoints.token):
            reason = "desk_stale"
        elif not headers.get("content-length", "").isdigit() or int(headers["content-length"]) > MAX_BODY:
            reason = "desk_too_long"
        else:
            return None
        return PlainTextResponse(self.endpoints.desk.say(reason), 403)


def _is_equal(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())

"""A probe of SendGrid's webhook: do events arrive, are they signed, and is a repeated event signed anew?

The probe asks the account for a test event, listens for it, and answers the first delivery with 503 so that SendGrid
repeats it. What SendGrid does then is known only from documentation. A proxy must forward the public address to the
port.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import orjson

from newsletter.diagnostics.result import ProbeResult, bad, good, unsure
from newsletter.errors import Refused
from newsletter.providers.http_transport import NoAnswer, NotProcessed

if TYPE_CHECKING:
    from newsletter.providers.sendgrid.provider import SendGrid

FIRST_SECONDS = 60
MAX_BODY = 1 << 20
_DONE = 300


@dataclass(frozen=True, slots=True)
class ReceivedPost:
    """A post of events that was received."""

    raw: bytes
    signature: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class WebhookListener:
    """Settings of the listener: the public URL, the local port, and the seconds to wait for a repetition."""

    url: str
    port: int
    seconds: float


def probes(provider: SendGrid, listener: WebhookListener) -> Iterator[ProbeResult]:
    """Ask for a test event, wait for it and for its repetition, and yield the results."""
    with _listen(listener.port) as posts:
        try:
            yield from _probe(provider, listener, posts)
        except (NotProcessed, NoAnswer) as error:
            yield bad("doctor_sendgrid_silent", reason=str(error))


def _probe(provider: SendGrid, listener: WebhookListener, posts: queue.Queue[ReceivedPost]) -> Iterator[ProbeResult]:
    client: Any = provider.api.client
    answer = client.user.webhooks.event.test.post(orjson.dumps({"url": listener.url}))
    if answer.status_code >= _DONE:
        yield bad("hearing_refused", reason=answer.reason)
        return
    first = _wait_for_post(posts, FIRST_SECONDS)
    if first is None:
        yield bad("hearing_silent", url=listener.url, port=listener.port, seconds=FIRST_SECONDS)
        return
    yield good("hearing_signed") if _is_signed(provider, first) else bad("hearing_unsigned")
    yield _check_repetition(provider, first, _wait_for_post(posts, listener.seconds), listener)


def _check_repetition(
    provider: SendGrid, first: ReceivedPost, repeated: ReceivedPost | None, listener: WebhookListener
) -> ProbeResult:
    if repeated is None:
        return unsure("hearing_once", seconds=round(listener.seconds))
    is_signed_anew = repeated.timestamp != first.timestamp and _is_signed(provider, repeated)
    return good("hearing_signed_anew") if is_signed_anew else unsure("hearing_same_signature")


def _is_signed(provider: SendGrid, post: ReceivedPost) -> bool:
    return provider.is_signed(post.raw, post.signature, post.timestamp)


def _wait_for_post(posts: queue.Queue[ReceivedPost], seconds: float) -> ReceivedPost | None:
    try:
        return posts.get(timeout=seconds)
    except queue.Empty:
        return None


@contextmanager
def _listen(port: int) -> Iterator[queue.Queue[ReceivedPost]]:
    posts: queue.Queue[ReceivedPost] = queue.Queue()
    try:
        server = HTTPServer(("127.0.0.1", port), _make_handler(posts))
    except OSError:
        raise Refused("port_taken", port=port) from None
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield posts
        finally:
            server.shutdown()
            thread.join()


def _make_handler(posts: queue.Queue[ReceivedPost]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """A handler that answers 503 once, then 200."""

        timeout = 10
        status = iter((503,))

        def do_POST(self) -> None:
            """Receive a post of events."""
            length = self.headers.get("Content-Length", "")
            raw = self.rfile.read(min(int(length), MAX_BODY)) if length.isdecimal() else b""
            names = ("X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp")
            posts.put(ReceivedPost(raw, *(self.headers.get(name, "") for name in names)))
            self.send_response(next(type(self).status, 200))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing: the lines would hold IP addresses."""

    return Handler

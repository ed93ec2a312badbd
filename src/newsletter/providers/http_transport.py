"""HTTP of which one knows afterwards whether the request can have been taken.

The last byte of a body is held back until everything else is written: no server can have parsed a request whose end
it never saw, so whatever fails before is provably not taken, and whatever fails after is unanswered. One connection
per thread, kept alive; no redirects, no retries, nothing logged.
"""

from __future__ import annotations

import http.client
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import orjson

from newsletter.providers.base import CLAIM_LOST, CommitPoint, commit_always

CONNECT_SECONDS = 10
_OK, _REDIRECT, _SERVER = 200, 300, 500
_MOST = 1 << 20
"""Bytes of an answer that are read."""
IDLE_SECONDS = 10
"""A connection that was idle longer may be closed at the other end: a request on it would be in doubt for nothing."""


class NotTaken(Exception):  # noqa: N818 - an outcome
    """It failed before the last byte was written."""


class Unanswered(Exception):  # noqa: N818 - an outcome
    """It was written, and there was no answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status_code: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def errors(self) -> list[Mapping[str, Any]]:
        """What it complains of: the objects of `errors`, where the body is JSON that has them."""
        try:
            found = orjson.loads(self.body)["errors"]
        except (ValueError, KeyError, TypeError):
            return []
        return [error for error in found if isinstance(error, dict)] if isinstance(found, list) else []

    @property
    def reason(self) -> str:
        """The answer in a line."""
        told = "; ".join(f"{error.get('field') or ''} {error.get('message') or ''}".strip() for error in self.errors)
        return " ".join(f"HTTP {self.status_code} {told}".split())[:300]


Body = bytes | Sequence[bytes]


@dataclass(slots=True, eq=False)
class _Kept:
    """A thread's connection, whether an answer came over it yet, and when it was used last."""

    connection: http.client.HTTPConnection
    answered: bool = False
    used: float = 0.0


@dataclass(eq=False)
class HttpTransport:
    """Exchanges requests for answers with one host; may be used by many threads."""

    base: str
    """https://host, without a path."""
    answer_seconds: float
    _own: threading.local = field(default_factory=threading.local)
    _all: list[_Kept] = field(default_factory=list)

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: Body, commit_point: CommitPoint = commit_always
    ) -> Answer:
        """Make one attempt; NotTaken and Unanswered say what did not come of it. A body in parts is sent as it is."""
        try:
            kept = self._kept()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotTaken(_told(error)) from None
        again = kept.answered
        with _deadline(kept, self.answer_seconds):
            try:
                self._write_head(kept, method, path, headers)
                whole = self._write_body(kept, body, commit_point)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._drop(kept)
                if not again or not isinstance(error, OSError):
                    raise NotTaken(_told(error)) from None
            else:
                return self._read(kept, whole=whole)
        return self.exchange(
            method, path, headers, body, commit_point
        )  # it was closed while it was kept: a new one may well do

    def _write_head(self, kept: _Kept, method: str, path: str, headers: Mapping[str, str]) -> None:
        kept.connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            kept.connection.putheader(name, value)

    def _write_body(self, kept: _Kept, body: Body, commit_point: CommitPoint) -> bool:
        """Write the rest; False where an answer, or the end of the connection, came before its last byte."""
        connection = kept.connection
        parts = [part for part in ([body] if isinstance(body, bytes) else body) if part]
        connection.putheader("Content-Length", str(sum(map(len, parts))))
        last = parts.pop() if parts else b""
        connection.endheaders([*parts, last[:-1]])
        if last and self._may_tell(kept) and _has_come(connection):
            return False
        if not commit_point():
            self._drop(kept)
            raise NotTaken(CLAIM_LOST)
        connection.send(last[-1:])
        return True

    def _may_tell(self, kept: _Kept) -> bool:
        """Before its first answer, what comes over TLS may be session tickets, which are no answer."""
        return kept.answered or not isinstance(kept.connection.sock, ssl.SSLSocket)

    def _read(self, kept: _Kept, *, whole: bool) -> Answer:
        """The answer. A connection on which anything was odd is not used again: what comes late would be another's."""
        try:
            response = kept.connection.getresponse()
            body = _rest(response)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._drop(kept)
            raise (Unanswered if whole else NotTaken)(_told(error)) from None
        answer = Answer(response.status, response.headers, body or b"")
        kept.answered, kept.used = True, time.monotonic()
        odd = body is None or not whole or answer.status_code < _OK or kept.connection.sock is None
        if odd:
            self._drop(kept)
        if answer.status_code < _OK:  # 103 and the like: the answer proper is still to come
            raise (Unanswered if whole else NotTaken)(answer.reason)
        if not whole and (answer.status_code < _REDIRECT or answer.status_code >= _SERVER):
            raise NotTaken(answer.reason)
        return answer

    def _kept(self) -> _Kept:
        """This thread's connection; a new one where it was idle too long, or was closed at the other end."""
        kept: _Kept | None = getattr(self._own, "kept", None)
        is_fresh = kept and time.monotonic() - kept.used < IDLE_SECONDS
        if kept and is_fresh and kept.connection.sock and not _has_come(kept.connection):
            return kept
        if kept:  # hung up at the other end after its last answer
            self._drop(kept)
        made = _Kept(self._made())
        made.connection.connect()
        made.connection.auto_open = 0  # or what is closed in the middle of a request would go on with another
        made.connection.sock.settimeout(self.answer_seconds)
        self._own.kept = made
        self._all.append(made)
        return made

    def close(self) -> None:
        """Closes every thread's connection; whoever still waits for an answer is told at once that there is none."""
        for kept in [*self._all]:
            if connected := kept.connection.sock:  # its own thread may drop it at any moment
                _hang_up(connected)
            self._drop(kept)

    def _made(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.base)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.netloc, timeout=CONNECT_SECONDS, context=self._context)
        return http.client.HTTPConnection(parts.netloc, timeout=CONNECT_SECONDS)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """One for all connections: reading the certificates takes 22 ms."""
        return ssl.create_default_context()

    def _drop(self, kept: _Kept) -> None:
        kept.connection.close()
        self._own.kept = None
        if kept in self._all:
            self._all.remove(kept)


def _rest(response: http.client.HTTPResponse) -> bytes | None:
    """The body, None where it is cut short or has no end: once there is a status, that changes nothing about it."""
    try:
        found = response.read(_MOST)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return found if response.isclosed() else None


def _has_come(connection: http.client.HTTPConnection) -> bool:
    """Whether there is something to read already, the end of the connection included."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return bool(selector.select(0))


@contextmanager
def _deadline(kept: _Kept, seconds: float) -> Iterator[None]:
    """Hangs up after that time, however slowly the other end goes on: the socket's own limit is one for each byte."""
    timer = threading.Timer(seconds, _hang_up, (kept.connection.sock,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _told(error: Exception) -> str:
    """What happened; but what Python says of a wrong header would quote it, and so the key."""
    reason = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__

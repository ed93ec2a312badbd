"""An HTTP transport that can tell a request that was certainly not processed from one that may have been.

The last byte of a body is sent only after all the others: no server can process a request before it has seen the
end. A failure before the last byte therefore means "not processed"; a failure after it means "no answer". There is
one connection per thread, kept alive; there are no redirects, no retries and no log lines.
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
_MAX_BYTES = 1 << 20
"""Maximum number of bytes that are read from an answer."""
IDLE_SECONDS = 10
"""The server may have closed a connection that was idle for longer: a request on it would be in doubt needlessly."""


class NotProcessed(Exception):  # noqa: N818 - an outcome
    """The request failed before its last byte was written: it was certainly not processed."""


class NoAnswer(Exception):  # noqa: N818 - an outcome
    """The whole request was written, and no answer came: it may have been processed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an HTTP request."""

    status_code: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def errors(self) -> list[Mapping[str, Any]]:
        """Return the objects in the `errors` list of a JSON body, or an empty list if there is none."""
        try:
            errors_ = orjson.loads(self.body)["errors"]
        except (ValueError, KeyError, TypeError):
            return []
        return [error for error in errors_ if isinstance(error, dict)] if isinstance(errors_, list) else []

    @property
    def reason(self) -> str:
        """Return status and error messages in one line of at most 300 characters."""
        errors = "; ".join(f"{error.get('field') or ''} {error.get('message') or ''}".strip() for error in self.errors)
        return " ".join(f"HTTP {self.status_code} {errors}".split())[:300]


Body = bytes | Sequence[bytes]


@dataclass(slots=True, eq=False)
class _KeptConnection:
    """The kept-alive connection of a thread: whether it has received an answer, and when it was last used."""

    connection: http.client.HTTPConnection
    answered: bool = False
    used: float = 0.0


@dataclass(eq=False)
class HttpTransport:
    """An HTTP client for one host; many threads may use it."""

    base: str
    """URL of the host, without a path: `https://host`."""
    answer_seconds: float
    _local: threading.local = field(default_factory=threading.local)
    _all: list[_KeptConnection] = field(default_factory=list)

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: Body, commit_point: CommitPoint = commit_always
    ) -> Answer:
        """Send a request once and return the answer. A body in parts is sent without joining the parts.

        Raise NotProcessed if the request was certainly not processed, NoAnswer if it may have been.
        """
        try:
            kept = self._connection()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotProcessed(describe_error(error)) from None
        was_reused = kept.answered
        with _deadline(kept, self.answer_seconds):
            try:
                self._write_head(kept, method, path, headers)
                whole = self._write_body(kept, body, commit_point)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._drop(kept)
                if not was_reused or not isinstance(error, OSError):
                    raise NotProcessed(describe_error(error)) from None
            else:
                return self._read_answer(kept, whole=whole)
        return self.exchange(
            method, path, headers, body, commit_point
        )  # the server had closed the kept connection: a new connection may work

    def _write_head(self, kept: _KeptConnection, method: str, path: str, headers: Mapping[str, str]) -> None:
        kept.connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            kept.connection.putheader(name, value)

    def _write_body(self, kept: _KeptConnection, body: Body, commit_point: CommitPoint) -> bool:
        """Write the body. Return False if an answer or the end of the connection came before the last byte."""
        connection = kept.connection
        parts = [part for part in ([body] if isinstance(body, bytes) else body) if part]
        connection.putheader("Content-Length", str(sum(map(len, parts))))
        last = parts.pop() if parts else b""
        connection.endheaders([*parts, last[:-1]])
        if last and self._may_be_answer(kept) and _has_data(connection):
            return False
        if not commit_point():
            self._drop(kept)
            raise NotProcessed(CLAIM_LOST)
        connection.send(last[-1:])
        return True

    def _may_be_answer(self, kept: _KeptConnection) -> bool:
        """Return True if incoming bytes mean an answer.

        Before the first answer on a TLS connection, incoming bytes may be session tickets.
        """
        return kept.answered or not isinstance(kept.connection.sock, ssl.SSLSocket)

    def _read_answer(self, kept: _KeptConnection, *, whole: bool) -> Answer:
        """Read the answer. Close the connection after anything unexpected.

        On a reused connection, a late answer would be taken for the answer to the next request.
        """
        try:
            response = kept.connection.getresponse()
            body = _read_body(response)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._drop(kept)
            raise (NoAnswer if whole else NotProcessed)(describe_error(error)) from None
        answer = Answer(response.status, response.headers, body or b"")
        kept.answered, kept.used = True, time.monotonic()
        must_close = body is None or not whole or answer.status_code < _OK or kept.connection.sock is None
        if must_close:
            self._drop(kept)
        if answer.status_code < _OK:  # an interim answer such as 103: the final answer is still to come
            raise (NoAnswer if whole else NotProcessed)(answer.reason)
        if not whole and (answer.status_code < _REDIRECT or answer.status_code >= _SERVER):
            raise NotProcessed(answer.reason)
        return answer

    def _connection(self) -> _KeptConnection:
        """Return the connection of this thread. Open a new one if it was idle too long or the server closed it."""
        kept: _KeptConnection | None = getattr(self._local, "kept", None)
        is_fresh = kept and time.monotonic() - kept.used < IDLE_SECONDS
        if kept and is_fresh and kept.connection.sock and not _has_data(kept.connection):
            return kept
        if kept:
            self._drop(kept)
        opened = _KeptConnection(self._make_connection())
        opened.connection.connect()
        opened.connection.auto_open = 0  # otherwise http.client reconnects in the middle of a request
        opened.connection.sock.settimeout(self.answer_seconds)
        self._local.kept = opened
        self._all.append(opened)
        return opened

    def close(self) -> None:
        """Close the connections of all threads. A thread that waits for an answer gets NoAnswer at once."""
        for kept in [*self._all]:
            if sock := kept.connection.sock:  # the thread of the connection may drop it at any moment
                _shut_down(sock)
            self._drop(kept)

    def _make_connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.base)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.netloc, timeout=CONNECT_SECONDS, context=self._context)
        return http.client.HTTPConnection(parts.netloc, timeout=CONNECT_SECONDS)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Return the TLS context of all connections. It is made once: reading the certificates takes 22 ms."""
        return ssl.create_default_context()

    def _drop(self, kept: _KeptConnection) -> None:
        kept.connection.close()
        self._local.kept = None
        if kept in self._all:
            self._all.remove(kept)


def _read_body(response: http.client.HTTPResponse) -> bytes | None:
    """Read the body. Return None if it is cut short or too long.

    This is no error: the status alone already tells whether the request was processed.
    """
    try:
        body = response.read(_MAX_BYTES)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return body if response.isclosed() else None


def _has_data(connection: http.client.HTTPConnection) -> bool:
    """Return True if there are bytes to read, or if the server has closed the connection."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return bool(selector.select(0))


@contextmanager
def _deadline(kept: _KeptConnection, seconds: float) -> Iterator[None]:
    """Close the connection after `seconds`, even if bytes still arrive: the socket's timeout restarts at each byte."""
    timer = threading.Timer(seconds, _shut_down, (kept.connection.sock,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def describe_error(error: Exception) -> str:
    """Describe an error without its message: Python's message about a wrong header quotes it, and so the API key."""
    reason = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__

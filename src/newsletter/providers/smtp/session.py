"""An SMTP session that can tell how far a message came: replies, deadlines, and the end of the connection.

The session takes over from `smtplib` after greeting, TLS and login. `smtplib` reads a reply after each command, and
cannot tell a message whose final dot was never written from a message whose reply was lost.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

IDLE_SECONDS = 10
"""The relay, or a firewall on the way, may have dropped a connection that was idle for longer."""
QUIT_SECONDS = 1
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_MAX_LINE = 2048
"""Maximum length of a reply line, in bytes; RFC 5321 allows 512, and some relays send more."""
_MAX_LINES = 100
"""Maximum number of lines in a reply."""
_PIECE = 4096
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""A selector that needs no file descriptor of its own."""
T = TypeVar("T")
_REASON = 300


class ConnectionLost(Exception):  # noqa: N818 - an outcome
    """The connection ended, no reply came in time (`silent`), or the bytes that came are not SMTP."""

    def __init__(self, reason: str, *, silent: bool = False) -> None:
        super().__init__(reason)
        self.silent = silent


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of the relay."""

    code: int
    text: str

    @property
    def kind(self) -> int:
        """Return the first digit: 2 yes, 3 continue, 4 temporary refusal, 5 permanent refusal."""
        return self.code // 100

    @property
    def text_without_addresses(self) -> str:
        """Return the text in one short line without addresses: replies often quote the recipient's address."""
        printable = "".join(letter if letter.isprintable() else " " for letter in self.text)
        return " ".join("…" if "@" in word or "%40" in word else word for word in printable.split())[:_REASON]

    @property
    def reason(self) -> str:
        """Return the code and the text in one short line without addresses."""
        return f"{self.code} {self.text_without_addresses}".strip()


@dataclass(slots=True, eq=False)
class Session:
    """A connection to a relay that is ready for a message."""

    sock: socket.socket
    pipelining: bool = False
    sized: bool = False
    """Whether the relay supports SIZE, so that MAIL announces the size of the message."""
    messages: int = 0
    """Number of messages that were sent over this connection."""
    used: float = field(default_factory=time.monotonic)
    _buffer: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.sock.settimeout(0)

    @property
    def is_open(self) -> bool:
        """Return True if this side has not closed the connection."""
        return self.sock.fileno() >= 0

    def is_fresh(self) -> bool:
        """Return True if the connection can be used again: not idle for long, and nothing came after the last reply."""
        return self.is_open and time.monotonic() - self.used < IDLE_SECONDS and not self.has_data()

    def write(self, data: bytes, seconds: float) -> None:
        """Write all of `data` to the socket. Raise ConnectionLost if that takes longer than `seconds`."""
        left, deadline = memoryview(data), time.monotonic() + seconds
        while left:
            left = left[self._run_when_ready(partial(self.sock.send, left), selectors.EVENT_WRITE, deadline) :]

    def has_data(self) -> bool:
        """Return True if there are bytes to read that no command waits for, or if the connection has ended."""
        if self._buffer:
            return True
        try:
            self._buffer += self.sock.recv(_PIECE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True

    def read_reply(self, seconds: float) -> Reply:
        """Read the next reply with all its lines. Raise ConnectionLost if it does not come within `seconds`."""
        deadline, code, texts = time.monotonic() + seconds, b"", list[bytes]()
        while len(texts) < _MAX_LINES:
            found = _LINE.fullmatch(self._read_line(deadline))
            if not found or (texts and found[1] != code):
                raise ConnectionLost("what came is no reply")
            code = found[1]
            texts.append(found[3] or b"")
            if found[2] != b"-":
                return Reply(int(code), b" ".join(texts).decode("utf-8", "replace"))
        raise ConnectionLost("a reply without an end")

    def _read_line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0 and len(self._buffer) <= _MAX_LINE:
            self._buffer += self._receive(deadline)
        if not 0 <= end <= _MAX_LINE:
            raise ConnectionLost("a line without an end")
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _receive(self, deadline: float) -> bytes:
        piece = self._run_when_ready(partial(self.sock.recv, _PIECE), selectors.EVENT_READ, deadline)
        if not piece:
            raise ConnectionLost("the connection was closed")
        return piece

    def _run_when_ready(self, action: Callable[[], T], event: int, deadline: float) -> T:
        """Run `action` as soon as the socket is ready. With `settimeout`, each action would need three system calls."""
        while True:
            try:
                return action()
            except BlockingIOError:
                self._wait(event, deadline)
            except ssl.SSLWantReadError:
                self._wait(selectors.EVENT_READ, deadline)
            except ssl.SSLWantWriteError:
                self._wait(selectors.EVENT_WRITE, deadline)
            except OSError as error:
                raise ConnectionLost(describe_error(error)) from None

    def _wait(self, event: int, deadline: float) -> None:
        left = deadline - time.monotonic()
        with _Selector() as selector:
            selector.register(self.sock, event)
            if left <= 0 or not selector.select(left):
                raise ConnectionLost("no answer in time", silent=True)

    def ask(self, command: bytes, seconds: float) -> Reply:
        """Send a command and return its reply."""
        self.write(command, seconds)
        return self.read_reply(seconds)

    def quit(self, seconds: float = QUIT_SECONDS) -> None:
        """Send QUIT, wait at most `seconds` for the reply, and close the connection."""
        with suppress(ConnectionLost):
            self.ask(b"QUIT\r\n", seconds)
        self.close()

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self.sock.close()


def describe_error(error: Exception) -> str:
    """Describe an error. If it is not a system error, return only its type, because its message may quote data."""
    reason = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__

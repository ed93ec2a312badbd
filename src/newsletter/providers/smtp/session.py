"""An SMTP session of which one knows what was said in it: replies, deadlines, and the end of the connection.

It begins where `smtplib` ends, after greeting, TLS and login: that one reads a reply for each command, and does not
tell a message whose final dot was never written from one whose answer was lost.
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
"""A connection that was idle longer may be closed at the other end, or forgotten by what is in between."""
QUIT_SECONDS = 1
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_LONGEST = 2048
"""Bytes of a line of a reply; RFC 5321 allows 512, and some relays more."""
_MOST = 100
"""Lines of a reply."""
_PIECE = 4096
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""The one that needs no descriptor of its own."""
T = TypeVar("T")
_REASON = 300


class Lost(Exception):  # noqa: N818 - an outcome
    """The connection ended, nothing came in time, or what came is no SMTP."""

    def __init__(self, reason: str, *, silent: bool = False) -> None:
        super().__init__(reason)
        self.silent = silent


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other end said."""

    code: int
    text: str

    @property
    def kind(self) -> int:
        """2 yes, 3 go on, 4 not now, 5 no."""
        return self.code // 100

    @property
    def told(self) -> str:
        """The text in a short line, without addresses: replies like to quote the recipient's."""
        printable = "".join(letter if letter.isprintable() else " " for letter in self.text)
        return " ".join("…" if "@" in word or "%40" in word else word for word in printable.split())[:_REASON]

    @property
    def reason(self) -> str:
        """The same, with its code."""
        return f"{self.code} {self.told}".strip()


@dataclass(slots=True, eq=False)
class Session:
    """A connection to a relay that is ready for a message."""

    sock: socket.socket
    pipelining: bool = False
    sized: bool = False
    """Whether it wants to know a message's size before."""
    messages: int = 0
    """How many it took."""
    used: float = field(default_factory=time.monotonic)
    _buffer: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.sock.settimeout(0)

    @property
    def is_open(self) -> bool:
        """Whether nobody here hung up."""
        return self.sock.fileno() >= 0

    def is_fresh(self) -> bool:
        """Whether it may be used again: not idle for long, and nothing came since its last answer."""
        return self.is_open and time.monotonic() - self.used < IDLE_SECONDS and not self.has_come()

    def write(self, data: bytes, seconds: float) -> None:
        """Hands everything to the socket."""
        left, deadline = memoryview(data), time.monotonic() + seconds
        while left:
            left = left[self._done(partial(self.sock.send, left), selectors.EVENT_WRITE, deadline) :]

    def has_come(self) -> bool:
        """Whether there is something to read already that nobody waits for, the end of the connection included."""
        if self._buffer:
            return True
        try:
            self._buffer += self.sock.recv(_PIECE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True

    def reply(self, seconds: float) -> Reply:
        """The next reply, however many lines and pieces it comes in."""
        deadline, code, texts = time.monotonic() + seconds, b"", list[bytes]()
        while len(texts) < _MOST:
            found = _LINE.fullmatch(self._line(deadline))
            if not found or (texts and found[1] != code):
                raise Lost("what came is no reply")
            code = found[1]
            texts.append(found[3] or b"")
            if found[2] != b"-":
                return Reply(int(code), b" ".join(texts).decode("utf-8", "replace"))
        raise Lost("a reply without an end")

    def _line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0 and len(self._buffer) <= _LONGEST:
            self._buffer += self._received(deadline)
        if not 0 <= end <= _LONGEST:
            raise Lost("a line without an end")
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _received(self, deadline: float) -> bytes:
        piece = self._done(partial(self.sock.recv, _PIECE), selectors.EVENT_READ, deadline)
        if not piece:
            raise Lost("the connection was closed")
        return piece

    def _done(self, action: Callable[[], T], event: int, deadline: float) -> T:
        """Does it as soon as the socket lets it; with `settimeout`, each deed would be three calls of the system."""
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
                raise Lost(told(error)) from None

    def _wait(self, event: int, deadline: float) -> None:
        left = deadline - time.monotonic()
        with _Selector() as selector:
            selector.register(self.sock, event)
            if left <= 0 or not selector.select(left):
                raise Lost("no answer in time", silent=True)

    def ask(self, command: bytes, seconds: float) -> Reply:
        """A command and its reply."""
        self.write(command, seconds)
        return self.reply(seconds)

    def quit(self, seconds: float = QUIT_SECONDS) -> None:
        """Takes leave, and does not wait long for an answer."""
        with suppress(Lost):
            self.ask(b"QUIT\r\n", seconds)
        self.close()

    def close(self) -> None:
        """Hangs up."""
        with suppress(OSError):
            self.sock.close()


def told(error: Exception) -> str:
    """What happened; of what is not the system's own error only the kind, for it may quote what it is about."""
    reason = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__

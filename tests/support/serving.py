"""The real `newsletter serve` in a process of its own, and a mail program's one click, written from RFC 8058's text."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import commands
from commands import Process, Program

IMPATIENT_SERVER = """
import sys
from newsletter.web.public import middleware, server
server.HEAD_SECONDS = middleware.BODY_SECONDS = 0.4
from newsletter.cli import main
main(sys.argv[1:])
"""
"""A server with short timeouts; the program's own limits would make a slow test."""


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass
class Served:
    folder: Path
    port: int
    process: Process | subprocess.Popen[bytes]
    log: Path

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def submit(self, path: str, body: str = "") -> Answer:
        """Send a form as a browser does when somebody presses a button."""
        return self.ask("POST", path, body, Content_Type="application/x-www-form-urlencoded")

    def send_bytes(self, sent: bytes, seconds: float = 5) -> bytes:
        """Send these bytes, and return what comes back until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(sent)
            found = b""
            try:
                while piece := connection.recv(65_536):
                    found += piece
            except TimeoutError:
                return found + b"(still open)"
            return found

    def read_log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serve_publication(
    folder: Path, *, port: int | None = None, impatient: bool = False, options: tuple[str, ...] = ()
) -> Iterator[Served]:
    port = port or free_port()
    program = Program(("serve", "--port", str(port), *options), code=IMPATIENT_SERVER if impatient else "")
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        process = commands.start(program, cwd=folder, stderr=log)
        served = Served(folder, port, process, Path(log.name))
        try:
            wait_until_ready(served)
            yield served
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(20)


def wait_until_ready(served: Served) -> None:
    for _ in range(600):
        assert served.process.poll() is None, served.log.read_text()
        try:
            if served.ask("GET", "/readyz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(served.log.read_text())


def unsubscribe_by_one_click(served: Served, message: str, *, multipart: bool = False) -> Answer:
    """Unsubscribe as a mail program does by RFC 8058, with nothing but the message's two headers.

    3.2: POST to the https URI of List-Unsubscribe; the body holds the pair of List-Unsubscribe-Post, as
    multipart/form-data or urlencoded; no cookies, no authorization, nothing else of the user's context.
    """
    unfolded = re.sub(r"\r?\n[ \t]+", " ", message)
    (listed,), (pair,) = (
        re.findall(rf"(?m)^{name}: (.*?)\r?$", unfolded) for name in ("List-Unsubscribe", "List-Unsubscribe-Post")
    )
    (web,) = re.findall(r"<(https?:[^>]*)>", listed)
    name, _, value = pair.partition("=")
    path = "/" + web.partition("://")[2].partition("/")[2]
    if not multipart:
        return served.ask("POST", path, f"{name}={value}", Content_Type="application/x-www-form-urlencoded")
    body = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'
    return served.ask("POST", path, body, Content_Type="multipart/form-data; boundary=b")

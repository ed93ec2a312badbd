"""One-click unsubscribes and pages a second on SQLite, beside a server that commits each by itself. JSON on stdout.

The client shares the machine: 32 connections kept alive, each with its next request when it has its answer.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uvloop
from serving import Served, free_port, serve_publication

from newsletter.app import open_app
from newsletter.editorial.new_publication import NewPublication, create_publication
from newsletter.personalization import tokens as tokens_

CONNECTIONS = 32
PEOPLE = 20_000
ONE_CLICK = b"List-Unsubscribe=One-Click"
PEER = """
import sqlite3, sys, threading
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
own = threading.local()
def leave(request: Request):
    if not hasattr(own, "db"):
        own.db = sqlite3.connect(sys.argv[2], timeout=30, isolation_level=None)
        own.db.execute("PRAGMA synchronous = FULL")
    own.db.execute("BEGIN IMMEDIATE")
    own.db.execute("UPDATE person SET gone = 1 WHERE id = ?", (int(request.path_params["id"]),))
    own.db.execute("COMMIT")
    return PlainTextResponse("ok")
uvicorn.run(Starlette(routes=[Route("/u/{id}", leave, methods=["POST"])]), port=int(sys.argv[1]), log_level="critical")
"""


class Client(asyncio.Protocol):
    """A connection that sends the next request after each answer, until none is left."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None], statuses: list[bytes]) -> None:
        self._requests, self._done, self._statuses = requests, done, statuses
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            self._done.set_result(None)
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if separator and len(body) >= int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]):
            self._statuses.append(head[9:12])
            self._buffer = b""
            self._next()


def measure_rate(port: int, requests: Sequence[bytes]) -> float:
    """Return requests per second; every answer must be 200."""

    async def run() -> list[bytes]:
        loop, statuses, waiting = asyncio.get_running_loop(), list[bytes](), iter(requests)
        ends = [loop.create_future() for _ in range(CONNECTIONS)]
        for end in ends:
            await loop.create_connection(lambda end=end: Client(waiting, end, statuses), "127.0.0.1", port)  # type: ignore[misc] # mypy does not know what a default is
        await asyncio.gather(*ends)
        return statuses

    begun = time.perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        statuses = runner.run(run())
    taken = time.perf_counter() - begun
    assert set(statuses) == {b"200"}, set(statuses)
    assert len(statuses) == len(requests)
    return len(requests) / taken


def make_one_click(path: str) -> bytes:
    kind = "application/x-www-form-urlencoded"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(ONE_CLICK)}\r\n\r\n"
    return head.encode() + ONE_CLICK


def publish(folder: Path) -> list[str]:
    """Create a publication that sent an issue to one person, and return a token for every person."""
    create_publication(NewPublication(folder, "Bench", dt.date(2026, 11, 22)))
    (folder / "tous.csv").write_text("email\n" + "".join(f"q{number}@exemple.fr\n" for number in range(1, PEOPLE + 1)))
    sending = ["send", "bienvenue", "--list", "tous", "--segment", 'email = "q1@exemple.fr"', "--yes"]
    for arguments in (["subscribers", "import", "tous.csv", "--list", "tous"], sending):
        subprocess.run([sys.executable, "-m", "newsletter", *arguments], cwd=folder, check=True, capture_output=True)
    key = open_app(folder, folder).settings.keys()[0]
    return [tokens_.make_unsubscribe_signer(key, 1)(number) for number in range(1, PEOPLE + 1)]


def measure_peer(folder: Path) -> float:
    database, port = folder / "peer.db", free_port()
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, gone INTEGER)")
        connection.executemany("INSERT INTO person VALUES (?, 0)", [(number,) for number in range(1, PEOPLE + 1)])
    connection.close()
    process = subprocess.Popen([sys.executable, "-c", PEER, str(port), str(database)])
    try:
        served = Served(folder, port, process, folder / "none")
        for _ in range(200):
            try:
                served.ask("GET", "/")
                break
            except OSError:
                time.sleep(0.05)
        return measure_rate(port, [make_one_click(f"/u/{number}") for number in range(1, 4001)])
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokens = publish(folder / "bench")
        commits = measure_peer(folder)
        with serve_publication(folder / "bench") as served:
            measure_rate(served.port, [make_one_click(f"/u/{token}") for token in tokens[:2000]])  # warm
            clicks = measure_rate(served.port, [make_one_click(f"/u/{token}") for token in tokens[2000:]])
            page = [f"GET /u/{token} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for token in tokens]
            pages = measure_rate(served.port, page)
        gone = sqlite3.connect(folder / "bench" / "newsletter.db")
        (left,) = gone.execute("SELECT count(*) FROM subscription WHERE status = 'unsubscribed'").fetchone()
        gone.close()
        assert left == PEOPLE, left
    facts = {"one_click_per_second": clicks, "peer_per_second": commits, "pages_per_second": pages}
    print(json.dumps({name: round(value) for name, value in facts.items()}))


main()

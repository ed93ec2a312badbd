"""Run the real command in this process with short limits, another clock, or a fault in the middle.

    python faulty.py '{"chunk": 50, "busy": 0.5}' -- send …

Limits: chunk (people a chunk), busy (seconds that SQLite waits), away (seconds that a database may be away), lease,
reach (seconds between tries to reach a provider, at most), patience (how long `dispatch --once` waits). A fault comes once so many chunks were recorded: jump
[count, seconds] moves the clock, full [count] lets no file grow, pages [count] lets SQLite's not grow. ahead: the
clock from the beginning, for everything. host: another one's name. lost: the number of the claim or record that
is committed and whose answer is lost. stop [point, count]: SIGSTOP at a point of the protocol, as in killed.py.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from sqlalchemy import event

from newsletter.app import App
from newsletter.campaigns.sending import Progress, concurrency, runner
from newsletter.cli import dispatch, main
from newsletter.providers.sendgrid.provider import SendGrid
from newsletter.storage import database, sqlite

wanted: dict[str, Any] = json.loads(sys.argv[1])
seen: Counter[str] = Counter()
lock = threading.Lock()
ahead = float(wanted.get("ahead", 0))
real_time, real_boot = time.time, psutil._pslinux.boot_time


def clock() -> float:
    """Return the time of a machine whose clock was changed."""
    count, seconds = wanted.get("jump", (0, 0))
    return real_time() + ahead + (seconds if count and seen["recorded"] >= count else 0)


def reach(progress: Progress) -> None:
    with lock:
        seen[progress.point] += 1
        here = [progress.point, seen[progress.point]]
    if here == wanted.get("stop"):
        os.kill(os.getpid(), signal.SIGSTOP)
    if here == ["recorded", wanted.get("full")]:
        size = Path("newsletter.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def worker(self: App, *, notify: Callable[[Progress], None] = lambda _notice: None, **given: Any) -> Any:
    def further(progress: Progress) -> None:
        notify(progress)
        reach(progress)

    made = make_worker(self, notify=further, clock=clock, **given)
    return replace(made, name=f"{wanted['host']}:1:0.00") if "host" in wanted else made


def write_with_retry(self: database.Store, work: Callable[[Any], Any]) -> Any:
    seen["insisted"] += 1
    if seen["insisted"] == wanted.get("lost"):
        with self.write() as tx:
            work(tx)
    return real_insist(self, work)


def full(tx: sa.Connection) -> None:
    if "pages" in wanted and seen["recorded"] >= wanted["pages"] and tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA max_page_count = 1")  # no less than there are


def resolve(host: Any, *arguments: Any, **options: Any) -> Any:
    """Resolve sendgrid.example to this machine: the settings refuse to send a key by https to an IP address."""
    return real_resolve("127.0.0.1" if host == "sendgrid.example" else host, *arguments, **options)


if "host" in wanted:
    socket.gethostname = lambda: wanted["host"]
real_resolve = socket.getaddrinfo
socket.getaddrinfo = resolve
make_worker, real_insist = App.worker, database.Store.write_with_retry
App.worker = worker  # type: ignore[method-assign] # with what the test wants
database.Store.write_with_retry = write_with_retry  # type: ignore[method-assign] # with what the test wants
event.listen(sa.Engine, "begin", full)
SendGrid.caps = replace(SendGrid.caps, chunk_size=wanted.get("chunk", 50))
sqlite.BUSY_SECONDS = wanted.get("busy", sqlite.BUSY_SECONDS)
database.AWAY_SECONDS = wanted.get("away", database.AWAY_SECONDS)
runner.LEASE_SECONDS = wanted.get("lease", runner.LEASE_SECONDS)
dispatch.POLL_SECONDS = wanted.get("patience", dispatch.POLL_SECONDS)
concurrency.MAX_PAUSE_SECONDS = wanted.get("reach", concurrency.MAX_PAUSE_SECONDS)
if ahead or "jump" in wanted:
    time.time = clock
    psutil._pslinux.boot_time = lambda: real_boot() + clock() - real_time()  # the kernel counts it back from now
main(sys.argv[3:])

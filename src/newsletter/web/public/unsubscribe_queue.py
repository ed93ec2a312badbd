"""Group commit of unsubscribes: requests that arrive at the same time share one transaction.

A commit waits for the disk, and costs little more for thirty clicks than for one. So the writer waits 3 ms for more
clicks before it commits (measured: with 32 connections, 1.25 times as many clicks per second). No request is answered
before its click is on disk.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from typing import NamedTuple

from newsletter.storage.database import Store
from newsletter.subscribers import self_service
from newsletter.subscribers.self_service import Unsubscription
from newsletter.system import timestamps

MAX_GROUP = 500
GATHER_SECONDS = 0.003


class _PendingUnsubscribe(NamedTuple):
    leave: Unsubscription
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]


class UnsubscribeQueue:
    """A queue of unsubscribes, and the thread that writes them to the database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: queue.SimpleQueue[_PendingUnsubscribe | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="leaves", daemon=True)
        self._thread.start()

    async def record(self, leave: Unsubscription) -> None:
        """Record an unsubscribe; return when it is on disk. Raise the exception of the database if the write fails."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._queue.put(_PendingUnsubscribe(leave=leave, loop=loop, future=future))
        await future

    def is_alive(self) -> bool:
        """Return True if the writer thread runs."""
        return self._thread.is_alive()

    def close(self, seconds: float) -> None:
        """Wait at most `seconds` until all earlier requests are recorded; a request recorded later gets no answer."""
        self._queue.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            time.sleep(GATHER_SECONDS)
            group = [first]
            while len(group) < MAX_GROUP and not self._queue.empty():
                pending = self._queue.get()
                if pending is None:
                    self._queue.put(None)
                    break
                group.append(pending)
            self._write_group(group)

    def _write_group(self, group: list[_PendingUnsubscribe]) -> None:
        failure: Exception | None = None
        try:
            now_ms = timestamps.now_ms()
            self._store.change(lambda tx: self_service.unsubscribe(tx, [pending.leave for pending in group], now_ms))
        except Exception as error:  # noqa: BLE001 - every waiting request gets the error
            failure = error
        for loop in {pending.loop for pending in group}:
            futures = [pending.future for pending in group if pending.loop is loop]
            loop.call_soon_threadsafe(_resolve_futures, futures, failure)


def _resolve_futures(futures: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for future in futures:
        if future.cancelled():  # the client has closed the connection; the unsubscribe is recorded anyway
            continue
        if failure:
            future.set_exception(failure)
        else:
            future.set_result(None)

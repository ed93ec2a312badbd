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

AT_ONCE = 500
GATHER_SECONDS = 0.003


class _Asked(NamedTuple):
    leave: Unsubscription
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class UnsubscribeQueue:
    """A queue of unsubscribes, and the thread that writes them to the database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="leaves", daemon=True)
        self._thread.start()

    async def leave(self, leave: Unsubscription) -> None:
        """Record an unsubscribe; return when it is on disk. Raise the exception of the database if the write fails."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._asked.put(_Asked(leave, loop, done))
        await done

    def alive(self) -> bool:
        """Return True if the writer thread runs."""
        return self._thread.is_alive()

    def close(self, seconds: float) -> None:
        """Wait at most `seconds` until all earlier requests are recorded; a request recorded later gets no answer."""
        self._asked.put(None)
        self._thread.join(seconds)

    def _work(self) -> None:
        while (first := self._asked.get()) is not None:
            time.sleep(GATHER_SECONDS)
            group = [first]
            while len(group) < AT_ONCE and not self._asked.empty():
                asked = self._asked.get()
                if asked is None:
                    self._asked.put(None)
                    break
                group.append(asked)
            self._write(group)

    def _write(self, group: list[_Asked]) -> None:
        failure: Exception | None = None
        try:
            now = timestamps.now_ms()
            self._store.change(lambda tx: self_service.unsubscribe(tx, [asked.leave for asked in group], now))
        except Exception as error:  # noqa: BLE001 - every waiting request gets the error
            failure = error
        for loop in {asked.loop for asked in group}:
            waiting = [asked.done for asked in group if asked.loop is loop]
            loop.call_soon_threadsafe(_tell, waiting, failure)


def _tell(waiting: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for done in waiting:
        if done.cancelled():  # the client has closed the connection; the unsubscribe is recorded anyway
            continue
        if failure:
            done.set_exception(failure)
        else:
            done.set_result(None)

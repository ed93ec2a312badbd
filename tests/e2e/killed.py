"""Run the real command in this process and kill it with SIGKILL at a named point of the protocol.

    python killed.py POINT COUNT -- send …

Points: frozen (inside the plan's transaction), planned (it is committed), claimed, built, written
(between a file's writing and its renaming), submitted, recorded; for an import taken (a batch, inside
its transaction) and imported (it is committed). COUNT: at which visit of the point the process dies.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from newsletter.campaigns import planning, send_campaign
from newsletter.campaigns.sending import Progress, Worker
from newsletter.cli import main
from newsletter.providers.outbox import Outbox
from newsletter.storage.campaigns import campaigns
from newsletter.storage.subscribers import upsert
from newsletter.subscribers.importing import importer
from newsletter.subscribers.importing.options import ImportCallbacks

point, count = sys.argv[1], int(sys.argv[2])
seen = 0


def reach(name: str) -> None:
    """Kill this process if this is the chosen visit of the chosen point."""
    global seen  # noqa: PLW0603 - one process, one death
    seen += name == point
    if seen == count and name == point:
        os.kill(os.getpid(), signal.SIGKILL)


def after(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:
        result = function(*arguments, **options)
        reach(name)
        return result

    return wrapped


def before(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:
        if str(arguments[-1]).endswith(".eml"):
            reach(name)
        return function(*arguments, **options)

    return wrapped


def taken(tx: Any, people: Any, *arguments: Any) -> Any:
    result = take_in(tx, people, *arguments)
    if people:  # the folder's memory, when it is first read, has nobody
        reach("taken")
    return result


def watched(*arguments: Any, **options: Any) -> None:
    store, provider, campaign, worker = arguments

    def notify(progress: Progress) -> None:
        worker.notify(progress)
        reach(progress.point)

    assert isinstance(worker, Worker)
    dispatch(store, provider, campaign, replace(worker, notify=notify), **options)


def watched_callbacks(self: ImportCallbacks, *arguments: Any, **options: Any) -> None:
    make_callbacks(self, *arguments, **options)
    notify = self.notify

    def further(rows: int) -> None:
        notify(rows)
        reach("imported")

    object.__setattr__(self, "notify", further)


make_callbacks = ImportCallbacks.__init__
sender: Any = send_campaign  # imports the function by name
dispatch = sender.dispatch
sender.dispatch = watched
campaigns.set_counts = after(campaigns.set_counts, "frozen")
planning.plan = after(planning.plan, "planned")
take_in = upsert.upsert_subscribers
upsert.upsert_subscribers = taken  # type: ignore[assignment] # the same, watched
ImportCallbacks.__init__ = watched_callbacks  # type: ignore[method-assign] # the same, watched
importer.BATCH = 100
Outbox.caps = replace(Outbox.caps, chunk_size=200)
os.replace = before(os.replace, "written")
main(sys.argv[4:])

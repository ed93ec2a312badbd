"""Run one command as a process of its own, at the simulation's time, and kill it at a commit.

    python child.py MOMENT WHEN COUNT COMMAND…

MOMENT is a Unix time. The process dies by SIGKILL at the COUNT-th commit of a database transaction: just `before` it,
so that nothing of it is stored, or just `after` it, before anything that it allows was done.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import sqlalchemy as sa
import time_machine
from publication import shorten_chunks

from newsletter.cli import main


def die_at(when: str, count: int) -> None:
    """Kill this process at that commit."""
    commits = 0

    def committing(_connection: Any) -> None:
        nonlocal commits
        commits += 1
        if commits == count and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)

    def released(_connection: Any, _record: Any) -> None:
        if commits >= count:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "commit", committing)
    sa.event.listen(sa.Pool, "checkin", released)


if __name__ == "__main__":
    moment, when, count, *command = sys.argv[1:]
    shorten_chunks()
    die_at(when, int(count))
    with time_machine.travel(float(moment), tick=True):
        main(command)

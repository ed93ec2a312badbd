"""Handle Ctrl-C and SIGTERM: the first stops between chunks, the second stops at once.

A second signal leaves the chunks in progress in doubt.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(told: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Handle signals, and yield a function that returns True after the first one. That signal also calls `told`."""
    asked = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        told()

    before = {one: signal.signal(one, ask) for one in _SIGNALS}
    try:
        yield asked.is_set
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)

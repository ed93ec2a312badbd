"""Ctrl-C and SIGTERM stop between chunks; a second one stops at once, and leaves what was under way in doubt."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(told: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Gives what says whether somebody wants it to stop; `told` is called when they first say so."""
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

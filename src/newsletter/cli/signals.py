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
def stop_on_signal(on_stop: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Handle signals; yield a function that returns True after the first one. The first signal also calls `on_stop`."""
    stop_requested = threading.Event()

    def handle_signal(_signal: int, _frame: FrameType | None) -> None:
        if stop_requested.is_set():
            raise KeyboardInterrupt
        stop_requested.set()
        on_stop()

    previous_handlers = {signal_number: signal.signal(signal_number, handle_signal) for signal_number in _SIGNALS}
    try:
        yield stop_requested.is_set
    finally:
        for signal_number, handler in previous_handlers.items():
            signal.signal(signal_number, handler)

"""What processing events did, and the functions that it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.model.delivery_events import Event
from newsletter.subscribers.service import normalize_provider_address

DAY = 86_400
Parse = Callable[[bytes], Sequence[Event]]
Mac = Callable[[str], bytes]


@dataclass(slots=True)
class Applied:
    """What became of reports."""

    posts: int = 0
    events: int = 0
    repeated: int = 0
    suppressed: int = 0
    resolved: int = 0
    """Chunks that are in doubt no more."""
    unreadable: int = 0


def address_of(event: Event) -> str:
    """Return the address that an event names, spelled as the ledger spells it."""
    return normalize_provider_address(event.email)

"""The result of event processing, and the types of the functions that it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.model.delivery_events import Event
from newsletter.subscribers.service import normalize_provider_address

DAY_SECONDS = 86_400
Parse = Callable[[bytes], Sequence[Event]]
HashAddress = Callable[[str], bytes]


@dataclass(slots=True)
class ProcessingCounts:
    """Counts of what event processing did."""

    posts: int = 0
    events: int = 0
    repeated: int = 0
    suppressed: int = 0
    resolved: int = 0
    """Chunks that are no longer in doubt."""
    unreadable: int = 0


def address_of(event: Event) -> str:
    """Return the address of an event, normalized as in the database."""
    return normalize_provider_address(event.email)

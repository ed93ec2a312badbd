"""What every provider offers.

`build` is pure: the same edition, recipients and attempt give
the same bytes. `submit` makes one attempt and never retries; it answers, and raises nothing. Just before the last
byte is written it calls `commit_point`, and does not write that byte where it says False.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from newsletter.model.delivery import Attempt, Outcome, Recipient
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication

CommitPoint = Callable[[], bool]
"""Notes that the request may be taken from now on; False where it must not be, for the claim is not ours any more."""
CLAIM_LOST = "the claim was lost before the last byte"


def commit_always() -> bool:
    """Let the last byte be written: for a message that no claim stands behind."""
    return True


@dataclass(frozen=True, slots=True)
class Caps:
    """What a provider can do."""

    max_recipients: int
    """In one request. Where it is 1, a chunk is a run of single messages."""
    idempotent: bool
    """Whether taking the same request twice is the same as once; if so, in doubt may be tried again."""
    leaves_house: bool = True
    """Whether messages go out into the world, where their links and pictures must answer."""
    chunk_size: int = 500
    """Recipients that are claimed together: what a killed worker leaves in doubt."""
    in_flight: int = 1
    """Chunks that suit it at once, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something to submit: `key` is its name, the same for the same deliveries whatever the attempt.

    `parts` are shared with other requests as far as they are the same: a thousand messages cost little more than one.
    """

    key: str
    parts: tuple[bytes, ...]
    envelope: tuple[str, str] = ("", "")
    """From whom and to whom, where that is not in the body."""

    @property
    def body(self) -> bytes:
        """What goes over the wire."""
        return b"".join(self.parts)


class Provider(Protocol):
    """A way out of the house."""

    @property
    def name(self) -> str:
        """As in the setting `provider` and in the ledger."""
        ...

    @property
    def caps(self) -> Caps:
        """What it can do."""
        ...

    def check(self, publication: Publication) -> Outcome:
        """Whether it would take something now; nothing goes out."""
        ...

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        """The request for at most `caps.max_recipients` recipients."""
        ...

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        """Make one attempt; called by several threads at once.

        `commit_point` is called once, before the last byte: False closes the connection, and the outcome is NotSent.
        """
        ...

    def forget(self, subscriber_ids: Sequence[int]) -> int:
        """Erases what the provider keeps here of these people, and says how many things that were."""
        ...

    def close(self) -> None:
        """Hangs up."""
        ...


@runtime_checkable
class BatchControl(Protocol):
    """What some providers can do besides: say whether an attempt was taken, and let nothing of it go."""

    most_fences: int
    """How many fences can hold at once."""

    def reserve(self) -> str:
        """A new fence's name, for one attempt; ProviderError where none is to be had."""
        ...

    def cancel_batch(self, fence: str) -> bool:
        """Lets nothing go that stands or will stand under it; whether that is certain. May be said again."""
        ...

    def delete_batch(self, fence: str) -> bool:
        """Gives the fence's place back, when its time is long over; whether that was done."""
        ...

    def find(self, attempt: str, probes: Sequence[str], since: float) -> bool | None:
        """Whether one of these addresses was sent something of that attempt since then; None where nobody can say."""
        ...

"""The interface of every provider.

`build` is pure: the same edition, recipients and attempt give the same bytes. `submit` makes one attempt and never
retries; it returns an outcome and raises nothing. Just before the last byte it calls `commit_point`, and does not
write that byte if `commit_point` returns False.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from newsletter.model.delivery import Attempt, Outcome, Recipient
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication

CommitPoint = Callable[[], bool]
"""Records that the provider may accept the request from now on.

Returns False if the claim was lost: then the last byte must not be written.
"""
CLAIM_LOST = "the claim was lost before the last byte"


def commit_always() -> bool:
    """Return True: the commit point of a message that belongs to no claim."""
    return True


@dataclass(frozen=True, slots=True)
class Caps:
    """The capabilities of a provider."""

    max_recipients: int
    """Recipients in one request. If it is 1, a chunk is sent as a series of single messages."""
    idempotent: bool
    """Whether submitting a request twice has the same effect as once; if so, an in-doubt request may be retried."""
    reaches_readers: bool = True
    """Whether messages reach real readers, so that their links and images must be reachable."""
    chunk_size: int = 500
    """Recipients that are claimed together: the number that a killed worker leaves in doubt."""
    in_flight: int = 1
    """Default number of chunks that are submitted at the same time."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to submit. `key` is its name: the same deliveries have the same key in every attempt.

    Requests share the `parts` that are equal: a thousand messages cost little more memory than one.
    """

    key: str
    parts: tuple[bytes, ...]
    envelope: tuple[str, str] = ("", "")
    """Addresses of the sender and the recipient, for a provider that does not read them from the body."""

    @property
    def body(self) -> bytes:
        """Return the bytes to send: all parts joined."""
        return b"".join(self.parts)


class Provider(Protocol):
    """A service that sends messages."""

    @property
    def name(self) -> str:
        """Return the name of the provider, as in the setting `provider` and in the database."""
        ...

    @property
    def caps(self) -> Caps:
        """Return the capabilities of the provider."""
        ...

    def check(self, publication: Publication) -> Outcome:
        """Check whether the provider would accept a message now. Send nothing."""
        ...

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        """Build the request for at most `caps.max_recipients` recipients."""
        ...

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        """Make one attempt. Several threads may call this at the same time.

        Call `commit_point` once, before the last byte. If it returns False, close the connection and return NotSent.
        """
        ...

    def forget(self, subscriber_ids: Sequence[int]) -> int:
        """Erase what the provider keeps on this machine about these subscribers. Return the number of erased items."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


@runtime_checkable
class BatchControl(Protocol):
    """Optional capability of a provider: find out whether an attempt was accepted, and cancel a scheduled batch.

    The messages of a batch are scheduled under its id.
    """

    max_batches: int
    """Number of batches that can be cancelled at the same time."""

    def create_batch(self) -> str:
        """Create a batch for one attempt and return its id. Raise ProviderError if the provider gives none."""
        ...

    def cancel_batch(self, batch_id: str) -> bool:
        """Cancel the messages that are in the batch now or that reach it later. Idempotent.

        Return True if the provider confirms the cancellation.
        """
        ...

    def delete_batch(self, batch_id: str) -> bool:
        """Free the place of a cancelled batch, long after its release time. Return True if the place is free."""
        ...

    def was_accepted(self, attempt: str, probes: Sequence[str], since_seconds: float) -> bool | None:
        """Return True if the provider accepted a message of this attempt for one of the addresses `probes`.

        Look at messages since `since_seconds`. Return None if the provider gives no answer.
        """
        ...

"""What takes messages away. Everything odd about a provider stays in its one file.

    mime      an edition compiled to a MIME message, in which only the personal parts change
    outbox    writes .eml files: the provider that needs no account

Every provider passes tests/contract. `build` is pure: the same edition, recipients and attempt give
the same bytes. `submit` makes one attempt and never retries; it answers, and raises nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from newsletter.model.campaign import Attempt, Outcome, Recipient
from newsletter.model.edition import Edition


@dataclass(frozen=True, slots=True)
class Caps:
    """What a provider can do."""

    max_recipients: int
    """In one request. Where it is 1, a chunk is a run of single messages."""
    idempotent: bool
    """Whether taking the same request twice is the same as once; if so, in doubt may be tried again."""
    leaves_house: bool = True
    """Whether messages go out into the world, where their links and pictures must answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something to submit: `key` is its name, the same for the same deliveries whatever the attempt."""

    key: str
    body: bytes


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

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        """The request for at most `caps.max_recipients` recipients."""
        ...

    def submit(self, request: Request) -> Outcome:
        """One attempt."""
        ...

    def forget(self, subscriber_ids: Sequence[int]) -> int:
        """Erases what the provider keeps here of these people, and says how many things that were."""
        ...

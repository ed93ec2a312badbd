"""Campaigns and chunks, and the state changes that a chunk allows; the database has one row per chunk.

ready ──claim──► claimed ──► accepted
  ▲                 │   ├──► rejected
  │   not sent, or  │   └──► in_doubt ──► accepted | ready | held ──► accepted | ready | cancelled
  └── idempotent ───┘

Evidence may come late: a chunk that is ready again because no evidence had come is accepted when the evidence comes.
A chunk that the provider accepted for a later release can be taken back: it is then cancelled, or ready for another
time, or in doubt if the provider did not confirm. In a cancelled campaign, a chunk that would become ready again is
cancelled, until the campaign is rescheduled.

If the recipients of a chunk end in different states, the chunk is split: each part becomes a chunk of its own, and
the parts together hold all its recipients.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from newsletter.model.subscribers import Subscriber


class ChunkState(StrEnum):
    """The state of a chunk; every delivery in the chunk has the same state, unless an exception overrides it."""

    READY = "ready"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    IN_DOUBT = "in_doubt"
    HELD = "held"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


CHUNK_MOVES: dict[ChunkState, frozenset[ChunkState]] = {
    ChunkState.READY: frozenset({ChunkState.CLAIMED, ChunkState.CANCELLED, ChunkState.ACCEPTED}),
    ChunkState.CLAIMED: frozenset(
        {
            ChunkState.ACCEPTED,
            ChunkState.READY,
            ChunkState.IN_DOUBT,
            ChunkState.REJECTED,
            ChunkState.CANCELLED,
        }
    ),
    ChunkState.IN_DOUBT: frozenset({ChunkState.ACCEPTED, ChunkState.READY, ChunkState.HELD, ChunkState.CANCELLED}),
    ChunkState.HELD: frozenset({ChunkState.ACCEPTED, ChunkState.READY, ChunkState.CANCELLED}),
    ChunkState.ACCEPTED: frozenset({ChunkState.CANCELLED, ChunkState.READY, ChunkState.IN_DOUBT}),
    ChunkState.REJECTED: frozenset(),
    ChunkState.CANCELLED: frozenset({ChunkState.ACCEPTED, ChunkState.READY}),
}
PROVABLE = (ChunkState.IN_DOUBT, ChunkState.HELD, ChunkState.READY, ChunkState.CANCELLED)
"""States in which a provider's report can still prove that the chunk was accepted."""


OUTBOX = "outbox"
"""The provider that writes files: no mail leaves the machine, so every campaign through it is a rehearsal."""
GIVEN_UP = "given up"
"""Detail of a chunk in doubt that the operator closed: nobody knows who received it, so every recipient counts as
somebody who may have received it."""


class CampaignState(StrEnum):
    """The state that the operator wants for a campaign; the states of its chunks show its progress."""

    ACTIVE = "active"
    PAUSED = "paused"
    HELD = "held"
    """The planned time passed long ago, as in a restored copy of a database: nothing is sent before the operator
    resumes the campaign."""
    CANCELLED = "cancelled"


CAMPAIGN_MOVES: dict[CampaignState, frozenset[CampaignState]] = {
    CampaignState.ACTIVE: frozenset({CampaignState.PAUSED, CampaignState.HELD, CampaignState.CANCELLED}),
    CampaignState.PAUSED: frozenset({CampaignState.ACTIVE, CampaignState.CANCELLED}),
    CampaignState.HELD: frozenset({CampaignState.ACTIVE, CampaignState.CANCELLED}),
    CampaignState.CANCELLED: frozenset(),
}


class Policy(StrEnum):
    """What to do with a chunk in doubt if no evidence came and its batch could not be cancelled at the provider."""

    STRICT = "strict"
    """Hold the chunk, and show its recipients to the operator."""
    COMPLETE = "complete"
    """Send the chunk again, once evidence has come for other chunks and none for this chunk."""


class ExceptionKind(StrEnum):
    """Why one delivery does not share its chunk's state."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SendOptions:
    """Options for sending a campaign; times are milliseconds since 1970."""

    not_before: int = 0
    """Time before which nothing is handed to the provider; 0 for at once."""
    release_at: int = 0
    """Time at which the provider sends the messages that it accepted earlier; 0 if it sends them at once."""
    policy: Policy = Policy.STRICT
    rate: int = 0
    """Recipients an hour; 0 for no limit."""
    in_flight: int = 0
    """Maximum number of concurrent requests; 0 for the number that suits the provider."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One sending of an edition to an audience."""

    id: int
    issue_id: str
    round: int
    list_name: str
    digest: str
    provider: str
    planned_at: dt.datetime
    recipients: int
    excluded: int
    """People of the audience who unsubscribed, never confirmed, or are suppressed; counted, so that nobody is left out
    silently."""
    segment: str = ""
    """The filter that selected the audience; empty for a whole list."""
    slug: str = ""
    list_id: int = 0
    state: CampaignState = CampaignState.ACTIVE
    options: SendOptions = SendOptions()
    rehearsal: bool = False
    """True for a campaign through the outbox or to a test list: it does not count as received."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One subscriber of a campaign; its state is the chunk's state, unless an exception overrides it."""

    campaign_id: int
    slug: str
    planned_at: dt.datetime
    state: str
    detail: str = ""
    """The provider's answer, if it refused the message."""
    sequence: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A chunk that this worker has claimed; every later write about the chunk must carry `token`."""

    campaign_id: int
    sequence: int
    token: str
    attempt: int
    digest: str
    people: tuple[Subscriber, ...]
    """The recipients who may still be mailed, by ascending id."""
    batch_id: str = ""
    """The provider's id for the batch of this chunk, which can be cancelled until `release_at`."""
    tries: int = 1
    """The number of this attempt, not counting attempts that a limit of the account stopped."""
    began_at: int = 0
    """Start of the chunk's first attempt, in milliseconds: the Date header of its messages, the same in every retry."""


@dataclass(frozen=True, slots=True)
class Part:
    """Recipients of a chunk that end in the same state; `ids` is None for all of them."""

    state: ChunkState
    ids: tuple[int, ...] | None = None
    detail: str = ""
    reference: str = ""
    not_before: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of deliveries of a campaign by state; their sum is the campaign's `recipients`."""

    ready: int = 0
    claimed: int = 0
    accepted: int = 0
    in_doubt: int = 0
    held: int = 0
    rejected: int = 0
    cancelled: int = 0
    skipped: int = 0
    """Recipients who unsubscribed or were suppressed after the audience was frozen and before the chunk was claimed."""
    given_up: int = 0
    """Deliveries whose outcome is unknown, and which the operator decided not to look into further."""


@dataclass(frozen=True, slots=True)
class ChunkStatus:
    """A snapshot of a chunk, with its claim and state."""

    sequence: int
    state: ChunkState
    attempt: int
    token: str
    worker: str
    lease_until: int
    since: int
    recipients: int
    detail: str

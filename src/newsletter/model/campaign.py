"""The ledger's values: one row per chunk, and the few moves a chunk may make.

ready ──claim──► claimed ──► accepted
  ▲                 │   ├──► rejected
  │   not sent, or  │   └──► in_doubt ──► accepted | ready | held ──► accepted | ready | cancelled
  └── idempotent ───┘

Evidence may come late: what was ready again for want of it is accepted then. What was accepted for later may be taken
back: it is cancelled, or ready for another time, or in doubt where the provider did not confirm. What would be ready
again in a cancelled campaign is cancelled, until the campaign is rescheduled.

A chunk that ends in several ways is divided: each part is a chunk of its own, and all of them together are its people.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from newsletter.model.subscribers import Subscriber


class ChunkState(StrEnum):
    """Where a chunk stands; every delivery in it stands there too, unless an exception overrides it."""

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
"""What a report shows to have been accepted all the same."""


OUTBOX = "outbox"
"""The provider that writes files: nothing leaves the machine, so every campaign through it is a rehearsal."""
GIVEN_UP = "given up"
"""The detail of a chunk that its operator let be: nobody knows, so nobody in it counts as without."""


class CampaignState(StrEnum):
    """What its operator wants of a campaign; how far it is, its chunks say."""

    ACTIVE = "active"
    PAUSED = "paused"
    HELD = "held"
    """Its time passed long ago, as in a restored copy of a database: nothing leaves before somebody says so."""
    CANCELLED = "cancelled"


CAMPAIGN_MOVES: dict[CampaignState, frozenset[CampaignState]] = {
    CampaignState.ACTIVE: frozenset({CampaignState.PAUSED, CampaignState.HELD, CampaignState.CANCELLED}),
    CampaignState.PAUSED: frozenset({CampaignState.ACTIVE, CampaignState.CANCELLED}),
    CampaignState.HELD: frozenset({CampaignState.ACTIVE, CampaignState.CANCELLED}),
    CampaignState.CANCELLED: frozenset(),
}


class Policy(StrEnum):
    """What becomes of a chunk in doubt for which no evidence came and no fence could be set."""

    STRICT = "strict"
    """It is held, and the operator is shown who is in it."""
    COMPLETE = "complete"
    """It goes out again, once other chunks' evidence has come where its own has not."""


class ExceptionKind(StrEnum):
    """Why one delivery does not share its chunk's state."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How a campaign is to go out; times are milliseconds since 1970."""

    not_before: int = 0
    """Nothing leaves the house before; 0 for at once."""
    release_at: int = 0
    """When the provider lets go what it was handed before; 0 where it does at once."""
    policy: Policy = Policy.STRICT
    rate: int = 0
    """People an hour; 0 for as fast as the wire."""
    in_flight: int = 0
    """Requests under way at once, at most; 0 for as many as suit the provider."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """An edition to an audience."""

    id: int
    issue_id: str
    round: int
    list_name: str
    digest: str
    provider: str
    planned_at: dt.datetime
    recipients: int
    excluded: int
    """People of the audience who left, never confirmed, or are suppressed: nobody is dropped without being counted."""
    segment: str = ""
    """The filter that the audience was chosen by; empty for a whole list."""
    slug: str = ""
    list_id: int = 0
    state: CampaignState = CampaignState.ACTIVE
    orders: SendOptions = SendOptions()
    rehearsal: bool = False
    """Through the outbox, or to a list for tests: it does not count as received."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One subscriber of a campaign: what became of it is the chunk's state, unless an exception overrides it."""

    campaign_id: int
    slug: str
    planned_at: dt.datetime
    state: str
    detail: str = ""
    """What the provider said, where it refused."""
    sequence: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A chunk in this worker's hands: everything written about it later must carry `token`."""

    campaign_id: int
    sequence: int
    token: str
    attempt: int
    digest: str
    people: tuple[Subscriber, ...]
    """The recipients who are still allowed, by ascending id."""
    fence: str = ""
    """The provider's name for what may be taken back until `release_at`."""
    tries: int = 1
    """Which attempt this is, not counting those that a limit of the account stopped."""
    began_at: int = 0
    """When the chunk's first attempt began, in milliseconds: the Date of its messages, the same in every retry."""


@dataclass(frozen=True, slots=True)
class Part:
    """People of a chunk that end in the same way; `ids` None for everybody."""

    state: ChunkState
    ids: tuple[int, ...] | None = None
    detail: str = ""
    reference: str = ""
    not_before: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Deliveries of a campaign by what became of them; their sum is the campaign's `recipients`."""

    ready: int = 0
    claimed: int = 0
    accepted: int = 0
    in_doubt: int = 0
    held: int = 0
    rejected: int = 0
    cancelled: int = 0
    skipped: int = 0
    """Left or suppressed between freezing and claiming."""
    given_up: int = 0
    """Nobody knows what became of these, and the operator decided not to look further."""


@dataclass(frozen=True, slots=True)
class ChunkStatus:
    """A chunk that is not where a chunk ends."""

    sequence: int
    state: ChunkState
    attempt: int
    token: str
    worker: str
    lease_until: int
    since: int
    recipients: int
    detail: str

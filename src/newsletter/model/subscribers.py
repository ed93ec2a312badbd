"""Subscribers, their subscriptions, who may never be mailed again, and the journal that proves it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """State of a subscription, one subscriber on one list."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class OptIn(StrEnum):
    """How one gets onto a list: by asking, or by asking and confirming the address."""

    SINGLE = "single"
    DOUBLE = "double"

    @property
    def first_status(self) -> Status:
        """Where a subscription begins."""
        return Status.PENDING if self is OptIn.DOUBLE else Status.CONFIRMED


class Method(StrEnum):
    """How a change reached us."""

    FORM = "form"
    IMPORT = "import"
    OPERATOR = "operator"
    API = "api"
    PROVIDER = "provider"
    """A report of whoever delivers: a bounce, a complaint."""


_ANYHOW = frozenset(Method)
BY_THEIR_WISH = frozenset({Method.FORM, Method.OPERATOR, Method.API})
STATUS_MOVES: Mapping[tuple[Status | None, Status], frozenset[Method]] = {
    (None, Status.PENDING): _ANYHOW,
    (None, Status.CONFIRMED): _ANYHOW,
    (None, Status.UNSUBSCRIBED): _ANYHOW,
    (Status.PENDING, Status.CONFIRMED): _ANYHOW,
    (Status.PENDING, Status.UNSUBSCRIBED): _ANYHOW,
    (Status.CONFIRMED, Status.UNSUBSCRIBED): _ANYHOW,
    (Status.UNSUBSCRIBED, Status.PENDING): BY_THEIR_WISH,
    (Status.UNSUBSCRIBED, Status.CONFIRMED): BY_THEIR_WISH,
}
"""(from, to) → how that may come about: whoever left comes back by their own wish, never by an import."""


class SuppressionReason(StrEnum):
    """Why an address is never mailed again."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED_ALL = "unsubscribed_all"
    MANUAL = "manual"
    INVALID = "invalid"
    ERASED = "erased"
    """Asked to be forgotten: only the hash is left."""
    MOVED = "moved"
    """The person has another address now."""


VOLUNTARY_REASONS = frozenset(
    {SuppressionReason.UNSUBSCRIBED_ALL, SuppressionReason.COMPLAINT, SuppressionReason.MANUAL}
)
"""Reasons that are somebody's will, and end every subscription; a mailbox may answer again one day."""
REASON_PRECEDENCE = (
    SuppressionReason.INVALID,
    SuppressionReason.BOUNCE,
    SuppressionReason.UNSUBSCRIBED_ALL,
    SuppressionReason.COMPLAINT,
)
"""Reasons that a provider reports; a later one in this row replaces an earlier, in whatever order they come."""


class Suppression(NamedTuple):
    """Why, and since when in milliseconds."""

    reason: SuppressionReason
    at: int


class Action(StrEnum):
    """What the journal notes; the first three are a subscription's new status."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    RELEASED = "released"
    """No longer suppressed: the person asked to come back."""
    UNBLOCKED = "unblocked"
    """No longer suppressed: an operator lifted a bounce."""
    READDRESSED = "readdressed"


Attribute = str | int | float
"""What is written like a number is one (`42`, `3.5`, not `007`), whatever it was read from."""


class Subscriber(NamedTuple):
    """A person on file. `email` is normalised; `id` is never given to anybody else. A tuple, for a million are made."""

    id: int
    email: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a change comes from: how, from what, and the words that were agreed to."""

    method: Method
    source: str = ""
    """A file or a page."""
    words: str = ""
    """Exactly as they were shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the consent journal."""

    at: int
    action: Action
    provenance: Provenance
    list_name: str = ""
    line: int = 0
    """Of the source, from 1; 0 where it has none."""


@dataclass(slots=True)
class SubscriberUpsert:
    """A person about to be taken in, as a row, a form or an operator says. Not frozen: a million are made a minute."""

    email: str
    address_mac: bytes
    """Keyed hash of the address, what a suppression is recognised by."""
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    subscriptions: Mapping[int, Status] = field(default_factory=dict)
    """List id → wanted status."""
    tags: tuple[str, ...] = ()
    suppressed: SuppressionReason | None = None
    on_file: bool = True
    """False where only the suppression matters, and somebody unknown is not to be kept."""
    at: int = 0
    """When they came, in milliseconds; 0 for now."""
    contact_at: int = 0
    """When they last did something; 0 for when they came."""
    line: int = 0
    public_id: bytes = b""
    """16 bytes, from an export of ours; empty for a new one."""
    journal: tuple[Entry, ...] = ()
    """From an export of ours: written for a newcomer in place of what this import would write."""


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    """What became of arrivals: each person is counted once, in the first that fits."""

    suppressed: int = 0
    """Newly: these may not be mailed from now on."""
    kept_out: int = 0
    """Left or suppressed, and not brought back."""
    added: int = 0
    """New on a list, or on file."""
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of an import that was not taken, and why; `code` is a key of `messages`."""

    line: int
    code: str
    value: str
    member: str = ""
    """The file inside a zip archive."""


@dataclass(frozen=True, slots=True)
class MailingList:
    """What people subscribe to, and how many stand where on it."""

    id: int
    name: str
    opt_in: OptIn
    counts: Mapping[Status, int] = field(default_factory=dict)
    is_test: bool = False
    """Whether what is sent to it is a rehearsal, and does not count as received."""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is on file about a person, but for their place in campaigns."""

    id: int
    public_id: bytes
    email: str
    first_name: str
    last_name: str
    language: str
    attributes: Mapping[str, Attribute]
    created_at: int
    last_contact_at: int
    """When they last did something: came, confirmed, wrote, clicked. Opening a message is no contact."""
    lists: Mapping[str, Status]
    tags: tuple[str, ...]
    suppressed: SuppressionReason | None
    journal: tuple[Entry, ...] = ()

"""Subscribers, subscriptions, suppressions, and the consent journal that proves every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """State of a subscription: one subscriber on one list."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class OptIn(StrEnum):
    """How a person joins a list: by asking, or by asking and confirming the address."""

    SINGLE = "single"
    DOUBLE = "double"

    @property
    def first_status(self) -> Status:
        """Return the status of a new subscription."""
        return Status.PENDING if self is OptIn.DOUBLE else Status.CONFIRMED


class Method(StrEnum):
    """How a change reached the program."""

    FORM = "form"
    IMPORT = "import"
    OPERATOR = "operator"
    API = "api"
    PROVIDER = "provider"
    """A report of the provider: a bounce, a complaint."""


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
"""(from, to) → methods that may make the change. A person who unsubscribed comes back only by their own wish, never by
an import."""


class SuppressionReason(StrEnum):
    """The reason why an address must never be mailed again."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED_ALL = "unsubscribed_all"
    MANUAL = "manual"
    INVALID = "invalid"
    ERASED = "erased"
    """The person asked to be erased: only the hash of the address is left."""
    MOVED = "moved"
    """The person has another address now."""


VOLUNTARY_REASONS = frozenset(
    {SuppressionReason.UNSUBSCRIBED_ALL, SuppressionReason.COMPLAINT, SuppressionReason.MANUAL}
)
"""Reasons that are somebody's decision; they end every subscription. A bounce does not: the mailbox may accept mail
again one day."""
REASON_PRECEDENCE = (
    SuppressionReason.INVALID,
    SuppressionReason.BOUNCE,
    SuppressionReason.UNSUBSCRIBED_ALL,
    SuppressionReason.COMPLAINT,
)
"""Reasons that a provider reports; a later reason in this tuple replaces an earlier one, whatever the order in which
the reports come."""


class Suppression(NamedTuple):
    """The reason of a suppression, and its start in milliseconds."""

    reason: SuppressionReason
    at: int


class Action(StrEnum):
    """What a journal entry records; the first three are a subscription's new status."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    RELEASED = "released"
    """The suppression ended because the person asked to come back."""
    UNBLOCKED = "unblocked"
    """The suppression ended because an operator lifted a bounce."""
    READDRESSED = "readdressed"


Attribute = str | int | float
"""A text that is written like a number is stored as a number (`42`, `3.5`, not `007`), whatever its source."""


class Subscriber(NamedTuple):
    """A person in the database. `email` is normalised; `id` is never reused. A tuple, because a million are made."""

    id: int
    email: str
    first_name: str = ""
    last_name: str = ""


SAMPLE_SUBSCRIBER = Subscriber(0, "camille.martin@example.org", "Camille", "Martin")
"""The person of a preview or a test if no subscriber is given; not in the database."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a change comes from: the method, the source, and the words that the person agreed to."""

    method: Method
    source: str = ""
    """A file or a page."""
    words: str = ""
    """The consent text, exactly as it was shown to the person."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the consent journal."""

    at: int
    action: Action
    provenance: Provenance
    list_name: str = ""
    line: int = 0
    """Line number in the source, from 1; 0 if there is none."""


@dataclass(slots=True)
class SubscriberUpsert:
    """A person to add or update, from an import row, a form or an operator. Not frozen: a million are made a minute."""

    email: str
    address_mac: bytes
    """Keyed hash of the address; suppressions are stored under it."""
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    subscriptions: Mapping[int, Status] = field(default_factory=dict)
    """List id → wanted status."""
    tags: tuple[str, ...] = ()
    suppressed: SuppressionReason | None = None
    on_file: bool = True
    """False if only the suppression matters: an unknown person is not added to the database."""
    at: int = 0
    """When the person subscribed, in milliseconds; 0 for now."""
    contact_at: int = 0
    """Time of the person's last contact, in milliseconds; 0 for the same time as `at`."""
    line: int = 0
    public_id: bytes = b""
    """16 bytes, from one of our own exports; empty for a new id."""
    journal: tuple[Entry, ...] = ()
    """From one of our own exports: written for a new subscriber instead of the entries that this import would write."""


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    """The result of an upsert, in numbers of people; each person is counted once, in the first field that fits."""

    suppressed: int = 0
    """Newly suppressed: these people may not be mailed from now on."""
    kept_out: int = 0
    """Unsubscribed or suppressed before, and not brought back."""
    added: int = 0
    """New on a list, or new in the database."""
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A refused row of an import, with the reason; `code` is a key of the message catalogue (`i18n`)."""

    line: int
    code: str
    value: str
    member: str = ""
    """The name of the file inside a zip archive."""


@dataclass(frozen=True, slots=True)
class MailingList:
    """A list that people subscribe to, with its number of subscriptions by status."""

    id: int
    name: str
    opt_in: OptIn
    counts: Mapping[Status, int] = field(default_factory=dict)
    is_test: bool = False
    """True if a campaign to this list is a rehearsal, which does not count as received."""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is stored about a person, except the deliveries of campaigns."""

    id: int
    public_id: bytes
    email: str
    first_name: str
    last_name: str
    language: str
    attributes: Mapping[str, Attribute]
    created_at: int
    last_contact_at: int
    """When the person last did something: subscribed, confirmed, wrote, clicked. Opening a message does not count."""
    lists: Mapping[str, Status]
    tags: tuple[str, ...]
    suppressed: SuppressionReason | None
    journal: tuple[Entry, ...] = ()

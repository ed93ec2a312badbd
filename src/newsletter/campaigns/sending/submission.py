"""The requests of a chunk: build them, submit each in one attempt, and interpret the outcomes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from newsletter.campaigns.sending.refusal_watch import RefusalWatch
from newsletter.campaigns.sending.submission_log import SubmissionFile, Submitted
from newsletter.model.campaign import Campaign, ChunkState, Claim, ExceptionKind, Part
from newsletter.model.delivery import (
    Accepted,
    AccountLimited,
    Attempt,
    Blame,
    InDoubt,
    Misconfigured,
    NotSent,
    Outcome,
    Recipient,
    Rejected,
    Throttled,
    TooLarge,
)
from newsletter.model.edition import Edition
from newsletter.model.subscribers import Subscriber
from newsletter.personalization import merge_tags, tokens
from newsletter.providers.base import Provider, Request
from newsletter.storage.campaigns.attempts import UNCOUNTED
from newsletter.system import timestamps
from newsletter.system.batches import batched

ABANDONED = "worker died"
"""Detail of a chunk whose worker died."""
UNKNOWN_ATTEMPTS, UNKNOWN_SECONDS = 8, 900
"""A refusal that names no mailbox is retried for more than a day: it may be a daily limit of the sender."""
LAST_SECONDS = 60
PATIENCE_ATTEMPTS = 12
"""After this many throttled attempts, the message to one person counts as rejected."""


@dataclass(slots=True)
class PreparedChunk:
    """A claimed chunk with its requests, and the recipients of each request."""

    claim: Claim
    batches: tuple[tuple[Subscriber, ...], ...]
    requests: tuple[Request, ...]
    lease_until: int = 0
    """In milliseconds; renewed while the chunk is under way, 0 if the claim was lost. Nothing may be sent after it."""
    file: SubmissionFile | None = None
    """The progress of its requests, for recovery after a crash."""

    def is_ours(self, now: int) -> bool:
        """Return True if the claim is valid at `now` (milliseconds), so that a request may start or end."""
        return now < self.lease_until

    def commit(self, request: int, clock: Callable[[], int]) -> bool:
        """Mark that a request may be accepted from now on; return False if the claim is lost."""
        return self.is_ours(clock()) and (self.file is None or self.file.commit(request))

    def note_answer(self, request: int, outcome: Outcome) -> None:
        """Note the outcome of a request in the file; a request in doubt stays marked as committed."""
        if self.file and not isinstance(outcome, InDoubt):
            self.file.note_answer(request, accepted=isinstance(outcome, Accepted))


@dataclass(slots=True)
class ChunkResult:
    """The result of a chunk: its parts, and the recipients that the provider rejected."""

    parts: list[Part]
    refused: list[tuple[int, ExceptionKind, str]]


def prepare_chunk(provider: Provider, edition: Edition, campaign: Campaign, claim: Claim, key: str) -> PreparedChunk:
    """Build the requests of a chunk; their common parts exist in memory once."""
    release_at = campaign.orders.release_at // 1000 if claim.fence else 0
    date = timestamps.moment(claim.began_at)
    attempt = Attempt(campaign.id, claim.sequence, claim.attempt, date, claim.token, claim.fence, release_at)
    make = recipient_maker(edition, campaign, key)
    batches = tuple(batched(claim.people, provider.caps.max_recipients))
    requests = tuple(provider.build(edition, [make(person) for person in people], attempt) for people in batches)
    return PreparedChunk(claim, batches, requests)


def submit_chunk(
    provider: Provider, prepared: PreparedChunk, on_submitted: Callable[[int], None], *, clock: Callable[[], int],
    may_continue: Callable[[], bool], watch: RefusalWatch | None = None,
) -> list[Outcome]:  # fmt: skip
    """Submit the requests in order; stop at the first outcome that also affects the rest, or if `may()` is false."""
    outcomes: list[Outcome] = []
    for number, (request, people) in enumerate(zip(prepared.requests, prepared.batches, strict=True)):
        if not (may_continue() and prepared.is_ours(clock())):
            break
        outcome = provider.submit(request, partial(prepared.commit, number, clock))
        if watch:
            outcome = watch.judge(people[0].email, outcome)
        prepared.note_answer(number, outcome)
        outcomes.append(outcome)
        on_submitted(len(people))
        alone = len(prepared.requests) > 1 and isinstance(outcome, Throttled)  # by a mailbox, not the relay
        if isinstance(outcome, Throttled) and outcome.blame is Blame.CONNECTION:
            break
        if not alone and not isinstance(outcome, Accepted | Rejected | TooLarge):
            break
    return outcomes


def interpret_outcomes(
    prepared: PreparedChunk, outcomes: Sequence[Outcome], pause: Callable[[float, int], int], *, max_recipients: int
) -> ChunkResult:
    """Map outcomes to parts of the chunk and rejected recipients.

    `pause(seconds, attempt)` returns until when (milliseconds) a part is put off. Recipients without an outcome are
    ready again.
    """
    result = ChunkResult([], [])
    for people, outcome in zip(prepared.batches, outcomes, strict=False):
        _add(result, people, outcome, pause, attempt=prepared.claim.tries, alone=max_recipients == 1)
    rest = [person.id for people in prepared.batches[len(outcomes) :] for person in people]
    if rest:
        result.parts.append(Part(ChunkState.READY, tuple(rest), reference=UNCOUNTED))
    parts = _merged(result.parts) if len(prepared.batches) > 1 else result.parts  # halves stay apart
    result.parts = parts or [Part(ChunkState.REJECTED if result.refused else ChunkState.ACCEPTED)]
    return result


def split_abandoned(submitted: Submitted, members: Sequence[int]) -> list[Part]:
    """Divide a dead worker's chunk by its submission file: accepted, in doubt, and ready for all others."""
    left = set(members).difference(submitted.accepted, submitted.unknown)
    parts = [
        Part(ChunkState.ACCEPTED, submitted.accepted, ABANDONED),
        Part(ChunkState.IN_DOUBT, submitted.unknown, ABANDONED),
        Part(ChunkState.READY, tuple(sorted(left)), ABANDONED),
    ]
    return [part for part in parts if part.ids] or [Part(ChunkState.READY, detail=ABANDONED)]


def _add(
    result: ChunkResult, people: tuple[Subscriber, ...], outcome: Outcome, pause: Callable[[float, int], int], *,
    attempt: int, alone: bool,
) -> None:  # fmt: skip
    ids = tuple(person.id for person in people)
    match outcome:
        case Accepted(reference=reference):
            result.parts.append(Part(ChunkState.ACCEPTED, ids, reference=reference))
        case InDoubt(reason=reason):
            result.parts.append(Part(ChunkState.IN_DOUBT, ids, reason))
        case Misconfigured(reason=reason):
            result.parts.append(Part(ChunkState.READY, ids, reason))
        case NotSent(reason=reason):
            result.parts.append(Part(ChunkState.READY, ids, reason, not_before=pause(0, attempt)))
        case AccountLimited(seconds=seconds, reason=reason):  # after all other chunks: those may get through
            later = pause(seconds, 1) + LAST_SECONDS * 1000
            result.parts.append(Part(ChunkState.READY, ids, reason, UNCOUNTED, later))
        case Throttled(seconds=seconds, reason=reason, blame=Blame.CONNECTION):
            result.parts.append(Part(ChunkState.READY, ids, reason, UNCOUNTED, pause(seconds, 1)))
        case Throttled(reason=reason) if alone and attempt >= PATIENCE_ATTEMPTS:
            result.refused.append((ids[0], ExceptionKind.REJECTED, reason))
        case Throttled(seconds=seconds, reason=reason):
            result.parts.append(Part(ChunkState.READY, ids, reason, not_before=pause(seconds, attempt)))
        case Rejected(reason=reason, blame=Blame.UNKNOWN) if alone and attempt < UNKNOWN_ATTEMPTS:
            result.parts.append(Part(ChunkState.READY, ids, reason, not_before=pause(UNKNOWN_SECONDS, attempt)))
        case Rejected(reason=reason, culprits=culprits) if 0 < len(_among(culprits, ids)) < len(ids):
            named = _among(culprits, ids)
            result.refused += [(number, ExceptionKind.REJECTED, reason) for number in named]
            result.parts.append(Part(ChunkState.READY, tuple(number for number in ids if number not in named), reason))
        case Rejected(reason=reason) | TooLarge(reason=reason):
            _halve(result, ids, reason)


def _halve(result: ChunkResult, ids: tuple[int, ...], reason: str) -> None:
    """Split a request that was rejected or too large into halves; reject the recipient if only one is left."""
    if len(ids) == 1:
        result.refused.append((ids[0], ExceptionKind.REJECTED, reason))
        return
    middle = len(ids) // 2
    result.parts += [Part(ChunkState.READY, half, reason) for half in (ids[:middle], ids[middle:])]


def _among(culprits: Sequence[int], ids: tuple[int, ...]) -> set[int]:
    return {ids[index] for index in culprits if index < len(ids)}


_ORDER = [ChunkState.ACCEPTED, ChunkState.IN_DOUBT, ChunkState.READY]


def _merged(parts: Sequence[Part]) -> list[Part]:
    """Merge parts with the same state and time; accepted parts come first: the first gives the attempt its outcome."""
    found: dict[tuple[ChunkState, int | None], list[Part]] = {}
    for part in parts:
        found.setdefault((part.state, part.not_before), []).append(part)
    merged = [
        replace(same[0], ids=tuple(number for one in same for number in one.ids or ())) for same in found.values()
    ]
    return sorted(merged, key=lambda part: (_ORDER.index(part.state), part.not_before or 0))


def recipient_maker(edition: Edition, campaign: Campaign, key: str) -> Callable[[Subscriber], Recipient]:
    """Return a function that builds the Recipient of a subscriber; the work common to all is done here, once."""
    end, fill = f"@{edition.sender.domain}>", merge_tags.filler(edition.tags)
    sign = tokens.make_unsubscribe_signer(key, campaign.id)
    named = hashlib.blake2b(f"{campaign.issue_id}/{campaign.round}/".encode(), digest_size=16)

    def make(person: Subscriber) -> Recipient:
        number = person.id
        name = named.copy()  # the same id for the same delivery, so that a receiver can detect a duplicate
        name.update(b"%d" % number)
        return Recipient(number, person.email, f"<{name.hexdigest()}{end}", fill(person, sign(number)))

    return make

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
EXTRA_PAUSE_SECONDS = 60
MAX_THROTTLED_ATTEMPTS = 12
"""After this many throttled attempts, the message to one person counts as rejected."""


@dataclass(slots=True)
class PreparedChunk:
    """A claimed chunk with its requests; `recipients` has the recipients of each request."""

    claim: Claim
    recipients: tuple[tuple[Subscriber, ...], ...]
    requests: tuple[Request, ...]
    lease_until: int = 0
    """In milliseconds; renewed while the chunk is under way, 0 if the claim was lost. Nothing may be sent after it."""
    file: SubmissionFile | None = None
    """The progress of its requests, for recovery after a crash."""

    def is_claim_valid(self, now_ms: int) -> bool:
        """Return True if the claim is valid at `now_ms`, so that a request may start or end."""
        return now_ms < self.lease_until

    def commit(self, request: int, clock: Callable[[], int]) -> bool:
        """Mark that a request may be accepted from now on; return False if the claim is lost."""
        return self.is_claim_valid(clock()) and (self.file is None or self.file.commit(request))

    def record_outcome(self, request: int, outcome: Outcome) -> None:
        """Note the outcome of a request in the file; a request in doubt stays marked as committed."""
        if self.file and not isinstance(outcome, InDoubt):
            self.file.record_outcome(request, accepted=isinstance(outcome, Accepted))


@dataclass(slots=True)
class ChunkResult:
    """The result of a chunk: its parts, and the recipients that the provider rejected."""

    parts: list[Part]
    rejected: list[tuple[int, ExceptionKind, str]]


def prepare_chunk(provider: Provider, edition: Edition, campaign: Campaign, claim: Claim, key: str) -> PreparedChunk:
    """Build the requests of a chunk; their common parts exist in memory once."""
    release_at = campaign.options.release_at // 1000 if claim.batch_id else 0
    date = timestamps.moment(claim.began_at)
    attempt = Attempt(
        campaign_id=campaign.id,
        chunk=claim.sequence,
        number=claim.attempt,
        date=date,
        token=claim.token,
        batch_id=claim.batch_id,
        release_at=release_at,
    )
    make_recipient = make_recipient_builder(edition, campaign, key)
    recipients = tuple(batched(claim.people, provider.caps.max_recipients))
    requests = tuple(
        provider.build(edition, [make_recipient(person) for person in people], attempt) for people in recipients
    )
    return PreparedChunk(claim=claim, recipients=recipients, requests=requests)


def submit_chunk(
    provider: Provider, prepared: PreparedChunk, on_submitted: Callable[[int], None], *, clock: Callable[[], int],
    may_continue: Callable[[], bool], watch: RefusalWatch | None = None,
) -> list[Outcome]:  # fmt: skip
    """Submit the requests in order; stop at an outcome that also affects the rest, or if `may_continue()` is false."""
    outcomes: list[Outcome] = []
    for number, (request, people) in enumerate(zip(prepared.requests, prepared.recipients, strict=True)):
        if not (may_continue() and prepared.is_claim_valid(clock())):
            break
        outcome = provider.submit(request, partial(prepared.commit, number, clock))
        if watch:
            outcome = watch.check(people[0].email, outcome)
        prepared.record_outcome(number, outcome)
        outcomes.append(outcome)
        on_submitted(len(people))
        is_by_mailbox = len(prepared.requests) > 1 and isinstance(outcome, Throttled)  # by a mailbox, not the relay
        if isinstance(outcome, Throttled) and outcome.blame is Blame.CONNECTION:
            break
        if not is_by_mailbox and not isinstance(outcome, Accepted | Rejected | TooLarge):
            break
    return outcomes


def interpret_outcomes(
    prepared: PreparedChunk, outcomes: Sequence[Outcome], retry_at: Callable[[float, int], int], *, max_recipients: int
) -> ChunkResult:
    """Map outcomes to parts of the chunk and rejected recipients.

    `retry_at(seconds, attempt)` returns until when (milliseconds) a part is put off. Recipients without an outcome are
    ready again.
    """
    result = ChunkResult([], [])
    for people, outcome in zip(prepared.recipients, outcomes, strict=False):
        _add_outcome(result, people, outcome, retry_at, tries=prepared.claim.tries, is_single=max_recipients == 1)
    rest = [person.id for people in prepared.recipients[len(outcomes) :] for person in people]
    if rest:
        result.parts.append(Part(ChunkState.READY, tuple(rest), reference=UNCOUNTED))
    parts = _merge_parts(result.parts) if len(prepared.recipients) > 1 else result.parts  # halves stay apart
    result.parts = parts or [Part(ChunkState.REJECTED if result.rejected else ChunkState.ACCEPTED)]
    return result


def split_abandoned(submitted: Submitted, members: Sequence[int]) -> list[Part]:
    """Divide a dead worker's chunk by its submission file: accepted, in doubt, and ready for all others."""
    not_submitted = set(members).difference(submitted.accepted, submitted.unknown)
    parts = [
        Part(ChunkState.ACCEPTED, submitted.accepted, ABANDONED),
        Part(ChunkState.IN_DOUBT, submitted.unknown, ABANDONED),
        Part(ChunkState.READY, tuple(sorted(not_submitted)), ABANDONED),
    ]
    return [part for part in parts if part.ids] or [Part(ChunkState.READY, detail=ABANDONED)]


def _add_outcome(
    result: ChunkResult, people: tuple[Subscriber, ...], outcome: Outcome, retry_at: Callable[[float, int], int], *,
    tries: int, is_single: bool,
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
            result.parts.append(Part(ChunkState.READY, ids, reason, not_before=retry_at(0, tries)))
        case AccountLimited(seconds=seconds, reason=reason):  # after all other chunks: those may get through
            retry_at_ms = retry_at(seconds, 1) + EXTRA_PAUSE_SECONDS * 1000
            result.parts.append(Part(ChunkState.READY, ids, reason, UNCOUNTED, retry_at_ms))
        case Throttled(seconds=seconds, reason=reason, blame=Blame.CONNECTION):
            result.parts.append(Part(ChunkState.READY, ids, reason, UNCOUNTED, retry_at(seconds, 1)))
        case Throttled(reason=reason) if is_single and tries >= MAX_THROTTLED_ATTEMPTS:
            result.rejected.append((ids[0], ExceptionKind.REJECTED, reason))
        case Throttled(seconds=seconds, reason=reason):
            result.parts.append(Part(ChunkState.READY, ids, reason, not_before=retry_at(seconds, tries)))
        case Rejected(reason=reason, blame=Blame.UNKNOWN) if is_single and tries < UNKNOWN_ATTEMPTS:
            result.parts.append(Part(ChunkState.READY, ids, reason, not_before=retry_at(UNKNOWN_SECONDS, tries)))
        case Rejected(reason=reason, culprits=culprits) if 0 < len(_choose_culprits(culprits, ids)) < len(ids):
            culprit_ids = _choose_culprits(culprits, ids)
            result.rejected += [(number, ExceptionKind.REJECTED, reason) for number in culprit_ids]
            result.parts.append(
                Part(ChunkState.READY, tuple(number for number in ids if number not in culprit_ids), reason)
            )
        case Rejected(reason=reason) | TooLarge(reason=reason):
            _split_in_halves(result, ids, reason)


def _split_in_halves(result: ChunkResult, ids: tuple[int, ...], reason: str) -> None:
    """Split a request that was rejected or too large into halves; reject the recipient if only one is left."""
    if len(ids) == 1:
        result.rejected.append((ids[0], ExceptionKind.REJECTED, reason))
        return
    middle = len(ids) // 2
    result.parts += [Part(ChunkState.READY, half, reason) for half in (ids[:middle], ids[middle:])]


def _choose_culprits(culprits: Sequence[int], ids: tuple[int, ...]) -> set[int]:
    return {ids[index] for index in culprits if index < len(ids)}


_ORDER = [ChunkState.ACCEPTED, ChunkState.IN_DOUBT, ChunkState.READY]


def _merge_parts(parts: Sequence[Part]) -> list[Part]:
    """Merge parts with the same state and time; accepted parts come first: the first gives the attempt its outcome."""
    groups: dict[tuple[ChunkState, int | None], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.state, part.not_before), []).append(part)
    merged = [
        replace(group[0], ids=tuple(number for part in group for number in part.ids or ())) for group in groups.values()
    ]
    return sorted(merged, key=lambda part: (_ORDER.index(part.state), part.not_before or 0))


def make_recipient_builder(edition: Edition, campaign: Campaign, key: str) -> Callable[[Subscriber], Recipient]:
    """Return a function that builds the Recipient of a subscriber; the work common to all is done here, once."""
    ending, fill = f"@{edition.sender.domain}>", merge_tags.make_filler(edition.tags)
    sign = tokens.make_unsubscribe_signer(key, campaign.id)
    common = hashlib.blake2b(f"{campaign.issue_id}/{campaign.round}/".encode(), digest_size=16)

    def build(person: Subscriber) -> Recipient:
        number = person.id
        message_id = common.copy()  # the same id for the same delivery, so that a receiver can detect a duplicate
        message_id.update(b"%d" % number)
        return Recipient(number, person.email, f"<{message_id.hexdigest()}{ending}", fill(person, sign(number)))

    return build

"""dispatch: hands a campaign's chunks to a provider so that nobody gets it twice and nobody is forgotten.

    claim a chunk     committed before a byte leaves
    build             pure: the same deliveries give the same bytes
    submit            one attempt
    record            under the claim's token

A worker that dies in between leaves a claimed chunk. It is recovered at once when its process is
dead on this host, and when its lease ends otherwise: back to ready where the provider is idempotent,
in doubt where it is not, because sending it again could be sending it twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from more_itertools import batched

from newsletter import links, mergetags
from newsletter.errors import ProviderError
from newsletter.liveness import is_dead, this_process
from newsletter.model.campaign import (
    Accepted,
    Attempt,
    Campaign,
    ChunkState,
    Claim,
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
from newsletter.model.people import Subscriber
from newsletter.providers import Provider
from newsletter.store import chunks, editions
from newsletter.store.engine import Store

LEASE_SECONDS = 600
"""A claim older than this is taken for abandoned; a dead process on this host is noticed at once."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that just happened, for a progress bar: a point of the protocol, and how many people it was."""

    point: str
    people: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """Whoever dispatches: its name in the ledger, its key, its clock, its dice, and who watches."""

    key: str
    """Signs the personal links."""
    name: str = field(default_factory=this_process)
    clock: Callable[[], float] = time.time
    new_token: Callable[[], str] = lambda: secrets.token_hex(16)
    notify: Callable[[Notice], None] = lambda _notice: None

    def millis(self) -> int:
        """Now, as the ledger counts."""
        return int(self.clock() * 1000)


def dispatch(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> None:
    """Recovers what dead workers left, then hands over every chunk that is due."""
    recover(store, provider, campaign, worker)
    for sequence in _due(store, campaign, worker):
        dispatch_chunk(store, provider, campaign, sequence, worker=worker)


def rehearse(provider: Provider, edition: Edition, key: str) -> None:
    """Builds one message for nobody: what cannot be built must show before the campaign is frozen, not after."""
    moment = dt.datetime.fromtimestamp(0, dt.UTC)
    campaign = Campaign(0, edition.issue_id, 1, "", edition.digest, provider.name, moment, 0, 0)
    nobody = Subscriber(0, edition.sender.email)
    recipient = _recipient_maker(edition, campaign, Worker(key))(nobody)
    provider.build(edition, [recipient], Attempt(0, 0, 1, moment))


def dispatch_chunk(store: Store, provider: Provider, campaign: Campaign, sequence: int, *, worker: Worker) -> bool:
    """One chunk, from claim to record; False where somebody else has it. Stands alone."""
    claim = _claim(store, campaign, sequence, worker)
    if claim is None:
        return False
    worker.notify(Notice("claimed"))
    with store.read() as tx:
        edition = editions.load(tx, claim.digest)
    result = _hand_over(provider, edition, campaign, claim, worker)
    _record(store, claim, result, worker)
    worker.notify(Notice("recorded", len(claim.people)))
    if result.stop:
        raise ProviderError("provider_unavailable", provider=provider.name, reason=result.detail)
    return True


def recover(store: Store, provider: Provider, campaign: Campaign, worker: Worker) -> int:
    """Takes back the chunks of dead workers and says how many they were."""
    state = ChunkState.READY if provider.caps.idempotent else ChunkState.IN_DOUBT
    recovered = 0
    with store.write() as tx:
        for sequence, token, owner, lease_until in chunks.claimed(tx, campaign.id):
            dead = is_dead(owner)
            if dead or (dead is None and lease_until < worker.millis()):
                recovered += chunks.give_up(tx, campaign.id, sequence, token, state)
    return recovered


@dataclass(slots=True)
class _Result:
    """What became of a chunk's requests."""

    state: ChunkState = ChunkState.ACCEPTED
    detail: str = ""
    delay: float | None = None
    refused: list[tuple[int, str]] = field(default_factory=list)
    stop: bool = False


def _due(store: Store, campaign: Campaign, worker: Worker) -> Iterator[int]:
    """Sequences of the chunks to do, each looked up when the one before is done."""
    after = -1
    while True:
        with store.read() as tx:
            found = chunks.due(tx, campaign.id, after, worker.millis())
        if found is None:
            return
        yield found
        after = found


def _claim(store: Store, campaign: Campaign, sequence: int, worker: Worker) -> Claim | None:
    now = worker.millis()
    with store.write() as tx:
        return chunks.claim(
            tx,
            campaign,
            sequence,
            token=worker.new_token(),
            worker=worker.name,
            now=now,
            lease_until=now + LEASE_SECONDS * 1000,
        )


def _hand_over(provider: Provider, edition: Edition, campaign: Campaign, claim: Claim, worker: Worker) -> _Result:
    """Builds and submits the chunk's requests, one after the other, until one is not accepted."""
    result = _Result()
    attempt = Attempt(campaign.id, claim.sequence, claim.attempt, campaign.planned_at)
    make = _recipient_maker(edition, campaign, worker)
    taken = False
    waiting = deque(batched(claim.people, provider.caps.max_recipients))
    while waiting:
        people = waiting.popleft()
        request = provider.build(edition, [make(person) for person in people], attempt)
        worker.notify(Notice("built"))
        outcome = provider.submit(request)
        worker.notify(Notice("submitted", len(people)))
        again = _again(outcome, people)
        if again:
            result.refused += _culprits(outcome, people)
            waiting.extendleft(reversed(again))
        elif not _note(result, outcome, people):
            break
        taken = taken or isinstance(outcome, Accepted)
    if taken and result.state is ChunkState.READY and not provider.caps.idempotent:
        result.state = ChunkState.IN_DOUBT  # a part of it went out: all of it again would be twice for some
    return result


def _again(outcome: Outcome, people: tuple[Subscriber, ...]) -> list[tuple[Subscriber, ...]]:
    """What of a refused request may still be taken: the others, or its halves, until one is left."""
    match outcome:
        case Rejected(culprits=culprits) if 0 < len({*culprits} & {*range(len(people))}) < len(people):
            return [tuple(person for index, person in enumerate(people) if index not in culprits)]
        case Rejected() | TooLarge() if len(people) > 1:
            middle = len(people) // 2
            return [people[:middle], people[middle:]]
    return []


def _culprits(outcome: Outcome, people: tuple[Subscriber, ...]) -> list[tuple[int, str]]:
    if not isinstance(outcome, Rejected):
        return []
    return [(people[index].id, outcome.reason) for index in outcome.culprits if index < len(people)]


def _note(result: _Result, outcome: Outcome, people: tuple[Subscriber, ...]) -> bool:
    """Adds an outcome to the chunk's result; False where the chunk must go no further."""
    match outcome:
        case Accepted():
            return True
        case Rejected(reason=reason) | TooLarge(reason=reason):
            result.refused += [(person.id, reason) for person in people]
            return True
        case NotSent(reason=reason) | Misconfigured(reason=reason):
            result.state, result.detail, result.stop = ChunkState.READY, reason, True
        case Throttled(seconds=seconds, reason=reason):
            result.state, result.detail, result.delay = ChunkState.READY, reason, seconds
        case InDoubt(reason=reason):
            result.state, result.detail = ChunkState.IN_DOUBT, reason
    return False


def _record(store: Store, claim: Claim, result: _Result, worker: Worker) -> None:
    """Writes the result down; where the claim was taken away meanwhile, nothing."""
    now = worker.millis()
    not_before = now + int(result.delay * 1000) if result.delay else None
    with store.write() as tx:
        if chunks.record(tx, claim, result.state, not_before=not_before, detail=result.detail):
            chunks.reject(tx, claim, result.refused, now)


def _recipient_maker(edition: Edition, campaign: Campaign, worker: Worker) -> Callable[[Subscriber], Recipient]:
    domain = edition.sender.domain

    def make(person: Subscriber) -> Recipient:
        token = links.sign(worker.key, links.Ticket(campaign.id, person.id))
        values = mergetags.values(edition.tags, mergetags.personal(person, token))
        return Recipient(person.id, person.email, _message_id(campaign, person, domain), values)

    return make


def _message_id(campaign: Campaign, person: Subscriber, domain: str) -> str:
    """The same for the same delivery, so that a receiver who has it already can tell."""
    name = f"{campaign.issue_id}/{campaign.round}/{person.id}".encode()
    return f"<{hashlib.blake2b(name, digest_size=16).hexdigest()}@{domain}>"

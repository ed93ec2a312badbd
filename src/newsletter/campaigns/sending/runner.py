"""One run over a campaign. One thread claims, builds and records; the others only wait for the provider."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count

from newsletter.campaigns.sending import rate_limit, reconciliation, submission
from newsletter.campaigns.sending.abandoned_chunks import recover
from newsletter.campaigns.sending.concurrency import DOUBTS, ConcurrencyLimiter
from newsletter.campaigns.sending.refusal_watch import RefusalWatch
from newsletter.campaigns.sending.submission import PreparedChunk
from newsletter.campaigns.sending.submission_log import SubmissionFile
from newsletter.campaigns.sending.worker import Notice, Worker
from newsletter.errors import ProviderError
from newsletter.model.campaign import Campaign, ChunkState, Claim
from newsletter.model.delivery import AccountLimited, InDoubt, Outcome
from newsletter.model.edition import Edition
from newsletter.providers.base import BatchControl, Provider
from newsletter.storage import Transaction, editions
from newsletter.storage.campaigns import attempts, chunks
from newsletter.storage.database import Store
from newsletter.system.garbage_collection import collect_seldom

LEASE_SECONDS = 600
"""A claim older than this is taken for abandoned; a dead process on this host is noticed at once."""
TRIES = 6
"""How often in a row a provider out in the world may be out of reach before that is said."""
GLANCE_SECONDS = 0.5
"""Between looks at whether somebody wants it to stop."""
FENCED = 8
"""Chunks under way at once where each may have to be fenced: there is room for ten fences."""
SOON_SECONDS = 60
"""What is due that soon is not handed over for later any more."""


@dataclass(slots=True)
class Dispatcher:
    """What is under way, and when there is something to do again; moments in milliseconds."""

    store: Store
    provider: Provider
    campaign: Campaign
    worker: Worker
    patience: float = 0.0
    limiter: ConcurrencyLimiter = field(init=False)
    _under_way: dict[Future[list[Outcome]], PreparedChunk] = field(default_factory=dict)
    _room_at: int = 0
    """When rate, cap or fences have room."""
    _doubts_at: int | None = 0
    """When to look at what is in doubt; None for nothing is."""
    limited_until: int = 0
    """Until when a limit of the account lets nothing pass; 0 where none was met."""
    _renew_at: int = 0
    _edition: Edition | None = None
    _watch: RefusalWatch | None = None
    _broken_off: bool = False

    def __post_init__(self) -> None:
        caps, orders = self.provider.caps, self.campaign.orders
        most = orders.in_flight or caps.in_flight
        most = min(most, FENCED) if orders.release_at else most
        tries, alone = TRIES if caps.leaves_house else 1, caps.max_recipients == 1
        self._watch = RefusalWatch() if alone else None
        self.limiter = ConcurrencyLimiter(most, tries, self.worker.clock, self.worker.dice, alone=alone)

    def through(self) -> None:
        """To the end, or to where nothing can be done for a while."""
        recover(self.store, self.provider, self.campaign, self.worker)
        with collect_seldom():
            self._fly()

    def _fly(self) -> None:
        with ThreadPoolExecutor(self.limiter.most, thread_name_prefix="flight") as pool:
            try:
                while self._goes_on(pool):
                    pass
            except KeyboardInterrupt:
                self._break_off()
                raise

    def _goes_on(self, pool: ThreadPoolExecutor) -> bool:
        """Does what there is to do now; whether there will be more."""
        self._resolve()
        self._renew()
        self._begin(pool)
        if self._under_way:
            self._land()
            return True
        return self._wait()

    def _break_off(self) -> None:
        """Hangs up, as often as a thread takes up anew, and writes down what is known then: the rest is in doubt."""
        self._broken_off = True
        while self._under_way:
            self.provider.close()
            self._land()

    def one(self) -> bool:
        """One chunk, without threads."""
        loaded = self._claimed()
        if loaded is None:
            return False
        outcomes = self._hand_over(loaded)
        self.limiter.note(outcomes)
        self._record(loaded, outcomes)
        return True

    def _resolve(self) -> None:
        if self._doubts_at is not None and self._doubts_at <= self.worker.millis():
            self._doubts_at = self.store.retry_on_disconnect(
                lambda: reconciliation.resolve(self.store, self.provider, self.campaign, self.worker)
            )

    def _renew(self) -> None:
        """Keeps the claims that are under way: a relay may take minutes for each of a run of messages."""
        now = self.worker.millis()
        if not self._under_way or now < self._renew_at:
            return
        self._renew_at, until = now + LEASE_SECONDS * 1000 // 3, now + LEASE_SECONDS * 1000
        loads = [*self._under_way.values()]
        tokens = [one.claim.token for one in loads]
        kept = self.store.write_with_retry(lambda tx: chunks.renew(tx, self.campaign.id, tokens, until))
        for one in loads:
            one.lease_until = until if one.claim.token in kept else 0

    def _begin(self, pool: ThreadPoolExecutor) -> None:
        if self._is_ill():
            return
        while self.limiter.has_room(len(self._under_way)) and not self.worker.is_stopping():
            loaded = self._claimed()
            if loaded is None:
                return
            self._under_way[pool.submit(self._hand_over, loaded)] = loaded

    def _is_ill(self) -> bool:
        """Whether so much is in doubt that no more should be: otherwise a list would be, round after round."""
        if self._doubts_at is None:
            return False
        with self.store.read() as tx:
            doubts_ = len(chunks.standing(tx, self.campaign.id, ChunkState.IN_DOUBT))
        return doubts_ >= max(self.limiter.most, DOUBTS)

    def _land(self) -> None:
        done, _ = wait(self._under_way, timeout=GLANCE_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            outcomes = future.result()
            self.limiter.note(outcomes)
            self._record(self._under_way[future], outcomes)
            del self._under_way[future]  # not before: whoever interrupts here must find it

    def _wait(self) -> bool:
        """Sleeps a little where something will be due soon; False where there is nothing to wait for."""
        if self.limiter.trouble or self.worker.is_stopping():
            return False
        ready = None if self._is_ill() else self.store.retry_on_disconnect(self._next_due)
        moments = [] if ready is None else [max(ready, self._room_at, int(self.limiter.resumes_at() * 1000))]
        if self.campaign.orders.release_at and self._doubts_at is not None:  # a fence settles soon, evidence may not
            moments.append(self._doubts_at)
        seconds = min(moments) / 1000 - self.worker.clock() if moments else self.patience + 1
        if seconds > self.patience:
            return False
        self.worker.sleep(min(max(seconds, 0.01), GLANCE_SECONDS))
        return True

    def _next_due(self) -> int | None:
        with self.store.read() as tx:
            return chunks.next_due(tx, self.campaign.id)

    def _claimed(self) -> PreparedChunk | None:
        """The next chunk that is due, claimed and built; None where none is."""
        token, fence, tries = self.worker.new_token(), self._fence(), count()
        if self._room_at > self.worker.millis():
            return None
        file = self._begin_file(token)
        claim = self.store.write_with_retry(lambda tx: self._claim(tx, token, fence, again=next(tries) > 0))
        if claim is None:
            if file:
                file.close()
            return None
        self.worker.notify(Notice("claimed"))
        loaded = submission.prepare_chunk(self.provider, self._edition_of(claim), self.campaign, claim, self.worker.key)
        loaded.lease_until = self.worker.millis() + LEASE_SECONDS * 1000
        if file:
            file.complete([person.id for person in claim.people], self.provider.caps.max_recipients)
            loaded.file = file
        self.worker.notify(Notice("built"))
        return loaded

    def _begin_file(self, token: str) -> SubmissionFile | None:
        """Make the chunk's file before it is claimed: whoever dies in between has provably sent nothing."""
        log = self.worker.submissions
        return log.begin(token) if log and not self.provider.caps.idempotent else None

    def _is_due(self) -> bool:
        with self.store.read() as tx:
            return chunks.due(tx, self.campaign.id, self.worker.millis()) is not None

    def _claim(self, tx: Transaction, token: str, fence: str, *, again: bool) -> Claim | None:
        """`again` where the answer to a commit was lost: what is claimed under the token already is the one."""
        now = self.worker.millis()
        mine = chunks.claimed_by(tx, self.campaign.id, token) if again else None
        sequence = chunks.due(tx, self.campaign.id, now) if mine is None else mine
        if sequence is None:
            return None
        self._room_at = rate_limit.reserve_quota(tx, self.campaign, sequence, self.worker) if mine is None else 0
        if self._room_at:
            return None
        who = chunks.Claimant(self.worker.name, token, now, now + LEASE_SECONDS * 1000, fence)
        return chunks.claim(tx, self.campaign, sequence, who)

    def _fence(self) -> str:
        """A name under which the next chunk can be held back, where it is handed over for later; none otherwise."""
        release_at, now = self.campaign.orders.release_at, self.worker.millis()
        if release_at - now < SOON_SECONDS * 1000 or not isinstance(self.provider, BatchControl):
            return ""
        if not self.store.retry_on_disconnect(self._is_due):  # no name is asked for in vain
            return ""
        used = self.store.retry_on_disconnect(self._fences) + len(self._under_way)
        if used >= self.provider.most_fences:
            self._room_at = release_at  # what is left goes out then, unfenced
            return ""
        try:
            return self.provider.reserve()
        except ProviderError as error:
            self.limiter.trouble = str(error.facts.get("reason", ""))
            self._room_at = now + SOON_SECONDS * 1000
            return ""

    def _fences(self) -> int:
        with self.store.read() as tx:
            return len(attempts.fences(tx))

    def _edition_of(self, claim: Claim) -> Edition:
        if self._edition is None or self._edition.digest != claim.digest:
            self._edition = self.store.retry_on_disconnect(lambda: self._load(claim.digest))
        return self._edition

    def _load(self, digest: str) -> Edition:
        with self.store.read() as tx:
            return editions.load(tx, digest)

    def _hand_over(self, loaded: PreparedChunk) -> list[Outcome]:
        def told(people: int) -> None:
            self.worker.notify(Notice("submitted", people))

        def may() -> bool:
            return not self._broken_off

        return submission.submit_chunk(
            self.provider, loaded, told, clock=self.worker.millis, may=may, watch=self._watch
        )

    def _record(self, loaded: PreparedChunk, outcomes: list[Outcome]) -> None:
        """Writes the result down; where the claim was taken away meanwhile, nothing."""
        now = self.worker.millis()
        most = self.provider.caps.max_recipients
        landed = submission.interpret_outcomes(loaded, outcomes, self._put_off, max_recipients=most)
        self._write(lambda tx: chunks.record(tx, loaded.claim, landed.parts, landed.refused, now))
        if loaded.file:
            loaded.file.close()
        for outcome in outcomes:
            if isinstance(outcome, AccountLimited):
                self._stop_for(outcome)
        if any(isinstance(outcome, InDoubt) for outcome in outcomes):
            self._doubts_at = now
        self.worker.notify(Notice("recorded", len(loaded.claim.people)))

    def _stop_for(self, limited: AccountLimited) -> None:
        """Let nothing of the campaign go until the account may send again."""
        self.limited_until = self.worker.millis() + int(limited.seconds * 1000)
        self._write(lambda tx: chunks.put_off(tx, self.campaign.id, self.limited_until, limited.reason))

    def _write(self, work: Callable[[Transaction], object]) -> None:
        """Patiently; but once, where somebody wants it to end at once: what is not written down will be in doubt."""
        if not self._broken_off:
            self.store.write_with_retry(work)
            return
        with self.store.write() as tx:
            work(tx)

    def _put_off(self, seconds: float, attempt: int) -> int:
        """Until when: longer with each attempt of one chunk, and as long as the provider is out of reach."""
        longer = (
            2 ** min(attempt - 1, 6) if self.limiter.alone else 1
        )  # one mailbox's patience, not the provider's limit
        wait_ = max(seconds * longer, self.limiter.backoff())
        return self.worker.millis() + int(wait_ * 1000)

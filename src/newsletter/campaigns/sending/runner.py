"""The dispatch loop over a campaign: one thread claims, builds and records; the other threads only submit."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count

from newsletter.campaigns.sending import rate_limit, reconciliation, submission
from newsletter.campaigns.sending.abandoned_chunks import recover_abandoned
from newsletter.campaigns.sending.concurrency import MAX_DOUBTS, ConcurrencyLimiter
from newsletter.campaigns.sending.refusal_watch import RefusalWatch
from newsletter.campaigns.sending.submission import PreparedChunk
from newsletter.campaigns.sending.submission_log import SubmissionFile
from newsletter.campaigns.sending.worker import Progress, Worker
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
"""A claim that is not renewed for this long counts as abandoned; a dead process on this host is detected at once."""
MAX_UNREACHABLE_REQUESTS = 6
"""How many requests in a row may fail to reach an external provider before the run stops with an error."""
POLL_SECONDS = 0.5
"""Time between checks whether the run is to stop."""
MAX_CANCELLABLE = 8
"""Chunks under way at once if each batch may have to be cancelled: the provider keeps ten cancelled batches."""
SOON_SECONDS = 60
"""A chunk whose release is nearer than this is sent at once, not scheduled."""


@dataclass(slots=True)
class Dispatcher:
    """One run over a campaign: the chunks under way, and the times of the next steps in milliseconds."""

    store: Store
    provider: Provider
    campaign: Campaign
    worker: Worker
    patience: float = 0.0
    limiter: ConcurrencyLimiter = field(init=False)
    _in_progress: dict[Future[list[Outcome]], PreparedChunk] = field(default_factory=dict)
    _quota_at: int = 0
    """When rate, daily cap or the provider's batches allow the next chunk."""
    _doubts_at: int | None = 0
    """When to look at the chunks in doubt; None if there are none to look at."""
    limited_until: int = 0
    """Until when a limit of the account blocks all chunks; 0 if no limit was met."""
    _renew_at: int = 0
    _edition: Edition | None = None
    _watch: RefusalWatch | None = None
    _is_aborted: bool = False

    def __post_init__(self) -> None:
        caps, options = self.provider.caps, self.campaign.options
        max_in_flight = options.in_flight or caps.in_flight
        max_in_flight = min(max_in_flight, MAX_CANCELLABLE) if options.release_at else max_in_flight
        max_unreached, is_single = MAX_UNREACHABLE_REQUESTS if caps.reaches_readers else 1, caps.max_recipients == 1
        self._watch = RefusalWatch() if is_single else None
        self.limiter = ConcurrencyLimiter(
            max_in_flight=max_in_flight, max_unreached=max_unreached, clock=self.worker.clock,
            jitter=self.worker.jitter, is_single=is_single,
        )  # fmt: skip

    def run(self) -> None:
        """Run until every chunk is recorded, or until the next work is further away than `patience`."""
        recover_abandoned(self.store, self.provider, self.campaign, self.worker)
        with collect_seldom():
            self._loop()

    def _loop(self) -> None:
        with ThreadPoolExecutor(self.limiter.max_in_flight, thread_name_prefix="submit") as pool:
            try:
                while self._step(pool):
                    pass
            except KeyboardInterrupt:
                self._abort()
                raise

    def _step(self, pool: ThreadPoolExecutor) -> bool:
        """Do the work that is due now; return True if the loop is to continue."""
        self._resolve_doubts()
        self._renew_leases()
        self._start_chunks(pool)
        if self._in_progress:
            self._record_finished()
            return True
        return self._wait()

    def _abort(self) -> None:
        """Close connections until every submission under way has returned, and record the results.

        Closing is repeated because a thread may connect again. A submission without an answer is in doubt.
        """
        self._is_aborted = True
        while self._in_progress:
            self.provider.close()
            self._record_finished()

    def _resolve_doubts(self) -> None:
        if self._doubts_at is not None and self._doubts_at <= self.worker.now_ms():
            self._doubts_at = self.store.retry_on_disconnect(
                lambda: reconciliation.resolve_doubts(self.store, self.provider, self.campaign, self.worker)
            )

    def _renew_leases(self) -> None:
        """Renew the leases of the chunks under way: a relay may take minutes for each message of a chunk."""
        now_ms = self.worker.now_ms()
        if not self._in_progress or now_ms < self._renew_at:
            return
        self._renew_at, lease_until = now_ms + LEASE_SECONDS * 1000 // 3, now_ms + LEASE_SECONDS * 1000
        in_progress = [*self._in_progress.values()]
        tokens = [prepared.claim.token for prepared in in_progress]
        kept = self.store.write_with_retry(lambda tx: chunks.renew_leases(tx, self.campaign.id, tokens, lease_until))
        for prepared in in_progress:
            prepared.lease_until = lease_until if prepared.claim.token in kept else 0

    def _start_chunks(self, pool: ThreadPoolExecutor) -> None:
        if self._has_too_many_doubts():
            return
        while self.limiter.has_room(len(self._in_progress)) and not self.worker.is_stopping():
            prepared = self._claim_next()
            if prepared is None:
                return
            self._in_progress[pool.submit(self._submit, prepared)] = prepared

    def _has_too_many_doubts(self) -> bool:
        """Return True if so many chunks are in doubt that no new one may start: else a whole list might be in doubt."""
        if self._doubts_at is None:
            return False
        with self.store.read() as tx:
            in_doubt = len(chunks.list_chunks(tx, self.campaign.id, ChunkState.IN_DOUBT))
        return in_doubt >= max(self.limiter.max_in_flight, MAX_DOUBTS)

    def _record_finished(self) -> None:
        done, _ = wait(self._in_progress, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            outcomes = future.result()
            self.limiter.record(outcomes)
            self._record(self._in_progress[future], outcomes)
            del self._in_progress[future]  # not earlier: after an interrupt here, `_abort` must find the chunk

    def _wait(self) -> bool:
        """Sleep briefly if work will be due within `patience`; return False if there is nothing to wait for."""
        if self.limiter.stop_reason or self.worker.is_stopping():
            return False
        ready = None if self._has_too_many_doubts() else self.store.retry_on_disconnect(self._next_due)
        due_at_ms = [] if ready is None else [max(ready, self._quota_at, int(self.limiter.resumes_at() * 1000))]
        if self.campaign.options.release_at and self._doubts_at is not None:  # evidence may not come soon
            due_at_ms.append(self._doubts_at)
        seconds = min(due_at_ms) / 1000 - self.worker.clock() if due_at_ms else self.patience + 1
        if seconds > self.patience:
            return False
        self.worker.sleep(min(max(seconds, 0.01), POLL_SECONDS))
        return True

    def _next_due(self) -> int | None:
        with self.store.read() as tx:
            return chunks.find_next_due(tx, self.campaign.id)

    def _claim_next(self) -> PreparedChunk | None:
        """Claim and build the next chunk that is due; return None if there is none."""
        token, batch_id, tries = self.worker.new_token(), self._create_batch(), count()
        if self._quota_at > self.worker.now_ms():
            return None
        submission_file = self._begin_file(token)
        claim = self.store.write_with_retry(lambda tx: self._claim(tx, token, batch_id, again=next(tries) > 0))
        if claim is None:
            if submission_file:
                submission_file.close()
            return None
        self.worker.notify(Progress("claimed"))
        prepared = submission.prepare_chunk(
            self.provider, self._edition_of(claim), self.campaign, claim, self.worker.key
        )
        prepared.lease_until = self.worker.now_ms() + LEASE_SECONDS * 1000
        if submission_file:
            submission_file.complete([person.id for person in claim.people], self.provider.caps.max_recipients)
            prepared.file = submission_file
        self.worker.notify(Progress("built"))
        return prepared

    def _begin_file(self, token: str) -> SubmissionFile | None:
        """Create the submission file before the claim: a worker that dies in between has provably sent nothing."""
        log = self.worker.submissions
        return log.begin(token) if log and not self.provider.caps.idempotent else None

    def _is_due(self) -> bool:
        with self.store.read() as tx:
            return chunks.find_due(tx, self.campaign.id, self.worker.now_ms()) is not None

    def _claim(self, tx: Transaction, token: str, batch_id: str, *, again: bool) -> Claim | None:
        """Claim the next due chunk; with `again` (the last commit may have succeeded), reuse the chunk of the token."""
        now_ms = self.worker.now_ms()
        claimed = chunks.find_claimed(tx, self.campaign.id, token) if again else None
        sequence = chunks.find_due(tx, self.campaign.id, now_ms) if claimed is None else claimed
        if sequence is None:
            return None
        self._quota_at = rate_limit.limit_chunk(tx, self.campaign, sequence, self.worker) if claimed is None else 0
        if self._quota_at:
            return None
        claimant = chunks.Claimant(self.worker.name, token, now_ms, now_ms + LEASE_SECONDS * 1000, batch_id)
        return chunks.claim(tx, self.campaign, sequence, claimant)

    def _create_batch(self) -> str:
        """Create a batch in which the next chunk can be cancelled; return its id, "" if the chunk is not scheduled."""
        release_at, now_ms = self.campaign.options.release_at, self.worker.now_ms()
        if release_at - now_ms < SOON_SECONDS * 1000 or not isinstance(self.provider, BatchControl):
            return ""
        if not self.store.retry_on_disconnect(self._is_due):  # create no batch without need
            return ""
        used = self.store.retry_on_disconnect(self._count_cancelled) + len(self._in_progress)
        if used >= self.provider.max_batches:
            self._quota_at = release_at  # the rest goes out then, without a batch
            return ""
        try:
            return self.provider.create_batch()
        except ProviderError as error:
            self.limiter.stop_reason = str(error.facts.get("reason", ""))
            self._quota_at = now_ms + SOON_SECONDS * 1000
            return ""

    def _count_cancelled(self) -> int:
        with self.store.read() as tx:
            return len(attempts.list_cancelled(tx))

    def _edition_of(self, claim: Claim) -> Edition:
        if self._edition is None or self._edition.digest != claim.digest:
            self._edition = self.store.retry_on_disconnect(lambda: self._load_edition(claim.digest))
        return self._edition

    def _load_edition(self, digest: str) -> Edition:
        with self.store.read() as tx:
            return editions.load(tx, digest)

    def _submit(self, prepared: PreparedChunk) -> list[Outcome]:
        def on_submitted(people: int) -> None:
            self.worker.notify(Progress("submitted", people))

        def may_continue() -> bool:
            return not self._is_aborted

        return submission.submit_chunk(
            self.provider, prepared, on_submitted, clock=self.worker.now_ms, may_continue=may_continue,
            watch=self._watch,
        )  # fmt: skip

    def _record(self, prepared: PreparedChunk, outcomes: list[Outcome]) -> None:
        """Record the results of a chunk; `chunks.record` changes nothing if the claim was lost meanwhile."""
        now_ms = self.worker.now_ms()
        max_recipients = self.provider.caps.max_recipients
        result = submission.interpret_outcomes(prepared, outcomes, self._retry_at, max_recipients=max_recipients)
        self._commit(lambda tx: chunks.record(tx, prepared.claim, result.parts, result.rejected, now_ms))
        if prepared.file:
            prepared.file.close()
        for outcome in outcomes:
            if isinstance(outcome, AccountLimited):
                self._put_off_all(outcome)
        if any(isinstance(outcome, InDoubt) for outcome in outcomes):
            self._doubts_at = now_ms
        self.worker.notify(Progress("recorded", len(prepared.claim.people)))

    def _put_off_all(self, limited: AccountLimited) -> None:
        """Put off all ready chunks of the campaign until the account may send again."""
        self.limited_until = self.worker.now_ms() + int(limited.seconds * 1000)
        self._commit(lambda tx: chunks.put_off(tx, self.campaign.id, self.limited_until, limited.reason))

    def _commit(self, work: Callable[[Transaction], object]) -> None:
        """Commit with retries; after an interrupt try only once (a result that is not recorded will be in doubt)."""
        if not self._is_aborted:
            self.store.write_with_retry(work)
            return
        with self.store.write() as tx:
            work(tx)

    def _retry_at(self, seconds: float, attempt: int) -> int:
        """Return until when (milliseconds) to put off a chunk: longer after each attempt and each failed connection."""
        # only for the limit of one mailbox: not for a limit of the provider
        factor = 2 ** min(attempt - 1, 6) if self.limiter.is_single else 1
        pause_seconds = max(seconds * factor, self.limiter.backoff())
        return self.worker.now_ms() + int(pause_seconds * 1000)

"""Events as evidence that an attempt without an answer was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from newsletter.model.campaign import PROVABLE, ChunkState, Part
from newsletter.storage import Transaction
from newsletter.storage.campaigns import attempts, chunks


def apply_evidence(main: Transaction, names: Iterable[str], sent_on: Mapping[str, int], now_ms: int) -> int:
    """Record the evidence about the named attempts, settle their chunks as accepted, and return how many were settled.

    An attempt is accepted as a whole or not at all, so one event about it is evidence for all of it. If the batch of
    the attempt was cancelled, only an event at or after the release time is evidence: `sent_on` gives the time of the
    last such event in seconds, by the name of the attempt.
    """
    resolved = 0
    for name, attempt in attempts.find_by_names(main, sorted(names)):
        if attempt.cancelled_at and sent_on.get(name, 0) * 1000 < attempt.release_at:
            continue
        if attempt.evidence_at is None:
            attempts.mark_proven(main, attempt, now_ms)
        for chunk in chunks.list_chunks(main, attempt.campaign_id, *PROVABLE):
            if (chunk.sequence, chunk.attempt) == (attempt.sequence, attempt.number):
                part = Part(ChunkState.ACCEPTED, detail="evidence")
                resolved += chunks.resolve_doubt(main, attempt.campaign_id, chunk, part, now_ms)
    return resolved

"""Events as evidence that an attempt without an answer was taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from newsletter.model.campaign import PROVABLE, ChunkState, Part
from newsletter.storage import Transaction
from newsletter.storage.campaigns import attempts, chunks


def apply_evidence(main: Transaction, names: Iterable[str], sent_on: Mapping[str, int], now: int) -> int:
    """Whatever is reported about an attempt shows that all of it was taken, for it is all or nothing.

    But of what was held back behind a fence only that it was sent on (`sent_on` says when), after its release.
    """
    resolved = 0
    for name, tried in attempts.named(main, sorted(names)):
        if tried.fenced_at and sent_on.get(name, 0) * 1000 < tried.release_at:
            continue
        if tried.evidence_at is None:
            attempts.mark(main, tried, evidence_at=now)
        for chunk in chunks.standing(main, tried.campaign_id, *PROVABLE):
            if (chunk.sequence, chunk.attempt) == (tried.sequence, tried.number):
                part = Part(ChunkState.ACCEPTED, detail="evidence")
                resolved += chunks.settle(main, tried.campaign_id, chunk, part, now)
    return resolved

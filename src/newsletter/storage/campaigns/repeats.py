"""Repeated issues: sent before under another id, with the same slug, edition, or subject and text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import GIVEN_UP, ChunkState
from newsletter.model.edition import Edition
from newsletter.storage import schema
from newsletter.storage.campaigns import campaigns

_SHARED = 0.5
"""Two texts are the same if they share at least this part of the runs of three words of the shorter text."""


class Likeness(StrEnum):
    """What two issues have in common; the first three values mean that they are the same issue."""

    SLUG = "slug"
    EDITION = "edition"
    TEXT = "text"
    SUBJECT = "subject"
    """The subject alone: a weekly newsletter may have the same subject each time."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """An earlier campaign that an issue is like; `planned_at` in milliseconds."""

    campaign_id: int
    issue_id: str
    slug: str
    planned_at: int
    likeness: Likeness
    is_lost: bool = False
    """True if only the host memory remembers the campaign."""


def find_earlier(tx: Connection, edition: Edition) -> list[Repeat]:
    """Find the campaigns of other issues that this edition is like, the newest first; cancelled ones do not count."""
    campaign, issue, frozen = schema.campaign, schema.issue, schema.edition
    columns = (campaign.c.id, campaign.c.issue_id, issue.c.slug, campaign.c.planned_at, campaign.c.digest)
    query = sa.select(*columns, frozen.c.body)
    query = query.join(issue, issue.c.id == campaign.c.issue_id).join(frozen, frozen.c.digest == campaign.c.digest)
    rows = tx.execute(query.where(campaign.c.issue_id != edition.issue_id, _is_meant()).order_by(campaign.c.id.desc()))
    found = [
        Repeat(number, issue_id, slug, planned_at, likeness)
        for number, issue_id, slug, planned_at, digest, body in rows
        if (likeness := _likeness(edition, slug, digest, body))
    ]
    return [*found, *_list_lost(tx, edition)]


def _is_meant() -> sa.ColumnElement[bool]:
    """Return the condition that a part of a campaign went out, or still will."""
    chunk = schema.chunk.c
    cancelled = sa.and_(chunk.state == ChunkState.CANCELLED.value, chunk.detail != GIVEN_UP)
    return sa.exists().where(chunk.campaign_id == schema.campaign.c.id, sa.not_(cancelled))


def _list_lost(tx: Connection, edition: Edition) -> Iterator[Repeat]:
    """Yield the campaigns like this edition that only the host memory remembers; their texts are not known."""
    for row in campaigns.list_lost(tx):
        if row.issue_id == edition.issue_id or row.digest == edition.digest:
            yield Repeat(row.campaign_id, row.issue_id, row.slug, row.planned_at, Likeness.EDITION, is_lost=True)
        elif row.slug == edition.slug:
            yield Repeat(row.campaign_id, row.issue_id, row.slug, row.planned_at, Likeness.SLUG, is_lost=True)


def _likeness(edition: Edition, slug: str, digest: str, body: bytes) -> Likeness | None:
    if digest == edition.digest:
        return Likeness.EDITION
    if slug == edition.slug:
        return Likeness.SLUG
    other = orjson.loads(body)
    if _words(other["subject"]) != _words(edition.subject):
        return None
    return Likeness.TEXT if _is_mostly(edition.text, other["text"]) else Likeness.SUBJECT


def _words(text: str) -> list[str]:
    return text.casefold().replace("’", "'").split()


def _is_mostly(text: str, other: str) -> bool:
    """Check whether two texts share most runs of three words of the shorter text, in whatever place."""
    first, second = _triples(text), _triples(other)
    return bool(first and second) and len(first & second) >= _SHARED * min(len(first), len(second))


def _triples(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[place : place + 3]) for place in range(len(words) - 2)}

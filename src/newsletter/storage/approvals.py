"""Approvals: who approved which edition, and when."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.approval import Approval
from newsletter.storage import schema
from newsletter.system import timestamps


def add(tx: Connection, approval: Approval) -> None:
    """Store an approval. Approvals are never deleted."""
    tx.execute(
        schema.approval.insert().values(
            digest=approval.digest,
            slug=approval.slug,
            approved_by=approval.by,
            approved_at=timestamps.millis(approval.at),
            signature=approval.signature,
        )
    )


def list_approvals(tx: Connection, slug: str, digest: str) -> list[Approval]:
    """Return every approval of an edition, or of an issue with that slug, the oldest first."""
    table = schema.approval
    columns = (table.c.digest, table.c.slug, table.c.approved_by, table.c.approved_at, table.c.signature)
    chosen = sa.or_(table.c.digest == digest, table.c.slug == slug)
    rows = tx.execute(sa.select(*columns).where(chosen).order_by(table.c.id))
    return [Approval(row[0], row[1], row[2], timestamps.moment(row[3]), row[4]) for row in rows]

"""Statistics about people over time."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.subscribers import Status
from newsletter.storage import schema

WEEK_MS = 7 * 86_400_000
_CAME = sa.text("""
    SELECT (created_at - :since) / :week AS week, count(*) AS people FROM subscription
    WHERE list_id = :list_id AND created_at >= :since GROUP BY 1
""")
_LEFT = sa.text("""
    SELECT (updated_at - :since) / :week AS week, count(*) AS people FROM subscription
    WHERE list_id = :list_id AND status = :status AND updated_at >= :since GROUP BY 1
""")


def count_weekly(tx: Connection, list_id: int, now_ms: int, weeks: int) -> tuple[list[int], list[int]]:
    """Return how many people came to a list, and how many left, in each of the last `weeks` weeks; oldest first."""
    values = {"list_id": list_id, "since": now_ms - weeks * WEEK_MS + 1, "week": WEEK_MS}
    came, left = (
        Counter({int(row.week): row.people for row in tx.execute(query, values | extra)})
        for query, extra in ((_CAME, {}), (_LEFT, {"status": Status.UNSUBSCRIBED.value}))
    )
    return [came[week] for week in range(weeks)], [left[week] for week in range(weeks)]


def count_suppressions(tx: Connection) -> dict[str, int]:
    """Return the number of suppressed addresses by reason."""
    table = schema.suppression
    query = sa.select(table.c.reason, sa.func.count()).group_by(table.c.reason).order_by(table.c.reason)
    return dict(map(tuple, tx.execute(query)))

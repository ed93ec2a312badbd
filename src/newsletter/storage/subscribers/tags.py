"""Tags on people. The caller must hold `subscribers.lock_subscribers` to change them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.storage import schema


def get_or_create_tag(tx: Connection, name: str) -> int:
    """Return the id of a tag; create the tag if it is missing."""
    tx.execute(sa.text("INSERT INTO tag (name) VALUES (:name) ON CONFLICT (name) DO NOTHING"), {"name": name})
    return int(tx.execute(sa.select(schema.tag.c.id).filter_by(name=name)).scalar_one())


def tag_many(tx: Connection, chosen: sa.ColumnElement[bool], name: str, *, off: bool) -> int:
    """Put a tag on all chosen people, or take it off if `off` is set; return the number of people changed."""
    tag_id, link, person = get_or_create_tag(tx, name), schema.subscriber_tag, schema.subscriber
    has = sa.exists().where(link.c.tag_id == tag_id, link.c.subscriber_id == person.c.id)
    if off:
        people = sa.select(person.c.id).where(chosen)
        return tx.execute(link.delete().where(link.c.tag_id == tag_id, link.c.subscriber_id.in_(people))).rowcount
    rows = sa.select(sa.literal(tag_id), person.c.id).where(chosen, sa.not_(has))
    statement = link.insert().from_select(["tag_id", "subscriber_id"], rows)
    return tx.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def untag(tx: Connection, ids: Sequence[int]) -> int:
    """Take all tags off people, and delete the tags that nobody else has; return how many were taken off."""
    link, named = schema.subscriber_tag, schema.tag
    is_theirs = link.c.subscriber_id.in_(ids)
    tag_ids = list(tx.execute(sa.select(link.c.tag_id).where(is_theirs).distinct()).scalars())
    removed = tx.execute(link.delete().where(is_theirs)).rowcount
    is_used = sa.exists().where(link.c.tag_id == named.c.id)
    tx.execute(named.delete().where(named.c.id.in_(tag_ids), sa.not_(is_used)))
    return removed

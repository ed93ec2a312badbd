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
    number, link, person = get_or_create_tag(tx, name), schema.subscriber_tag, schema.subscriber
    has = sa.exists().where(link.c.tag_id == number, link.c.subscriber_id == person.c.id)
    if off:
        people = sa.select(person.c.id).where(chosen)
        return tx.execute(link.delete().where(link.c.tag_id == number, link.c.subscriber_id.in_(people))).rowcount
    rows = sa.select(sa.literal(number), person.c.id).where(chosen, sa.not_(has))
    putting = link.insert().from_select(["tag_id", "subscriber_id"], rows)
    return tx.execute(putting, execution_options={"preserve_rowcount": True}).rowcount


def untag(tx: Connection, ids: Sequence[int]) -> int:
    """Take all tags off people, and delete the tags that nobody else has; return how many were taken off."""
    link, named = schema.subscriber_tag, schema.tag
    mine = link.c.subscriber_id.in_(ids)
    numbers = list(tx.execute(sa.select(link.c.tag_id).where(mine).distinct()).scalars())
    taken = tx.execute(link.delete().where(mine)).rowcount
    still = sa.exists().where(link.c.tag_id == named.c.id)
    tx.execute(named.delete().where(named.c.id.in_(numbers), sa.not_(still)))
    return taken

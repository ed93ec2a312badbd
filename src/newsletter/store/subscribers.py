"""People, lists, subscriptions and suppressions."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.people import NewSubscriber, Status, Subscriber, SuppressionReason
from newsletter.store import schema

_TAKE = sa.text("""
    INSERT INTO subscriber (email, address_mac, first_name, last_name, created_at)
    VALUES (:email, :mac, :first_name, :last_name, :now)
    ON CONFLICT (email) DO UPDATE SET
        first_name = CASE WHEN excluded.first_name = '' THEN subscriber.first_name ELSE excluded.first_name END,
        last_name = CASE WHEN excluded.last_name = '' THEN subscriber.last_name ELSE excluded.last_name END
""")
_SUBSCRIBE = sa.text("""
    INSERT INTO subscription (list_id, subscriber_id, status, updated_at)
    SELECT :list_id, id, :status, :now FROM subscriber WHERE email = :email
    ON CONFLICT (list_id, subscriber_id) DO NOTHING
""")
_COUNT = sa.text("SELECT count(*) FROM subscription WHERE list_id = :list_id")


def list_id(tx: Connection, name: str) -> int | None:
    """The id of a list, None where there is none of that name."""
    return tx.execute(sa.select(schema.mailing_list.c.id).filter_by(name=name)).scalar()


def list_names(tx: Connection) -> list[str]:
    """Every list, in alphabetical order."""
    table = schema.mailing_list
    return list(tx.execute(sa.select(table.c.name).order_by(table.c.name)).scalars())


def make_list(tx: Connection, name: str, now: int) -> int:
    """The id of a list, made where there was none."""
    found = list_id(tx, name)
    if found is not None:
        return found
    result = tx.execute(schema.mailing_list.insert().values(name=name, created_at=now))
    return int(result.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one


def take_in(tx: Connection, people: Sequence[NewSubscriber], to_list: int, now: int) -> int:
    """Adds people to a list and says how many are new on it; whoever left it stays gone."""
    if not people:
        return 0
    before = _size(tx, to_list)
    rows = [
        {
            "email": person.email,
            "mac": person.address_mac,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "list_id": to_list,
            "status": Status.CONFIRMED.value,
            "now": now,
        }
        for person in people
    ]
    tx.execute(_TAKE, rows)
    tx.execute(_SUBSCRIBE, rows)
    return _size(tx, to_list) - before


def by_email(tx: Connection, email: str) -> Subscriber | None:
    """The person with that normalised address."""
    return _person(tx, email=email)


def by_id(tx: Connection, subscriber_id: int) -> Subscriber | None:
    """The person of that number."""
    return _person(tx, id=subscriber_id)


def _person(tx: Connection, **known: object) -> Subscriber | None:
    table = schema.subscriber
    columns = (table.c.id, table.c.email, table.c.first_name, table.c.last_name)
    row = tx.execute(sa.select(*columns).filter_by(**known)).first()
    return Subscriber(*row) if row else None


def unsubscribe(tx: Connection, subscriber_id: int, from_list: int, now: int) -> None:
    """Ends a subscription, effective for the next chunk that is claimed."""
    table = schema.subscription
    tx.execute(
        table.update()
        .where(table.c.list_id == from_list, table.c.subscriber_id == subscriber_id)
        .values(status=Status.UNSUBSCRIBED.value, updated_at=now)
    )


def suppress(tx: Connection, address_mac: bytes, reason: SuppressionReason, now: int) -> None:
    """Never mail this address again; the first reason stays."""
    tx.execute(
        sa.text(
            "INSERT INTO suppression (address_mac, reason, created_at) VALUES (:mac, :reason, :now)"
            " ON CONFLICT (address_mac) DO NOTHING"
        ),
        {"mac": address_mac, "reason": reason.value, "now": now},
    )


def _size(tx: Connection, of_list: int) -> int:
    return int(tx.execute(_COUNT, {"list_id": of_list}).scalar_one())

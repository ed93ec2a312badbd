"""What a test asks a store about its subscribers."""

from __future__ import annotations

import sqlalchemy as sa
from identity import KEY

from newsletter.model.subscribers import Record, SuppressionReason
from newsletter.storage.address_hash import address_mac
from newsletter.storage.database import Store
from newsletter.storage.subscribers import records, segments, subscribers


def list_names(store: Store) -> list[tuple[str, str, str]]:
    """Address, first name and last name of every subscriber, by address."""
    with store.read() as tx:
        rows = tx.execute(sa.text("SELECT email, first_name, last_name FROM subscriber ORDER BY email"))
        return [tuple(row) for row in rows]


def list_records(store: Store) -> list[Record]:
    """Every subscriber with the entries of the consent journal."""
    with store.read() as tx:
        return records.list_records(tx, records.list_next_ids(tx, segments.everybody(), 0, 1000), with_journal=True)


def find_suppression(store: Store, email: str) -> SuppressionReason | None:
    with store.read() as tx:
        return subscribers.find_suppression(tx, address_mac(KEY, email))

"""Storage: SQLAlchemy Core on SQLite or PostgreSQL, with Alembic migrations.

database         opening, transactions, retries, migrations, and which publication owns the database
dialects         the differences between SQLite and PostgreSQL; sql_functions: functions that both spell differently
sqlite           engines and connections of SQLite
schema           the tables
campaigns        the ledger
subscribers      people, lists and consent
address_hash     keyed hashes of addresses
editions         frozen editions and their images
approvals        who approved an edition
delivery_events  events that providers reported
host_memory      an append-only file in the publication's folder, for facts that a restored database lacks
memory_location  where that file was made
host_recovery    bringing an older copy of the database up to date with that file

Functions take the transaction as first argument and return values of `model`.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection as Transaction

__all__ = ["Transaction"]

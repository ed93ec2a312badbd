"""What is remembered: SQLAlchemy Core over SQLite or PostgreSQL, and Alembic for its migrations.

database         opening, transactions, migrations, whose database it is
dialects         what SQLite and PostgreSQL do differently; sql_functions: aggregates that both have
schema           the tables
campaigns        the ledger
subscribers      people, lists and consent
address_hash     keyed hashes of addresses
editions         editions and their images, frozen
approvals        who approved an edition
delivery_events  what providers reported
host_memory      what a publication's folder remembers besides the database
host_recovery    what of that an older copy of the database lacks

Functions take the transaction first and return values of `model`.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection as Transaction

__all__ = ["Transaction"]

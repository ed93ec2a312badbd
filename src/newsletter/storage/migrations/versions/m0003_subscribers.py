"""Subscribers as they are: language, attributes, tags, public ids, counts, and the consent journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From 0002."""
    if op.get_bind().dialect.name == "sqlite":
        _rebuilt()
    else:
        op.drop_constraint("subscriber_address_mac_key", "subscriber")
        op.drop_constraint("subscription_list_id_fkey", "subscription")
        op.drop_constraint("subscription_subscriber_id_fkey", "subscription")
    _columns()
    _public_ids()
    _tags()
    _journal()
    _counts()


def _rebuilt() -> None:
    """People without an index on their hashes, subscriptions without foreign keys: SQLite takes neither away.

    Subscriptions step aside meanwhile, and the numbers that were given stay given.
    """
    op.execute("CREATE TABLE subscription_aside AS SELECT * FROM subscription")
    op.drop_table("subscription")
    op.create_table(
        "subscriber_new",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("email", sa.String(320), nullable=False, unique=True),
        sa.Column("address_mac", sa.LargeBinary, nullable=False),
        sa.Column("first_name", sa.Text, nullable=False, server_default=""),
        sa.Column("last_name", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    columns = "id, email, address_mac, first_name, last_name, created_at"
    op.execute(f"INSERT INTO subscriber_new ({columns}) SELECT {columns} FROM subscriber")  # noqa: S608 - our names of columns
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'subscriber_new'")
    op.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'subscriber_new', seq FROM sqlite_sequence"
        " WHERE name = 'subscriber'"
    )
    op.drop_table("subscriber")
    op.rename_table("subscriber_new", "subscriber")
    op.create_table(
        "subscription",
        sa.Column("list_id", _ID, primary_key=True),
        sa.Column("subscriber_id", _ID, primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO subscription (list_id, subscriber_id, status, updated_at)"
        " SELECT list_id, subscriber_id, status, updated_at FROM subscription_aside"
    )
    op.drop_table("subscription_aside")


def _columns() -> None:
    op.add_column("list", sa.Column("opt_in", sa.String(16), nullable=False, server_default="single"))
    empty = sa.text("''")
    op.add_column("subscriber", sa.Column("public_id", sa.LargeBinary, nullable=False, server_default=empty))
    op.add_column("subscriber", sa.Column("language", sa.String(35), nullable=False, server_default=""))
    op.add_column("subscriber", sa.Column("attributes", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("subscriber", sa.Column("last_contact_at", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("subscription", sa.Column("created_at", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("campaign", sa.Column("segment", sa.Text, nullable=False, server_default=""))
    op.execute("UPDATE subscriber SET last_contact_at = created_at")
    op.execute("UPDATE subscription SET created_at = updated_at")


def _public_ids() -> None:
    dice = "randomblob(16)" if op.get_bind().dialect.name == "sqlite" else "uuid_send(gen_random_uuid())"
    op.execute(f"UPDATE subscriber SET public_id = {dice}")  # noqa: S608 - an expression of ours
    op.create_index("subscriber_public_id", "subscriber", ["public_id"], unique=True)


def _tags() -> None:
    op.create_table(
        "tag",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscriber_tag",
        sa.Column("tag_id", _ID, sa.ForeignKey("tag.id"), primary_key=True),
        sa.Column("subscriber_id", _ID, sa.ForeignKey("subscriber.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "segment",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("filter", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )


def _journal() -> None:
    op.create_table(
        "phrase",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "journal",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("list_id", _ID),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("words_id", _ID),
        sa.Column("source_id", _ID),
        sa.Column("line", sa.Integer, nullable=False, server_default="0"),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO journal (subscriber_id, at, list_id, action, method)"
        " SELECT subscriber_id, updated_at, list_id, status, 'import' FROM subscription ORDER BY subscriber_id"
    )
    op.create_index("journal_subscriber", "journal", ["subscriber_id"])


def _counts() -> None:
    op.add_column("publication", sa.Column("people", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE publication SET people = (SELECT count(*) FROM subscriber)")
    op.create_table(
        "list_count",
        sa.Column("list_id", _ID, sa.ForeignKey("list.id"), primary_key=True),
        sa.Column("status", sa.String(16), primary_key=True),
        sa.Column("people", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO list_count (list_id, status, people)"
        " SELECT list_id, status, count(*) FROM subscription GROUP BY list_id, status"
    )

"""The first tables: people, lists, editions, and the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create every table as of this revision, whatever `schema` says later."""
    _people()
    _editions()
    _ledger()


def _people() -> None:
    op.create_table(
        "publication",
        sa.Column("list_id", sa.String(200), primary_key=True),
        sa.Column("suppression_fingerprint", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "list",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscriber",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("email", sa.String(320), nullable=False, unique=True),
        sa.Column("address_mac", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("first_name", sa.Text, nullable=False, server_default=""),
        sa.Column("last_name", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscription",
        sa.Column("list_id", _ID, sa.ForeignKey("list.id"), primary_key=True),
        sa.Column("subscriber_id", _ID, sa.ForeignKey("subscriber.id"), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suppression",
        sa.Column("address_mac", sa.LargeBinary, primary_key=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )


def _editions() -> None:
    op.create_table(
        "image",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("extension", sa.String(8), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "edition",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "issue",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("slug", sa.String(200), nullable=False),
    )


def _ledger() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("issue_id", sa.String(64), sa.ForeignKey("issue.id"), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("list_id", _ID, sa.ForeignKey("list.id"), nullable=False),
        sa.Column("digest", sa.String(64), sa.ForeignKey("edition.digest"), nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("planned_at", sa.BigInteger, nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("excluded", sa.Integer, nullable=False),
        sa.UniqueConstraint("issue_id", "round"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "chunk",
        sa.Column("campaign_id", _ID, sa.ForeignKey("campaign.id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("claim_token", sa.String(64)),
        sa.Column("claimed_by", sa.String(200)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("digest", sa.String(64), sa.ForeignKey("edition.digest"), nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("wave", sa.Integer, nullable=False, server_default="0"),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("first_id", sa.BigInteger, nullable=False),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sqlite_with_rowid=False,
    )
    open_states = sa.text("state IN ('ready', 'claimed')")
    op.create_index(
        "chunk_open", "chunk", ["campaign_id", "sequence"], sqlite_where=open_states, postgresql_where=open_states
    )
    op.create_table(
        "delivery_exception",
        sa.Column("campaign_id", _ID, sa.ForeignKey("campaign.id"), primary_key=True),
        sa.Column("subscriber_id", sa.BigInteger, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )

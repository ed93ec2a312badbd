"""How a campaign is to go out, the attempts of its chunks, and since when a chunk stands where it stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NEVER = sa.text("0")


def upgrade() -> None:
    """From 0003."""
    _campaigns()
    op.add_column("chunk", sa.Column("since", sa.BigInteger, nullable=False, server_default=_NEVER))
    op.create_table(
        "attempt",
        sa.Column("campaign_id", _ID, sa.ForeignKey("campaign.id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("outcome", sa.String(16), nullable=False, server_default=""),
        sa.Column("reference", sa.Text, nullable=False, server_default=""),
        sa.Column("fence", sa.String(64), nullable=False, server_default=""),
        sa.Column("release_at", sa.BigInteger, nullable=False, server_default=_NEVER),
        sa.Column("fenced_at", sa.BigInteger),
        sa.Column("freed_at", sa.BigInteger),
        sa.Column("evidence_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("attempt_started", "attempt", ["started_at"])


def _campaigns() -> None:
    for column in (
        sa.Column("state", sa.String(16), nullable=False, server_default="active"),
        sa.Column("changed_at", sa.BigInteger, nullable=False, server_default=_NEVER),
        sa.Column("not_before", sa.BigInteger, nullable=False, server_default=_NEVER),
        sa.Column("release_at", sa.BigInteger, nullable=False, server_default=_NEVER),
        sa.Column("policy", sa.String(16), nullable=False, server_default="strict"),
        sa.Column("rate", sa.Integer, nullable=False, server_default=_NEVER),
        sa.Column("in_flight", sa.Integer, nullable=False, server_default=_NEVER),
        sa.Column("told", sa.String(16), nullable=False, server_default=""),
    ):
        op.add_column("campaign", column)

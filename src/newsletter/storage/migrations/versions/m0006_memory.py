"""Up to where the database has what each folder's memory holds, and the campaigns that only a memory knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """From 0005."""
    op.create_table(
        "host_memory",
        sa.Column("memory", sa.String(32), primary_key=True),
        sa.Column("machine", sa.String(32), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("restored_at", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "lost_sending",
        sa.Column("campaign_id", sa.BigInteger, primary_key=True),
        sa.Column("planned_at", sa.BigInteger, primary_key=True),
        sa.Column("issue_id", sa.String(64), nullable=False),
        sa.Column("slug", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("list_name", sa.String(200), nullable=False),
    )

"""Whether a list is for tests: what is sent to it is a rehearsal, and does not count as received."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """From 0004: the lists that exist are for readers."""
    op.add_column("list", sa.Column("is_test", sa.Boolean, nullable=False, server_default=sa.false()))

"""The tables of the main database. Times are milliseconds since 1970 UTC; subscriber ids are never reused."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

REVISION = "0006"
"""The migration revision that this program works with; a test compares it with Alembic's head."""

metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")

publication = Table(
    "publication",
    metadata,
    Column("list_id", String(200), primary_key=True),
    Column("suppression_fingerprint", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("people", BigInteger, nullable=False, server_default="0"),
)

mailing_list = Table(
    "list",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("opt_in", String(16), nullable=False, server_default="single"),
    Column("is_test", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)

list_count = Table(
    "list_count",
    metadata,
    Column("list_id", _Id, ForeignKey("list.id"), primary_key=True),
    Column("status", String(16), primary_key=True),
    Column("people", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("address_mac", LargeBinary, nullable=False),  # no index: with a random key an import is half as fast
    Column("first_name", Text, nullable=False, server_default=""),
    Column("last_name", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("public_id", LargeBinary, nullable=False, server_default=text("''")),
    Column("language", String(35), nullable=False, server_default=""),
    Column("attributes", JSON, nullable=False, server_default="{}"),
    Column("last_contact_at", BigInteger, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)
Index("subscriber_public_id", subscriber.c.public_id, unique=True)

# No foreign keys here and in the journal: PostgreSQL checks each one for each row, a third of an import's time.
subscription = Table(
    "subscription",
    metadata,
    Column("list_id", _Id, primary_key=True),
    Column("subscriber_id", _Id, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

suppression = Table(
    "suppression",
    metadata,
    Column("address_mac", LargeBinary, primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

tag = Table(
    "tag",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    sqlite_autoincrement=True,
)

subscriber_tag = Table(
    "subscriber_tag",
    metadata,
    Column("tag_id", _Id, ForeignKey("tag.id"), primary_key=True),
    Column("subscriber_id", _Id, ForeignKey("subscriber.id"), primary_key=True),
    sqlite_with_rowid=False,
)

phrase = Table(
    "phrase",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    sqlite_autoincrement=True,
)

journal = Table(
    "journal",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subscriber_id", _Id, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("list_id", _Id),
    Column("action", String(16), nullable=False),
    Column("method", String(16), nullable=False),
    Column("words_id", _Id),
    Column("source_id", _Id),
    Column("line", Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)
Index("journal_subscriber", journal.c.subscriber_id)

segment = Table(
    "segment",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("filter", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

image = Table(
    "image",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("extension", String(8), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

edition = Table(
    "edition",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

issue = Table(
    "issue",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("slug", String(200), nullable=False),
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("issue_id", String(64), ForeignKey("issue.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("list_id", _Id, ForeignKey("list.id"), nullable=False),
    Column("digest", String(64), ForeignKey("edition.digest"), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("planned_at", BigInteger, nullable=False),
    Column("recipients", Integer, nullable=False),
    Column("excluded", Integer, nullable=False),
    Column("segment", Text, nullable=False, server_default=""),
    Column("state", String(16), nullable=False, server_default="active"),
    Column("changed_at", BigInteger, nullable=False, server_default="0"),
    Column("not_before", BigInteger, nullable=False, server_default="0"),
    Column("release_at", BigInteger, nullable=False, server_default="0"),
    Column("policy", String(16), nullable=False, server_default="strict"),
    Column("rate", Integer, nullable=False, server_default="0"),
    Column("in_flight", Integer, nullable=False, server_default="0"),
    Column("told", String(16), nullable=False, server_default=""),
    UniqueConstraint("issue_id", "round"),
    sqlite_autoincrement=True,
)

chunk = Table(
    "chunk",
    metadata,
    Column("campaign_id", _Id, ForeignKey("campaign.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("claim_token", String(64)),
    Column("claimed_by", String(200)),
    Column("lease_until", BigInteger),
    Column("not_before", BigInteger),
    Column("digest", String(64), ForeignKey("edition.digest"), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("wave", Integer, nullable=False, server_default="0"),
    Column("recipients", Integer, nullable=False),
    Column("first_id", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("manifest", LargeBinary, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("since", BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
Index(
    "chunk_open",
    chunk.c.campaign_id,
    chunk.c.sequence,
    sqlite_where=text("state IN ('ready', 'claimed')"),
    postgresql_where=text("state IN ('ready', 'claimed')"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("campaign_id", _Id, ForeignKey("campaign.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("token", String(64), nullable=False),
    Column("recipients", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("outcome", String(16), nullable=False, server_default=""),
    Column("reference", Text, nullable=False, server_default=""),
    Column("fence", String(64), nullable=False, server_default=""),
    Column("release_at", BigInteger, nullable=False, server_default="0"),
    Column("fenced_at", BigInteger),
    Column("freed_at", BigInteger),
    Column("evidence_at", BigInteger),
    sqlite_with_rowid=False,
)
Index("attempt_started", attempt.c.started_at)

delivery_exception = Table(
    "delivery_exception",
    metadata,
    Column("campaign_id", _Id, ForeignKey("campaign.id"), primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

approval = Table(
    "approval",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("slug", String(200), nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", BigInteger, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
Index("approval_slug", approval.c.slug)
Index("approval_digest", approval.c.digest)

host_memory = Table(
    "host_memory",
    metadata,
    Column("memory", String(32), primary_key=True),
    Column("machine", String(32), nullable=False),
    Column("path", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("restored_at", BigInteger, nullable=False, server_default="0"),
)

lost_sending = Table(
    "lost_sending",
    metadata,
    Column("campaign_id", BigInteger, primary_key=True),
    Column("planned_at", BigInteger, primary_key=True),
    Column("issue_id", String(64), nullable=False),
    Column("slug", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("list_name", String(200), nullable=False),
)

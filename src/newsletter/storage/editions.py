"""Frozen editions and their images, stored by digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.edition import Edition, Image, MergeTag
from newsletter.model.publication import Sender
from newsletter.storage import schema

_FIELDS = ("issue_id", "slug", "language", "subject", "preheader", "html", "text", "image_base", "digest")


def save(tx: Connection, edition: Edition, now_ms: int) -> None:
    """Store an edition with its images; an edition that is stored under the same digest is left as it is."""
    save_images(tx, edition.images)
    tx.execute(
        sa.text(
            "INSERT INTO edition (digest, body, created_at) VALUES (:digest, :body, :now)"
            " ON CONFLICT (digest) DO NOTHING"
        ),
        {"digest": edition.digest, "body": _pack(edition), "now": now_ms},
    )


def save_images(tx: Connection, images: Sequence[Image]) -> None:
    """Store images so that they can be served, before a test send and before a campaign."""
    for image in images:
        tx.execute(
            sa.text(
                "INSERT INTO image (sha256, extension, width, height, data)"
                " VALUES (:sha256, :extension, :width, :height, :data) ON CONFLICT (sha256) DO NOTHING"
            ),
            {name: getattr(image, name) for name in ("sha256", "extension", "width", "height", "data")},
        )


def find_image(tx: Connection, sha256: str) -> Image | None:
    """Return the image with that SHA-256 hash, or None."""
    row = tx.execute(_select_image(sha256)).first()
    return Image(*row) if row else None


def _select_image(sha256: str) -> sa.Select[Any]:
    table = schema.image.c
    return sa.select(table.sha256, table.extension, table.width, table.height, table.data).filter_by(sha256=sha256)


def load(tx: Connection, digest: str) -> Edition:
    """Return the edition that was frozen under `digest`, with its images."""
    body = tx.execute(sa.select(schema.edition.c.body).filter_by(digest=digest)).scalar_one()
    facts = orjson.loads(body)
    return Edition(
        **{name: facts[name] for name in _FIELDS},
        sender=Sender(*facts["sender"]),
        reply_to=Sender(*facts["reply_to"]) if facts["reply_to"] else None,
        headers=tuple((name, value) for name, value in facts["headers"]),
        images=tuple(Image(*tx.execute(_select_image(sha256)).one()) for sha256 in facts["images"]),
        tags=tuple(MergeTag(name, default) for name, default in facts["tags"]),
    )


def _pack(edition: Edition) -> bytes:
    facts = {name: getattr(edition, name) for name in _FIELDS}
    return orjson.dumps(
        facts
        | {
            "sender": [edition.sender.email, edition.sender.name],
            "reply_to": [edition.reply_to.email, edition.reply_to.name] if edition.reply_to else None,
            "headers": edition.headers,
            "images": [image.sha256 for image in edition.images],
            "tags": [[tag.name, tag.default] for tag in edition.tags],
        }
    )

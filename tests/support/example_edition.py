"""The smallest editions that a campaign can send, for tests of storage and sending."""

from __future__ import annotations

from newsletter.model.edition import Edition, MergeTag
from newsletter.model.publication import Sender

EDITION = Edition("issue-1", "un", "fr", Sender("a@b.fr"), None, "Un", "", "<p>", "t", (), (), "", (), "d" * 64)
EDITION_WITH_TOKEN = Edition(
    "issue-1", "un", "fr", Sender("a@b.fr"), None, "Un", "", "<p>", "t", (), (), "", (MergeTag("token"),), "e" * 64
)

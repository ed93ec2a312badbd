"""The provider that needs no account: one .eml file for each delivery, in the publication's outbox.

Idempotent: a delivery's file name is made of the campaign's and the subscriber's numbers, and the file
is renamed into place whole. Whoever takes the same delivery twice writes the same file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from newsletter.model.campaign import Accepted, Attempt, NotSent, Outcome, Recipient
from newsletter.model.edition import Edition
from newsletter.providers import Caps, Request
from newsletter.providers.mime import Compiled, compile_message


class Outbox:
    """Writes into `folder`."""

    name = "outbox"
    caps = Caps(max_recipients=1, idempotent=True)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._compiled: Compiled | None = None

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        """The message of one recipient; the key is its path below the outbox."""
        (recipient,) = recipients
        key = f"{folder_name(edition, attempt.campaign_id)}/{recipient.subscriber_id:07d}.eml"
        return Request(key, self._compile(edition).message(recipient, attempt))

    def _compile(self, edition: Edition) -> Compiled:
        """The edition's message; the last one is kept, for chunks of one edition follow one another."""
        if self._compiled is None or self._compiled.edition.digest != edition.digest:
            self._compiled = compile_message(edition)
        return self._compiled

    def submit(self, request: Request) -> Outcome:
        """Writes the file beside its place, then renames it there."""
        path = self.folder / request.key
        waiting = path.with_suffix(".tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting.write_bytes(request.body)
            os.replace(waiting, path)  # noqa: PTH105 - the atomic one; Path.replace is the same call
        except OSError as error:
            return NotSent(f"{error.strerror}: {error.filename}")
        return Accepted(request.key)


def folder_name(edition: Edition, campaign_id: int) -> str:
    """Where a campaign's messages go, below the outbox."""
    return f"{campaign_id:04d}-{edition.slug}"

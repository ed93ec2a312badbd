"""The provider that needs no account: it writes one .eml file for each delivery into the publication's outbox.

The provider is idempotent. The file name of a delivery is made of the campaign id and the subscriber id, and a complete
file is renamed into place. A delivery that is submitted twice finds its file. A killed process loses nothing. A power
cut may lose files, because they are not synced one by one: that would write 980 files a second instead of 8,500.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from newsletter.model.delivery import NO_CAMPAIGN, NOTICE, Accepted, Attempt, NotSent, Outcome, Recipient
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.providers.base import CLAIM_LOST, Caps, CommitPoint, Request, commit_always
from newsletter.providers.mime import CompiledMessage, compile_message
from newsletter.system.files import PRIVATE, Permissions, make_folder, open_new


class Outbox:
    """The provider that writes .eml files into `folder`."""

    name = "outbox"
    caps = Caps(max_recipients=1, idempotent=True, reaches_readers=False)

    def __init__(self, folder: Path, permissions: Permissions = PRIVATE) -> None:
        self.folder = folder
        self._permissions = permissions
        self._compiled: CompiledMessage | None = None
        self._made = ""

    def check(self, publication: Publication) -> Outcome:  # noqa: ARG002 - a parameter of the Protocol
        """Check whether files can be written into the folder."""
        try:
            make_folder(self.folder, self._permissions)
            (self.folder / ".check").touch()
            (self.folder / ".check").unlink()
        except OSError as error:
            return NotSent(f"{error.strerror}: {error.filename}")
        return Accepted()

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        """Build the message of one recipient; the key is its path below the outbox."""
        (recipient,) = recipients
        key = f"{folder_name(edition, attempt)}/{recipient.subscriber_id:07d}.eml"
        return Request(key, self._compile(edition).parts(recipient, attempt))

    def _compile(self, edition: Edition) -> CompiledMessage:
        """Return the compiled message of the edition. Keep the last one: chunks of one edition follow each other."""
        compiled = self._compiled  # a copy: another thread may replace it with the message of another edition
        if compiled is None or compiled.edition.digest != edition.digest:
            compiled = self._compiled = compile_message(edition)
        return compiled

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        """Write a temporary file, then rename it into place. A file that exists already is this delivery."""
        path = os.path.join(self.folder, request.key)  # noqa: PTH118 - pathlib costs a fifth of a message's time
        body = request.body
        try:
            if not _is_delivered(path, body):
                self._make_folder(os.path.dirname(path))  # noqa: PTH120 - pathlib costs a fifth of a message's time
                if not _write(path, body, commit_point, self._permissions.file):
                    return NotSent(CLAIM_LOST)
        except OSError as error:
            return NotSent(f"{error.strerror}: {error.filename}")
        return Accepted(request.key)

    def forget(self, subscriber_ids: Sequence[int]) -> int:
        """Delete the campaign messages and notices of these subscribers. Keep tests, which go to `test_recipients`."""
        names = [f"{number:07d}.eml" for number in subscriber_ids]
        folders = [folder for kind in ("[0-9]*", "notice-*") for folder in self.folder.glob(kind) if folder.is_dir()]
        files = [folder / name for folder in folders for name in names if (folder / name).exists()]
        for file in files:
            file.unlink()
        return len(files)

    def close(self) -> None:
        """Do nothing: the outbox keeps no connection open."""

    def _make_folder(self, folder: str) -> None:
        if folder != self._made:
            make_folder(Path(folder), self._permissions)
            self._made = folder


def _is_delivered(path: str, body: bytes) -> bool:
    """Return True if the file of this delivery exists.

    Raise FileExistsError if the file holds another delivery, for example one of another database. The comparison leaves
    out the Date header, which only says when an attempt began and always has the same length.
    """
    start, end = body.index(b"\r\nMessage-ID: "), body.index(b"\r\nFrom: ")
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - pathlib costs a fifth of a message's time
            stored = file.read(end)
            if stored[start:] == body[start:end]:
                return True
            if not stored:  # a power cut may leave an empty file
                return False
    except FileNotFoundError:
        return False
    raise FileExistsError(errno.EEXIST, "this file is not of this campaign, move it away", path)


def _write(path: str, body: bytes, commit_point: CommitPoint, mode: int) -> bool:
    temporary = path + ".tmp"
    with open_new(temporary, mode, again=True) as file:
        file.write(body)
    if not commit_point():
        os.unlink(temporary)  # noqa: PTH108 - pathlib costs a fifth of a message's time
        return False
    os.replace(temporary, path)  # noqa: PTH105 - pathlib costs a fifth of a message's time
    return True


def folder_name(edition: Edition, attempt: Attempt) -> str:
    """Return the folder of a campaign's messages below the outbox; each test and each notice has its own folder."""
    if attempt.campaign_id == NOTICE:
        return f"notice-{attempt.date:%Y%m%d-%H%M%S-%f}"
    if attempt.campaign_id == NO_CAMPAIGN:
        return f"test-{attempt.date:%Y%m%d-%H%M%S-%f}-{edition.slug}"
    return f"{attempt.campaign_id:04d}-{edition.slug}"

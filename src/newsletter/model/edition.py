"""An edition: an issue composed and frozen, with merge tags not yet filled."""

from __future__ import annotations

from dataclasses import dataclass, field

from newsletter.model.finding import Finding
from newsletter.model.publication import Sender


@dataclass(frozen=True, slots=True)
class Image:
    """An image prepared for mail, named by the hash of its content."""

    sha256: str
    extension: str
    width: int
    height: int
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Return the file name under `/i/`, in an outbox message and beside a rendered page."""
        return f"{self.sha256}.{self.extension}"

    @property
    def media_type(self) -> str:
        """Return the MIME type of `data`."""
        return "image/jpeg" if self.extension == "jpg" else f"image/{self.extension}"


@dataclass(frozen=True, slots=True)
class MergeTag:
    """One use of a merge tag; all places that show `name` with the same `default` share its placeholders."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """The content that every recipient gets, before the merge tags are filled; equal digests mean equal mail."""

    issue_id: str
    slug: str
    language: str
    sender: Sender
    reply_to: Sender | None
    subject: str
    preheader: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    headers: tuple[tuple[str, str], ...]
    """List-Id, List-Unsubscribe and similar headers; values may contain placeholders."""
    images: tuple[Image, ...]
    image_base: str
    """The prefix of every image name in `html`."""
    tags: tuple[MergeTag, ...]
    digest: str
    """SHA-256, in hexadecimal, over all fields above except the slug and the issue's id."""
    findings: tuple[Finding, ...] = ()
    """Findings made while composing, mostly about images; not part of the digest."""

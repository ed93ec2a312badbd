"""An edition: an issue composed and frozen, merge tags still in."""

from __future__ import annotations

from dataclasses import dataclass, field

from newsletter.model.finding import Finding
from newsletter.model.publication import Sender


@dataclass(frozen=True, slots=True)
class Image:
    """A picture made ready for mail, named by its content."""

    sha256: str
    extension: str
    width: int
    height: int
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """File name under `/i/`, in an outbox message and beside a rendered page."""
        return f"{self.sha256}.{self.extension}"

    @property
    def media_type(self) -> str:
        """MIME type of `data`."""
        return "image/jpeg" if self.extension == "jpg" else f"image/{self.extension}"


@dataclass(frozen=True, slots=True)
class MergeTag:
    """One use of a merge tag: every place that shows `name` with `default` shares its placeholders."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """What every recipient gets, before the merge tags are filled; equal digests mean equal mail."""

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
    """List-Id, List-Unsubscribe and the like; values may hold placeholders."""
    images: tuple[Image, ...]
    image_base: str
    """What stands before an image's name in `html`."""
    tags: tuple[MergeTag, ...]
    digest: str
    """SHA-256, in hexadecimal, over all of the above but the slug and the issue's id."""
    findings: tuple[Finding, ...] = ()
    """What composing it showed, images mostly; not part of the digest."""

"""An edition as a MIME message that is compiled once; only the personal parts are filled in for each recipient.

`email.message` builds 170 such messages a second. This module makes the bytes once and cuts them at the placeholders.
Then it joins them with the values of a recipient, each encoded for its position. Soft line breaks around each value
keep the lines of quoted-printable below 76 characters, whatever the value is.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.header import Header
from email.quoprimime import body_encode
from email.utils import format_datetime, formataddr

from newsletter.model.delivery import Attempt, Recipient
from newsletter.model.edition import Edition, Image
from newsletter.personalization import merge_tags, urls

EOL = "\r\n"
_SOFT = "=" + EOL
_LINE = 74
"""Two characters less than allowed, so that a leading dot can become `=2E`: then no relay has to stuff dots."""
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9 ,'()+/:?_&;#@-]{1,60}")
_LEADING_DOT = re.compile(r"^\.", re.MULTILINE)

Encoder = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class PlaceholderSlot:
    """A position for a recipient's value: the placeholder, and the function that encodes the value."""

    placeholder: str
    encode: Encoder


@dataclass(frozen=True, slots=True)
class CompiledMessage:
    """A compiled message: fixed text, slot, fixed text, …"""

    edition: Edition
    fixed: tuple[bytes, ...]
    slots: tuple[PlaceholderSlot, ...]

    def message(self, recipient: Recipient, attempt: Attempt) -> bytes:
        """Return the message for one recipient as bytes, with CRLF line ends."""
        return b"".join(self.parts(recipient, attempt))

    def parts(self, recipient: Recipient, attempt: Attempt) -> tuple[bytes, ...]:
        """Return the message for one recipient in parts; all recipients share the fixed parts."""
        out = [self._head(recipient, attempt), self.fixed[0]]
        for slot, fixed in zip(self.slots, self.fixed[1:], strict=True):
            out += [slot.encode(recipient.values[slot.placeholder]).encode("ascii"), fixed]
        return tuple(out)

    def _head(self, recipient: Recipient, attempt: Attempt) -> bytes:
        head = [
            f"Date: {format_datetime(attempt.date)}",
            f"Message-ID: {recipient.message_id}",
            f"To: {recipient.email}",
        ]
        return (EOL.join(head) + EOL).encode("ascii")


def compile_message(edition: Edition, *, inline: bool = True) -> CompiledMessage:
    """Compile the message of an edition for all recipients.

    With `inline` the images are parts of the message; without it they stay links to the web server (`serve`).
    """
    pieces = [*_headers(edition), *(_body(edition) if inline else _alternative(edition, edition.html))]
    fixed, slots, text = [], [], ""
    for piece in pieces:
        if isinstance(piece, PlaceholderSlot):
            fixed.append(text.encode("ascii"))
            slots.append(piece)
            text = ""
        else:
            text += piece
    return CompiledMessage(edition, (*fixed, text.encode("ascii")), tuple(slots))


def _headers(edition: Edition) -> list[str | PlaceholderSlot]:
    lines: list[str | PlaceholderSlot] = [f"From: {_address(edition.sender.name, edition.sender.email)}{EOL}"]
    if edition.reply_to:
        lines.append(f"Reply-To: {_address(edition.reply_to.name, edition.reply_to.email)}{EOL}")
    lines += ["Subject: ", *_subject(edition.subject), EOL]
    for name, value in edition.headers:
        folded = value.replace(", ", f",{EOL} ")
        lines += [f"{name}: ", *_cut(folded, lambda text: text, str), EOL]
    return [*lines, f"MIME-Version: 1.0{EOL}"]


def _subject(subject: str) -> list[str | PlaceholderSlot]:
    """Encode the subject. If it holds a placeholder, write only encoded words: they join without a space between."""
    pieces = merge_tags.split(subject)
    if len(pieces) == 1:
        return [_encoded_words(subject)]
    glue = EOL + " "
    out: list[str | PlaceholderSlot] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            out += [PlaceholderSlot(piece, _encoded_value), glue]
        elif piece:
            out += [_forced_words(piece), glue]
    return out[:-1]


def _encoded_value(value: str) -> str:
    return _forced_words(value) if value else "=?utf-8?q??="


def _forced_words(text: str) -> str:
    """Return `text` as encoded words, even if it is ASCII, so that leading and trailing spaces are kept."""
    chunks = re.findall(r".{1,12}", text, re.DOTALL)
    words = (base64.b64encode(chunk.encode()).decode() for chunk in chunks)
    return (EOL + " ").join(f"=?utf-8?b?{word}?=" for word in words)


def _encoded_words(text: str) -> str:
    charset = "ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name="Subject").encode(linesep=EOL)


def _address(name: str, email: str) -> str:
    return formataddr((name, email))


def _body(edition: Edition) -> list[str | PlaceholderSlot]:
    """Build the body: multipart/alternative inside multipart/related; without images, multipart/alternative alone."""
    html = urls.replace_image_urls(edition.html, edition, lambda image: f"cid:{_content_id(image)}")
    alternative = _alternative(edition, html)
    if not edition.images:
        return alternative
    boundary = _boundary(edition)
    kind = f'Content-Type: multipart/related; type="multipart/alternative";{EOL} boundary="{boundary}r"'
    images = [_image_part(f"{boundary}r", image) for image in edition.images]
    return [f"{kind}{EOL}{EOL}--{boundary}r{EOL}", *alternative, *images, f"--{boundary}r--{EOL}"]


def _alternative(edition: Edition, html: str) -> list[str | PlaceholderSlot]:
    boundary = _boundary(edition)
    return [
        f'Content-Type: multipart/alternative; boundary="{boundary}a"{EOL}{EOL}',
        *_part(f"{boundary}a", "text/plain", edition.text),
        *_part(f"{boundary}a", "text/html", html),
        f"--{boundary}a--{EOL}",
    ]


def _boundary(edition: Edition) -> str:
    return "=_" + hashlib.blake2b(edition.digest.encode(), digest_size=12).hexdigest()


def _part(boundary: str, media_type: str, text: str) -> list[str | PlaceholderSlot]:
    head = [
        f"--{boundary}",
        f"Content-Type: {media_type}; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
    ]
    return [EOL.join(head) + EOL + EOL, *_quoted(text), EOL]


def _quoted(text: str) -> list[str | PlaceholderSlot]:
    """Encode as quoted-printable with soft line breaks around every value, so that no line becomes too long."""
    out: list[str | PlaceholderSlot] = []
    for index, piece in enumerate(merge_tags.split(text)):
        if index % 2:
            out += [PlaceholderSlot(piece, _quoted_value), _SOFT]
        elif piece:
            encoded = _quoted_text(piece)
            out.append(encoded if encoded.endswith(EOL) else encoded + _SOFT)
    return out


def _quoted_text(text: str) -> str:
    """Encode as quoted-printable with CRLF; encode a leading dot, and never end a line with a space."""
    octets = text.encode().decode("latin-1")
    encoded = body_encode(octets, maxlinelen=_LINE, eol=EOL) if octets else ""
    return _LEADING_DOT.sub("=2E", encoded)


def _quoted_value(value: str) -> str:
    """Encode a value. With the soft line break after it, it fills one line, or several if it is long."""
    return value if _PLAIN_VALUE.fullmatch(value) else _quoted_text(value)


def _cut(text: str, fixed: Callable[[str], str], encode: Encoder) -> list[str | PlaceholderSlot]:
    pieces = merge_tags.split(text)
    return [PlaceholderSlot(piece, encode) if index % 2 else fixed(piece) for index, piece in enumerate(pieces)]


def _image_part(boundary: str, image: Image) -> str:
    encoded = base64.b64encode(image.data).decode()
    head = [
        f"--{boundary}",
        f"Content-Type: {image.media_type}",
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{_content_id(image)}>",
        f'Content-Disposition: inline; filename="{image.name[:12]}.{image.extension}"',
    ]
    lines = [encoded[start : start + 76] for start in range(0, len(encoded), 76)]
    return EOL.join([*head, "", *lines, ""])


def _content_id(image: Image) -> str:
    return f"{image.sha256[:32]}@newsletter"

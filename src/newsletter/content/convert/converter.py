"""Conversion of a published or pasted text into the Markdown of an issue.

The converter labels the parts and changes no word. It writes « À COMPLÉTER » or « À DÉCRIRE » for missing facts,
and a question in a comment for an ambiguous line. The checks report both. Nothing is corrected.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.content import reader, salutation
from newsletter.content.conventions import CREDIT, IMAGE_NAME, POSTSCRIPT, is_titled, picture_file
from newsletter.content.convert.file_formats import Part, joined, take_in
from newsletter.errors import InputError
from newsletter.i18n import say
from newsletter.model.publication import is_french

PREHEADER = 110
"""Number of characters that a telephone shows after the subject."""
NAME_WORDS = 4
_ITEM = re.compile(r"\s*(?:[-•·●○▪▫■□◦‣➢➤✓✔–*]|(?P<number>\d{1,3})[.)])\s+(?P<text>\S.*)")
_URL = re.compile(
    r"https?://(?:[^\s<>()]|\([^\s<>()]*\))*(?:\([^\s<>()]*\)|[^\s<>().,;:!?»”\"'])|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
_SPECIAL = re.compile(r"[\\`*\[\]<{}~|]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|!(?=\[)|(?<=\S)\^(?=\[)")
_LINE_START = re.compile(r"^(?:(?P<sign>[#>+=-]|:{3})|(?P<number>\d+)(?P<mark>[.)])(?=\s|$))")
_PHOTO = re.compile(r"(?P<name>[a-z]+(?:-[a-z]+)+)-(?P<id>[\w-]{11})-unsplash", re.IGNORECASE)


@dataclass(slots=True)
class Draft:
    """The fields and blocks of an issue, as found in a text."""

    subject: str = ""
    author: str = ""
    lead: str = ""
    body: list[str] = field(default_factory=list)
    """Markdown blocks in reading order."""


@dataclass(frozen=True, slots=True)
class Converted:
    """The Markdown of a whole issue, and the pictures for the same folder, by file name."""

    text: str
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """Settings of a conversion, from the publication and from the caller."""

    issue_id: str
    greeting: str
    language: str = "fr"
    folder: Path = Path()
    """Folder in which the converter looks for the pictures of a web page."""

    def say(self, key: str) -> str:
        """Return the message for `key` in the issue's language, such as the placeholder for a missing date."""
        return say(self.language, key)


def convert(raw: bytes, wanted: ConvertOptions) -> Converted:
    """Convert the bytes of a file into an issue. Raise InputError if it contains no text or is too large."""
    intake = take_in(raw, wanted.folder, wanted.say("gap_describe"))
    if not any(part.lines or part.written for part in intake.parts):
        raise InputError("convert_empty")
    draft = _labelled(_gathered(intake.parts), wanted)
    text = _markdown(draft, wanted)
    if len(text.encode()) > reader.MAX_BYTES:
        raise InputError("convert_too_large", size=len(text) // 1000, maximum=reader.MAX_BYTES // 1000)
    return Converted(text, intake.files)


def _gathered(parts: Sequence[Part]) -> list[Part]:
    """Return the same parts, with consecutive one-item paragraphs joined into one list (Word writes lists so)."""
    gathered: list[Part] = []
    for part in parts:
        last = gathered[-1] if gathered else None
        if last and _is_item(part) and last.lines and all(_ITEM.match(line) for line in last.lines):
            gathered[-1] = Part((*last.lines, *part.lines))
        else:
            gathered.append(Part(part.lines) if _is_item(part) else part)
    return gathered


def _is_item(part: Part) -> bool:
    return len(part.lines) == 1 and not part.level and bool(_ITEM.match(part.lines[0]))


def _labelled(parts: list[Part], wanted: ConvertOptions) -> Draft:
    draft = Draft()
    greeted = next((n for n, part in enumerate(parts) if _greets(part, wanted.greeting)), None)
    signed = _signature(parts, greeted)
    headed = any(part.level for part in parts)
    base = min((part.level for part in parts[(greeted or 0) :] if part.level), default=2)
    for number, part in enumerate(parts):
        before = greeted is not None and number < greeted
        following = parts[number + 1 :]
        if signed and number in signed:
            _sign(draft, part)
        elif before and _is_image(part):
            draft.body.append(_image(part.lines[0], wanted))
        elif before and number == 0 and not draft.subject and _names_the_letter(part):
            draft.subject = part.lines[0]
        elif part.level and number != greeted:
            _entitle(draft, part.lines[0], min(max(part.level - base + 2, 2), 4))
        elif not before and not (signed and number + 1 in signed) and _is_title(part, following[:1], headed=headed):
            _propose(draft, part.lines[0], wanted)
        else:
            draft.lead = draft.lead or (" ".join(part.lines) if not before and number != greeted else "")
            draft.body.append(_text(part, below=draft.body[-1] if draft.body else ""))
    return draft


def _greets(part: Part, greeting: str) -> bool:
    if len(part.lines) != 1:
        return False
    line = part.lines[0]
    short = len(line) <= salutation.MAX_CHARACTERS
    return short and (salutation.is_greeting(line) or salutation.alike(line, greeting))


def _signature(parts: list[Part], greeted: int | None) -> range | None:
    """Return the numbers of the parts that form the signature, or None.

    The signature is the last part before a postscript, and the part above it if that part is a name.
    """
    end = next((n for n, part in enumerate(parts) if part.lines and POSTSCRIPT.match(part.lines[0])), len(parts)) - 1
    if end <= (greeted or 0) or not _may_sign(parts[end]):
        return None
    above = parts[end - 1]
    named = end - 1 > (greeted or 0) and len(above.lines) == 1 and _may_sign(above) and _is_name(above.lines[0])
    return range(end - 1 if named else end, end + 1)


def _may_sign(part: Part) -> bool:
    text = "\n".join(part.lines)
    listed = all(_ITEM.match(line) for line in part.lines)
    return bool(text) and not part.level and not listed and reader.looks_signed(text) and not CREDIT.match(text)


def _is_name(line: str) -> bool:
    words = line.split()
    return 1 < len(words) <= NAME_WORDS and all(word[:1].isupper() or len(word) <= 3 for word in words)  # noqa: PLR2004 - particles such as de, du, von


def _sign(draft: Draft, part: Part) -> None:
    """Add a part to the signature; a name and a role become one paragraph with line breaks."""
    lines = "\\\n".join(escaped(line) for line in part.lines)
    if draft.author:
        draft.body[-1] += "\\\n" + lines
    else:
        draft.author = part.lines[0].lstrip("—–- ")
        draft.body.append(lines)


def _is_image(part: Part) -> bool:
    return len(part.lines) == 1 and bool(IMAGE_NAME.fullmatch(part.lines[0]))


def _image(name: str, wanted: ConvertOptions) -> str:
    described = wanted.say("gap_describe")
    return f"![{described}]({picture_file(name)})"


def _names_the_letter(part: Part) -> bool:
    """Return True if the first part is the subject: a heading or one short line. The mail shows it as its title."""
    if part.level:
        return True
    line = part.lines[0] if len(part.lines) == 1 else ""
    return is_titled(line, sys.maxsize) and not CREDIT.match(line)


def _is_title(part: Part, following: Sequence[Part], *, headed: bool) -> bool:
    """Return True if a part looks like a section title.

    In a document with real headings (`headed`), only a line that is bold from end to end counts.
    """
    bold = part.written.startswith("**") and part.written.endswith("**")
    if len(part.lines) != 1 or not following or "](" in part.written or (headed and not bold):
        return False
    line = part.lines[0]
    listed = any(pattern.match(line) for pattern in (_ITEM, CREDIT, POSTSCRIPT))
    below = sum(len(one) for one in following[0].lines) if following[0].lines else sys.maxsize  # a list, a table
    return is_titled(line, below) and not listed


def _propose(draft: Draft, line: str, wanted: ConvertOptions) -> None:
    """Add a title. Add a comment for the editor above a question: it may be a sentence of the letter."""
    if line.endswith("?"):
        asked = wanted.say("gap_title")
        draft.body.append(f"<!-- {asked} -->")
    _entitle(draft, line, 2)


def _entitle(draft: Draft, line: str, level: int) -> None:
    draft.subject = draft.subject or line
    draft.body.append(f"{'#' * level} {escaped(line)}")


def _text(part: Part, below: str) -> str:
    """Return the Markdown of a part: its own Markdown if it has any formatting, else a list or a paragraph.

    The lines are a list if each of them is an item. A list directly below a list gets another bullet; otherwise
    Markdown would join the two lists.
    """
    if part.written and (not part.lines or part.written != "\n".join(part.lines)):
        return part.written
    items = [_ITEM.match(line) for line in _unwrapped(part.lines)]
    if len(items) > 1 and all(items):
        bullet = "*" if below.startswith("- ") else "-"
        return "\n".join(_list_item(item, bullet) for item in items if item)
    return "\\\n".join(escaped(line) for line in joined(part.lines))


def _unwrapped(lines: Sequence[str]) -> list[str]:
    """Return the lines of a list, with continuation lines joined to their item; return other lines unchanged."""
    if sum(bool(_ITEM.match(line)) for line in lines) < 2 or not _ITEM.match(lines[0]):  # noqa: PLR2004 - a single item is a line that begins with a dash
        return list(lines)
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            items.append(line)
        else:
            items[-1] += f" {line}"
    return items


def _list_item(item: re.Match[str], bullet: str) -> str:
    mark = f"{item['number']}." if item["number"] else bullet
    return f"{mark} {escaped(item['text'])}"


def escaped(text: str) -> str:
    """Return the text with Markdown signs escaped and addresses written as links."""
    out, end = [], 0
    for url in _URL.finditer(text):
        out += [_plain(text[end : url.start()]), f"<{url[0]}>"]
        end = url.end()
    return _LINE_START.sub(_escaped_start, "".join([*out, _plain(text[end:])]))


def _plain(text: str) -> str:
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], text)


def _escaped_start(match: re.Match[str]) -> str:
    """Escape a sign that would open a heading, a quote or a list at the beginning of a line."""
    return f"\\{match['sign']}" if match["sign"] else f"{match['number']}\\{match['mark']}"


def _markdown(draft: Draft, wanted: ConvertOptions) -> str:
    keys = ("objet", "apercu", "auteur") if is_french(wanted.language) else ("subject", "preheader", "author")
    subject, preheader, author = keys
    fields = {
        "id": wanted.issue_id,
        subject: quoted(draft.subject),
        preheader: quoted(_shortened(draft.lead)),
        "date": wanted.say("gap_complete"),
        author: quoted(draft.author),
    }
    head = "\n".join(f"{name}: {value}" for name, value in fields.items())
    return f"---\n{head}\n---\n\n" + "\n\n".join(draft.body) + "\n"


def quoted(text: str) -> str:
    """Return `text` as a double-quoted YAML scalar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shortened(text: str) -> str:
    """Return the first `PREHEADER` characters of a text, cut between words."""
    if len(text) <= PREHEADER:
        return text
    return text[:PREHEADER].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def photographer(name: str) -> tuple[str, str] | None:
    """Return the photographer (without accents) and the page of a picture with Unsplash's file name, or None.

    The program shows them to the editor and never writes them into the issue.
    """
    match = _PHOTO.search(name)
    return (match["name"].replace("-", " ").title(), f"https://unsplash.com/photos/{match['id']}") if match else None

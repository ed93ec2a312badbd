"""A text as an editorial was published or pasted → the Markdown of an issue.

Labels the parts and touches no word: what cannot be known is left as « À COMPLÉTER » or
« À DÉCRIRE », and what could be two things is asked; the checks report both, and nothing is corrected.
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
"""Characters a telephone shows after the subject."""
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
    """A text taken apart, in the words of the issue format."""

    subject: str = ""
    author: str = ""
    lead: str = ""
    body: list[str] = field(default_factory=list)
    """Markdown blocks in reading order."""


@dataclass(frozen=True, slots=True)
class Converted:
    """The Markdown of a whole issue, and the pictures that belong beside it, by name."""

    text: str
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """What the publication says of its issues, and what only the caller knows."""

    issue_id: str
    greeting: str
    language: str = "fr"
    folder: Path = Path()
    """Where the pictures of a web page are looked for."""

    def say(self, key: str) -> str:
        """What stands for something that the text does not say."""
        return say(self.language, key)


def convert(raw: bytes, wanted: ConvertOptions) -> Converted:
    """The issue that a text makes; InputError where there is none in it, or far too much."""
    intake = take_in(raw, wanted.folder, wanted.say("gap_describe"))
    if not any(part.lines or part.written for part in intake.parts):
        raise InputError("convert_empty")
    draft = _labelled(_gathered(intake.parts), wanted)
    text = _markdown(draft, wanted)
    if len(text.encode()) > reader.MAX_BYTES:
        raise InputError("convert_too_large", size=len(text) // 1000, maximum=reader.MAX_BYTES // 1000)
    return Converted(text, intake.files)


def _gathered(parts: Sequence[Part]) -> list[Part]:
    """The same parts; items that stand as paragraphs one below the other, as Word writes them, are one list."""
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
    """Numbers of the parts that sign: the last before a postscript, and a name above the role in it."""
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
    return 1 < len(words) <= NAME_WORDS and all(word[:1].isupper() or len(word) <= 3 for word in words)  # noqa: PLR2004 - de, du, von


def _sign(draft: Draft, part: Part) -> None:
    """A name and a role are one paragraph, line by line."""
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
    """A heading, or one short line, at the very top: the subject, which the mail shows as its title."""
    if part.level:
        return True
    line = part.lines[0] if len(part.lines) == 1 else ""
    return is_titled(line, sys.maxsize) and not CREDIT.match(line)


def _is_title(part: Part, following: Sequence[Part], *, headed: bool) -> bool:
    """Where the document has real headings, only a line that is bold from end to end may be another one."""
    bold = part.written.startswith("**") and part.written.endswith("**")
    if len(part.lines) != 1 or not following or "](" in part.written or (headed and not bold):
        return False
    line = part.lines[0]
    listed = any(pattern.match(line) for pattern in (_ITEM, CREDIT, POSTSCRIPT))
    below = sum(len(one) for one in following[0].lines) if following[0].lines else sys.maxsize  # a list, a table
    return is_titled(line, below) and not listed


def _propose(draft: Draft, line: str, wanted: ConvertOptions) -> None:
    """A title; a question may be one, or a sentence of the letter, and only the editor knows."""
    if line.endswith("?"):
        asked = wanted.say("gap_title")
        draft.body.append(f"<!-- {asked} -->")
    _entitle(draft, line, 2)


def _entitle(draft: Draft, line: str, level: int) -> None:
    draft.subject = draft.subject or line
    draft.body.append(f"{'#' * level} {escaped(line)}")


def _text(part: Part, below: str) -> str:
    """What has a form keeps it; lines are a list where every one is an item, else a paragraph.

    A list below another one has other bullets, or Markdown would make one of the two.
    """
    if part.written and (not part.lines or part.written != "\n".join(part.lines)):
        return part.written
    items = [_ITEM.match(line) for line in _unwrapped(part.lines)]
    if len(items) > 1 and all(items):
        bullet = "*" if below.startswith("- ") else "-"
        return "\n".join(_list_item(item, bullet) for item in items if item)
    return "\\\n".join(escaped(line) for line in joined(part.lines))


def _unwrapped(lines: Sequence[str]) -> list[str]:
    """The lines of a list with those that go on an item put behind it."""
    if sum(bool(_ITEM.match(line)) for line in lines) < 2 or not _ITEM.match(lines[0]):  # noqa: PLR2004 - one is a dash
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
    """Text in which Markdown finds no sign, and in which addresses are links."""
    out, end = [], 0
    for url in _URL.finditer(text):
        out += [_plain(text[end : url.start()]), f"<{url[0]}>"]
        end = url.end()
    return _LINE_START.sub(_escaped_start, "".join([*out, _plain(text[end:])]))


def _plain(text: str) -> str:
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], text)


def _escaped_start(match: re.Match[str]) -> str:
    """A sign that would open a heading, a quote or a list at the beginning of a line."""
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
    """A YAML scalar that means exactly `text`."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shortened(text: str) -> str:
    """The beginning of a text, cut between words."""
    if len(text) <= PREHEADER:
        return text
    return text[:PREHEADER].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def photographer(name: str) -> tuple[str, str] | None:
    """Who took a picture that has the name Unsplash gave it (accents lost), and its page: to be told, never written."""
    match = _PHOTO.search(name)
    return (match["name"].replace("-", " ").title(), f"https://unsplash.com/photos/{match['id']}") if match else None

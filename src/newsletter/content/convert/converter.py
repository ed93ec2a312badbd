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
from newsletter.content.conventions import CREDIT, IMAGE_NAME, POSTSCRIPT, looks_like_title, picture_file
from newsletter.content.convert.file_formats import Part, join_wrapped_lines, read_parts
from newsletter.errors import InputError
from newsletter.i18n import say
from newsletter.model.publication import is_french

PREHEADER_CHARACTERS = 110
"""Number of characters that a telephone shows after the subject."""
MAX_NAME_WORDS = 4
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
class ConvertedIssue:
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


def convert(raw: bytes, options: ConvertOptions) -> ConvertedIssue:
    """Convert the bytes of a file into an issue. Raise InputError if it contains no text or is too large."""
    contents = read_parts(raw, options.folder, options.say("gap_describe"))
    if not any(part.lines or part.written for part in contents.parts):
        raise InputError("convert_empty")
    draft = _label_parts(_join_list_items(contents.parts), options)
    text = _issue_markdown(draft, options)
    if len(text.encode()) > reader.MAX_BYTES:
        raise InputError("convert_too_large", size=len(text) // 1000, maximum=reader.MAX_BYTES // 1000)
    return ConvertedIssue(text, contents.files)


def _join_list_items(parts: Sequence[Part]) -> list[Part]:
    """Return the same parts, with consecutive one-item paragraphs joined into one list (Word writes lists so)."""
    joined_parts: list[Part] = []
    for part in parts:
        last = joined_parts[-1] if joined_parts else None
        if last and _is_item(part) and last.lines and all(_ITEM.match(line) for line in last.lines):
            joined_parts[-1] = Part((*last.lines, *part.lines))
        else:
            joined_parts.append(Part(part.lines) if _is_item(part) else part)
    return joined_parts


def _is_item(part: Part) -> bool:
    return len(part.lines) == 1 and not part.level and bool(_ITEM.match(part.lines[0]))


def _label_parts(parts: list[Part], options: ConvertOptions) -> Draft:
    draft = Draft()
    salutation_index = next((index for index, part in enumerate(parts) if _is_salutation(part, options.greeting)), None)
    signature_indexes = _signature(parts, salutation_index)
    has_headings = any(part.level for part in parts)
    top_level = min((part.level for part in parts[(salutation_index or 0) :] if part.level), default=2)
    for index, part in enumerate(parts):
        is_before_salutation = salutation_index is not None and index < salutation_index
        following = parts[index + 1 :]
        if signature_indexes and index in signature_indexes:
            _add_signature(draft, part)
        elif is_before_salutation and _is_image(part):
            draft.body.append(_image_markdown(part.lines[0], options))
        elif is_before_salutation and index == 0 and not draft.subject and _is_subject(part):
            draft.subject = part.lines[0]
        elif part.level and index != salutation_index:
            _add_title(draft, part.lines[0], min(max(part.level - top_level + 2, 2), 4))
        elif (
            not is_before_salutation
            and not (signature_indexes and index + 1 in signature_indexes)
            and _is_title(part, following[:1], has_headings=has_headings)
        ):
            _add_possible_title(draft, part.lines[0], options)
        else:
            draft.lead = draft.lead or (
                " ".join(part.lines) if not is_before_salutation and index != salutation_index else ""
            )
            draft.body.append(_part_markdown(part, above=draft.body[-1] if draft.body else ""))
    return draft


def _is_salutation(part: Part, greeting: str) -> bool:
    if len(part.lines) != 1:
        return False
    line = part.lines[0]
    short = len(line) <= salutation.MAX_CHARACTERS
    return short and (salutation.is_greeting(line) or salutation.is_similar(line, greeting))


def _signature(parts: list[Part], salutation_index: int | None) -> range | None:
    """Return the numbers of the parts that form the signature, or None.

    The signature is the last part before a postscript, and the part above it if that part is a name.
    """
    postscripts = (index for index, part in enumerate(parts) if part.lines and POSTSCRIPT.match(part.lines[0]))
    end = next(postscripts, len(parts)) - 1
    if end <= (salutation_index or 0) or not _may_sign(parts[end]):
        return None
    above = parts[end - 1]
    has_name = (
        end - 1 > (salutation_index or 0) and len(above.lines) == 1 and _may_sign(above) and _is_name(above.lines[0])
    )
    return range(end - 1 if has_name else end, end + 1)


def _may_sign(part: Part) -> bool:
    text = "\n".join(part.lines)
    is_list = all(_ITEM.match(line) for line in part.lines)
    return bool(text) and not part.level and not is_list and reader.looks_signed(text) and not CREDIT.match(text)


def _is_name(line: str) -> bool:
    words = line.split()
    return 1 < len(words) <= MAX_NAME_WORDS and all(word[:1].isupper() or len(word) <= 3 for word in words)  # noqa: PLR2004 - particles such as de, du, von


def _add_signature(draft: Draft, part: Part) -> None:
    """Add a part to the signature; a name and a role become one paragraph with line breaks."""
    lines = "\\\n".join(escape_markdown(line) for line in part.lines)
    if draft.author:
        draft.body[-1] += "\\\n" + lines
    else:
        draft.author = part.lines[0].lstrip("—–- ")
        draft.body.append(lines)


def _is_image(part: Part) -> bool:
    return len(part.lines) == 1 and bool(IMAGE_NAME.fullmatch(part.lines[0]))


def _image_markdown(name: str, options: ConvertOptions) -> str:
    description = options.say("gap_describe")
    return f"![{description}]({picture_file(name)})"


def _is_subject(part: Part) -> bool:
    """Return True if the first part is the subject: a heading or one short line. The mail shows it as its title."""
    if part.level:
        return True
    line = part.lines[0] if len(part.lines) == 1 else ""
    return looks_like_title(line, sys.maxsize) and not CREDIT.match(line)


def _is_title(part: Part, following: Sequence[Part], *, has_headings: bool) -> bool:
    """Return True if a part looks like a section title.

    In a document with real headings (`has_headings`), only a line that is bold from end to end counts.
    """
    is_bold = part.written.startswith("**") and part.written.endswith("**")
    if len(part.lines) != 1 or not following or "](" in part.written or (has_headings and not is_bold):
        return False
    line = part.lines[0]
    is_other = any(pattern.match(line) for pattern in (_ITEM, CREDIT, POSTSCRIPT))
    size_below = sum(len(row) for row in following[0].lines) if following[0].lines else sys.maxsize  # a list, a table
    return looks_like_title(line, size_below) and not is_other


def _add_possible_title(draft: Draft, line: str, options: ConvertOptions) -> None:
    """Add a title. Add a comment for the editor above a question: it may be a sentence of the letter."""
    if line.endswith("?"):
        question = options.say("gap_title")
        draft.body.append(f"<!-- {question} -->")
    _add_title(draft, line, 2)


def _add_title(draft: Draft, line: str, level: int) -> None:
    draft.subject = draft.subject or line
    draft.body.append(f"{'#' * level} {escape_markdown(line)}")


def _part_markdown(part: Part, above: str) -> str:
    """Return the Markdown of a part: its own Markdown if it has any formatting, else a list or a paragraph.

    The lines are a list if each of them is an item. A list directly below a list gets another bullet; otherwise
    Markdown would join the two lists.
    """
    if part.written and (not part.lines or part.written != "\n".join(part.lines)):
        return part.written
    items = [_ITEM.match(line) for line in _unwrap_list(part.lines)]
    if len(items) > 1 and all(items):
        bullet = "*" if above.startswith("- ") else "-"
        return "\n".join(_list_item(item, bullet) for item in items if item)
    return "\\\n".join(escape_markdown(line) for line in join_wrapped_lines(part.lines))


def _unwrap_list(lines: Sequence[str]) -> list[str]:
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
    return f"{mark} {escape_markdown(item['text'])}"


def escape_markdown(text: str) -> str:
    """Return the text with Markdown signs escaped and addresses written as links."""
    pieces, end = [], 0
    for url in _URL.finditer(text):
        pieces += [_escape_signs(text[end : url.start()]), f"<{url[0]}>"]
        end = url.end()
    return _LINE_START.sub(_escaped_start, "".join([*pieces, _escape_signs(text[end:])]))


def _escape_signs(text: str) -> str:
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], text)


def _escaped_start(match: re.Match[str]) -> str:
    """Escape a sign that would open a heading, a quote or a list at the beginning of a line."""
    return f"\\{match['sign']}" if match["sign"] else f"{match['number']}\\{match['mark']}"


def _issue_markdown(draft: Draft, options: ConvertOptions) -> str:
    keys = ("objet", "apercu", "auteur") if is_french(options.language) else ("subject", "preheader", "author")
    subject, preheader, author = keys
    fields = {
        "id": options.issue_id,
        subject: quote_yaml(draft.subject),
        preheader: quote_yaml(_shorten(draft.lead)),
        "date": options.say("gap_complete"),
        author: quote_yaml(draft.author),
    }
    head = "\n".join(f"{name}: {value}" for name, value in fields.items())
    return f"---\n{head}\n---\n\n" + "\n\n".join(draft.body) + "\n"


def quote_yaml(text: str) -> str:
    """Return `text` as a double-quoted YAML scalar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shorten(text: str) -> str:
    """Return the first `PREHEADER_CHARACTERS` of a text, cut between words."""
    if len(text) <= PREHEADER_CHARACTERS:
        return text
    return text[:PREHEADER_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def find_photographer(name: str) -> tuple[str, str] | None:
    """Return the photographer (without accents) and the page of a picture with Unsplash's file name, or None.

    The program shows them to the editor and never writes them into the issue.
    """
    match = _PHOTO.search(name)
    return (match["name"].replace("-", " ").title(), f"https://unsplash.com/photos/{match['id']}") if match else None

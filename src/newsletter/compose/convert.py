"""Raw text, as an editorial was published or pasted → the Markdown of an issue.

Labels the parts and touches no word: what cannot be known is left as « À COMPLÉTER » or
« À DÉCRIRE », which the checks report, and nothing is corrected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.compose import salutation, source
from newsletter.errors import InputError
from newsletter.letterforms import CREDIT, IMAGE_EXTENSION, IMAGE_NAME, POSTSCRIPT

TO_DESCRIBE = "À DÉCRIRE"
TO_COMPLETE = "À COMPLÉTER"
PREHEADER = 110
"""Characters a telephone shows after the subject."""
TITLE_WORDS = 14
TITLE_CHARACTERS = 90
TITLE_RATIO = 1.5
"""A title's next paragraph is at least that much longer."""
_LIGATURES = str.maketrans({"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"})
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200c\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n?|\u0085|\u2028|\u2029")
_ITEM = re.compile(r"\s*(?:[-•–*]|(?P<number>\d{1,3})[.)])\s+(?P<text>\S.*)")
_NOT_A_TITLE = tuple(".!…,;:?")
_URL = re.compile(r"https?://[^\s<>]+[^\s<>.,;:!?)»”\"']")
_SPECIAL = re.compile(r"[\\`*\[\]<{}~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|!(?=\[)")
_LINE_START = re.compile(r"^(?:(?P<sign>[#>+=-]|:{3})|(?P<number>\d+)(?P<mark>[.)])(?=\s|$))")


@dataclass(slots=True)
class Draft:
    """A text taken apart, in the words of the issue format."""

    subject: str = ""
    author: str = ""
    lead: str = ""
    body: list[str] = field(default_factory=list)
    """Markdown blocks in reading order."""


def convert(raw: bytes, *, issue_id: str, greeting: str) -> str:
    """The Markdown of a whole issue; InputError where there is no text in it, or far too much."""
    if len(raw) > source.MAX_BYTES:
        raise InputError("convert_too_large", size=len(raw) // 1000, maximum=source.MAX_BYTES // 1000)
    blocks = _blocks(normalised(raw))
    if not blocks:
        raise InputError("convert_empty")
    return _markdown(_labelled(blocks, greeting), issue_id)


def normalised(raw: bytes) -> str:
    """The text of the bytes: UTF-8 or CP1252, composed characters, one kind of line end, nothing invisible."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    text = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)).translate(_LIGATURES)
    return _INVISIBLE.sub("", text.replace("\t", " "))


def _blocks(text: str) -> list[list[str]]:
    """The lines of each block; a text without blank lines has one block a line."""
    parts = re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", text.strip())
    if len(parts) == 1:
        parts = parts[0].split("\n")
    blocks = [[line.strip() for line in part.split("\n") if line.strip()] for part in parts]
    return [block for block in blocks if block]


def _labelled(blocks: list[list[str]], greeting: str) -> Draft:
    draft = Draft()
    greeted = next((n for n, block in enumerate(blocks) if _greets(block, greeting)), None)
    signed = _signature(blocks, greeted)
    for number, block in enumerate(blocks):
        after = greeted is None or number > greeted
        following = blocks[number + 1] if number + 1 < len(blocks) else []
        if number == signed:
            draft.author = block[0]
            draft.body.append("\\\n".join(escaped(line) for line in block))
        elif greeted is not None and number < greeted and _is_image(block):
            draft.body.append(_image(block[0]))
        elif after and number != len(blocks) - 1 and number + 1 != signed and _is_title(block, following):
            draft.subject = draft.subject or block[0]
            draft.body.append(f"## {escaped(block[0])}")
        else:
            draft.lead = draft.lead or (_joined(block) if after else "")
            draft.body.append(_text(block))
    return draft


def _greets(block: Sequence[str], greeting: str) -> bool:
    line = block[0]
    short = len(block) == 1 and len(line) <= salutation.MAX_CHARACTERS
    return short and (salutation.is_greeting(line) or salutation.alike(line, greeting))


def _signature(blocks: list[list[str]], greeted: int | None) -> int | None:
    """Number of the block that signs: the last before a postscript, short, without an end stop."""
    end = next((n for n, block in enumerate(blocks) if POSTSCRIPT.match(block[0])), len(blocks)) - 1
    if end <= (greeted or 0):
        return None
    return end if source.looks_signed("\n".join(blocks[end])) and not CREDIT.match(blocks[end][0]) else None


def _is_image(block: Sequence[str]) -> bool:
    return len(block) == 1 and bool(IMAGE_NAME.fullmatch(block[0]))


def _image(name: str) -> str:
    file = name if IMAGE_EXTENSION.search(name) else f"{name}.jpg"
    return f"![{TO_DESCRIBE}]({file})"


def _is_title(block: Sequence[str], following: Sequence[str]) -> bool:
    line = block[0]
    short = len(block) == 1 and len(line) <= TITLE_CHARACTERS and len(line.split()) <= TITLE_WORDS
    fitting = line[0].isupper() or line[0].isdigit() or line[0] in '«“"'
    listed = bool(_ITEM.match(line)) or CREDIT.match(line) is not None
    longer = len(_joined(following)) >= TITLE_RATIO * len(line)
    return short and fitting and longer and not listed and not line.endswith(_NOT_A_TITLE)


def _text(block: Sequence[str]) -> str:
    """A list where every line is an item, else one paragraph: wrapped lines are joined."""
    items = [_ITEM.match(line) for line in block]
    if len(block) > 1 and all(items):
        return "\n".join(_list_item(item) for item in items if item)
    return escaped(_joined(block))


def _list_item(item: re.Match[str]) -> str:
    mark = f"{item['number']}." if item["number"] else "-"
    return f"{mark} {escaped(item['text'])}"


def _joined(block: Sequence[str]) -> str:
    return " ".join(block)


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


def _markdown(draft: Draft, issue_id: str) -> str:
    fields = {
        "id": issue_id,
        "objet": quoted(draft.subject),
        "apercu": quoted(_shortened(draft.lead)),
        "date": TO_COMPLETE,
        "auteur": quoted(draft.author),
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

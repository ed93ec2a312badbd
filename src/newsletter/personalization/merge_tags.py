"""Merge tags: what an author may write between `{{ }}`, and the placeholders that stand for it.

In an edition a tag is a placeholder made of URL-unreserved characters only, `-nl.h.first_name~`:
it survives Markdown, MJML, href and lxml, where `{{x}}`, `%x%` and `*|X|*` do not. Its context is
part of its name (h: HTML-escaped, t: plain), because a remote substituter puts one value everywhere.

Filling here, in one pass, and substituting there, one tag after the other in any order, must agree.
So a placeholder ends in another character than it begins with, and no two can overlap; and no text
or value may supply the hyphen that opens one: `guarded` sees to that.
"""

from __future__ import annotations

import difflib
import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Literal

from newsletter.errors import MergeTagError
from newsletter.model.edition import MergeTag
from newsletter.model.subscribers import Subscriber

Context = Literal["h", "t"]
_CONTEXTS: tuple[Context, ...] = ("h", "t")

VALUE_TAGS: dict[str, tuple[str, ...]] = {
    "first_name": ("prenom",),
    "last_name": ("nom",),
    "email": ("courriel",),
}
"""Canonical name → French aliases, for tags that become a person's words."""

URL_TAGS: dict[str, tuple[str, ...]] = {
    "unsubscribe_url": ("lien_desinscription",),
    "online_url": ("lien_en_ligne",),
}
"""The same for tags that become an address; only these may stand in a link."""

TOKEN = MergeTag("token")
"""The one personal part of every address we mail."""

PREFIX = "-nl."
_CANONICAL = {alias: name for name, aliases in (VALUE_TAGS | URL_TAGS).items() for alias in (name, *aliases)}
_PLACEHOLDER = re.compile(r"-nl\.[ht]\.[a-z_]+(?:\.[0-9a-f]{6})?~")
_OPENS_PLACEHOLDER = re.compile(r"-(?=nl|n?$)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_WRITTEN = re.compile(
    r"""\{\{ \s* (?P<name>[^\s{}|]*) \s*
        (?: \| \s* default \s* \( \s* ["“«'‘] [ \u00a0]? (?P<default>[^"”»{}]*?) [ \u00a0]? ["”»'’] \s* \) \s* )?
        \}\}""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A merge tag as typed: `name` is canonical and empty where the program does not know `typed`."""

    typed: str
    name: str
    default: str
    end: int
    """Offset just behind `}}`."""


def parse(text: str, start: int = 0) -> Written | None:
    """The merge tag that begins at `start`, or None where the braces hold no well-formed one."""
    match = _WRITTEN.match(text, start)
    if match is None:
        return None
    typed = match["name"]
    return Written(typed, _CANONICAL.get(typed.lower(), ""), match["default"] or "", match.end())


def scan(text: str) -> Iterator[str | Written]:
    """`text` taken apart into its merge tags and what stands between them."""
    end = start = 0
    while (start := text.find("{{", start)) >= 0:
        written = parse(text, start)
        if written is None:
            start += 2
            continue
        yield text[end:start]
        yield written
        end = start = written.end
    yield text[end:]


def templated(text: str, context: Context) -> str:
    """One line of text (a subject, a preheader) made safe for its context, its tags as placeholders."""
    out: list[str] = []
    for piece in scan(text):
        if isinstance(piece, str):
            out.append(escaped(piece, context, strip=False))
        elif piece.name in VALUE_TAGS:
            out.append(placeholder(MergeTag(piece.name, piece.default), context))
    return "".join(out)


def nearest(typed: str) -> str:
    """The known name that looks most like `typed`, in the language it was typed in; may be empty."""
    close = difflib.get_close_matches(typed.lower(), _CANONICAL, n=1, cutoff=0.5)
    return close[0] if close else ""


def known_names() -> list[str]:
    """Every name an author may type."""
    return list(_CANONICAL)


def names_for(language: str, *, urls: bool | None = None) -> str:
    """The names that an editor of that language types, for a sentence; only those of addresses, or only the others."""
    tags = VALUE_TAGS | URL_TAGS if urls is None else URL_TAGS if urls else VALUE_TAGS
    return ", ".join(spoken(name, language) for name in tags)


def spoken(name: str, language: str) -> str:
    """The name that an editor of that language types."""
    aliases = (VALUE_TAGS | URL_TAGS).get(name, ())
    return aliases[0] if aliases and language == "fr" else name


def is_url(name: str) -> bool:
    """Whether the tag becomes an address."""
    return name in URL_TAGS


@lru_cache(maxsize=1024)
def placeholder(tag: MergeTag, context: Context) -> str:
    """What stands in an edition for `tag`; a default makes it another placeholder."""
    variant = ""
    if tag.default:
        variant = "." + hashlib.blake2b(tag.default.encode(), digest_size=3).hexdigest()
    return f"{PREFIX}{context}.{tag.name}{variant}~"


def guarded(text: str) -> str:
    """`text` with every hyphen that could open a placeholder written U+2010, which looks the same."""
    return _OPENS_PLACEHOLDER.sub("\u2010", text)


def escaped(value: str, context: Context, *, strip: bool = True) -> str:
    """A value made safe for where it goes: one line, no control characters, no placeholder."""
    line = _UNPRINTABLE.sub(" ", value)
    clean = guarded(line.strip() if strip else line)
    return html.escape(clean, quote=True) if context == "h" else clean


@lru_cache(maxsize=4096)
def _escaped_before(value: str) -> tuple[str, str]:
    """In both contexts; most first names are somebody else's too."""
    return escaped(value, "h"), escaped(value, "t")


def values(tags: tuple[MergeTag, ...], person: Mapping[str, str]) -> dict[str, str]:
    """Placeholder → value for one person, in both contexts; an empty value takes the tag's default."""
    filled: dict[str, str] = {}
    for tag in tags:
        if tag.name not in person:
            raise MergeTagError("merge_tag_without_value", name=tag.name)
        value = person[tag.name] or tag.default
        for context in _CONTEXTS:
            filled[placeholder(tag, context)] = escaped(value, context)
    return filled


def filler(tags: tuple[MergeTag, ...]) -> Callable[[Subscriber, str], dict[str, str]]:
    """`values` of one edition for many people: (person, token) → placeholder → value."""
    marks = tuple(placeholder(TOKEN, context) for context in _CONTEXTS) if TOKEN in tags else ()
    words = [
        (attrgetter(tag.name), tag.default, placeholder(tag, "h"), placeholder(tag, "t"))
        for tag in tags
        if tag != TOKEN
    ]

    def fill(person: Subscriber, token: str) -> dict[str, str]:
        filled = dict.fromkeys(marks, token)  # letters and digits, the same in every context
        for value_of, default, escaped_mark, plain_mark in words:
            value = value_of(person) or default
            filled[escaped_mark], filled[plain_mark] = _escaped_before(value)
        return filled

    return fill


def personal(person: Subscriber, token: str) -> dict[str, str]:
    """Merge tag → what it is for one person."""
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        TOKEN.name: token,
    }


def fill(text: str, filled: Mapping[str, str]) -> str:
    """`text` with every placeholder replaced, in one pass; one that has no value is an error."""

    def value(match: re.Match[str]) -> str:
        try:
            return filled[match[0]]
        except KeyError:
            raise MergeTagError("merge_tag_without_value", name=match[0]) from None

    return _PLACEHOLDER.sub(value, text)


def strays(text: str, tags: tuple[MergeTag, ...]) -> list[str]:
    """What looks like a placeholder in an edition and is none of its tags': filling would fail on it."""
    known = {placeholder(tag, context) for tag in tags for context in ("h", "t")}
    return [match[0] for match in _PLACEHOLDER.finditer(text) if match[0] not in known]


def split(text: str) -> list[str]:
    """`text` cut at its placeholders: plain, placeholder, plain, … (always an odd number of pieces)."""
    pieces: list[str] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        pieces += [text[end : match.start()], match[0]]
        end = match.end()
    return [*pieces, text[end:]]

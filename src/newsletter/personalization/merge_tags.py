"""Merge tags: what an author may write between `{{ }}`, and the placeholders that stand for it.

In an edition a tag is a placeholder made of URL-unreserved characters only, `-nl.h.first_name~`:
it survives Markdown, MJML, href and lxml; `{{x}}`, `%x%` and `*|X|*` do not. The context is part of
the placeholder's name (h: HTML-escaped, t: plain), because a provider puts the same value everywhere.

This program fills all placeholders in one pass; a provider substitutes one tag after the other, in any
order. Both must give the same message. So a placeholder ends in another character than it begins with,
and no two placeholders can overlap. No other text or value may contain the hyphen that opens a
placeholder: `guard` replaces that hyphen.
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
"""Canonical name → French aliases, for tags that become a text about the person."""

URL_TAGS: dict[str, tuple[str, ...]] = {
    "unsubscribe_url": ("lien_desinscription",),
    "online_url": ("lien_en_ligne",),
}
"""Canonical name → French aliases, for tags that become a URL; only these tags may stand in a link."""

TOKEN = MergeTag("token")
"""The only personal part of every URL in a message."""

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
class ParsedTag:
    """A merge tag as typed; `name` is the canonical name, empty if the program does not know `typed`."""

    typed: str
    name: str
    default: str
    end: int
    """Offset just after `}}`."""


def parse(text: str, start: int = 0) -> ParsedTag | None:
    """Return the merge tag that begins at `start`; None if the braces contain no well-formed tag."""
    found = _WRITTEN.match(text, start)
    if found is None:
        return None
    typed = found["name"]
    return ParsedTag(typed, _CANONICAL.get(typed.lower(), ""), found["default"] or "", found.end())


def scan(text: str) -> Iterator[str | ParsedTag]:
    """Split `text` into its merge tags and the text between them; yield the pieces in order."""
    end = start = 0
    while (start := text.find("{{", start)) >= 0:
        tag = parse(text, start)
        if tag is None:
            start += 2
            continue
        yield text[end:start]
        yield tag
        end = start = tag.end
    yield text[end:]


def fill_in_placeholders(text: str, context: Context) -> str:
    """Return one line of text (a subject, a preheader) escaped for its context, with placeholders for its tags."""
    out: list[str] = []
    for piece in scan(text):
        if isinstance(piece, str):
            out.append(escape(piece, context, strip=False))
        elif piece.name in VALUE_TAGS:
            out.append(placeholder(MergeTag(piece.name, piece.default), context))
    return "".join(out)


def suggest_name(typed: str) -> str:
    """Return the known name, French or English, that looks most like `typed`; empty if none is close."""
    close = difflib.get_close_matches(typed.lower(), _CANONICAL, n=1, cutoff=0.5)
    return close[0] if close else ""


def known_names() -> list[str]:
    """Return every name that an author may type."""
    return list(_CANONICAL)


def names_for(language: str, *, urls: bool | None = None) -> str:
    """Return the names that an editor of that language types, joined by commas.

    `urls` True selects the tags that become a URL, False the other tags, None all of them.
    """
    tags = VALUE_TAGS | URL_TAGS if urls is None else URL_TAGS if urls else VALUE_TAGS
    return ", ".join(localized_name(name, language) for name in tags)


def localized_name(name: str, language: str) -> str:
    """Return the name of a tag that an editor of that language types."""
    aliases = (VALUE_TAGS | URL_TAGS).get(name, ())
    return aliases[0] if aliases and language == "fr" else name


def is_url(name: str) -> bool:
    """Return True if the tag becomes a URL."""
    return name in URL_TAGS


@lru_cache(maxsize=1024)
def placeholder(tag: MergeTag, context: Context) -> str:
    """Return the placeholder that stands for `tag` in an edition; each default gives another placeholder."""
    variant = ""
    if tag.default:
        variant = "." + hashlib.blake2b(tag.default.encode(), digest_size=3).hexdigest()
    return f"{PREFIX}{context}.{tag.name}{variant}~"


def guard(text: str) -> str:
    """Replace every hyphen that could open a placeholder by U+2010, which looks the same."""
    return _OPENS_PLACEHOLDER.sub("\u2010", text)


def escape(value: str, context: Context, *, strip: bool = True) -> str:
    """Escape a value for its context: one line, no control characters, no placeholder."""
    line = _UNPRINTABLE.sub(" ", value)
    clean = guard(line.strip() if strip else line)
    return html.escape(clean, quote=True) if context == "h" else clean


@lru_cache(maxsize=4096)
def _escaped_before(value: str) -> tuple[str, str]:
    """Return `value` escaped for both contexts (h, t). Cached, because most first names occur more than once."""
    return escape(value, "h"), escape(value, "t")


def placeholder_values(tags: tuple[MergeTag, ...], person: Mapping[str, str]) -> dict[str, str]:
    """Return placeholder → value for one person, in both contexts; the tag's default replaces an empty value.

    Raise MergeTagError if `person` has no entry for a tag.
    """
    filled: dict[str, str] = {}
    for tag in tags:
        if tag.name not in person:
            raise MergeTagError("merge_tag_without_value", name=tag.name)
        value = person[tag.name] or tag.default
        for context in _CONTEXTS:
            filled[placeholder(tag, context)] = escape(value, context)
    return filled


def make_filler(tags: tuple[MergeTag, ...]) -> Callable[[Subscriber, str], dict[str, str]]:
    """Return a fast `placeholder_values` for one edition and many people: (person, token) → placeholder → value."""
    marks = tuple(placeholder(TOKEN, context) for context in _CONTEXTS) if TOKEN in tags else ()
    plan = [
        (attrgetter(tag.name), tag.default, placeholder(tag, "h"), placeholder(tag, "t"))
        for tag in tags
        if tag != TOKEN
    ]

    def fill(person: Subscriber, token: str) -> dict[str, str]:
        filled = dict.fromkeys(marks, token)  # letters and digits, the same in every context
        for value_of, default, escaped_mark, plain_mark in plan:
            value = value_of(person) or default
            filled[escaped_mark], filled[plain_mark] = _escaped_before(value)
        return filled

    return fill


def personal_values(person: Subscriber, token: str) -> dict[str, str]:
    """Return merge tag → value for one person."""
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        TOKEN.name: token,
    }


def fill(text: str, filled: Mapping[str, str]) -> str:
    """Replace every placeholder in `text`, in one pass. Raise MergeTagError if a placeholder has no value."""

    def value(match: re.Match[str]) -> str:
        try:
            return filled[match[0]]
        except KeyError:
            raise MergeTagError("merge_tag_without_value", name=match[0]) from None

    return _PLACEHOLDER.sub(value, text)


def find_strays(text: str, tags: tuple[MergeTag, ...]) -> list[str]:
    """Return the placeholders in `text` that belong to none of the edition's `tags`: `fill` would fail on them."""
    known = {placeholder(tag, context) for tag in tags for context in ("h", "t")}
    return [match[0] for match in _PLACEHOLDER.finditer(text) if match[0] not in known]


def split(text: str) -> list[str]:
    """Split `text` at its placeholders: plain, placeholder, plain, … (always an odd number of pieces)."""
    pieces: list[str] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        pieces += [text[end : match.start()], match[0]]
        end = match.end()
    return [*pieces, text[end:]]

"""Normalise e-mail addresses, and find probable typing mistakes.

email-validator decides. For most addresses it is asked only about the domain, once for each domain: a local part of
plain ASCII characters is checked by a pattern. A property test compares the two ways with each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import unquote

_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")
_MAX_LOCAL = 64
_MAX = 254
_MAX_CELL = 1_000
"""Maximum number of characters of a name and an address together; longer text is refused."""
_UNSEEN_SIGNS = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_UNSEEN = re.compile(f"[{_UNSEEN_SIGNS}]")
_INVISIBLE = re.compile(f"[{_UNSEEN_SIGNS}\u034f\u115f\u1160\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]")
"""The characters of `_UNSEEN`, and characters that join letters: no address contains them."""
_QUOTES = " \"'`«»“”‘’\u00a0;,"
_NAMED_ADDRESSES = tuple(
    map(
        re.compile,
        (
            r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>[\s;,]*",
            r"(?P<name>[^\[\]]*)\[(?P<address>[^\[\]@]*@[^\[\]]*)\][\s;,]*",
            r"(?P<address>[^\s()<>]+@[^\s()<>]+)\s*\((?P<name>[^()]*)\)",
        ),
    )
)
"""How mail programs write an address beside a name; the second pattern is the form that Outlook copies."""
_QUOTED = re.compile(r"""["'«“‘]\s*(?P<address>.*?)\s*["'»”’]""")
_LINK = re.compile(r"mailto:(?://)?(?P<address>[^?]*)(?:\?.*)?", re.IGNORECASE)
_SEPARATED = re.compile(r"@[^@]*[\s;,/|][^@]*@")
_REASONS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("without_at", lambda address: "@" not in address),
    ("several", _SEPARATED.search),
    ("two_ats", lambda address: address.count("@") > 1),
    ("cut", lambda address: address.startswith("@") or address.endswith("@")),
    ("space", re.compile(r"\s").search),
    ("accent", re.compile(r"[^\W_a-zA-Z0-9][^@]*@").search),
    ("long", lambda address: len(address) > _MAX),
    ("dots", re.compile(r"^\.|\.\.|\.@|@\.|\.$").search),
    ("domain", re.compile(r"@[^.]*$").search),
    ("reserved", re.compile(r"[@.](local|localhost|test|invalid|example|onion|arpa)$", re.IGNORECASE).search),
    ("sign", re.compile(r"[^\w.@+-]").search),
)
"""Why a text is not an address: the end of a key of the message catalogue, and the test for it."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PROVIDERS = (
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr", "yahoo.com", "yahoo.fr",
    "orange.fr", "wanadoo.fr", "laposte.net", "icloud.com", "protonmail.com", "bouygtel.fr", "numericable.fr",
)  # fmt: skip
"""Common mailbox domains; a short domain is left out, because a domain that differs by one letter may well be real."""
_REAL_NEIGHBOURS = frozenset(("ymail.com", "mail.com", "email.com", "hotmail.ca", "hotmail.it", "yahoo.ca", "yahoo.co"))
_WRONG_ENDINGS = {
    "gmail.fr": "gmail.com",
    "gmail.co": "gmail.com",
    "icloud.fr": "icloud.com",
    "laposte.fr": "laposte.net",
}


class AddressError(ValueError):
    """Error for a text that is not a usable address; `key` names the sentence in the message catalogue."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A normalised address, and the name that stood beside it."""

    email: str
    name: str = ""


def normalize(typed: str) -> str:
    """Normalise an address, with or without a name around it. Raise AddressError, with the reason, if it is invalid."""
    return parse_mailbox(typed).email


def parse_mailbox(typed: str) -> Mailbox:
    """Parse `jean@…`, `Jean <jean@…>` or `mailto:jean@…`. Raise AddressError, with the reason, if it is invalid."""
    if len(typed) > _MAX_CELL:
        raise AddressError("row_not_an_address_long")
    seen = _INVISIBLE.sub("", typed).strip()
    for address, name in ((seen, ""), _split_name(seen)):
        with suppress(ValueError):
            return Mailbox(email=plain_address(address) or _ask_library(address), name=_read_name(name))
    raise AddressError(_find_reason(address))


def remove_invisible(text: str) -> str:
    """Remove invisible characters without meaning from a text; characters that join letters stay."""
    return text if text.isprintable() else _UNSEEN.sub("", text)


def plain_address(typed: str) -> str:
    """Normalise an address of plain ASCII characters; return "" if it needs the full check of `parse_mailbox`."""
    typed = typed.strip()
    if typed.isascii():
        local, _, domain = typed.lower().rpartition("@")
        if len(local) <= _MAX_LOCAL and _PLAIN.fullmatch(local) and _is_domain(domain):
            whole = f"{local}@{domain}"
            return whole if len(whole) <= _MAX else ""
    return ""


@lru_cache(maxsize=65_536)
def _is_domain(domain: str) -> bool:
    """Return True if email-validator accepts the domain without changing it."""
    try:
        return _ask_library(f"a@{domain}") == f"a@{domain}"
    except ValueError:
        return False


def _split_name(typed: str) -> tuple[str, str]:
    """Split a text into the address and the name beside it."""
    for pattern in _NAMED_ADDRESSES:
        if found := pattern.fullmatch(typed):
            return _remove_scheme(found["address"]), found["name"]
    return _remove_scheme(typed), ""


def _remove_scheme(typed: str) -> str:
    address = typed.strip(" ;,")
    quoted = _QUOTED.fullmatch(address)
    address = quoted["address"] if quoted else address
    link = _LINK.fullmatch(address)
    return unquote(link["address"]).strip() if link else address


def _read_name(typed: str) -> str:
    """Read a display name: « Martin, Jean » gives "Jean Martin", an address gives ""."""
    name = re.sub(r"\\(.)", r"\1", _decode_words(typed).strip(_QUOTES))
    last, comma, first = name.partition(",")
    if comma and "," not in first:
        name = f"{first.strip()} {last.strip()}"
    return "" if "@" in name else name


def _decode_words(typed: str) -> str:
    """Decode `=?utf-8?q?Jos=C3=A9?=`, as mail programs write names (RFC 2047)."""
    if "=?" not in typed:
        return typed
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    try:
        return str(make_header(decode_header(typed)))
    except (HeaderParseError, LookupError, ValueError):
        return typed


def _find_reason(address: str) -> str:
    """Return the message key of the first reason that applies; the plainest reasons come first."""
    return next((f"row_not_an_address_{name}" for name, applies in _REASONS if applies(address)), "row_not_an_address")


def _ask_library(typed: str) -> str:
    from email_validator import validate_email

    checked = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    return str(checked.ascii_email or checked.normalized).lower()


def suggest_correction(email: str) -> str:
    """Return the address that was probably meant, if one letter of a common mailbox domain is wrong; else ""."""
    local, _, domain = email.rpartition("@")
    meant = _misspellings().get(domain)
    return f"{local}@{meant}" if meant else ""


@cache
def _misspellings() -> dict[str, str]:
    found = {wrong: domain for domain in _PROVIDERS for wrong in _yield_misspellings(domain)} | _WRONG_ENDINGS
    for right in (*_PROVIDERS, *_REAL_NEIGHBOURS):
        found.pop(right, None)
    return found


def _yield_misspellings(word: str) -> Iterator[str]:
    """Yield every word with one letter removed, added or replaced, or with two neighbouring letters swapped."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    for left, right in cuts:
        if right:
            yield left + right[1:]
            yield from (left + letter + right[1:] for letter in _LETTERS)
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        yield from (left + letter + right for letter in _LETTERS)

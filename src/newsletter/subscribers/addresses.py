"""The one spelling of an address, and what is probably a typing mistake.

email-validator decides. For the addresses that make up nearly every list it is asked about the domain
only, once each: a local part of plain ASCII letters is right by a pattern. A property test holds the two
ways against one another.
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
_LONGEST_CELL = 1_000
"""A name and an address together; nothing longer is looked at."""
_UNSEEN_SIGNS = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_UNSEEN = re.compile(f"[{_UNSEEN_SIGNS}]")
_INVISIBLE = re.compile(f"[{_UNSEEN_SIGNS}\u034f\u115f\u1160\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]")
"""The same, and those that join letters: no address has them."""
_QUOTES = " \"'`«»“”‘’\u00a0;,"
_DRESSES = tuple(
    map(
        re.compile,
        (
            r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>[\s;,]*",
            r"(?P<name>[^\[\]]*)\[(?P<address>[^\[\]@]*@[^\[\]]*)\][\s;,]*",
            r"(?P<address>[^\s()<>]+@[^\s()<>]+)\s*\((?P<name>[^()]*)\)",
        ),
    )
)
"""How mail programs write an address beside a name; in the second one as Outlook copies it."""
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
"""Why a text is no address: the end of a key of `messages`, and what it is seen by."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PROVIDERS = (
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr", "yahoo.com", "yahoo.fr",
    "orange.fr", "wanadoo.fr", "laposte.net", "icloud.com", "protonmail.com", "bouygtel.fr", "numericable.fr",
)  # fmt: skip
"""Where readers have their addresses; domains so short that a neighbour may well be real are left out."""
_REAL_NEIGHBOURS = frozenset(("ymail.com", "mail.com", "email.com", "hotmail.ca", "hotmail.it", "yahoo.ca", "yahoo.co"))
_WRONG_ENDINGS = {
    "gmail.fr": "gmail.com",
    "gmail.co": "gmail.com",
    "icloud.fr": "icloud.com",
    "laposte.fr": "laposte.net",
}


class AddressError(ValueError):
    """A text that is no usable address; `key` names the sentence in `messages` that says why."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address in its one spelling, and the name that stood beside it."""

    email: str
    name: str = ""


def normalised(typed: str) -> str:
    """Return the one spelling of an address, however it is dressed; AddressError says what is wrong with it."""
    return parse_mailbox(typed).email


def parse_mailbox(typed: str) -> Mailbox:
    """Parse `jean@…`, `Jean <jean@…>`, `mailto:jean@…`; AddressError says what is wrong."""
    if len(typed) > _LONGEST_CELL:
        raise AddressError("row_not_an_address_long")
    seen = _INVISIBLE.sub("", typed).strip()
    for address, name in ((seen, ""), _undress(seen)):
        with suppress(ValueError):
            return Mailbox(email=plain_address(address) or _ask_library(address), name=_read_name(name))
    raise AddressError(_find_reason(address))


def take_off_invisible(text: str) -> str:
    """Return a text without the characters that are not seen and mean nothing; those that join letters stay."""
    return text if text.isprintable() else _UNSEEN.sub("", text)


def plain_address(typed: str) -> str:
    """Return the one spelling of an address of plain ASCII letters, empty where it needs a closer look."""
    typed = typed.strip()
    if typed.isascii():
        local, _, domain = typed.lower().rpartition("@")
        if len(local) <= _MAX_LOCAL and _PLAIN.fullmatch(local) and _is_domain(domain):
            whole = f"{local}@{domain}"
            return whole if len(whole) <= _MAX else ""
    return ""


@lru_cache(maxsize=65_536)
def _is_domain(domain: str) -> bool:
    """Whether email-validator takes the domain, and as it stands."""
    try:
        return _ask_library(f"a@{domain}") == f"a@{domain}"
    except ValueError:
        return False


def _undress(typed: str) -> tuple[str, str]:
    """Split a text into an address and the name beside it."""
    for pattern in _DRESSES:
        if found := pattern.fullmatch(typed):
            return _take_off_scheme(found["address"]), found["name"]
    return _take_off_scheme(typed), ""


def _take_off_scheme(typed: str) -> str:
    address = typed.strip(" ;,")
    quoted = _QUOTED.fullmatch(address)
    address = quoted["address"] if quoted else address
    link = _LINK.fullmatch(address)
    return unquote(link["address"]).strip() if link else address


def _read_name(typed: str) -> str:
    """Read a display name; « Martin, Jean » is Jean Martin, an address is no name."""
    name = re.sub(r"\\(.)", r"\1", _decode_words(typed).strip(_QUOTES))
    last, comma, first = name.partition(",")
    if comma and "," not in first:
        name = f"{first.strip()} {last.strip()}"
    return "" if "@" in name else name


def _decode_words(typed: str) -> str:
    """Decode `=?utf-8?q?Jos=C3=A9?=`, as mail programs write names (RFC 2047)."""
    if "=?" not in typed:
        return typed
    from email.errors import HeaderParseError  # noqa: PLC0415 - rare
    from email.header import decode_header, make_header  # noqa: PLC0415 - as above

    try:
        return str(make_header(decode_header(typed)))
    except (HeaderParseError, LookupError, ValueError):
        return typed


def _find_reason(address: str) -> str:
    """Return the key of the first reason that applies, the plainest ones first."""
    return next((f"row_not_an_address_{name}" for name, applies in _REASONS if applies(address)), "row_not_an_address")


def _ask_library(typed: str) -> str:
    from email_validator import validate_email  # noqa: PLC0415 - 60 ms that only importing needs

    checked = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    return str(checked.ascii_email or checked.normalized).lower()


def probably_meant(email: str) -> str:
    """The address that was probably meant, or nothing: one letter wrong in a provider that everybody uses."""
    local, _, domain = email.rpartition("@")
    meant = _misspellings().get(domain)
    return f"{local}@{meant}" if meant else ""


@cache
def _misspellings() -> dict[str, str]:
    found = {wrong: domain for domain in _PROVIDERS for wrong in _one_off(domain)} | _WRONG_ENDINGS
    for right in (*_PROVIDERS, *_REAL_NEIGHBOURS):
        found.pop(right, None)
    return found


def _one_off(word: str) -> Iterator[str]:
    """Every word that one letter more, less, other, or two in the wrong order makes of it."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    for left, right in cuts:
        if right:
            yield left + right[1:]
            yield from (left + letter + right[1:] for letter in _LETTERS)
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        yield from (left + letter + right for letter in _LETTERS)

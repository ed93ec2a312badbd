"""The one spelling of an address, and what is probably a typing mistake.

email-validator decides. For the addresses that make up nearly every list it is asked about the domain
only, once each: a local part of plain ASCII letters is right by a pattern. A property test holds the two
ways against one another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")
_MAX_LOCAL = 64
_MAX = 254
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


def normalised(typed: str) -> str:
    """The one spelling of an address; ValueError (email-validator's own) says what is wrong with it."""
    typed = typed.strip()
    if typed.isascii():
        local, _, domain = typed.lower().rpartition("@")
        if len(local) <= _MAX_LOCAL and _PLAIN.fullmatch(local) and _is_domain(domain):
            whole = f"{local}@{domain}"
            if len(whole) <= _MAX:
                return whole
    return _asked(typed)


@lru_cache(maxsize=65_536)
def _is_domain(domain: str) -> bool:
    """Whether email-validator takes the domain, and as it stands."""
    try:
        return _asked(f"a@{domain}") == f"a@{domain}"
    except ValueError:
        return False


def _asked(typed: str) -> str:
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

"""Every exception as one sentence and an exit code, for a terminal and for a page.

FOREIGN is the table of other people's exceptions: class → key of the sentence, exit code. The first
class of the exception's ancestry that stands in it decides.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping

from newsletter.errors import NewsletterError
from newsletter.i18n import known, say

BUG = 70
NO_PERMISSION = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_TEMPORARY = re.compile(r"\.([^/]+)\.[0-9a-f]{8}\.tmp$")
"""What `files` writes beside a file before it takes its place."""
FOREIGN: dict[str, tuple[str, int]] = {
    "sqlalchemy.exc.OperationalError": ("database_unusable", 3),
    "sqlalchemy.exc.DatabaseError": ("database_unusable", 2),
    "sqlalchemy.exc.SQLAlchemyError": ("database_unusable", 2),
    "psycopg.OperationalError": ("database_unusable", 3),
    "psycopg.Error": ("database_unusable", 2),
    "zlib.error": ("file_damaged", 2),
    "_lzma.LZMAError": ("file_damaged", 2),
    "zipfile.BadZipFile": ("file_damaged", 2),
    "builtins.OSError": ("system_refuses", 2),
    "builtins.MemoryError": ("too_large", 2),
    "builtins.RecursionError": ("too_large", 2),
    "builtins.UnicodeError": ("not_text", 2),
    "json.decoder.JSONDecodeError": ("desk_nonsense", 2),
}


REFUSALS: tuple[tuple[str, str], ...] = (
    (r"credits? exceeded", "credits"),
    (r"sender identity|from address|sender address|sender's address|^HTTP \d+ from\b|sender rejected", "sender"),
    (r"^HTTP 40[13]|^53[0458]|scope mail\.send|log in|must be ASCII|authenticat", "login"),
    (r"relay\w* (?:access )?(?:is )?(?:denied|not )|unable to relay|client host", "relaying"),
    (r"certificat|^TLS", "certificate"),
    (r"limit|quota|^HTTP 429|too many", "limit"),
    (
        r"refused|gaierror|name resolution|NewConnection|unreachable|no route|timeout|timed out|ended while",
        "unreachable",
    ),
)
"""What a provider or the wire says, and the end of the key of the sentence about it; the first that fits decides."""


def provider_key(provider: str, reason: str) -> str:
    """Return the key of the sentence that says what to change when `provider` takes nothing for this reason."""
    found = next((kind for pattern, kind in REFUSALS if re.search(pattern, reason, re.IGNORECASE)), "")
    keys = (f"provider_{found}_{provider}", f"provider_{found}")
    return next((key for key in keys if found and known(key)), "provider_unavailable")


def explained(error: Exception, language: str) -> tuple[str, int]:
    """The sentence for an exception, and its exit code."""
    key, facts, code = sentence_of(error)
    if code == BUG and os.environ.get("NEWSLETTER_DEBUG"):
        raise error
    return say(language, key, **facts), code


def sentence_of(error: Exception) -> tuple[str, Mapping[str, object], int]:
    """The key of an exception's sentence, what fills it, and the exit code."""
    if isinstance(error, NewsletterError):
        return _key(error), error.facts, error.exit_code
    if isinstance(error, OSError) and error.errno in NO_PERMISSION and isinstance(error.filename, str):
        return "no_permission", {"path": _TEMPORARY.sub(r"\1", error.filename)}, 2
    for ancestor in type(error).__mro__:
        entry = FOREIGN.get(f"{ancestor.__module__}.{ancestor.__qualname__}")
        if entry:
            return entry[0], {"reason": reason(error)}, entry[1]
    return "bug", {"kind": type(error).__name__, "reason": reason(error)}, BUG


def _key(error: NewsletterError) -> str:
    """Return the key of an error's sentence; where a provider's answer is the cause, the answer decides."""
    if error.key not in {"provider_unavailable", "account_limited"}:
        return error.key
    about = provider_key(str(error.facts.get("provider")), str(error.facts.get("reason")))
    if error.key == "provider_unavailable":
        return about
    return "account_without_credits" if about == "provider_credits" else error.key


def reason(error: Exception) -> str:
    """What happened, on one line; SQLAlchemy's own text would show the statement and its values."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, OSError) and cause.strerror:
        return f"{cause.strerror}: {cause.filename}" if cause.filename else cause.strerror
    said = getattr(getattr(cause, "diag", None), "message_primary", None) or str(cause)  # its details quote a row
    return " ".join(said.split())[:300] or type(cause).__name__

"""Map every exception to one sentence and an exit code, for the terminal and for web pages.

FOREIGN is the table of exceptions from other libraries: class → key of the sentence, exit code. The first class in the
exception's method resolution order that has an entry decides.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping

from newsletter.errors import NewsletterError
from newsletter.i18n import known, say

BUG_EXIT_CODE = 70
NO_PERMISSION = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_TEMPORARY = re.compile(r"\.([^/]+)\.[0-9a-f]{8}\.tmp$")
"""Name of a temporary file that `system.files` writes before it renames it into place."""
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
"""Pattern of a provider's or connection's error text → suffix of the sentence's key. The first match decides."""


def provider_key(provider: str, reason: str) -> str:
    """Return the key of the sentence that says what to change if `provider` refuses messages for this reason."""
    kind = next((suffix for pattern, suffix in REFUSALS if re.search(pattern, reason, re.IGNORECASE)), "")
    keys = (f"provider_{kind}_{provider}", f"provider_{kind}")
    return next((key for key in keys if kind and known(key)), "provider_unavailable")


def explained(error: Exception, language: str) -> tuple[str, int]:
    """Return the sentence for an exception, and its exit code. With NEWSLETTER_DEBUG, raise an unexpected exception."""
    key, facts, code = sentence_of(error)
    if code == BUG_EXIT_CODE and os.environ.get("NEWSLETTER_DEBUG"):
        raise error
    return say(language, key, **facts), code


def sentence_of(error: Exception) -> tuple[str, Mapping[str, object], int]:
    """Return the key of an exception's sentence, the facts that fill it, and the exit code."""
    if isinstance(error, NewsletterError):
        return _key(error), error.facts, error.exit_code
    if isinstance(error, OSError) and error.errno in NO_PERMISSION and isinstance(error.filename, str):
        return "no_permission", {"path": _TEMPORARY.sub(r"\1", error.filename)}, 2
    for ancestor in type(error).__mro__:
        entry = FOREIGN.get(f"{ancestor.__module__}.{ancestor.__qualname__}")
        if entry:
            return entry[0], {"reason": reason(error)}, entry[1]
    return "bug", {"kind": type(error).__name__, "reason": reason(error)}, BUG_EXIT_CODE


def _key(error: NewsletterError) -> str:
    """Return the key of an error's sentence. If a provider's answer is the cause, the answer decides."""
    if error.key not in {"provider_unavailable", "account_limited"}:
        return error.key
    provider_sentence = provider_key(str(error.facts.get("provider")), str(error.facts.get("reason")))
    if error.key == "provider_unavailable":
        return provider_sentence
    return "account_without_credits" if provider_sentence == "provider_credits" else error.key


def reason(error: Exception) -> str:
    """Describe an error on one line. SQLAlchemy's own text would show the statement and its values."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, OSError) and cause.strerror:
        return f"{cause.strerror}: {cause.filename}" if cause.filename else cause.strerror
    text = getattr(getattr(cause, "diag", None), "message_primary", None) or str(cause)  # the full text may quote a row
    return " ".join(text.split())[:300] or type(cause).__name__

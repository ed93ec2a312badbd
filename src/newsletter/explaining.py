"""Every exception as one sentence and an exit code, for a terminal and for a page.

FOREIGN is the table of other people's exceptions: class → key of the sentence, exit code. The first
class of the exception's ancestry that stands in it decides.
"""

from __future__ import annotations

import os

from newsletter.errors import NewsletterError
from newsletter.messages import say

BUG = 70
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


def explained(error: Exception, language: str) -> tuple[str, int]:
    """The sentence for an exception, and its exit code."""
    if isinstance(error, NewsletterError):
        return say(language, error.key, **error.facts), error.exit_code
    for ancestor in type(error).__mro__:
        entry = FOREIGN.get(f"{ancestor.__module__}.{ancestor.__qualname__}")
        if entry:
            return say(language, entry[0], reason=_reason(error)), entry[1]
    if os.environ.get("NEWSLETTER_DEBUG"):
        raise error
    return say(language, "bug", kind=type(error).__name__, reason=_reason(error)), BUG


def _reason(error: Exception) -> str:
    """What happened, on one line; SQLAlchemy's own text would show the statement and its values."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, OSError) and cause.strerror:
        return f"{cause.strerror}: {cause.filename}" if cause.filename else cause.strerror
    said = getattr(getattr(cause, "diag", None), "message_primary", None) or str(cause)  # its details quote a row
    return " ".join(said.split())[:300] or type(cause).__name__

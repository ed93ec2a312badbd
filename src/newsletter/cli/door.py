"""The door of the house: whatever goes wrong inside leaves as one sentence and an exit code.

FOREIGN is the table of other people's exceptions: class → key of the sentence, exit code. The first
class of the exception's ancestry that stands in it decides.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from newsletter.errors import NewsletterError

INTERRUPTED = 130
BUG = 70
FOREIGN: dict[str, tuple[str, int]] = {
    "sqlalchemy.exc.OperationalError": ("database_unusable", 3),
    "sqlalchemy.exc.DatabaseError": ("database_unusable", 2),
    "sqlalchemy.exc.SQLAlchemyError": ("database_unusable", 2),
    "builtins.OSError": ("system_refuses", 2),
    "builtins.MemoryError": ("too_large", 2),
    "builtins.RecursionError": ("too_large", 2),
    "builtins.UnicodeError": ("not_text", 2),
}


class Speech:
    """The language in which the running command speaks; a command sets it as soon as it knows."""

    def __init__(self) -> None:
        wanted = os.environ.get("NEWSLETTER_LANG", "fr")
        self.language = wanted if wanted in {"fr", "en"} else "fr"


def run(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Runs the command line and gives its exit code; prints at most a sentence on stderr."""
    speech = Speech()
    _open_streams()
    try:
        code = command.main(arguments, prog_name="newsletter", obj=speech, standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain(say(speech.language, "interrupted"))
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - so that the interpreter's last flush finds something
        return 0
    except Exception as error:  # noqa: BLE001 - the door is where everything ends
        sentence, code = explained(error, speech.language)
        complain(sentence)
        return code


def _open_streams() -> None:
    """A stream that the shell closed (`2>&-`) is None, and everybody expects a file."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - open as long as the process is


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


def say(language: str, key: str, /, **facts: object) -> str:
    """`messages.say`, imported when there is something to say: the help must come at once."""
    from newsletter import messages  # noqa: PLC0415 - see above

    return messages.say(language, key, **facts)


def complain(sentence: str) -> None:
    """One sentence on stderr."""
    click.secho(sentence, fg="red", err=True)


def _reason(error: Exception) -> str:
    """What happened, on one line; SQLAlchemy's own text would show the statement and its values."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, OSError) and cause.strerror:
        return f"{cause.strerror}: {cause.filename}" if cause.filename else cause.strerror
    return " ".join(str(cause).split())[:300] or type(cause).__name__

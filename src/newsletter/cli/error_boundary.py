"""The door of the house: whatever goes wrong inside leaves as one sentence and an exit code (`i18n.exceptions`)."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

import click

INTERRUPTED = 130


class MessageLanguage:
    """The language in which the running command speaks; a command sets it as soon as it knows."""

    def __init__(self) -> None:
        wanted = os.environ.get("NEWSLETTER_LANG", "fr")
        self.language = wanted if wanted in {"fr", "en"} else "fr"


def run(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Runs the command line and gives its exit code; prints at most a sentence on stderr."""
    message_language = MessageLanguage()
    _open_streams()
    _end_by_exception()
    try:
        code = command.main(arguments, prog_name="newsletter", obj=message_language, standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain(say(message_language.language, "interrupted"))
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - so that the interpreter's last flush finds something
        return 0
    except Exception as error:  # noqa: BLE001 - the door is where everything ends
        from newsletter.i18n.exceptions import explained

        sentence, code = explained(error, message_language.language)
        complain(sentence)
        return code


def _end_by_exception() -> None:
    """Have SIGTERM and a closed terminal end a command as Ctrl-C does, so that nothing half-written stays behind."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        is_ours = threading.current_thread() is threading.main_thread()
        if number and is_ours and signal.getsignal(number) is signal.SIG_DFL:  # nohup wants SIGHUP ignored
            signal.signal(number, signal.default_int_handler)


def _open_streams() -> None:
    """A stream that the shell closed (`2>&-`) is None, and everybody expects a file."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - open as long as the process is


def say(language: str, key: str, /, **facts: object) -> str:
    """`messages.say`, imported when there is something to say: the help must come at once."""
    from newsletter import i18n

    return i18n.say(language, key, **facts)


def complain(sentence: str) -> None:
    """One sentence on stderr."""
    click.secho(sentence, fg="red", err=True)

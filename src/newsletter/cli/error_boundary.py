"""Run a command, and turn every exception into one sentence and an exit code (`i18n.exceptions`)."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

import click

from newsletter.cli import help_language

INTERRUPTED = 130


class MessageLanguage:
    """The language of the running command's messages and help; the command sets it as soon as it knows it."""

    def __init__(self, language: str) -> None:
        self.language = language

    @property
    def language(self) -> str:
        """Return the current language."""
        return self._language

    @language.setter
    def language(self, language: str) -> None:
        self._language = language
        help_language.set_language(language)


def run(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run the command line and return its exit code. Print any error as one sentence on stderr."""
    arguments = sys.argv[1:] if arguments is None else arguments
    message_language = MessageLanguage(help_language.find_language(arguments))
    _open_streams()
    _end_by_exception()
    try:
        translated = help_language.translate(command)
        code = translated.main(arguments, prog_name="newsletter", obj=message_language, standalone_mode=False)
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
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the interpreter flushes stdout at exit
        return 0
    except Exception as error:  # noqa: BLE001 - the last handler before the exit
        from newsletter.i18n.exceptions import explained

        sentence, code = explained(error, message_language.language)
        complain(sentence)
        return code


def _end_by_exception() -> None:
    """Make SIGTERM and SIGHUP end a command as Ctrl-C does, so that no half-written file is left."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        is_ours = threading.current_thread() is threading.main_thread()
        if number and is_ours and signal.getsignal(number) is signal.SIG_DFL:  # under nohup, SIGHUP stays ignored
            signal.signal(number, signal.default_int_handler)


def _open_streams() -> None:
    """Open the null device for each stream that the shell closed (`2>&-`): it is None, and code expects a file."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - it stays open until the process ends


def say(language: str, key: str, /, **facts: object) -> str:
    """Return a sentence of `i18n.say`. Import `i18n` only now, because the help must appear at once."""
    from newsletter import i18n

    return i18n.say(language, key, **facts)


def complain(sentence: str) -> None:
    """Print one sentence on stderr, in red."""
    click.secho(sentence, fg="red", err=True)

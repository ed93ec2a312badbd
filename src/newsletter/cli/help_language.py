"""The language of the help and of click's own messages.

Both come from gettext, as click does it: the key is the English text in the code, and
`i18n/locale/fr/LC_MESSAGES/messages.po` holds the French. `make fix` compiles it to messages.mo.
"""

from __future__ import annotations

import copy
import gettext
import inspect
import os
import re
from collections.abc import Sequence
from os import path  # pathlib costs 6 ms of every --help

import click

LOCALE = path.join(path.dirname(path.dirname(__file__)), "i18n", "locale")
DOMAIN = "messages"
SETTINGS_FILE = "newsletter.toml"
LANGUAGES = ("fr", "en")
PLACEHOLDER = re.compile(r"[A-Z]{2,}(?: RANGE)?")
_ENV_LINE = r"^\s*(?:export\s+)?NEWSLETTER_LANG\s*=\s*[\"']?(\w+)"
_TOML_LINE = r"^\s*lang\s*=\s*[\"'](\w+)"


def set_language(language: str) -> None:
    """Make gettext return texts in `language` from now on."""
    gettext.bindtextdomain(DOMAIN, LOCALE)
    os.environ["LANGUAGE"] = language  # where gettext looks; there is no other way to choose a language for click


def find_language(arguments: Sequence[str]) -> str:
    """Return the language chosen by `--lang`, the environment or the publication's settings; French if none is."""
    chosen = (_option(arguments, "--lang"), os.environ.get("NEWSLETTER_LANG", ""))
    if language := next((choice for choice in chosen if choice in LANGUAGES), ""):
        return language
    return _settings_language(_option(arguments, "--project") or ".") or "fr"


def translate(command: click.Command) -> click.Command:
    """Return a copy of the command with its help in the language of gettext."""
    copied = copy.copy(command)
    copied.help, copied.epilog = _text(command.help), _text(command.epilog)
    context = click.Context(command)
    copied.params = [_translate_parameter(parameter, context) for parameter in command.params]
    if isinstance(copied, click.Group):
        copied.commands = {name: translate(inner) for name, inner in copied.commands.items()}
        copied.subcommand_metavar = _text(copied.subcommand_metavar) or ""
    return copied


def _translate_parameter(parameter: click.Parameter, context: click.Context) -> click.Parameter:
    copied = copy.copy(parameter)
    if isinstance(copied, click.Option):
        copied.help = _text(copied.help)
    if not isinstance(copied.type, click.Choice):  # a choice shows the values to type
        copied.metavar = PLACEHOLDER.sub(lambda word: gettext.gettext(word[0]), parameter.make_metavar(context))
    return copied


def _text(text: str | None) -> str | None:
    return gettext.gettext(inspect.cleandoc(text)) if text else text  # gettext of "" is the catalogue's header


def _option(arguments: Sequence[str], name: str) -> str:
    """Return the value of an option that click has not parsed yet; empty if it is not there."""
    for place, argument in enumerate(arguments):
        if argument == name:
            return next(iter(arguments[place + 1 :]), "")
        if argument.startswith(f"{name}="):
            return argument.removeprefix(f"{name}=")
    return ""


def _settings_language(folder: str) -> str:
    """Return `lang` of the nearest publication, without loading its settings; empty if it cannot be read."""
    try:
        folder = path.abspath(folder)
        while not path.isfile(path.join(folder, SETTINGS_FILE)):
            if folder == path.dirname(folder):
                return ""
            folder = path.dirname(folder)
        language = _find(_ENV_LINE, path.join(folder, ".env")) or _find(_TOML_LINE, path.join(folder, SETTINGS_FILE))
    except (OSError, ValueError):  # the command reports what is wrong with the folder or the settings
        return ""
    return language if language in LANGUAGES else ""


def _find(pattern: str, file: str) -> str:
    """Return what `pattern` finds before the first TOML table; a TOML parser would make --help slower."""
    if not path.isfile(file):
        return ""
    with open(file, encoding="utf-8") as opened:
        found = re.search(pattern, opened.read().partition("\n[")[0], re.MULTILINE)
    return found[1] if found else ""

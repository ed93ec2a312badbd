"""Every English text that the help and click's messages can show: the keys of locale/fr/LC_MESSAGES/messages.po."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.extract import extract_from_dir

from newsletter.cli import COMMANDS, contents
from newsletter.cli.help_language import PLACEHOLDER

Message = str | tuple[str, ...]
_KEYWORDS = {"_": None, "ngettext": (1, 2)}
_LOADED = [contents.load(name) for name in COMMANDS]
"""Loaded before a test chooses a language: click translates the names of some types when a command is made."""
_NOT_SHOWN = frozenset({"click/_winconsole.py", "click/shell_completion.py"})


def click_messages() -> Iterator[Message]:
    """Yield the texts of the installed click."""
    for file, _line, message, *_ in extract_from_dir(Path(click.__file__).parent, keywords=_KEYWORDS):
        if f"click/{file}" not in _NOT_SHOWN and message:
            yield message


def help_messages() -> Iterator[Message]:
    """Yield the texts of the help of every command."""
    for chapter, line in COMMANDS.values():
        yield from (chapter, line)
    yield from _command_messages(contents)
    for command in _LOADED:
        yield from _command_messages(command)


def _command_messages(command: click.Command) -> Iterator[Message]:
    yield from (inspect.cleandoc(text) for text in (command.help, command.epilog) if text)
    for parameter in command.params:
        yield from _placeholders(parameter, command)
        if isinstance(parameter, click.Option) and parameter.help:
            yield parameter.help
    if isinstance(command, click.Group):
        yield command.subcommand_metavar
        for inner in command.commands.values():
            yield from _command_messages(inner)


def _placeholders(parameter: click.Parameter, command: click.Command) -> Iterator[Message]:
    if not isinstance(parameter.type, click.Choice):
        yield from PLACEHOLDER.findall(parameter.make_metavar(click.Context(command)))

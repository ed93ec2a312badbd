"""The context of a command: the publication, the message language, and functions to print and ask.

Data goes to stdout, progress and messages to stderr. Colours are used only on a terminal.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from newsletter.app import App, open_app
from newsletter.cli.error_boundary import MessageLanguage
from newsletter.cli.help_language import find_language
from newsletter.errors import Refused
from newsletter.i18n import finding as finding_sentence, say
from newsletter.model.finding import Finding, Severity
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.model.subscribers import Status
    from newsletter.storage.host_recovery import Recovered
    from newsletter.subscribers.service import SubscriberContext

_YES = frozenset(("o", "oui", "y", "yes"))
COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


@dataclass(frozen=True, slots=True)
class Bar:
    """The controls of a progress bar: `advance` adds finished items, `expect` adds items to the total."""

    advance: Callable[[int], None]
    expect: Callable[[int], None]


class Session:
    """A command that runs on a publication."""

    def __init__(self, message_language: MessageLanguage, folder: Path | None, language: str | None) -> None:
        self._speech = message_language
        self._folder = folder
        self._chosen = language
        self._app: App | None = None
        self._away = ""
        """The reason, already printed, why the database is unreachable; empty if it is reachable."""
        if language:
            message_language.language = language

    @property
    def app(self) -> App:
        """Return the app of the publication. Opening it sets the language, unless `--lang` did."""
        if self._app is None:
            opened = open_app(self._folder, Path.cwd())
            self._app = replace(opened, on_recovered=self._tell_recovered, on_waiting=self.tell_away)
            click.get_current_context().find_root().call_on_close(self._app.close)
            self._speech.language = self._chosen or self._app.settings.lang
            self._restrict_files(self._app)
        return self._app

    def tell_away(self, error: Exception) -> None:
        """Print, once for each reason, that the database is unreachable and that the command waits for it."""
        from newsletter.i18n.exceptions import reason

        why = reason(error)
        if why != self._away:
            self._away = why
            self.tell("database_away", reason=why)

    def tell_back(self) -> None:
        """Print that the database is reachable again, if `tell_away` printed the opposite."""
        if self._away:
            self._away = ""
            self.tell("database_back")

    def _tell_recovered(self, found: Recovered) -> None:
        """Print what was missing in the database and was recovered from files in its folder."""
        counts = {"departures": found.departures, "claims": found.claims, "sendings": found.sendings}
        counts |= {"held": len(found.held), "newcomers": int(found.lacks_people)}
        parts = [self.say(f"recovered_{what}", count=count) for what, count in counts.items() if count]
        what = ", ".join(parts) or self.say("recovered_nothing")
        self.tell("recovered_older" if found.is_older else "recovered_crash", what=what)

    def _restrict_files(self, app: App) -> None:
        """Keep other accounts from reading files with addresses, and print the changed files: later runs find none."""
        names = ", ".join(path.name for path in app.restrict_files())
        if names:
            self.tell("files_restricted", names=names, folder=shown(app.folder))

    @property
    def chosen(self) -> str | None:
        """Return the language of `--lang`, or None."""
        return self._chosen

    def reopen(self) -> None:
        """Forget the app, so that its next use reads the settings again."""
        self._app = None

    @property
    def language(self) -> str:
        """Return the language of messages."""
        return self._speech.language

    def say(self, key: str, **facts: object) -> str:
        """Return a sentence of the catalogue."""
        return say(self.language, key, **facts)

    def tell(self, key: str, **facts: object) -> None:
        """Print a sentence of the catalogue on stderr."""
        click.echo(self.say(key, **facts), err=True)

    def confirm(self, key: str, *, yes: bool, **facts: object) -> None:
        """Ask the user for a yes. Raise Refused if the user says no, or if stdin is not a terminal."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise Refused("confirmation_needed")
        question, choices = self.say(key, **facts), self.say("confirm_choices")
        answer = click.prompt(f"{question} {choices}", default="n", show_default=False, err=True)
        if answer.strip().lower() not in _YES:
            raise Refused("not_confirmed")

    def confirm_number(self, key: str, number: int, *, yes: bool) -> None:
        """Ask the user to type `number`, which nobody does by habit.

        Raise Refused if the user types anything else, or if stdin is not a terminal.
        """
        if yes:
            return
        typed = self.ask(key)
        if re.sub(r"\D", "", typed) != str(number) or re.search(r"[^\d\s.,\u202f\u00a0]", typed):
            raise Refused("confirm_number_wrong", expected=number)

    def show(self, findings: Sequence[Finding], *, to_stderr: bool = False) -> None:
        """Print findings, one per line, in the form that editors and terminals recognise: file:line:column."""
        for found in findings:
            where = f"{shown(found.path)}:{found.place.line}:{found.place.column}"
            kind = click.style(self.say(f"severity_{found.severity}"), fg=COLOURS[found.severity])
            click.echo(f"{where}: {kind} {found.code} {finding_sentence(self.language, found)}", err=to_stderr)

    def ask(self, key: str, **facts: object) -> str:
        """Return what the user types in answer. Raise Refused if stdin is not a terminal."""
        if not sys.stdin.isatty():
            raise Refused("confirmation_needed")
        return str(click.prompt(self.say(key, **facts), default="", show_default=False, err=True)).strip()

    @property
    def zone(self) -> ZoneInfo:
        """Return the publication's time zone."""
        return ZoneInfo(self.app.settings.timezone)

    def moment(self, millis: int) -> str:
        """Format a database timestamp (in ms) in the publication's time zone."""
        return f"{timestamps.moment(millis).astimezone(self.zone):%Y-%m-%d %H:%M}"

    def here(self, moment: dt.datetime) -> dt.datetime:
        """Convert a time to the publication's time zone."""
        return moment.astimezone(self.zone)

    def number(self, value: int) -> str:
        """Format a number with its thousands grouped."""
        return self.say("number", value=value)

    def counted(self, counts: Mapping[Status, int]) -> str:
        """Format the number of subscriptions with each status."""
        return ", ".join(self.say(f"counted_{status}", count=count) for status, count in counts.items() if count) or "0"

    def subscriber_context(self) -> SubscriberContext:
        """Return the context for changes to subscribers, with the current time."""
        from newsletter.subscribers.service import SubscriberContext

        return SubscriberContext(self.app.store(), self.app.settings.suppression(), timestamps.now_ms())

    @contextmanager
    def progress(self, key: str, total: int | None) -> Iterator[Bar]:
        """Show a progress bar on stderr with rate and time left, if stderr is a terminal."""
        if not sys.stderr.isatty():
            yield Bar(lambda _count: None, lambda _more: None)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        rate = TextColumn("{task.fields[rate]}")
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(self.say(key), total=total, rate="")

            def advance(count: int) -> None:
                bar.advance(task, count)
                speed = bar.tasks[task].speed
                bar.update(task, rate=f"{speed:,.0f}/s".replace(",", "\u00a0") if speed else "")

            def expect(more: int) -> None:
                bar.update(task, total=(bar.tasks[task].total or 0) + more)

            yield Bar(advance, expect)


def shown(path: Path) -> Path:
    """Return a path relative to the current folder if it is inside it, else the path itself."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print a value as JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def as_facts(findings: Sequence[Finding], language: str) -> list[dict[str, object]]:
    """Return findings as objects for JSON output."""
    return [
        {
            "path": str(found.path),
            "line": found.place.line,
            "column": found.place.column,
            "code": found.code,
            "severity": str(found.severity),
            "message": finding_sentence(language, found),
        }
        for found in findings
    ]


_ANNOTATIONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_workflow(findings: Sequence[Finding], language: str) -> Iterator[str]:
    """Yield findings as GitHub workflow commands, which GitHub shows beside the changed lines."""
    for found in findings:
        place = f"file={_escaped(str(shown(found.path)))},line={found.place.line},col={found.place.column}"
        message = finding_sentence(language, found).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        yield f"::{_ANNOTATIONS[found.severity]} {place},title={found.code}::{message}"


def _escaped(name: str) -> str:
    return name.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def publication_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options `--project` and `--lang` to a command, and pass a Session as first argument."""

    @click.option("--project", type=click.Path(path_type=Path, file_okay=False), help="Folder of the publication.")
    @click.option("--lang", type=click.Choice(["fr", "en"]), help="Language of messages.")
    @wraps(function)
    def command(*, project: Path | None, lang: str | None, **options: Any) -> Any:  # noqa: ANN401 - the options and the result of any command
        message_language = click.get_current_context().find_object(MessageLanguage) or MessageLanguage(
            find_language(())
        )
        return function(Session(message_language, project, lang), **options)

    return command


format_option = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to print facts."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")

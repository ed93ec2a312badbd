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
from newsletter.cli.help_language import LANGUAGES, find_language
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
class ProgressBar:
    """The controls of a progress bar: `advance` adds finished items, `expect` adds items to the total."""

    advance: Callable[[int], None]
    expect: Callable[[int], None]


class Session:
    """A command that runs on a publication."""

    def __init__(self, message_language: MessageLanguage, folder: Path | None, language: str | None) -> None:
        self._message_language = message_language
        self._folder = folder
        self._language_option = language
        self._app: App | None = None
        self._printed_away_reason = ""
        """The reason, already printed, why the database is unreachable; empty if it is reachable."""
        if language:
            message_language.language = language

    @property
    def app(self) -> App:
        """Return the app of the publication. Opening it sets the language, unless `--lang` did."""
        if self._app is None:
            opened = open_app(self._folder, Path.cwd())
            self._app = replace(opened, on_recovered=self._print_recovered, on_waiting=self.print_database_away)
            click.get_current_context().find_root().call_on_close(self._app.close)
            self._message_language.language = self._language_option or self._app.settings.lang
            self._restrict_files(self._app)
        return self._app

    def print_database_away(self, error: Exception) -> None:
        """Print, once for each reason, that the database is unreachable and that the command waits for it."""
        from newsletter.i18n.exceptions import reason

        reason_text = reason(error)
        if reason_text != self._printed_away_reason:
            self._printed_away_reason = reason_text
            self.print_message("database_away", reason=reason_text)

    def print_database_back(self) -> None:
        """Print that the database is reachable again, if `print_database_away` printed the opposite."""
        if self._printed_away_reason:
            self._printed_away_reason = ""
            self.print_message("database_back")

    def _print_recovered(self, recovered: Recovered) -> None:
        """Print what was missing in the database and was recovered from files in its folder."""
        counts = {"departures": recovered.departures, "claims": recovered.claims, "sendings": recovered.sendings}
        counts |= {"held": len(recovered.held), "newcomers": int(recovered.lacks_people)}
        parts = [self.say(f"recovered_{kind}", count=count) for kind, count in counts.items() if count]
        summary = ", ".join(parts) or self.say("recovered_nothing")
        self.print_message("recovered_older" if recovered.is_older else "recovered_crash", what=summary)

    def _restrict_files(self, app: App) -> None:
        """Keep other accounts from reading files with addresses, and print the changed files: later runs find none."""
        names = ", ".join(path.name for path in app.restrict_files())
        if names:
            self.print_message("files_restricted", names=names, folder=display_path(app.folder))

    @property
    def language_option(self) -> str | None:
        """Return the language of `--lang`, or None."""
        return self._language_option

    def reopen(self) -> None:
        """Forget the app, so that its next use reads the settings again."""
        self._app = None

    @property
    def language(self) -> str:
        """Return the language of messages."""
        return self._message_language.language

    def say(self, key: str, **facts: object) -> str:
        """Return a sentence of the catalogue."""
        return say(self.language, key, **facts)

    def print_message(self, key: str, **facts: object) -> None:
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

    def print_findings(self, findings: Sequence[Finding], *, to_stderr: bool = False) -> None:
        """Print findings, one per line, in the form that editors and terminals recognise: file:line:column."""
        for finding in findings:
            where = f"{display_path(finding.path)}:{finding.place.line}:{finding.place.column}"
            kind = click.style(self.say(f"severity_{finding.severity}"), fg=COLOURS[finding.severity])
            click.echo(f"{where}: {kind} {finding.code} {finding_sentence(self.language, finding)}", err=to_stderr)

    def ask(self, key: str, **facts: object) -> str:
        """Return what the user types in answer. Raise Refused if stdin is not a terminal."""
        if not sys.stdin.isatty():
            raise Refused("confirmation_needed")
        return str(click.prompt(self.say(key, **facts), default="", show_default=False, err=True)).strip()

    @property
    def zone(self) -> ZoneInfo:
        """Return the publication's time zone."""
        return ZoneInfo(self.app.settings.timezone)

    def format_timestamp(self, timestamp_ms: int) -> str:
        """Format a database timestamp (in ms) in the publication's time zone."""
        return f"{timestamps.moment(timestamp_ms).astimezone(self.zone):%Y-%m-%d %H:%M}"

    def to_local_time(self, moment: dt.datetime) -> dt.datetime:
        """Convert a time to the publication's time zone."""
        return moment.astimezone(self.zone)

    def format_number(self, value: int) -> str:
        """Format a number with its thousands grouped."""
        return self.say("number", value=value)

    def format_status_counts(self, counts: Mapping[Status, int]) -> str:
        """Format the number of subscriptions with each status."""
        return ", ".join(self.say(f"counted_{status}", count=count) for status, count in counts.items() if count) or "0"

    def subscriber_context(self) -> SubscriberContext:
        """Return the context for changes to subscribers, with the current time."""
        from newsletter.subscribers.service import SubscriberContext

        return SubscriberContext(
            store=self.app.store(), suppression_key=self.app.settings.suppression(), now_ms=timestamps.now_ms()
        )

    @contextmanager
    def progress(self, key: str, total: int | None) -> Iterator[ProgressBar]:
        """Show a progress bar on stderr with rate and time left, if stderr is a terminal."""
        if not sys.stderr.isatty():
            yield ProgressBar(lambda _count: None, lambda _more: None)
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

            yield ProgressBar(advance, expect)


def display_path(path: Path) -> Path:
    """Return a path relative to the current folder if it is inside it, else the path itself."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print a value as JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def finding_facts(findings: Sequence[Finding], language: str) -> list[dict[str, object]]:
    """Return findings as objects for JSON output."""
    return [
        {
            "path": str(finding.path),
            "line": finding.place.line,
            "column": finding.place.column,
            "code": finding.code,
            "severity": str(finding.severity),
            "message": finding_sentence(language, finding),
        }
        for finding in findings
    ]


_ANNOTATIONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github_annotations(findings: Sequence[Finding], language: str) -> Iterator[str]:
    """Yield findings as GitHub workflow commands, which GitHub shows beside the changed lines."""
    for finding in findings:
        path = _escape_property(str(display_path(finding.path)))
        place = f"file={path},line={finding.place.line},col={finding.place.column}"
        message = finding_sentence(language, finding).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        yield f"::{_ANNOTATIONS[finding.severity]} {place},title={finding.code}::{message}"


def _escape_property(name: str) -> str:
    return name.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def publication_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options `--project` and `--lang` to a command, and pass a Session as first argument."""

    @click.option("--project", type=click.Path(path_type=Path, file_okay=False), help="Folder of the publication.")
    @click.option("--lang", type=click.Choice(LANGUAGES), help="Language of messages.")
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

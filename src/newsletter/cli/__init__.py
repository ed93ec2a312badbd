"""The command line. A command parses its options, makes one call and prints the result.

A command is in the module of its name (`COMMANDS`), which is imported when the command runs. What commands share:

    context             the publication, the language, and what prints and asks
    error_boundary      turn every exception into a sentence and an exit code
    help_language       French or English for the help and for click's own messages
    issue_arguments     find the issues that a command line names
    param_types         durations and rates as options
    signals, waiting    stop on Ctrl-C; wait until a campaign is due
    check_watch         check again after each change
    send_summary        what `send` shows before it asks
    campaign_progress   dispatch a campaign with a progress bar
    campaign_table, campaign_view   campaigns as a table, and one campaign
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from gettext import gettext

import click
from click.exceptions import NoSuchCommand

from newsletter import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("Start", "Create a publication in a folder."),
    "new": ("Write", "Create an issue."),
    "convert": ("Write", "Turn raw text into an issue."),
    "check": ("Write", "Report what is wrong with an issue, and where."),
    "fmt": ("Write", "Correct spelling that needs no decision: œ, 2e, É, etc."),
    "preview": ("See", "Show issues as readers will get them, live while you type."),
    "render": ("See", "Write an issue's HTML, text and facts."),
    "subscribers": ("People", "Import, list, edit, erase and export subscribers."),
    "lists": ("People", "Create and show lists of subscribers."),
    "segments": ("People", "Save and show filters of subscribers."),
    "test": ("Send", "Send an issue to yourself, as readers will get it."),
    "approve": ("Send", "Approve an issue exactly as it is."),
    "send": ("Send", "Send an issue to a list, to everybody exactly once."),
    "campaigns": ("Send", "Show who received an issue; pause, resume, cancel, decide."),
    "stats": ("Send", "Count what happened to an issue: delivered, bounced, complained, by domain."),
    "dispatch": ("Run", "Send everything that is due, for systemd or cron."),
    "events": ("Run", "Fetch delivery events from the provider."),
    "doctor": ("Run", "Check settings, DNS and account before a sending."),
    "serve": ("Run", "Serve unsubscribe links, preferences, images and the web archive."),
    "assets": ("Run", "Export images and web pages as a static site."),
    "db": ("Comfort", "Back up or upgrade the database."),
    "schema": ("Comfort", "Print the JSON schema of an issue's fields."),
    "completion": ("Comfort", "Print the completion script of a shell."),
}
"""Name of a command → its chapter and its line in the help. The command is `command` in the module `cli.<name>`."""


class _Contents(click.Group):
    """A group whose help is a table of contents, and whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from newsletter.cli.help_language import translate

        return translate(self.load(cmd_name))

    @staticmethod
    def load(name: str) -> click.Command:
        """Import the module of the command `name`, and return the command with its help in English."""
        command: click.Command = importlib.import_module(f"newsletter.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)  # click would compare with loaded commands
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        chapters = dict.fromkeys(chapter for chapter, _ in COMMANDS.values())
        for chapter in chapters:
            with formatter.section(gettext(chapter)):
                formatter.write_dl([(name, gettext(line)) for name, (at, line) in COMMANDS.items() if at == chapter])


# click keeps the line breaks of a paragraph that begins with a backspace (\b)
_HELP = """Write an editorial newsletter in Markdown, see what readers will get, send it once.

\b
newsletter new "Le titre"             begin an issue
newsletter check le-titre             what is wrong, line by line
newsletter send le-titre --list all   to everybody, exactly once
"""
_EXIT_CODES = (
    "Exit codes: 0 done, 1 findings or people left, 2 unusable input, 3 refused, 4 provider, "
    "70 defect of the program, 130 interrupted."
)


@click.group(
    cls=_Contents,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_CODES,
)
@click.version_option(__version__, prog_name="newsletter")
def contents() -> None:
    """Print the table of contents (`_HELP`)."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the console script, and exit with its code. `error_boundary.run` turns every error into a sentence."""
    from newsletter.cli.error_boundary import run

    sys.exit(run(contents, arguments))

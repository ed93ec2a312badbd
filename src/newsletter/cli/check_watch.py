"""`newsletter check --watch`: print the findings again after every change, in a small window."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import shutil
import sys
import textwrap
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.check import check_issues, summarize_findings
from newsletter.cli.context import COLOURS, Session
from newsletter.errors import NewsletterError
from newsletter.i18n import finding as sentence, say
from newsletter.model.finding import Severity

if TYPE_CHECKING:
    from newsletter.model.finding import Finding

DEBOUNCE_MS = 60
POLL_MS = 100
_SIGNS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "·"}
"""Sign of each severity, for people who do not see colours."""


def watch(session: Session, issues: tuple[str, ...], *, online: bool, proofread: bool) -> None:
    """Show the findings after every change, until Ctrl-C: that is how it ends, also while it checks."""
    with contextlib.suppress(KeyboardInterrupt):
        _watch(session, issues, online=online, proofread=proofread)


def _watch(session: Session, issues: tuple[str, ...], *, online: bool, proofread: bool) -> None:
    """Check once the watcher listens (a change during an earlier check would be missed), then after every change."""
    from watchfiles import watch as changes

    logging.getLogger("watchfiles").setLevel(logging.ERROR)  # it prints an English line at Ctrl-C
    app = session.app  # from the start: the settings may be half written when a changed file is judged
    has_printed = False

    def watched(_change: object, path: str) -> bool:
        return app.may_change_issue(Path(path))

    for changed_paths in changes(
        app.folder,
        watch_filter=watched,
        debounce=DEBOUNCE_MS,
        step=20,
        rust_timeout=POLL_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        if changed_paths or not has_printed:
            session.reopen()
            _print_findings(session, issues, online=online, proofread=proofread)
            has_printed = True


def _print_findings(session: Session, issues: tuple[str, ...], *, online: bool, proofread: bool) -> None:
    click.clear()
    try:
        findings, count = check_issues(session, issues, online=online, proofread=proofread)
    except NewsletterError as error:  # for example a half-typed template: the next change may fix it
        click.secho("\n".join(_wrap(say(session.language, error.key, **error.facts))), fg="red")
        return
    lines = []
    for path, group in groupby(findings, key=lambda finding: finding.path):
        lines.append(click.style(path.parent.name, bold=True))
        for finding in group:
            lines += _line(session, finding).split("\n")
    footer = _wrap(_footer(session, findings, count))
    visible_lines = max(3, shutil.get_terminal_size().lines - len(footer) - 2)
    if sys.stdout.isatty() and len(lines) > visible_lines:  # keep the first findings on the screen
        lines = [*lines[:visible_lines], session.say("check_more", count=len(lines) - visible_lines)]
    click.echo("\n".join(lines)) if lines else None
    click.secho("\n".join(footer), dim=True)


def _wrap(sentence: str, indent: int = 0) -> list[str]:
    """Wrap a sentence to the width of the window, less `indent` columns."""
    width = max(30, shutil.get_terminal_size().columns)
    return textwrap.wrap(sentence, width - indent, break_long_words=False, break_on_hyphens=False) or [""]


def _line(session: Session, finding: Finding) -> str:
    """Format a finding as `19:27 L01 …`, wrapped to the width of the window with a hanging indent."""
    where = f"{finding.place.line}:{finding.place.column}".rjust(7)
    head = click.style(f"{where} {_SIGNS[finding.severity]} {finding.code}", fg=COLOURS[finding.severity])
    return f"{head}  " + ("\n" + " " * 15).join(_wrap(sentence(session.language, finding), 15))


def _footer(session: Session, findings: list[Finding], count: int) -> str:
    return f"{dt.datetime.now().astimezone():%H:%M:%S} · {summarize_findings(session, findings, count)}"

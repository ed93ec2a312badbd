"""The command `newsletter dispatch`: send everything that is due, without a user at a terminal."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, publication_command
from newsletter.errors import NewsletterError, Refused
from newsletter.model.delivery import NO_CAMPAIGN
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.providers.base import Provider
    from newsletter.storage.database import Store

PrintedLines = dict[int, list[str]]
"""Campaign id → the lines that were printed last; negative campaign id → the last error that was printed."""
POLL_SECONDS = 15.0
STOP_CHECK_SECONDS = 0.5


@click.command("dispatch")
@click.option("--once", is_flag=True, help="Send what is due and exit: for cron.")
@publication_command
def command(session: Session, once: bool) -> int:
    """Send everything that is due: scheduled, held back for a while, or interrupted; and resolve doubts.

    Without --once, waits for more; for systemd. Several may run at the same time: each chunk is sent by one of them.
    """
    from newsletter.cli.signals import stop_on_signal

    with stop_on_signal(lambda: session.print_message("send_stopping")) as is_stopping:
        if once:
            with _open_store_and_provider(session) as (store, provider):
                return _run_due_campaigns(session, store, provider, is_stopping)
        session.print_message("dispatch_waiting")
        printed: PrintedLines = {}
        while not is_stopping():
            _run_until_stopped(session, is_stopping, printed)
        return 0


@contextlib.contextmanager
def _open_store_and_provider(session: Session) -> Iterator[tuple[Store, Provider]]:
    store = session.app.store()
    provider = session.app.provider()
    try:
        yield store, provider
    finally:
        provider.close()
        store.close()


def _run_until_stopped(session: Session, is_stopping: Callable[[], bool], printed: PrintedLines) -> None:
    """Dispatch what is due every `POLL_SECONDS` until a stop is asked for. Return if the database is unreachable.

    The caller calls this again, and so waits for the database.
    """
    from newsletter.storage.dialects import is_away

    try:
        with _open_store_and_provider(session) as (store, provider):
            while not is_stopping():
                _run_due_campaigns(session, store, provider, is_stopping, printed=printed)
                session.print_database_back()
                _wait_for_next_round(is_stopping)
    except Exception as error:
        if not is_away(error):
            raise
        session.print_database_away(error)
        _wait_for_next_round(is_stopping)


def _wait_for_next_round(is_stopping: Callable[[], bool]) -> None:
    deadline = time.monotonic() + POLL_SECONDS
    while time.monotonic() < deadline and not is_stopping():
        time.sleep(STOP_CHECK_SECONDS)


def _run_due_campaigns(
    session: Session, store: Store, provider: Provider, is_stopping: Callable[[], bool],
    *, printed: PrintedLines | None = None,
) -> int:  # fmt: skip
    """Send everything that is due now, and print the status of each unfinished campaign. Return the worst exit code.

    `printed` holds what was printed before, so that an unchanged status is not printed again every fifteen seconds.
    """
    from newsletter.campaigns import schedule

    if not _check_own_database(session, store, printed):
        return 3
    exit_code, due_ids, unfinished_ids = 0, set[int](), _list_unfinished(store)
    for campaign in list(schedule.list_due(store, timestamps.now_ms())):
        if is_stopping():
            break
        due_ids.add(campaign.id)
        exit_code = max(exit_code, _run_campaign(session, store, provider, campaign.id, is_stopping, printed=printed))
    for number in sorted(due_ids | unfinished_ids):
        _print_status_if_changed(session, store, provider, number, printed)
    if not due_ids | unfinished_ids and printed is None:
        session.print_message("dispatch_nothing")
    return exit_code


def _check_own_database(session: Session, store: Store, printed: PrintedLines | None) -> bool:
    """Return True if this folder and database may send.

    If they may not, print the error and return False; without `printed` (`--once`), raise Refused.
    """
    from newsletter.campaigns import database_copy

    try:
        database_copy.require_own_database(store)
    except Refused as error:
        if printed is None:
            raise
        _print_error_once(session, error, NO_CAMPAIGN, printed)
        return False
    return True


def _print_error_once(session: Session, error: NewsletterError, number: int, printed: PrintedLines | None) -> None:
    """Print an error, unless it was printed before."""
    from newsletter.i18n.exceptions import explained

    sentence, _ = explained(error, session.language)
    if printed is None or printed.get(-number) != [sentence]:
        click.secho(sentence, fg="red", err=True)
    if printed is not None:
        printed[-number] = [sentence]


def _list_unfinished(store: Store) -> set[int]:
    """Return the ids of unfinished campaigns: some of their chunks wait, are in progress, in doubt or held."""
    from newsletter.storage.campaigns import campaigns

    with store.read() as tx:
        return {campaign.id for campaign in campaigns.list_unfinished(tx)}


def _print_status_if_changed(
    session: Session, store: Store, provider: Provider, number: int, printed: PrintedLines | None
) -> None:  # fmt: skip
    """Print the status of a campaign and what it waits for, unless that was printed before."""
    from newsletter.campaigns import reports
    from newsletter.cli.campaign_progress import status_lines

    report = reports.read_current_report(store, number)
    lines = status_lines(session, store, provider, report)
    if printed is not None and printed.get(number) == lines:
        return
    if printed is not None:
        printed[number] = lines
    for position, line in enumerate(lines):
        click.echo(line, err=position > 0)


def _run_campaign(
    session: Session, store: Store, provider: Provider, number: int, is_stopping: Callable[[], bool],
    *, printed: PrintedLines | None,
) -> int:  # fmt: skip
    """Dispatch one campaign and return its exit code.

    A campaign that is too old is held until the operator resumes it. An error does not stop the other campaigns.
    """
    from newsletter.campaigns import control, send_campaign
    from newsletter.cli.campaign_progress import dispatch_with_progress

    campaign, now_ms = control.get_campaign(store, number), timestamps.now_ms()
    if campaign.provider != provider.name:
        return 1
    settings = session.app.settings
    has_daily_cap = bool(settings.daily_cap)
    if send_campaign.hold_if_overdue(
        store, campaign, now_ms, grace_hours=settings.grace_hours, has_daily_cap=has_daily_cap
    ):
        operator = session.app.operator(provider, dt.datetime.now(dt.UTC))
        send_campaign.alert_operator(store, control.get_campaign(store, number), operator)
        return 1
    try:
        report = dispatch_with_progress(
            session, store, provider, campaign, is_stopping=is_stopping, patience=POLL_SECONDS
        )
    except NewsletterError as error:
        _print_error_once(session, error, number, printed)
        return error.exit_code
    needs_operator = report.tally.held or report.phase == "held"
    return 1 if needs_operator else 0  # 0 while it only waits: cron would report a failure each minute

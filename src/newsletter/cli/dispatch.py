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

Told = dict[int, list[str]]
"""Campaign id → the lines that were printed last; negative campaign id → the last error that was printed."""
POLL_SECONDS = 15.0
GLANCE_SECONDS = 0.5


@click.command("dispatch")
@click.option("--once", is_flag=True, help="Send what is due and exit: for cron.")
@publication_command
def command(session: Session, once: bool) -> int:
    """Send everything that is due: scheduled, held back for a while, or interrupted; and resolve doubts.

    Without --once, waits for more; for systemd. Several may run at the same time: each chunk is sent by one of them.
    """
    from newsletter.cli.signals import stopping

    with stopping(lambda: session.tell("send_stopping")) as is_stopping:
        if once:
            with _opened(session) as (store, provider):
                return _round(session, store, provider, is_stopping)
        session.tell("dispatch_waiting")
        told: Told = {}
        while not is_stopping():
            _outlive(session, is_stopping, told)
        return 0


@contextlib.contextmanager
def _opened(session: Session) -> Iterator[tuple[Store, Provider]]:
    store = session.app.store()
    provider = session.app.provider()
    try:
        yield store, provider
    finally:
        provider.close()
        store.close()


def _outlive(session: Session, is_stopping: Callable[[], bool], told: Told) -> None:
    """Dispatch what is due every `POLL_SECONDS` until a stop is asked for. Return if the database is unreachable.

    The caller calls this again, and so waits for the database.
    """
    from newsletter.storage.dialects import is_away

    try:
        with _opened(session) as (store, provider):
            while not is_stopping():
                _round(session, store, provider, is_stopping, told=told)
                session.tell_back()
                _sleep(is_stopping)
    except Exception as error:
        if not is_away(error):
            raise
        session.tell_away(error)
        _sleep(is_stopping)


def _sleep(is_stopping: Callable[[], bool]) -> None:
    until = time.monotonic() + POLL_SECONDS
    while time.monotonic() < until and not is_stopping():
        time.sleep(GLANCE_SECONDS)


def _round(
    session: Session, store: Store, provider: Provider, is_stopping: Callable[[], bool],
    *, told: Told | None = None,
) -> int:  # fmt: skip
    """Send everything that is due now, and print the status of each unfinished campaign. Return the worst exit code.

    `told` holds what was printed before, so that an unchanged status is not printed again every fifteen seconds.
    """
    from newsletter.campaigns import schedule

    if not _is_own_database(session, store, told):
        return 3
    code, found, open_ = 0, set[int](), _open(store)
    for campaign in list(schedule.list_due(store, timestamps.now_ms())):
        if is_stopping():
            break
        found.add(campaign.id)
        code = max(code, _one(session, store, provider, campaign.id, is_stopping, told=told))
    for number in sorted(found | open_):
        _show(session, store, provider, number, told)
    if not found | open_ and told is None:
        session.tell("dispatch_nothing")
    return code


def _is_own_database(session: Session, store: Store, told: Told | None) -> bool:
    """Return True if this folder and database may send.

    If they may not, print the error and return False; without `told` (`--once`), raise Refused.
    """
    from newsletter.campaigns import database_copy

    try:
        database_copy.require_own_database(store)
    except Refused as error:
        if told is None:
            raise
        _complain(session, error, NO_CAMPAIGN, told)
        return False
    return True


def _complain(session: Session, error: NewsletterError, number: int, told: Told | None) -> None:
    """Print an error, unless it was printed before."""
    from newsletter.i18n.exceptions import explained

    sentence, _ = explained(error, session.language)
    if told is None or told.get(-number) != [sentence]:
        click.secho(sentence, fg="red", err=True)
    if told is not None:
        told[-number] = [sentence]


def _open(store: Store) -> set[int]:
    """Return the ids of unfinished campaigns: some of their chunks wait, are in progress, in doubt or held."""
    from newsletter.storage.campaigns import campaigns

    with store.read() as tx:
        return {campaign.id for campaign in campaigns.list_unfinished(tx)}


def _show(
    session: Session, store: Store, provider: Provider, number: int, told: Told | None
) -> None:  # fmt: skip
    """Print the status of a campaign and what it waits for, unless that was printed before."""
    from newsletter.campaigns import reports
    from newsletter.cli.campaign_progress import summarize

    account = reports.read_current_account(store, number)
    lines = summarize(session, store, provider, account)
    if told is not None and told.get(number) == lines:
        return
    if told is not None:
        told[number] = lines
    for place, line in enumerate(lines):
        click.echo(line, err=place > 0)


def _one(
    session: Session, store: Store, provider: Provider, number: int, is_stopping: Callable[[], bool],
    *, told: Told | None,
) -> int:  # fmt: skip
    """Dispatch one campaign and return its exit code.

    A campaign that is too old is held until the operator resumes it. An error does not stop the other campaigns.
    """
    from newsletter.campaigns import control, send_campaign
    from newsletter.cli.campaign_progress import run

    campaign, now = control.get_campaign(store, number), timestamps.now_ms()
    if campaign.provider != provider.name:
        return 1
    settings = session.app.settings
    cap = bool(settings.daily_cap)
    if send_campaign.hold_stale(store, campaign, now, grace_hours=settings.grace_hours, has_daily_cap=cap):
        operator = session.app.operator(provider, dt.datetime.now(dt.UTC))
        send_campaign.alert_operator(store, control.get_campaign(store, number), operator)
        return 1
    try:
        account = run(session, store, provider, campaign, is_stopping=is_stopping, patience=POLL_SECONDS)
    except NewsletterError as error:
        _complain(session, error, number, told)
        return error.exit_code
    waits_for_you = account.tally.held or account.phase == "held"
    return 1 if waits_for_you else 0  # 0 while it only waits: cron would report a failure each minute

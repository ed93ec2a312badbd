"""newsletter dispatch: whatever is due, without anybody at a terminal"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from newsletter.cli.session import Session, publication_command
from newsletter.errors import NewsletterError, Refused

if TYPE_CHECKING:
    from newsletter.providers import Provider
    from newsletter.store.engine import Store

POLL_SECONDS = 15.0
GLANCE_SECONDS = 0.5


@click.command("dispatch")
@click.option("--once", is_flag=True, help="Do what is due and end: for cron.")
@publication_command
def command(session: Session, once: bool) -> int:  # noqa: FBT001 - click's
    """Send whatever is due: schedules, ends of holds, what was interrupted, and look after what is in doubt.

    Without --once it waits for more, for systemd. Any number of them may run: each chunk is one's.
    """
    from newsletter.cli.stopping import stopping  # noqa: PLC0415 - keeps the help fast

    store, provider = session.app.store(), session.app.provider()
    try:
        with stopping(lambda: session.tell("send_stopping")) as is_stopping:
            if once:
                return _round(session, store, provider, is_stopping)
            session.tell("dispatch_waiting")
            while not is_stopping():
                _round(session, store, provider, is_stopping, quiet=True)
                _sleep(is_stopping)
            return 0
    finally:
        provider.close()
        store.close()


def _sleep(is_stopping: Callable[[], bool]) -> None:
    until = time.monotonic() + POLL_SECONDS
    while time.monotonic() < until and not is_stopping():
        time.sleep(GLANCE_SECONDS)


def _round(
    session: Session, store: Store, provider: Provider, is_stopping: Callable[[], bool], *, quiet: bool = False
) -> int:
    """Everything that is due now; the exit code of the worst."""
    from newsletter import steering  # noqa: PLC0415 - as above

    code, found = 0, False
    for campaign in list(steering.due(store, int(time.time() * 1000))):
        if is_stopping():
            break
        found = True
        code = max(code, _one(session, store, provider, campaign.id, is_stopping))
    if not found and not quiet:
        session.tell("dispatch_nothing")
    return code


def _one(session: Session, store: Store, provider: Provider, number: int, is_stopping: Callable[[], bool]) -> int:
    """One campaign; what is too old waits for somebody's word, what fails does not keep the others waiting."""
    from newsletter import steering  # noqa: PLC0415 - as above
    from newsletter.cli.carrying import run, tell_operator  # noqa: PLC0415 - as above
    from newsletter.explaining import explained  # noqa: PLC0415 - as above

    campaign, now = steering.known(store, number), int(time.time() * 1000)
    if campaign.provider != provider.name:
        session.tell("dispatch_elsewhere", number=campaign.id, provider=campaign.provider)
        return 1
    settings = session.app.settings
    if steering.is_stale(store, campaign, now, grace=settings.grace_hours * 3600, capped=bool(settings.daily_cap)):
        with contextlib.suppress(Refused):  # somebody else did
            steering.hold(store, campaign, now)
        session.tell("dispatch_stale", number=campaign.id, issue=campaign.slug)
        tell_operator(session, store, provider, steering.known(store, number))
        return 1
    session.tell("dispatch_begins", number=campaign.id, issue=campaign.slug)
    try:
        account = run(session, store, provider, campaign, is_stopping=is_stopping, patience=POLL_SECONDS)
    except NewsletterError as error:
        sentence, _ = explained(error, session.language)
        click.secho(sentence, fg="red", err=True)
        return error.exit_code
    waits_for_you = account.tally.held or account.phase == "held"
    return 1 if waits_for_you else 0  # what only waits is no news, each minute

"""Wait at the terminal until a campaign is due, with a countdown."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.cli.context import Session
from newsletter.i18n import duration
from newsletter.system import timestamps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsletter.model.campaign import Campaign
    from newsletter.storage.database import Store

REFRESH_SECONDS = 0.5


def wait_until_due(
    session: Session, store: Store, campaign: Campaign, is_stopping: Callable[[], bool], *, patience: float
) -> bool:
    """Wait until the campaign is due, and return True. Return False if it is due in more than `patience` seconds.

    Return False too if the user stops the wait. If another process pauses, cancels or reschedules the campaign, print
    that and return False.
    """
    due_seconds = campaign.options.not_before / 1000
    if due_seconds - time.time() > patience:
        return False
    if due_seconds <= time.time():
        return True
    session.print_message(
        "send_waiting", number=campaign.id, at=session.to_local_time(timestamps.moment(campaign.options.not_before))
    )
    with _countdown(session) as show:
        while (seconds_left := due_seconds - time.time()) > 0 and not is_stopping():
            if _is_changed(store, campaign):
                break
            show(seconds_left)
            time.sleep(min(seconds_left, REFRESH_SECONDS))
    if _is_changed(store, campaign):
        session.print_message("send_changed_elsewhere", number=campaign.id)
        return False
    return not is_stopping()


def _is_changed(store: Store, campaign: Campaign) -> bool:
    from newsletter.campaigns import control

    current = control.get_campaign(store, campaign.id)
    return (current.state, current.options) != (campaign.state, campaign.options)


@contextmanager
def _countdown(session: Session) -> Iterator[Callable[[float], None]]:
    """Yield a function that shows the remaining seconds on one line. It does nothing if stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda _left: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status_line:
        yield lambda seconds_left: status_line.update(
            session.say("send_countdown", time=duration(session.language, seconds_left))
        )

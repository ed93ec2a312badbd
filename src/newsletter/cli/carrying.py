"""Carries a campaign as far as it goes, for `send` and `dispatch` alike: progress, stopping, telling, the account."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter import moments
from newsletter.cli.session import Session, print_json
from newsletter.cli.stopping import stopping

if TYPE_CHECKING:
    from newsletter.model.campaign import Campaign
    from newsletter.providers import Provider
    from newsletter.reporting import Account
    from newsletter.store.engine import Store

PATIENCE = 900.0
"""Seconds that a sending waits at the terminal for what is not due yet."""
STOPPED = 130
FINE = frozenset({"done", "handed", "scheduled", "cancelled"})


def carry(session: Session, store: Store, campaign: Campaign, *, as_json: bool = False) -> int:
    """For `send`: waits as long as somebody at a terminal would; the exit code."""
    provider = session.app.provider()
    if campaign.orders.not_before > _now():
        at = session.here(moments.moment(campaign.orders.not_before))
        session.tell("send_waiting", number=campaign.id, at=at)
    try:
        with stopping(lambda: session.tell("send_stopping")) as is_stopping:
            account = run(session, store, provider, campaign, is_stopping=is_stopping, patience=PATIENCE)
            stopped = is_stopping()
    finally:
        provider.close()
    _report(session, store, account, as_json=as_json)
    if stopped and account.phase not in FINE:
        session.tell("send_stopped")
        return STOPPED
    return 0 if account.phase in FINE and not account.tally.rejected else 1


def run(
    session: Session, store: Store, provider: Provider, campaign: Campaign, *, is_stopping: Callable[[], bool],
    patience: float,
) -> Account:  # fmt: skip
    """Dispatches with a bar, and tells the operator what is news; the campaign in sum afterwards."""
    from newsletter import reporting, steering  # noqa: PLC0415 - keeps the help fast
    from newsletter.dispatching import Notice, dispatch  # noqa: PLC0415 - as above

    steering.require_own_database(store)
    before = reporting.account(store, campaign, _now()).tally
    try:
        with session.progress("send_progress", before.ready + before.claimed) as bar:

            def notify(notice: Notice) -> None:
                if notice.point == "submitted":
                    bar.advance(notice.people)

            worker = session.app.worker(notify=notify, is_stopping=is_stopping)
            dispatch(store, provider, campaign, worker, patience=patience)
    finally:
        account = tell_operator(session, store, provider, campaign)
    return account


def tell_operator(session: Session, store: Store, provider: Provider, campaign: Campaign) -> Account:
    """The campaign in sum, of which the operator hears what is news."""
    from newsletter import reporting, telling  # noqa: PLC0415 - as above

    account = reporting.account(store, campaign, _now())
    if session.app.settings.operator:
        telling.tell(store, session.app.operator(provider, dt.datetime.now(dt.UTC)), account)
    return account


def _now() -> int:
    return int(time.time() * 1000)


def _report(session: Session, store: Store, account: Account, *, as_json: bool) -> None:
    from newsletter.reporting import said  # noqa: PLC0415 - as above

    campaign, tally = account.campaign, account.tally
    facts = {"campaign": campaign.id, "digest": campaign.digest, "recipients": campaign.recipients} | asdict(tally)
    if as_json:
        print_json(facts | {"phase": account.phase, "approved_by": _approvers(session, store, campaign)})
        return
    if account.phase == "scheduled":
        at = session.here(moments.moment(campaign.orders.not_before))
        click.echo(session.say("send_planned", number=campaign.id, at=at))
        return
    click.echo(said(session.language, campaign, tally))
    if tally.claimed:
        session.tell("send_elsewhere", count=tally.claimed)
    for state in ("in_doubt", "held"):
        if getattr(tally, state):
            session.tell("send_unsure", number=campaign.id, state=state)
    if account.next_at and account.next_at > _now():
        session.tell("send_waits", ready=tally.ready, at=session.here(moments.moment(account.next_at)))
    if account.phase == "handed":
        at = session.here(moments.moment(campaign.orders.release_at))
        session.tell("campaign_release", number=campaign.id, at=at)
    if tally.ready and _is_capped(session, store):
        session.tell("send_capped", cap=session.app.settings.daily_cap)
    if campaign.provider == "outbox":
        session.tell("send_where", folder=session.app.folder / "outbox")


def _is_capped(session: Session, store: Store) -> bool:
    """Whether today's people have had theirs."""
    from newsletter.store import attempts  # noqa: PLC0415 - as above

    cap = session.app.settings.daily_cap
    with store.read() as tx:
        return bool(cap) and attempts.spent(tx, session.app.worker().midnight()) >= cap


def _approvers(session: Session, store: Store, campaign: Campaign) -> list[str]:
    from newsletter.approving import assent  # noqa: PLC0415 - as above

    given = assent(store, session.app.settings.keys(), digest=campaign.digest, slug=campaign.slug)
    return [approval.by for approval in given.current]

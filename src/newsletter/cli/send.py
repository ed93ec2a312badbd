"""newsletter send"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.session import Session, format_option, print_json, publication_command, yes_option

if TYPE_CHECKING:
    from newsletter.cli.editorial import Reading
    from newsletter.model.campaign import Campaign, Tally
    from newsletter.planning import Planned
    from newsletter.providers import Provider
    from newsletter.store.engine import Store


@click.command("send")
@click.argument("issue")
@click.option("--list", "list_name", required=True, metavar="NAME", help="List to send to.")
@yes_option
@format_option
@publication_command
def command(session: Session, issue: str, list_name: str, yes: bool, format_: str) -> int:  # noqa: FBT001 - click's
    """Send an issue to a list, to everybody exactly once.

    Edition and audience are frozen first. Run it again after any accident: whoever has it does not
    get it twice, whoever has it not gets it.
    """
    reading = _examined(session, issue)
    if reading.blocked:
        session.tell("send_blocked", issue=reading.issue.slug)
        return 1
    store = session.app.store()
    try:
        return _send(session, store, reading, list_name, yes=yes, as_json=format_ == "json")
    finally:
        store.close()


def _examined(session: Session, issue: str) -> Reading:
    """The issue with its findings printed; one that has no id is given one, for it is how it is recognised."""
    import secrets  # noqa: PLC0415 - keeps the help fast

    from newsletter.cli.editorial import examine, find  # noqa: PLC0415 - as above
    from newsletter.compose import shelf  # noqa: PLC0415 - as above

    path = find(session.app, issue)
    reading = examine(session.app, path)
    session.show(reading.findings, to_stderr=True)
    if not reading.blocked and not reading.issue.front.id:
        shelf.give_id(path, secrets.token_hex(8))
        session.tell("id_given", path=path)
        reading = examine(session.app, path)
        if reading.blocked:
            session.show(reading.findings, to_stderr=True)
    return reading


def _send(session: Session, store: Store, reading: Reading, list_name: str, *, yes: bool, as_json: bool) -> int:
    import datetime as dt  # noqa: PLC0415 - keeps the help fast

    from newsletter import planning  # noqa: PLC0415 - as above
    from newsletter.dispatching import rehearse  # noqa: PLC0415 - as above

    provider = session.app.provider()
    rehearse(provider, reading.edition, session.app.settings.keys()[0])
    audience = planning.Audience(list_name)
    if planning.standing(store, reading.edition) is None:
        counts = planning.count(store, audience)
        session.tell(
            "send_summary", subject=reading.issue.front.subject, list=list_name, provider=provider.name, **counts
        )
        session.confirm("send_confirm", yes=yes, **counts)
    planned = planning.plan(store, reading.edition, audience, provider=provider.name, now=dt.datetime.now(dt.UTC))
    _tell_standing(session, planned, reading)
    tally = _dispatch(session, store, provider, planned.campaign)
    _report(session, planned.campaign, tally, as_json=as_json)
    return 0 if tally.accepted + tally.skipped == planned.campaign.recipients else 1


def _tell_standing(session: Session, planned: Planned, reading: Reading) -> None:
    """What a second run must know: this was planned before, and perhaps from another text."""
    if planned.is_new:
        return
    session.tell("send_again", date=planned.campaign.planned_at, recipients=planned.campaign.recipients)
    if planned.campaign.digest != reading.edition.digest:
        session.tell("send_changed", digest=planned.campaign.digest[:12])


def _dispatch(session: Session, store: Store, provider: Provider, campaign: Campaign) -> Tally:
    from newsletter.dispatching import Notice, Worker, dispatch  # noqa: PLC0415 - as above
    from newsletter.store import campaigns  # noqa: PLC0415 - as above

    with store.read() as tx:
        before = campaigns.tally(tx, campaign.id)
    with session.progress("send_progress", before.ready + before.claimed) as advance:

        def notify(notice: Notice) -> None:
            if notice.point == "submitted":
                advance(notice.people)

        dispatch(store, provider, campaign, Worker(session.app.settings.keys()[0], notify=notify))
    with store.read() as tx:
        return campaigns.tally(tx, campaign.id)


def _report(session: Session, campaign: Campaign, tally: Tally, *, as_json: bool) -> None:
    facts = {"campaign": campaign.id, "digest": campaign.digest, "recipients": campaign.recipients} | asdict(tally)
    if as_json:
        print_json(facts)
        return
    click.echo(session.say("send_done", excluded=campaign.excluded, **facts))
    if tally.claimed:
        session.tell("send_elsewhere", count=tally.claimed)
    if campaign.provider == "outbox":
        session.tell("send_where", folder=session.app.folder / "outbox")

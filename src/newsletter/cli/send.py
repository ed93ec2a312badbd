"""newsletter send"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.session import Session, format_option, print_json, publication_command, yes_option
from newsletter.errors import InputError, NewsletterError, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from newsletter.examining import Reading
    from newsletter.model.approval import Approval
    from newsletter.model.campaign import Campaign, Tally
    from newsletter.model.edition import Edition
    from newsletter.planning import Audience
    from newsletter.store.engine import Store


@click.command("send")
@click.argument("issue")
@click.option("--list", "list_name", required=True, metavar="NAME", help="List to send to.")
@click.option("--segment", default="", metavar="FILTER", help="Only these of the list: a filter, or a segment's name.")
@yes_option
@format_option
@publication_command
def command(
    session: Session,
    issue: str,
    list_name: str,
    segment: str,
    yes: bool,  # noqa: FBT001 - click's
    format_: str,
) -> int:
    """Send an issue to a list, to everybody exactly once.

    Edition and audience are frozen first. Run it again after any accident: whoever has it does not
    get it twice, whoever has it not gets it.
    """
    from newsletter import approving, planning  # noqa: PLC0415 - keeps the help fast
    from newsletter.cli.editorial import copied, find  # noqa: PLC0415 - as above
    from newsletter.compose import read  # noqa: PLC0415 - as above

    app = session.app
    path, audience = find(app, issue), planning.Audience(list_name, segment, session.zone)
    source = read(path, app.publication)
    store = app.store()
    try:
        campaign = planning.standing(store, source.front.id, source.slug, audience)
        if campaign and not copied(source):
            _tell_standing(session, campaign, path)
        else:
            campaign = _planned(session, store, path, audience, yes=yes)
        if campaign is None:
            return 1
        tally = _dispatch(session, store, campaign)
        approved = approving.assent(store, app.settings.keys(), digest=campaign.digest, slug=source.slug).current
        _report(session, campaign, tally, approved, as_json=format_ == "json")
        return 0 if tally.accepted + tally.skipped == campaign.recipients else 1
    finally:
        store.close()


def _planned(session: Session, store: Store, path: Path, audience: Audience, *, yes: bool) -> Campaign | None:
    """The campaign, planned after everything was looked at and confirmed; None where something found forbids it."""
    import datetime as dt  # noqa: PLC0415 - as above

    from newsletter import planning, preflight  # noqa: PLC0415 - as above
    from newsletter.dispatching import rehearse  # noqa: PLC0415 - as above

    reading = _examined(session, path)
    if reading.blocked:
        session.tell("send_blocked", issue=reading.issue.slug)
        return None
    provider = session.app.provider()
    rehearse(provider, reading.edition, session.app.settings.keys()[0])
    if provider.caps.leaves_house:
        preflight.require(store, reading.edition, session.app.publication)
    approved = _approved(session, store, reading.edition)
    counts = planning.count(store, audience)
    facts = {"subject": reading.issue.front.subject, "list": audience.list_name, "provider": provider.name}
    facts["segment"] = audience.segment
    session.tell("send_summary", **facts, **counts)
    for approval in approved:
        session.tell("send_approved", by=approval.by, at=approval.at)
    session.confirm("send_confirm", yes=yes, **counts)
    now = dt.datetime.now(dt.UTC)
    return planning.plan(store, reading.edition, audience, provider=provider.name, now=now).campaign


def _approved(session: Session, store: Store, edition: Edition) -> tuple[Approval, ...]:
    """Who approved the edition; Refused where the publication wants somebody to, and nobody did."""
    from newsletter.approving import assent  # noqa: PLC0415 - as above

    given = assent(store, session.app.settings.keys(), digest=edition.digest, slug=edition.slug)
    if session.app.settings.require_approval and not given.current:
        before = given.lost[-1].by if given.lost else ""
        raise Refused("approval_missing", digest=edition.digest[:12], by=before, slug=edition.slug)
    return given.current


def _examined(session: Session, path: Path) -> Reading:
    """The issue with its findings printed; one that has no id is given one, for it is how it is recognised."""
    import secrets  # noqa: PLC0415 - as above

    from newsletter.cli.editorial import examine  # noqa: PLC0415 - as above
    from newsletter.compose import shelf  # noqa: PLC0415 - as above

    reading = examine(session.app, path)
    session.show(reading.findings, to_stderr=True)
    if reading.blocked or reading.issue.front.id:
        return reading
    shelf.give_id(path, secrets.token_hex(8))
    session.tell("id_given", path=path)
    again = examine(session.app, path)
    if again.blocked or not again.issue.front.id:
        raise InputError("issue_without_front_matter", path=path)
    return again


def _tell_standing(session: Session, campaign: Campaign, path: Path) -> None:
    """What a second run must know: this was planned before, and perhaps from another text.

    Whatever is wrong with the text now, the frozen edition is what goes out, so nothing is checked.
    """
    from newsletter.cli.editorial import examine  # noqa: PLC0415 - as above

    session.tell("send_again", date=campaign.planned_at, recipients=campaign.recipients)
    try:
        changed = examine(session.app, path).edition.digest != campaign.digest
    except NewsletterError:
        changed = True
    if changed:
        session.tell("send_changed", digest=campaign.digest[:12])


def _dispatch(session: Session, store: Store, campaign: Campaign) -> Tally:
    from newsletter.dispatching import Notice, Worker, dispatch  # noqa: PLC0415 - as above
    from newsletter.store import campaigns  # noqa: PLC0415 - as above

    with store.read() as tx:
        before = campaigns.tally(tx, campaign.id)
    with session.progress("send_progress", before.ready + before.claimed) as bar:

        def notify(notice: Notice) -> None:
            if notice.point == "submitted":
                bar.advance(notice.people)

        dispatch(store, session.app.provider(), campaign, Worker(session.app.settings.keys()[0], notify=notify))
    with store.read() as tx:
        return campaigns.tally(tx, campaign.id)


def _report(
    session: Session, campaign: Campaign, tally: Tally, approved: tuple[Approval, ...], *, as_json: bool
) -> None:
    facts = {"campaign": campaign.id, "digest": campaign.digest, "recipients": campaign.recipients} | asdict(tally)
    if as_json:
        print_json(facts | {"approved_by": [approval.by for approval in approved]})
        return
    click.echo(session.say("send_done", excluded=campaign.excluded, **facts))
    if tally.claimed:
        session.tell("send_elsewhere", count=tally.claimed)
    if campaign.provider == "outbox":
        session.tell("send_where", folder=session.app.folder / "outbox")

"""newsletter test"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command

if TYPE_CHECKING:
    from newsletter.app import App
    from newsletter.editorial.proofs import Tried
    from newsletter.model.edition import Edition
    from newsletter.model.subscribers import Subscriber
    from newsletter.providers.base import Provider


@click.command("test")
@click.argument("issue")
@click.option(
    "--to", "addresses", multiple=True, required=True, metavar="ADDRESS", help="Where to; of test_recipients only."
)
@click.option("--as", "like", default="", metavar="ADDRESS", help="Fill the merge tags as for this subscriber.")
@format_option
@publication_command
def command(session: Session, issue: str, addresses: tuple[str, ...], like: str, format_: str) -> int:
    """Send an issue to yourself, exactly as readers will get it, by the way they will get it.

    [TEST] stands before the subject, and its links change nothing. Only addresses in test_recipients get any.
    """
    import datetime as dt

    from newsletter.cli.issue_arguments import examine, find
    from newsletter.editorial import proofs
    from newsletter.model.delivery import Accepted

    app = session.app
    proofs.require_allowed(addresses, app.settings.test_recipients)
    reading = examine(app, find(app, issue))
    session.show(reading.findings, to_stderr=True)
    if reading.blocked:
        session.tell("test_blocked", issue=reading.issue.slug)
        return 1
    provider = app.provider()
    _require_answers(app, provider, reading.edition)
    tried = proofs.test(
        provider,
        reading.edition,
        addresses,
        like=_person(app, like),
        allowed=app.settings.test_recipients,
        now=dt.datetime.now(dt.UTC),
    )
    _report(session, tried, as_json=format_ == "json")
    return 0 if all(isinstance(one.outcome, Accepted) for one in tried) else 4


def _require_answers(app: App, provider: Provider, edition: Edition) -> None:
    """Fetches what a reader would, where messages leave the house."""
    from newsletter.editorial import preflight

    if provider.caps.leaves_house:
        store = app.store()
        try:
            preflight.require(store, edition, app.publication, provider)
        finally:
            store.close()


def _person(app: App, address: str) -> Subscriber:
    from newsletter.editorial.proofs import SOMEBODY
    from newsletter.subscribers.service import known

    if not address:
        return SOMEBODY
    store = app.store()
    try:
        return known(store, address)
    finally:
        store.close()


def _report(session: Session, tried: list[Tried], *, as_json: bool) -> None:
    facts = [one.facts for one in tried]
    if as_json:
        print_json(facts)
        return
    for fact in facts:
        click.echo(session.say(f"desk_test_{fact['outcome']}", **fact))
        if fact["reference"].endswith(".eml"):
            click.echo(session.say("desk_test_where", place=session.app.folder / "outbox" / fact["reference"]))

"""The command `newsletter test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command

if TYPE_CHECKING:
    from newsletter.app import App
    from newsletter.editorial.proofs import SendTestResult
    from newsletter.model.subscribers import Subscriber


@click.command("test")
@click.argument("issue")
@click.option(
    "--to",
    "addresses",
    multiple=True,
    required=True,
    metavar="ADDRESS",
    help="Address to send to; it must be in test_recipients.",
)
@click.option("--as", "like_address", default="", metavar="ADDRESS", help="Fill the merge tags as for this subscriber.")
@format_option
@publication_command
def command(session: Session, issue: str, addresses: tuple[str, ...], like_address: str, format_: str) -> int:
    """Send an issue to yourself exactly as readers will get it, through the same provider.

    The subject begins with [TEST], and the links change nothing. Only addresses in test_recipients are allowed.
    """
    from newsletter.cli.issue_arguments import examine, find
    from newsletter.editorial import proofs
    from newsletter.model.delivery import Accepted

    app = session.app
    allowed = app.settings.test_recipients
    proofs.require_allowed(addresses, allowed)
    reading = examine(app, find(app, issue))
    session.print_findings(reading.findings, to_stderr=True)
    if reading.blocked:
        session.print_message("test_blocked", issue=reading.issue.slug)
        return 1
    context = proofs.SendTestContext(
        provider=app.provider(), publication=app.publication, allowed=allowed, open_store=app.store
    )
    results = proofs.send_test(context, reading.edition, addresses, _find_person(app, like_address))
    _print_results(session, results, as_json=format_ == "json")
    return 0 if all(isinstance(result.outcome, Accepted) for result in results) else 4


def _find_person(app: App, address: str) -> Subscriber:
    from newsletter.model.subscribers import SAMPLE_SUBSCRIBER
    from newsletter.subscribers.service import get_subscriber

    if not address:
        return SAMPLE_SUBSCRIBER
    return get_subscriber(app.store(), address)


def _print_results(session: Session, results: list[SendTestResult], *, as_json: bool) -> None:
    facts = [result.facts for result in results]
    if as_json:
        print_json(facts)
        return
    for fact in facts:
        click.echo(session.say(f"desk_test_{fact['outcome']}", **fact))
        if fact["reference"].endswith(".eml"):
            click.echo(session.say("desk_test_where", place=session.app.folder / "outbox" / fact["reference"]))

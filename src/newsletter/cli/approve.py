"""The command `newsletter approve`."""

from __future__ import annotations

import click

from newsletter.cli.context import Session, publication_command


@click.command("approve")
@click.argument("issue")
@click.option("--by", required=True, metavar="NAME", help="Who approves.")
@publication_command
def command(session: Session, issue: str, by: str) -> int:
    """Approve an issue exactly as it is now.

    Any later change of the text, an image or the theme makes the approval invalid. Prints the digest.
    """
    import datetime as dt

    from newsletter.cli.issue_arguments import examine, find
    from newsletter.editorial import approvals

    app = session.app
    reading = examine(app, find(app, issue))
    session.print_findings(reading.findings, to_stderr=True)
    if reading.blocked:
        session.print_message("approve_blocked", issue=reading.issue.slug)
        return 1
    store = app.store()
    try:
        approval = approvals.approve(store, app.settings.keys()[0], reading.edition, by=by, now=dt.datetime.now(dt.UTC))
    finally:
        store.close()
    click.echo(approval.digest)
    session.print_message("approve_done", by=approval.by, digest=approval.digest[:12])
    return 0

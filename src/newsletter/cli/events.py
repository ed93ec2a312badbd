"""The command `newsletter events pull`."""

from __future__ import annotations

import datetime as dt
import time

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command
from newsletter.cli.param_types import Duration
from newsletter.errors import InputError


@click.group("events")
def command() -> None:
    """Fetch delivery events from the provider."""


@command.command("pull")
@click.option("--since", type=Duration(), default="7d", metavar="SPAN", help="How far back: 7d, 24h.")
@format_option
@publication_command
def pull(session: Session, since: dt.timedelta, format_: str) -> None:
    """Fetch from SendGrid what its webhook may have missed: suppressed addresses, and attempts in doubt.

    Run it once a day, from cron.
    """
    from newsletter.delivery_events import polling

    app, now_seconds = session.app, time.time()
    if app.settings.provider != "sendgrid":
        raise InputError("needs_sendgrid")
    provider, context = app.sendgrid(), session.subscriber_context()
    suppressed = polling.import_suppressions(context, provider, int(now_seconds - since.total_seconds()))
    resolved = polling.resolve_doubts(context.store, provider, app.worker())
    if format_ == "json":
        print_json({"suppressed": suppressed, "resolved": resolved})
    else:
        click.echo(session.say("events_pulled", suppressed=suppressed, resolved=resolved))

"""The command `newsletter doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command, yes_option
from newsletter.errors import Refused

if TYPE_CHECKING:
    from newsletter.app import App
    from newsletter.diagnostics.result import ProbeResult

_SIGNS = {"good": ("✓", "green"), "bad": ("✗", "red"), "unsure": ("?", "yellow")}


@click.command("doctor")
@click.option(
    "--received",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A received test message, saved from a mailbox: check that everything arrived.",
)
@click.option(
    "--live", default="", metavar="ADDRESS", help="Test the SendGrid account with three messages to this address."
)
@click.option("--webhook", default="", metavar="URL", help="Ask SendGrid for an event to this URL, and listen for it.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8081, show_default=True, help="Local port on which it arrives."
)
@click.option(
    "--wait", type=click.IntRange(1, 3600), default=300, show_default=True, help="Seconds to wait for the event."
)
@yes_option
@format_option
@publication_command
def command(
    session: Session,
    received: Path | None,
    live: str,
    webhook: str,
    port: int,
    wait: int,
    yes: bool,
    format_: str,
) -> int:
    """Check settings, database, links, DNS, account and clock before a sending.

    Sends nothing, except with --live. Exit code 1 if something must be corrected first.
    """
    if live:
        probes = _trial_probes(session, live, yes=yes)
    elif webhook:
        probes = _webhook_probes(session, webhook, port, wait)
    else:
        probes = _received_message_probes(session.app, received) if received else _environment_probes(session.app)
    results = list(probes)
    sentences = [(probe, session.say(probe.key, **probe.facts)) for probe in results]
    if format_ == "json":
        print_json([{"state": probe.state, "probe": probe.key, "message": sentence} for probe, sentence in sentences])
        return _exit_code(results)
    for probe, sentence in sentences:
        sign, colour = _SIGNS[probe.state]
        click.echo(f"{click.style(sign, fg=colour)} {sentence}")
    return _exit_code(results)


def _exit_code(probes: list[ProbeResult]) -> int:
    return 1 if any(probe.state == "bad" for probe in probes) else 0


def _trial_probes(session: Session, address: str, *, yes: bool) -> Iterator[ProbeResult]:
    from newsletter.diagnostics import sendgrid_trial
    from newsletter.editorial import proofs

    app = session.app
    (allowed,) = proofs.require_allowed([address], app.settings.test_recipients)
    _require_sendgrid(app)
    session.confirm("trial_confirm", yes=yes, address=allowed)
    return sendgrid_trial.probes(
        sendgrid_trial.Trial(provider=app.sendgrid(), publication=app.publication, address=allowed)
    )


def _webhook_probes(session: Session, url: str, port: int, wait: int) -> Iterator[ProbeResult]:
    from newsletter.diagnostics import webhook_probe

    _require_sendgrid(session.app)
    session.print_message("hearing_listens", port=port)
    return webhook_probe.probes(session.app.sendgrid(), webhook_probe.WebhookListener(url=url, port=port, seconds=wait))


def _require_sendgrid(app: App) -> None:
    if app.settings.provider != "sendgrid":
        raise Refused("trial_of_another", provider=app.settings.provider)


def _received_message_probes(app: App, file: Path) -> Iterator[ProbeResult]:
    from newsletter.diagnostics import received_message

    return received_message.probes(file.read_bytes(), app.publication)


def _environment_probes(app: App) -> Iterator[ProbeResult]:
    import datetime as dt

    from newsletter.diagnostics import environment, smtp_probe
    from newsletter.diagnostics.result import unsure

    settings, publication = app.settings, app.publication
    yield from environment.check_publication(publication, len(settings.secret_keys), settings.test_recipients)
    yield from environment.run_probes(partial(environment.check_permissions, app.private_paths, app.permissions))
    yield from environment.run_probes(partial(_database_probes, app))
    if settings.provider == "outbox":
        yield unsure("doctor_outbox")
        return
    if publication.leaves_by == "page":
        yield from environment.check_unsubscribe_page(publication)
    yield from environment.check_dns(publication, settings.provider, environment.make_resolver())
    if settings.provider == "smtp":
        yield from environment.run_probes(lambda: smtp_probe.probes(app.smtp().relay, publication.sender.email))
    if settings.provider == "sendgrid":
        yield from environment.run_probes(
            lambda: environment.check_sendgrid(app.sendgrid(), publication, dt.datetime.now(dt.UTC))
        )


def _database_probes(app: App) -> Iterator[ProbeResult]:
    from newsletter.diagnostics import environment

    store = app.store()
    try:
        yield from environment.check_database(store, app.database_url())
    finally:
        store.close()

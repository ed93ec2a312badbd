"""The command `newsletter serve`."""

from __future__ import annotations

import click

from newsletter.cli.context import Session, publication_command


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port to listen on.")
@click.option(
    "--trusted-proxy",
    "trusted",
    multiple=True,
    metavar="ADDRESS",
    help="A proxy whose word about https is believed, as an address or a network; may be given several times.",
)
@publication_command
def command(session: Session, host: str, port: int, trusted: tuple[str, ...]) -> None:
    """Answer the links and pictures of every message: unsubscribe, preferences, issues read online.

    What stands behind `base_url`; docs/serving.md shows nginx and systemd. Ends with Ctrl-C or SIGTERM, gracefully.
    """
    from newsletter.web.public.server import Place, serve

    serve(session.app, Place(host, port, trusted))

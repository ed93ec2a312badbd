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
    help="Address or network of a proxy whose X-Forwarded headers are trusted; may be repeated.",
)
@publication_command
def command(session: Session, host: str, port: int, trusted: tuple[str, ...]) -> None:
    """Serve the public pages behind `base_url`: unsubscribe, preferences, images, web archive, webhooks.

    docs/serving.md shows nginx and systemd. Ctrl-C or SIGTERM ends it after the requests in progress.
    """
    from newsletter.web.public.server import ServerOptions, serve

    serve(session.app, ServerOptions(host, port, trusted))

"""The command `newsletter preview`."""

from __future__ import annotations

import contextlib

import click

from newsletter.cli.context import Session, publication_command


@click.command("preview")
@click.argument("issue", required=False)
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on [the first free from 8765].")
@click.option("--open/--no-open", "browser", default=True, help="Open the browser.")
@publication_command
def command(session: Session, issue: str | None, port: int | None, browser: bool) -> None:
    """Show issues as every reader will get them, live while you type.

    Nothing is sent, except the tests that you ask for. Without ISSUE, shows the list of issues. The printed address
    holds a key, new at each start; without the key the preview shows nothing, to no account of this machine.
    Ctrl-C ends it.
    """
    import secrets
    from urllib.parse import quote

    from newsletter.app import open_app
    from newsletter.web.desk import server
    from newsletter.web.desk.workspace import Desk

    app = session.app
    name = _find_folder(session, issue) if issue else None
    desk = Desk(app, lambda: open_app(app.folder, app.folder), session.language_option)
    listening = server.listen(port)
    key, port = secrets.token_urlsafe(24), listening.getsockname()[1]
    address = f"http://{server.HOST}:{port}/{f'issues/{quote(name)}' if name else ''}?key={key}"
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how the desk is closed, from the first line on
        click.echo(address)
        session.print_message("preview_open")
        server.serve(desk, listening, key=key, first=name, browse=address if browser else "")


def _find_folder(session: Session, issue: str) -> str:
    from newsletter.cli.issue_arguments import find
    from newsletter.errors import InputError

    path = find(session.app, issue).resolve()
    if path.parent.parent != session.app.issues.resolve():
        raise InputError("issue_elsewhere", path=path, folder=session.app.issues)
    return path.parent.name

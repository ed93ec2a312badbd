"""newsletter convert"""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.session import Session, publication_command, shown


@click.command("convert")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write index.md into.")
@publication_command
def command(session: Session, file: Path, out: Path | None) -> None:
    """Turn raw text into an issue: parts labelled, not a word changed. Prints its path.

    What the text does not say (the image, its description, the date) is left to fill in, and listed.
    """
    import datetime as dt  # noqa: PLC0415 - keeps the help fast
    import secrets  # noqa: PLC0415 - as above

    from newsletter.cli.editorial import examine  # noqa: PLC0415 - as above
    from newsletter.compose import shelf  # noqa: PLC0415 - as above
    from newsletter.compose.convert import convert  # noqa: PLC0415 - as above

    app = session.app
    text = convert(file.read_bytes(), issue_id=secrets.token_hex(8), greeting=app.publication.salutation)
    today = dt.datetime.now(dt.UTC).date()
    path = (out or shelf.folder_for(app.issues, file.stem, today)) / shelf.FILE
    shelf.put(path, text)
    click.echo(shown(path))
    session.show(examine(app, path).findings, to_stderr=True)

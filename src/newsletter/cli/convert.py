"""The command `newsletter convert`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.context import Session, display_path, publication_command


@click.command("convert")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write index.md into.")
@publication_command
def command(session: Session, file: Path, out: Path | None) -> None:
    """Turn a text, a web page or a Word document into an issue, without changing a word.

    Prints the path of the issue. What the text does not say (the image, its description, the date) is left to fill
    in; what is ambiguous is marked; both are listed. Images of the document are written beside the issue.
    """
    import datetime as dt
    import secrets
    from zoneinfo import ZoneInfo

    from newsletter.cli.issue_arguments import examine
    from newsletter.content import issue_files
    from newsletter.content.convert.converter import ConvertOptions, convert, find_photographer

    app = session.app
    publication = app.publication
    options = ConvertOptions(
        issue_id=secrets.token_hex(8),
        greeting=publication.salutation,
        language=publication.language,
        folder=file.parent,
    )
    converted = convert(file.read_bytes(), options)
    today = dt.datetime.now(ZoneInfo(publication.timezone)).date()
    path = (out or issue_files.folder_for(app.issues, file.stem, today)) / issue_files.FILE
    issue_files.write_issue(path, converted.text, converted.files)
    click.echo(display_path(path))
    reading = examine(app, path)
    session.print_findings(reading.findings, to_stderr=True)
    credit = find_photographer(reading.issue.opening.source) if reading.issue.opening else None
    if credit:
        session.print_message("convert_credit", name=credit[0], page=credit[1])

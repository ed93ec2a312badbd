"""The command `newsletter render`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, display_path, publication_command

if TYPE_CHECKING:
    from newsletter.editorial.proofs import Proof
    from newsletter.model.edition import Edition


@click.command("render")
@click.argument("issue")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write into [rendered/].")
@click.option("--as", "address", metavar="ADDRESS", help="Fill the merge tags as for this subscriber.")
@publication_command
def command(session: Session, issue: str, out: Path | None, address: str | None) -> None:
    """Write the .html, .txt and .json of an issue's edition. Prints the paths.

    Merge tags stay placeholders unless --as names a subscriber; then links do nothing when followed.
    """
    from newsletter.cli.issue_arguments import examine, find
    from newsletter.system.files import write_whole

    app = session.app
    reading = examine(app, find(app, issue))
    edition = reading.edition
    filled = _make_proof(session, edition, address) if address else edition
    folder = out or app.folder / "rendered"
    permissions = app.permissions if address or not out else None
    for name, data in _files(edition, filled):
        write_whole(folder / name, data, permissions)
        if "/" not in name:
            click.echo(display_path(folder / name))
    session.print_findings(reading.findings, to_stderr=True)


def _make_proof(session: Session, edition: Edition, address: str) -> Proof:
    """Return the edition as the subscriber would get it, with links that do nothing."""
    from newsletter.editorial.proofs import make_proof
    from newsletter.subscribers.service import get_subscriber

    store = session.app.store()
    try:
        return make_proof(edition, get_subscriber(store, address))
    finally:
        store.close()


def _files(edition: Edition, filled: Edition | Proof) -> list[tuple[str, bytes]]:
    """Return name and content of each file to write. The page uses local images, so that it needs no network."""
    import orjson

    from newsletter.personalization import merge_tags, urls

    html = urls.replace_image_urls(filled.html, edition, lambda image: f"images/{image.name}")
    facts = {
        "subject": filled.subject,
        "preheader": filled.preheader,
        "digest": edition.digest,
        "merge_tags": [
            {"name": tag.name, "default": tag.default, "placeholder": merge_tags.placeholder(tag, "h")}
            for tag in edition.tags
        ],
    }
    return [
        *((f"images/{image.name}", image.data) for image in edition.images),
        (f"{edition.slug}.html", html.encode()),
        (f"{edition.slug}.txt", filled.text.encode()),
        (f"{edition.slug}.json", orjson.dumps(facts, option=orjson.OPT_INDENT_2)),
    ]

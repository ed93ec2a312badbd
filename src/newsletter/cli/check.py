"""newsletter check"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.session import Session, as_facts, format_option, print_json, publication_command

if TYPE_CHECKING:
    from newsletter.model.finding import Finding


@click.command("check")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@format_option
@publication_command
def command(session: Session, issues: tuple[str, ...], format_: str) -> int:
    """Say what is wrong with an issue, and where; with all of them, if none is named.

    An ISSUE is a slug, a folder or an index.md. Errors would stop a sending (exit code 1).
    """
    from newsletter.cli.editorial import examine, find  # noqa: PLC0415 - heavy; keeps the help fast
    from newsletter.compose import shelf  # noqa: PLC0415 - as above

    app = session.app
    paths = [find(app, name) for name in issues] or list(shelf.paths(app.issues))
    theme = app.theme()
    found = [finding for path in paths for finding in examine(app, path, theme).findings]
    if format_ == "json":
        print_json(as_facts(found, session.language))
    else:
        session.show(found)
        summarise(session, found, len(paths))
    return 1 if any(finding.severity == "error" for finding in found) else 0


def summarise(session: Session, found: list[Finding], issues: int) -> None:
    """How much there is to mend, on stderr."""
    errors = sum(finding.severity == "error" for finding in found)
    warnings = sum(finding.severity == "warning" for finding in found)
    key = "check_clean" if not found else "check_summary"
    session.tell(key, issues=issues, errors=errors, warnings=warnings, infos=len(found) - errors - warnings)

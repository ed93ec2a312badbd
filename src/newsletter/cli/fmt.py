"""The command `newsletter fmt`."""

from __future__ import annotations

import click

from newsletter.cli.context import Session, display_path, publication_command


@click.command("fmt")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@click.option("--write", is_flag=True, help="Write the corrections into the files.")
@publication_command
def command(session: Session, issues: tuple[str, ...], write: bool) -> int:
    """Correct spelling that needs no decision: œ, 2e, É, etc., and missing or extra spaces around signs.

    Prints every correction; --write makes them (without it, exit code 1 if there is one). Typographic spaces, quotes
    and dashes are set when an issue is composed; they are not written into the text.
    """
    from newsletter.cli.issue_arguments import examine, find_all
    from newsletter.editorial.apply_fixes import apply_fixes
    from newsletter.system.files import write_whole

    app = session.app
    theme = app.theme()
    count = 0
    for path in find_all(app, issues):
        fixes = [finding for finding in examine(app, path, theme).findings if finding.fix]
        for finding in fixes:
            if finding.fix:
                place = f"{display_path(path)}:{finding.place.line}:{finding.place.column}"
                facts = {"typed": finding.fix.typed, "wanted": finding.fix.wanted}
                sentence = session.say("fmt_line", **facts)
                click.echo(f"{place}: {finding.code} {sentence}")
        if fixes and write:
            write_whole(path, apply_fixes(path.read_bytes(), fixes))
        count += len(fixes)
    session.print_message("fmt_clean" if not count else "fmt_written" if write else "fmt_summary", count=count)
    return 1 if count and not write else 0

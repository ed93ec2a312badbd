"""The command `newsletter check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.context import Session, finding_facts, github_annotations, print_json, publication_command

if TYPE_CHECKING:
    from newsletter.editorial.review import Reading
    from newsletter.model.finding import Finding


@click.command("check")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="Output: text, JSON, or GitHub annotations.",
)
@click.option("--watch", is_flag=True, help="Check again whenever a file changes; Ctrl-C ends it.")
@click.option("--online", is_flag=True, help="Request every link and image, and report those that fail.")
@click.option("--proofread", is_flag=True, help="Check with Grammalecte, if it is installed.")
@publication_command
def command(session: Session, issues: tuple[str, ...], format_: str, **flags: bool) -> int:
    """Report what is wrong with an issue, and where; without ISSUE, check every issue.

    ISSUE is a slug, a folder, an index.md, or a folder of issues. Errors stop a sending (exit code 1).
    """
    if flags["watch"]:
        from newsletter.cli.check_watch import watch

        if format_ != "text":
            raise click.UsageError("--watch is for people: it prints text only")
        watch(session, issues, online=flags["online"], proofread=flags["proofread"])
        return 0
    findings, count = check_issues(session, issues, online=flags["online"], proofread=flags["proofread"])
    if format_ == "json":
        print_json(finding_facts(findings, session.language))
    elif format_ == "github":
        click.echo("".join(line + "\n" for line in github_annotations(findings, session.language)), nl=False)
    else:
        session.print_findings(findings)
    click.echo(summarize_findings(session, findings, count), err=True)
    return 1 if any(finding.severity == "error" for finding in findings) else 0


def check_issues(
    session: Session, issues: tuple[str, ...], *, online: bool = False, proofread: bool = False
) -> tuple[list[Finding], int]:
    """Check the named issues. Return the findings, in the order of the issues, and the number of issues."""
    from newsletter.cli.issue_arguments import examine, find_all

    app = session.app
    paths = find_all(app, issues)
    theme = app.theme()
    readings = [examine(app, path, theme) for path in paths]
    findings = [finding for reading in readings for finding in reading.findings]
    if online:
        findings += _check_links(session, readings)
    if proofread or app.settings.proofread:
        reported_places = {(finding.path, finding.place) for finding in findings}
        findings += [
            finding
            for finding in _proofread_issues(session, readings)
            if (finding.path, finding.place) not in reported_places
        ]
    order = {path: number for number, path in enumerate(paths)}
    return sorted(findings, key=lambda finding: (order[finding.path], finding.place, finding.code)), len(paths)


def _check_links(session: Session, readings: list[Reading]) -> list[Finding]:
    from newsletter.checks.external import dead_links
    from newsletter.checks.external.link_prober import probe

    total = sum(len(dead_links.addresses(reading.issue)[0]) for reading in readings)
    with session.progress("online_progress", total) as bar:
        findings = [
            finding
            for reading in readings
            for finding in dead_links.findings(reading.issue, probe, advance=bar.advance)
        ]
    if (
        total
        and {finding.facts.get("reason") for finding in findings if finding.code == "O01"} == {"DNS"}
        and len(findings) >= total
    ):
        session.print_message("online_nothing")
    return findings


def _proofread_issues(session: Session, readings: list[Reading]) -> list[Finding]:
    """Return the proofreader's findings. If the proofreader is missing or fails, print that and return none."""
    import subprocess

    from newsletter.checks.external import grammalecte

    if not grammalecte.is_available():
        session.print_message("proofreader_missing")
        return []
    try:
        return list(_proofreading_findings(session.app.folder, readings))
    except (OSError, ValueError, LookupError, subprocess.SubprocessError) as error:
        session.print_message("proofreader_failed", reason=type(error).__name__)
        return []


def _proofreading_findings(folder: Path, readings: list[Reading]) -> Iterator[Finding]:
    from newsletter.checks.external import grammalecte, proofreading
    from newsletter.model.publication import is_french

    words_path = folder / proofreading.WORDS_FILE
    words = proofreading.read_words(words_path.read_text("utf-8", errors="replace") if words_path.is_file() else "")
    for reading in readings:
        if is_french(reading.issue.language):
            yield from proofreading.findings(reading.issue, words, grammalecte.proofread)


def summarize_findings(session: Session, findings: list[Finding], issues: int) -> str:
    """Return a sentence with the number of errors, warnings and infos."""
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = sum(finding.severity == "warning" for finding in findings)
    facts = {"errors": errors, "warnings": warnings, "infos": len(findings) - errors - warnings}
    return session.say("check_summary" if findings else "check_clean", issues=issues, **facts)

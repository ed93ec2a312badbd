"""issue, edition → findings: everything that an editor should mend, with its line.

A rule is a small function that looks at a `Case` and yields findings. To add one: write it in the
module of its subject, give its code a severity (`model.finding`), a sentence (`messages.findings`) and
a paragraph (docs/findings.md), and add it to RULES.
"""

from __future__ import annotations

from newsletter.checks import inline, letter, matter, pictures
from newsletter.checks.case import Case, Rule
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding, Severity
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication

__all__ = ["RULES", "Case", "blocking", "check", "matter"]

RULES: tuple[Rule, ...] = (
    matter.subject_length,
    matter.preheader_missing,
    matter.id_of_another_issue,
    letter.salutation_missing,
    letter.salutation_misspelt,
    letter.salutation_without_comma,
    letter.salutation_glued,
    letter.before_the_salutation,
    letter.lead_missing,
    letter.section_empty,
    letter.heading_levels,
    letter.signature_missing,
    letter.signature_of_another,
    letter.question_missing,
    letter.raw_html,
    pictures.opening_missing,
    pictures.name_alone,
    pictures.credit_first,
    pictures.credit_missing,
    pictures.description_missing,
    pictures.file_missing,
    pictures.address,
    inline.link_addresses,
    inline.refused_addresses,
    inline.html_tags,
    inline.merge_tags,
    inline.merge_tags_in_front_matter,
    inline.reserved_words,
    inline.unfinished_text,
    inline.unreadable_accents,
)


def check(issue: Issue, edition: Edition, publication: Publication) -> list[Finding]:
    """Everything found, in the order of the file; what reading and composing showed is included."""
    case = Case(issue, publication)
    found = [*issue.findings, *edition.findings]
    for rule in RULES:
        found += rule(case)
    return sorted(found, key=lambda one: (one.place, one.code))


def blocking(findings: list[Finding]) -> list[Finding]:
    """Those that stop a sending."""
    return [found for found in findings if found.severity is Severity.ERROR]

"""issue, edition → findings: everything that an editor should mend, with its line.

A rule is a small function that looks at a `Case` and yields findings (`rendered`: rules about the
composed mail). To add one: write it in the module of its subject, give its code a severity
(`model.finding`), a sentence (in `messages`) and a paragraph (docs/findings.md), and add it to RULES.
"""

from __future__ import annotations

from newsletter.checks import blocks, inline, letter, links, matter, pictures, rendered, words
from newsletter.checks.case import Case, Rule, case_of
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding, Severity
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication

__all__ = ["RULES", "Case", "blocking", "check", "matter"]

RULES: tuple[Rule, ...] = (
    matter.subject_length,
    matter.subject_shouted,
    matter.preheader_missing,
    matter.preheader_length,
    matter.date_of_the_folder,
    matter.marked_as_sent,
    matter.id_or_name_of_another_issue,
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
    blocks.raw_html,
    blocks.heading_glued,
    blocks.hashtag_or_heading,
    blocks.heading_empty,
    blocks.heading_by_underline,
    blocks.heading_bare,
    blocks.lines_joined,
    blocks.prose_as_code,
    blocks.braces_apart,
    blocks.box_orphan,
    blocks.table_too_wide,
    blocks.table_broken,
    blocks.columns,
    pictures.opening_missing,
    pictures.name_alone,
    pictures.credit_first,
    pictures.credit_missing,
    pictures.description_missing,
    pictures.description,
    pictures.file_missing,
    pictures.address,
    pictures.format_,
    pictures.heavy_file,
    links.addresses,
    links.refused,
    links.space_in_address,
    links.space_before_address,
    links.reference_undefined,
    links.half_a_link,
    links.bare_addresses,
    links.words,
    links.shorteners,
    links.same_words,
    links.shows_another_host,
    inline.html_tags,
    inline.merge_tags,
    inline.merge_tags_in_front_matter,
    inline.note_undefined,
    inline.mark_left_open,
    inline.reserved_words,
    inline.stray_placeholders,
    inline.merge_tags_out_of_place,
    inline.tags_of_others,
    inline.word_residue,
    inline.odd_entities,
    inline.unfinished_text,
    inline.unreadable_accents,
    words.better_written,
    *rendered.RULES,
)


def check(issue: Issue, edition: Edition, publication: Publication) -> list[Finding]:
    """Everything found, in the order of the file; what reading and composing showed is included."""
    case = case_of(issue, edition, publication)
    found = [*issue.findings, *edition.findings]
    for rule in RULES:
        found += rule(case)
    once = {(one.place, one.code, str(one.facts)): one for one in found}
    return [once[key] for key in sorted(once)]


def blocking(findings: list[Finding]) -> list[Finding]:
    """Those that stop a sending."""
    return [found for found in findings if found.severity is Severity.ERROR]

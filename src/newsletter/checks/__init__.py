"""Rules that check an issue and its edition, and report findings: what the editor should correct, and on which line.

A rule is a small function that takes a `CheckContext` and yields findings. To add a rule: write it in the module of its
subject, give its code a severity (`model.finding`), a sentence (`i18n`) and a paragraph (docs/findings.md),
and add it to RULES.

context          CheckContext, the input of every rule
front_matter     the fields between the two ---
structure        the parts of the letter: salutation, lead, sections, signature
blocks           headings, dividers, tables, lists
inline           running text: HTML, merge tags, notes, unclosed marks, leftovers, broken accents
links            link targets and link texts
images           images and their credits
french_spelling  French words (french_lexicon: the list of words)
rendered         rules about the composed mail (html_page: its HTML, with the visible style of every text)
client_support   features that each big mail program does not support; information, not a rule
external         checks that use the web or a proofreader
"""

from __future__ import annotations

from newsletter.checks import blocks, french_spelling, front_matter, images, inline, links, rendered, structure
from newsletter.checks.context import CheckContext, Rule, make_context
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding, Severity
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication

__all__ = ["RULES", "CheckContext", "blocking", "check", "front_matter"]

RULES: tuple[Rule, ...] = (
    front_matter.subject_length,
    front_matter.subject_shouted,
    front_matter.preheader_missing,
    front_matter.preheader_length,
    front_matter.date_of_the_folder,
    front_matter.marked_as_sent,
    front_matter.id_or_name_of_another_issue,
    structure.salutation_missing,
    structure.salutation_misspelt,
    structure.salutation_without_comma,
    structure.salutation_glued,
    structure.before_the_salutation,
    structure.lead_missing,
    structure.section_empty,
    structure.heading_levels,
    structure.signature_missing,
    structure.signature_of_another,
    structure.question_missing,
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
    images.opening_missing,
    images.name_alone,
    images.credit_first,
    images.credit_missing,
    images.description_missing,
    images.description,
    images.file_missing,
    images.address,
    images.format_,
    images.heavy_file,
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
    french_spelling.better_written,
    *rendered.RULES,
)


def check(issue: Issue, edition: Edition, publication: Publication) -> list[Finding]:
    """Return all findings in the order of the file, without duplicates; those of reading and composing are included."""
    context = make_context(issue, edition, publication)
    findings = [*issue.findings, *edition.findings]
    for rule in RULES:
        findings += rule(context)
    unique = {(finding.place, finding.code, str(finding.facts)): finding for finding in findings}
    return [unique[key] for key in sorted(unique)]


def blocking(findings: list[Finding]) -> list[Finding]:
    """Return the findings that stop a sending (severity ERROR)."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]

"""Any file can be read, composed and checked, and every finding has a place inside the file."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from random_examples import scale_examples

from newsletter import checks, i18n
from newsletter.content.reader import read
from newsletter.editorial.apply_fixes import apply_fixes
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme

SAMPLES = sorted((Path(__file__).parents[2] / "issues").glob("*/index.md"))
Examine = Callable[[bytes], None]
ODDITIES = [
    *(
        "::: encadre\n",
        ":::\n",
        "::::\n",
        "[^1]",
        "[^1]: note\n",
        "{.bouton}",
        "{width=",
        "|---|---|\n",
        "| a |\n",
        "---\n",
    ),
    *(
        "**",
        "_",
        "~~",
        "`",
        "```\n",
        "<div>",
        "<sup>",
        "</b>",
        "<!--",
        "-->",
        "![",
        "](",
        "](https://x.fr)",
        "{{ prenom }}",
    ),
    *(
        "{{",
        "}}",
        "> ",
        "- ",
        "1. ",
        "    ",
        "\t",
        "\r\n",
        "&nbsp;",
        "&#0;",
        "\\",
        "«",
        "\u202f",
        "\u200f",
        "é",
        "e\u0301",
    ),
    *("objet: ", "#", "## ", "P.-S. ", "— ", "2ème", "coeur", "http://", "-nl.h.x~", "\x00", "\ufeff", "\U0001f600"),
]


@pytest.fixture
def examine(tmp_path: Path, publication: Publication, default_theme: Theme) -> Examine:
    path = tmp_path / "2026-11-22-essai" / "index.md"
    path.parent.mkdir()

    def run(raw: bytes) -> None:
        path.write_bytes(raw)
        issue = read(path, publication)
        found = checks.check(issue, compose(issue, default_theme, publication), publication)
        for finding in found:
            assert i18n.finding("fr", finding)
            assert 1 <= finding.place.line <= max(1, len(issue.lines)), finding
            assert 1 <= finding.place.column <= len(issue.lines[finding.place.line - 1] if issue.lines else "") + 1, (
                finding
            )
            if finding.fix:
                assert issue.lines[finding.place.line - 1][finding.place.column - 1 :].startswith(finding.fix.typed)
        if not any(finding.code in {"F01", "F04"} for finding in found):
            apply_fixes(raw, found)

    return run


@settings(max_examples=scale_examples(50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300))
def test_an_issue_of_any_bytes_has_findings_with_valid_places(raw: bytes, examine: Examine) -> None:
    examine(raw)


@settings(max_examples=scale_examples(50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(ODDITIES) | st.text(max_size=5), max_size=40))
def test_an_issue_with_any_odd_body_has_findings_with_valid_places(pieces: list[str], examine: Examine) -> None:
    examine(("---\nobjet: a\n---\n" + "".join(pieces)).encode("utf-8", "replace"))


@settings(max_examples=scale_examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=st.sampled_from(SAMPLES), seed=st.integers(0, 2**32))
def test_a_sample_issue_with_typing_errors_has_findings_with_valid_places(
    sample: Path, seed: int, examine: Examine
) -> None:
    dice = random.Random(seed)
    text = sample.read_text("utf-8")
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(text))
        cut = dice.choice([0, 0, 1, 3, 40])
        text = text[:at] + dice.choice([*ODDITIES, "", "\n", " "]) + text[at + cut :]
    examine(text.encode("utf-8", "replace"))

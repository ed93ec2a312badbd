"""The proofreader: the text that it gets, the findings from its remarks, and the installed Grammalecte."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from newsletter.checks.external import grammalecte, proofreading
from newsletter.checks.external.grammalecte import Remark
from newsletter.content.reader import read
from newsletter.model.finding import Finding
from newsletter.model.publication import Publication

ProofreadText = Callable[..., list[tuple[str, int, int]]]
NONE: frozenset[str] = frozenset()


@pytest.fixture
def proofread_text(write_issue: Callable[..., Path], publication: Publication, valid: str) -> ProofreadText:
    def run(
        text: str, ask: Callable[[Sequence[str]], list[Remark]], words: frozenset[str] = NONE
    ) -> list[tuple[str, int, int]]:
        issue = read(write_issue(valid.replace("On apprenait mercredi", text)), publication)
        return [
            (finding.code, finding.place.line, finding.place.column)
            for finding in proofreading.findings(issue, words, ask)
        ]

    return run


def test_the_proofreader_gets_only_prose(proofread_text: ProofreadText) -> None:
    given: list[str] = []

    def ask(paragraphs: Sequence[str]) -> list[Remark]:
        given.extend(paragraphs)
        return []

    proofread_text("Voir `x = 1`, {{ prenom }} et https://x.fr\nla **suite**", ask)
    assert "Voir X, X et XXXXXXXXXXXX la suite que Twitter rachetait CardSpring, une start-up." in given
    assert not any("Yvan" in line or "Unsplash" in line for line in given)


def test_a_remark_is_placed_at_its_word_after_markdown_marks(proofread_text: ProofreadText) -> None:
    def ask(paragraphs: Sequence[str]) -> list[Remark]:
        number = next(n for n, line in enumerate(paragraphs) if "fôte" in line)
        return [Remark(number, paragraphs[number].index("fôte"), "fôte", "", "")]

    assert proofread_text("Une **grosse** fôte", ask) == [("P01", 19, 16)]


@pytest.mark.parametrize("word", ["Zébulon", "CNRS", "B2B", "fôte"])
def test_remarks_about_names_and_known_words_are_dropped(proofread_text: ProofreadText, word: str) -> None:
    def ask(paragraphs: Sequence[str]) -> list[Remark]:
        number = next(n for n, line in enumerate(paragraphs) if word in line)
        return [Remark(number, paragraphs[number].index(word), word, "", "")]

    assert proofread_text(f"Ici {word}", ask, proofreading.read_words("# les nôtres\nFôte # bien\n")) == []


def test_a_passage_with_proofreading_off_is_not_read(proofread_text: ProofreadText) -> None:
    given: list[str] = []

    def ask(paragraphs: Sequence[str]) -> list[Remark]:
        given.extend(paragraphs)
        return []

    proofread_text("<!-- relecture: off -->\n\nUn patois.\n\n<!-- relecture: on -->\n\nDu français", ask)
    assert not any("patois" in line for line in given)
    assert any("Du français" in line for line in given)


def test_the_installed_grammalecte_finds_three_known_mistakes(
    write_issue: Callable[..., Path], publication: Publication, valid: str
) -> None:
    if shutil.which(grammalecte.PROGRAM) is None:
        pytest.skip("Grammalecte is not installed (apt install grammalecte-cli)")
    text = valid.replace(
        "On apprenait mercredi", "En risposte, le bouton serai prévu depuis quelques temps. On apprenait"
    )
    found: list[Finding] = list(
        proofreading.findings(read(write_issue(text), publication), NONE, grammalecte.proofread)
    )
    found.sort(key=lambda finding: finding.place)
    assert [(finding.code, finding.place.line, finding.place.column) for finding in found] == [
        ("P01", 19, 4),
        ("P02", 19, 24),
        ("P02", 19, 43),
    ]
    assert found[1].facts["wanted"] in {"sera", "serait"}

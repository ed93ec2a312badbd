"""French words: proposed corrections, words that stay, and the fixes that `fmt` writes into a file."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from newsletter import checks
from newsletter.checks.french_lexicon import CONFUSION, corrections
from newsletter.content.reader import read
from newsletter.editorial.apply_fixes import apply_fixes
from newsletter.model.finding import Finding, Fix, Place
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme
from newsletter.rendering.typography.french_rules import style_for
from newsletter.rendering.typography.line import set_line

WRITTEN = [
    ("2ème", "2e"),
    ("3èmes", "3es"),
    ("2eme et 5ième", "2e et 5e"),
    ("XXIème siècle", "XXIe siècle"),
    ("1ère fois", "1re fois"),
    ("les 1ères", "les 1res"),
    ("1er, 2e, 2nd", "1er, 2e, 2nd"),
    ("etc...", "etc."),
    ("etc…", "etc."),
    ("etc., puis", "etc., puis"),
    ("le coeur et la soeur", "le cœur et la sœur"),
    ("Oeuvre, OEUF et chef-d'oeuvre", "Œuvre, ŒUF et chef-d'œuvre"),
    ("les oeufs, un boeuf, des voeux", "les œufs, un bœuf, des vœux"),
    ("coexister, moelle, coefficient, poêle", "coexister, moelle, coefficient, poêle"),
    ("L'Etat, les Etats-Unis", "L'État, les États-Unis"),
    ("Ca va, Ecole, Etre", "Ça va, École, Être"),
    ("un Etatique, Cahors, Etc.", "un Etatique, Cahors, Etc."),
]


def apply_sure_corrections(text: str) -> str:
    for correction in sorted(corrections(text), key=lambda correction: -correction.start):
        if correction.sure:
            text = text[: correction.start] + correction.wanted + text[correction.start + len(correction.typed) :]
    return text


@pytest.mark.parametrize(("typed", "expected"), WRITTEN, ids=[case[0] for case in WRITTEN])
def test_fmt_corrects_a_word(typed: str, expected: str) -> None:
    assert apply_sure_corrections(typed) == expected
    assert apply_sure_corrections(expected) == expected


COMPOSED = [
    ("2ème", "2e"),
    ("XXIème siècle", "XXIe\u00a0siècle"),
    ("1ère fois", "1re fois"),
    ("etc...", "etc."),
    ("le coeur et la soeur", "le cœur et la sœur"),
    ("Oeuvre", "Œuvre"),
    ("coexister, moelle, coefficient", "coexister, moelle, coefficient"),
    ("L'Etat", "L’État"),
    ("Ca va", "Ça va"),
    ("les oeufs", "les œufs"),
]


@pytest.mark.parametrize(("typed", "expected"), COMPOSED, ids=[case[0] for case in COMPOSED])
def test_a_corrected_word_then_gets_french_typography(typed: str, expected: str) -> None:
    assert set_line(apply_sure_corrections(typed), style_for("fr", "normal")) == expected


PROPOSED = [
    ("quand à leur processus", "quant"),
    ("Quand aux autres, non", "Quant"),
    ("depuis quelques temps", "quelque temps"),
    ("Coté recrutement", "Côté"),
    ("A partir de lundi", "À"),
    ("au jour d’aujourd’hui", "aujourd’hui"),
    ("Malgré que", "Bien que"),
    ("en terme de coût", "en termes"),
    ("y a-t'il", "-t-"),
]


@pytest.mark.parametrize(("typed", "wanted"), PROPOSED)
def test_a_word_confusion_is_proposed_but_not_corrected(typed: str, wanted: str) -> None:
    assert [(correction.code, correction.wanted, correction.sure) for correction in corrections(typed)] == [
        (CONFUSION, wanted, False)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Quand au fond du parc il pleut",
        "le quand et le comment",
        "une action Cotée en bourse",
        "tout les deux jours",
        "Le vitamine A partira demain",
        "en termes de coût",
    ],
)
def test_correct_words_give_no_correction(text: str) -> None:
    assert list(corrections(text)) == []


def list_fixable_findings(path: Path, publication: Publication, theme: Theme) -> list[Finding]:
    issue = read(path, publication)
    return [finding for finding in checks.check(issue, compose(issue, theme, publication), publication) if finding.fix]


WITH_MISTAKES = (
    "La 2ème fois, *un* coup de coeur, &amp; l'Etat, etc... Voir [une soeur] (https://x.fr/coeur) `2ème` \\*3ème\\*"
)
CORRECTED = "La 2e fois, *un* coup de cœur, &amp; l'État, etc. Voir [une sœur](https://x.fr/coeur) `2ème` \\*3e\\*"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_fixes_change_only_the_mistakes_of_a_file(
    write_issue: Callable[..., Path],
    publication: Publication,
    default_theme: Theme,
    valid: str,
    end: str,
    mark: str,
    form: str,
) -> None:
    def make_text(words: str) -> str:
        text = valid.replace("Comment les", f"##Titre\n\n{words}\n\nComment les")
        return mark + text.replace("\n", end)

    raw = unicodedata.normalize(form, make_text(WITH_MISTAKES)).encode()  # type: ignore[arg-type] # a parameter of the test
    path = write_issue(raw)
    done = apply_fixes(raw, list_fixable_findings(path, publication, default_theme))
    wanted = make_text(CORRECTED).replace("##Titre", "## Titre")
    assert unicodedata.normalize("NFC", done.decode()) == wanted
    path.write_bytes(done)
    assert list_fixable_findings(path, publication, default_theme) == []


def test_fixes_correct_the_subject_too(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> None:
    path = write_issue(valid.replace("la bataille", "un coup de coeur"))
    found = list_fixable_findings(path, publication, default_theme)
    assert [(finding.code, finding.place) for finding in found] == [("T05", Place(2, 38))]
    assert b"un coup de c\xc5\x93ur" in apply_fixes(path.read_bytes(), found)


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.text(max_size=12), min_size=1, max_size=6),
    place=st.builds(Place, st.integers(1, 6), st.integers(1, 12)),
)
def test_a_fix_that_does_not_fit_the_file_changes_nothing(lines: list[str], place: Place) -> None:
    raw = "\n".join(line.replace("\r", "").replace("\n", "") for line in lines).encode("utf-8", "replace")
    finding = Finding("T05", Path("x"), place, {}, Fix("\0coeur", "cœur"))
    if place.line <= raw.decode().removeprefix("\ufeff").count("\n") + 1:
        assert apply_fixes(raw, [finding]) == raw

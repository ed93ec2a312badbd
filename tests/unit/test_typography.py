"""French typography: the spaces and signs that change, those that stay, and a second pass that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from newsletter.content.block_builder import parse
from newsletter.content.reader import read
from newsletter.model.blocks import Mark, Paragraph, Span, Spans, plain_text
from newsletter.model.finding import Place
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.html_inline import RenderContext, spans
from newsletter.rendering.theme import Theme
from newsletter.rendering.typography.french_rules import FINE, NBSP, style_for
from newsletter.rendering.typography.line import set_line, set_run

# ~ is a no-break space, ⍽ a fine one where the publication wants them and a no-break space elsewhere.
CASES = [
    ("Bonjour !", "Bonjour⍽!"),
    ("Vraiment?", "Vraiment⍽?"),
    ("un ; deux", "un⍽; deux"),
    ("ceci : cela", "ceci~: cela"),
    ("ceci: cela", "ceci~: cela"),
    ("Quoi ?!", "Quoi⍽?!"),
    ("Wahou !!!", "Wahou⍽!!!"),
    ("(vraiment ?)", "(vraiment⍽?)"),
    ("(?)", "(?)"),
    ('"bonjour"', "«~bonjour~»"),
    ("«bonjour»", "«~bonjour~»"),
    ("« bonjour »", "«~bonjour~»"),
    ("“acheter maintenant”", "«~acheter maintenant~»"),
    ("« il dit “oui” »", "«~il dit “oui”~»"),
    ('« il dit "oui" »', "«~il dit “oui”~»"),
    ('le bouton "acheter" !', "le bouton «~acheter~»⍽!"),
    ('elle a dit "il a crié "non" hier"', "elle a dit «~il a crié “non” hier~»"),
    ('un écran de 12" et 5" de plus', 'un écran de 12" et 5" de plus'),
    ("l'e-mail d'aujourd'hui", "l’e-mail d’aujourd’hui"),
    ("l'«œuvre»", "l’«~œuvre~»"),
    ("2'33 min", "2'33 min"),
    ("rock'n'roll", "rock’n’roll"),
    ("Attendez...", "Attendez…"),
    ("Attendez ...", "Attendez…"),
    ("fin [...] reprise", "fin […] reprise"),
    ("acquisitions , notamment", "acquisitions, notamment"),
    ("une fin .", "une fin."),
    ("mot  double", "mot double"),
    ("( oui )", "(oui)"),
    ("oui - non", "oui – non"),
    ("oui -- non", "oui – non"),
    ("oui --- non", "oui — non"),
    ("10 - 3 = 7", "10 - 3 = 7"),
    ("le chat – noir – dort", "le chat –~noir~– dort"),
    ("le chat - noir - dort", "le chat –~noir~– dort"),
    ("un – deux. Trois – quatre", "un – deux. Trois – quatre"),
    ("— Oui, dit-il.", "—~Oui, dit-il."),
    ("e-commerce", "e-commerce"),
    ("1914-1918", "1914-1918"),
    ("10 000 abonnés", "10⍽000 abonnés"),
    ("1 234 567,89 €", "1⍽234⍽567,89~€"),
    ("10€", "10~€"),
    ("10 %", "10~%"),
    ("12,5 %", "12,5~%"),
    ("5 kg", "5~kg"),
    ("il en reste 5 mais", "il en reste 5 mais"),
    ("20°C", "20~°C"),
    ("en 2024 10 fois", "en 2024 10 fois"),
    ("l’an 2026", "l’an 2026"),
    ("01 23 45 67 89", "01~23~45~67~89"),
    ("+33 1 23 45 67 89", "+33~1~23~45~67~89"),
    ("14h30", "14~h~30"),
    ("à 14 h", "à 14~h"),
    ("de 8h à 9h05", "de 8~h à 9~h~05"),
    ("24h/24", "24~h/24"),
    ("n°3", "n°~3"),
    ("le n° 12", "le n°~12"),
    ("M. Dupuy", "M.~Dupuy"),
    ("Mme de Staël", "Mme de Staël"),
    ("Mme Curie et Dr Roux", "Mme~Curie et Dr~Roux"),
    ("p. 12", "p.~12"),
    ("voir § 4", "voir §~4"),
    ("XXIe siècle", "XXIe~siècle"),
    ("le 12 mars 2024", "le 12~mars 2024"),
    ("1er janvier", "1er~janvier"),
    ("en 2024 mars fut doux", "en 2024 mars fut doux"),
    ("https://x.fr/?a=1:2;b!", "https://x.fr/?a=1:2;b!"),
    ("www.x.fr/?a=b;c ?", "www.x.fr/?a=b;c⍽?"),
    ("à 12:30", "à 12:30"),
    ("format 16:9", "format 16:9"),
    ("std::vector et C::D", "std::vector et C::D"),
    ("ok :)", "ok :)"),
    ("ok ;-)", "ok ;-)"),
    ("salut :wink: !", "salut :wink:⍽!"),
    ("yvan@exemple.fr ?", "yvan@exemple.fr⍽?"),
    ("@nom #mot !", "@nom #mot⍽!"),
    ("**Attention** !", "<strong>Attention</strong>⍽!"),
    ("**Attention**!", "<strong>Attention</strong>⍽!"),
    ("*Note*: suite", "<em>Note</em>~: suite"),
    ("[lien](https://x.fr/?q=1) : suite", '<a href="https://x.fr/?q=1">lien</a>~: suite'),
    ("`a ? b : c` !", "<code>a ? b : c</code>⍽!"),
    ("« **gras** »", "«~<strong>gras</strong>~»"),
    ("«**gras**»", "«~<strong>gras</strong>~»"),
    ('"*tout*"', "«~<em>tout</em>~»"),
    ("l'*Aurore*", "l’<em>Aurore</em>"),
    ("10 000 **abonnés** !", "10⍽000 <strong>abonnés</strong>⍽!"),
    ("M. *Dupuy*", "M.~<em>Dupuy</em>"),
    ("mot[^1] ?", "mot[^1]⍽?"),
    ("ligne\n! suite", "ligne⍽! suite"),
    ("www.a.fr[^1]suite !", "www.a.fr[^1]suite⍽!"),
    ("https://a.fr/`code`suite !", "https://a.fr/<code>code</code>suite⍽!"),
    ("#24h, @24h, exemple.fr/24h/actu, plan-14h.pdf", "#24h, @24h, exemple.fr/24h/actu, plan-14h.pdf"),
    ("archive-10%.zip et lemonde.fr/l'article", "archive-10%.zip et lemonde.fr/l'article"),
    ("bravo :+1: et :100: !", "bravo :+1: et :100:⍽!"),
    ("non ,mais oui", "non, mais oui"),
    ("Oui!...", "Oui⍽!…"),
    ("de 10 – 20 à 30 – 40", "de 10 – 20 à 30 – 40"),
    ("**14**h30", "<strong>14</strong>~h~30"),
    ("<span lang='en'>What? No!</span> Oui?", '<span lang="en">What? No!</span> Oui⍽?'),
]
RENDER_CONTEXT = RenderContext({}, "", {}, 600, "fr")


def ignore_finding(_code: str, _place: Place, **_facts: object) -> None:
    pass


def parse_spans(text: str) -> Spans:
    (block,), _ = parse(text.split("\n"), 1, ignore_finding)
    assert isinstance(block, Paragraph)
    return block.text


@pytest.mark.parametrize(("typed", "expected"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("spacing", ["normal", "fine"])
def test_a_line_gets_french_typography(typed: str, expected: str, spacing: str) -> None:
    style = style_for("fr", spacing)
    wanted = expected.replace("~", NBSP).replace("⍽", FINE if spacing == "fine" else NBSP)
    run = set_run(parse_spans(typed), style)
    assert spans(run, RENDER_CONTEXT) == wanted
    assert set_run(run, style) == run


def test_typography_does_not_change_merge_tags() -> None:
    style = style_for("fr", "normal")
    assert set_line("{{ prenom }} ! Vraiment?", style) == f"{{{{ prenom }}}}{NBSP}! Vraiment{NBSP}?"
    assert [span.mark for span in set_run(parse_spans("{{ prenom }} !"), style)] == [Mark.TAG, Mark.TEXT]


@pytest.mark.parametrize("language", ["en", "en-GB", "de", "es", "frr"])
def test_other_languages_have_no_french_typography(language: str) -> None:
    assert style_for(language, "normal") is None


@pytest.mark.parametrize(
    ("typed", "expected"), [("Bonjour !", "Bonjour!"), ("ceci : cela", "ceci~: cela"), ("Oui?", "Oui?")]
)
def test_quebec_french_has_no_space_before_exclamation_and_question_marks(typed: str, expected: str) -> None:
    assert set_line(typed, style_for("fr-CA", "normal")) == expected.replace("~", NBSP)


def test_a_quebec_issue_has_french_theme_texts(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> None:
    path = write_issue(valid.replace("auteur:", "langue: fr-CA\nauteur:"))
    edition = compose(read(path, publication), default_theme, publication)
    assert "Se désabonner" in edition.html.replace("\n", " ")
    assert f"Lire en ligne{NBSP}: https://" in edition.text


def test_an_english_issue_has_no_french_spaces(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> None:
    video = "::: video https://x.fr/v The film\n:::\n\n[Read](https://x.fr){.button}\n\nComment les"
    path = write_issue(valid.replace("auteur:", "langue: en\nauteur:").replace("Comment les", video))
    edition = compose(read(path, publication), default_theme, publication)
    assert f"{NBSP}:" not in edition.text + edition.html
    assert "Video: The film\nhttps://x.fr/v" in edition.text


def test_no_break_spaces_typed_by_the_editor_are_kept() -> None:
    style = style_for("fr", "normal")
    assert set_line(f"Vraiment{FINE}? «{NBSP}oui{NBSP}»", style) == f"Vraiment{NBSP}? «{NBSP}oui{NBSP}»"


PIECES = st.sampled_from(
    [
        *" \u00a0\u202f'’\"«»“”.,;:!?…-–—()[]*_`%€°h",
        "mot",
        "M.",
        "12",
        "000",
        "14h30",
        "n°",
        "p.",
        "XXe",
        "siècle",
        "mars",
    ]
)


@settings(max_examples=600, deadline=None)
@given(
    pieces=st.lists(PIECES, max_size=25),
    spacing=st.sampled_from(["normal", "fine"]),
    language=st.sampled_from(["fr", "fr-CA"]),
)
def test_typography_applied_twice_changes_nothing_more(pieces: list[str], spacing: str, language: str) -> None:
    style = style_for(language, spacing)
    once = set_line("".join(pieces), style)
    assert set_line(once, style) == once


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60))
def test_typography_loses_no_letter_and_no_digit(text: str) -> None:
    def kept(shown: str) -> str:
        return "".join(char for char in shown if char.isalnum())

    assert kept(set_line(text, style_for("fr", "normal"))) == kept(text)


MARKED = st.lists(
    st.one_of(
        st.builds(lambda text: (Span(Mark.TEXT, text),), st.text(st.sampled_from(" ab!?:;«»\"'1"), max_size=8)),
        st.builds(
            lambda text: (Span(Mark.OPEN, "em"), Span(Mark.TEXT, text), Span(Mark.CLOSE, "em")),
            st.text(st.sampled_from(" ab!?:;«»\"'1"), max_size=8),
        ),
        st.just((Span(Mark.CODE, "a ? b"),)),
        st.just((Span(Mark.TAG, "", "first_name"),)),
    ),
    max_size=6,
)


@settings(max_examples=600, deadline=None)
@given(parts=MARKED)
def test_typography_does_not_move_marks_code_and_tags(parts: list[tuple[Span, ...]]) -> None:
    run = tuple(span for part in parts for span in part)
    style = style_for("fr", "normal")
    done = set_run(run, style)
    assert [(span.mark, span.target) for span in done] == [(span.mark, span.target) for span in run]
    assert [span for span in done if span.mark is not Mark.TEXT] == [span for span in run if span.mark is not Mark.TEXT]
    assert set_run(done, style) == done
    inside = [
        "".join(char for char in plain_text((span,)) if char.isalnum())
        == "".join(char for char in plain_text((other,)) if char.isalnum())
        for span, other in zip(done, run, strict=True)
    ]
    assert all(inside)  # no word crosses the border of a mark


def test_fine_spaces_are_for_html_only(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> None:
    text = valid.replace("auteur:", "typographie: fine\nauteur:").replace("Comment les", "Vraiment ! Comment les")
    edition = compose(read(write_issue(text), publication), default_theme, publication)
    assert f"Vraiment{FINE}!" in edition.html
    assert FINE not in edition.text + edition.subject + edition.preheader
    assert f"Vraiment{NBSP}!" in edition.text
    assert edition.subject == f"Réseaux sociaux{NBSP}: la bataille du bouton"


def test_an_issue_can_switch_typography_off(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> None:
    text = valid.replace("auteur:", "typographie: aucune\nauteur:").replace("Comment les", "Vraiment ! Comment les")
    edition = compose(read(write_issue(text), publication), default_theme, publication)
    assert "Vraiment !" in edition.text


def test_composing_does_not_change_the_source_file(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> None:
    path = write_issue(valid.replace("Comment les", 'Vraiment ? "Oui". Comment les'))
    before = path.read_bytes()
    compose(read(path, publication), default_theme, publication)
    assert path.read_bytes() == before

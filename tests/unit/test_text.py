"""The plain text part, made from blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.content.reader import read
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme


@pytest.fixture
def render_text(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> Callable[[str], str]:
    def render(markdown: str) -> str:
        path = write_issue(valid.replace("Comment les réseaux", f"{markdown}\n\nComment les réseaux"))
        return compose(read(path, publication), default_theme, publication).text

    return render


CASES = [
    ("a [lien](https://x.fr/1) ici", "a lien\u00a0[2] ici"),
    ("<https://x.fr/1>", "https://x.fr/1\n"),
    ("*un* **deux** ~~trois~~ `quatre`", "un deux trois quatre"),
    ("> Dire oui.\n> — Elle", "> Dire oui.\n> \n> — Elle"),
    ("- un\n- deux\n  - trois", "- un\n- deux\n  - trois"),
    ("3. un\n4. deux", "3. un\n4. deux"),
    ("***", "* * *"),
    ("```\n  x = 1\n```", "      x = 1"),
    ("ligne\\\nsuivante", "ligne\nsuivante"),
    ("![Une carte](hero.jpg)\n\nCrédit : moi", "[Image\u00a0: Une carte]\n(Crédit\u00a0: moi)"),
    ("{{ prenom }}", "-nl.t.first_name~"),
    ("-{{ prenom }}", "\u2010-nl.t.first_name~"),
    ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
    ("| a | bb |\n|---|--:|\n| un | 2 |", "a   bb\n--  --\nun   2"),
    ("::: encadre Un *titre*\nDedans.\n:::", "    Un titre\n    --------\n\n    Dedans."),
    ("::: attention\nDedans.\n:::", "    Attention\n    ---------\n\n    Dedans."),
    ("::: citation Elle\nOui.\n:::", "> Oui.\n> \n> — Elle"),
    ("::: colonnes\nun\n\n---\n\ndeux\n:::", "un\n\ndeux"),
    ("::: sommaire\n:::", "    Au sommaire\n    -----------\n\n    - La suite d’un long processus"),
    ("[Lire](https://x.fr/1){.bouton}", "Lire\u00a0:\nhttps://x.fr/1"),
    ("::: bouton https://x.fr/1\nLire\n:::", "Lire\u00a0:\nhttps://x.fr/1"),
    ("::: video https://x.fr/v Le film\n:::", "Vidéo\u00a0: Le film\nhttps://x.fr/v"),
    ("[![Vignette](hero.jpg)](https://youtu.be/x)", "Vidéo\u00a0: Vignette\nhttps://youtu.be/x"),
    ("mot[^1]\n\n[^1]: La note.", "mot\u00a0[note\u00a01]"),
    ("XXI<sup>e</sup> siècle<br>suite", "XXIe\u00a0siècle\nsuite"),
    ("a <!-- rien --> b", "a b"),
]


@pytest.mark.parametrize(("markdown", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_block_is_rendered_as_plain_text(render_text: Callable[[str], str], markdown: str, expected: str) -> None:
    assert f"\n{expected}" in render_text(markdown)


def test_lines_are_wrapped_but_not_at_no_break_spaces(render_text: Callable[[str], str]) -> None:
    text = render_text("mot\u00a0mot\u202fmot " * 60)
    assert max(len(line) for line in text.split("\n")) <= 72
    assert "mot\u00a0mot\u00a0mot" in text
    assert "\nmot\u00a0mot " not in text


def test_a_long_address_is_not_wrapped(render_text: Callable[[str], str]) -> None:
    address = "https://exemple.fr/" + "a-b/" * 60
    assert f"\n[2] {address}\n" in render_text(f"[x]({address})")


def test_repeated_links_to_one_address_share_a_number(render_text: Callable[[str], str]) -> None:
    text = render_text("[un](https://x.fr) et [deux](https://x.fr)")
    assert text.count("[2]") == 3
    assert "[3]" not in text


def test_the_text_begins_with_the_online_link_and_ends_with_the_postal_address(
    render_text: Callable[[str], str],
) -> None:
    text = render_text("mot")
    assert text.startswith("Lire en ligne\u00a0: https://lettre.example.org/n/reseaux/\n")
    assert "Se désabonner\u00a0: https://lettre.example.org/u/-nl.t.token~\n" in text
    assert text.endswith("12 rue des Presses, 69001 Lyon\n")

"""Mistakes of editors: each gives a finding with its code, line and column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter import checks, i18n
from newsletter.content.reader import read
from newsletter.model.finding import SEVERITIES, Severity
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme

LEAD = "Alors que le marché de l’e-pub continue sa progression, deux réseaux veulent leur part du gâteau."
LINK = "[Twitter](https://twitter.com)"
Check = Callable[[str | bytes], list[tuple[str, int, int]]]

CASES: list[tuple[str, str, str, list[tuple[str, int, int]]]] = [
    ("nothing is wrong", "", "", []),
    ("front matter not closed", "id: 1f2e3d4c5b6a7988\n---\n", "id: 1f2e3d4c5b6a7988\n", [("M01", 1, 1)]),
    ("unquoted colon", '"Réseaux sociaux : la bataille du bouton"', "Réseaux : la bataille", [("M02", 2, 16)]),
    ("misspelt key", "apercu:", "apreçu:", [("M03", 3, 1), ("M09", 1, 1)]),
    ("accented key is understood", "apercu:", "aperçu:", []),
    ("English keys are understood", "apercu:", "preheader:", []),
    ("no subject", 'objet: "Réseaux sociaux : la bataille du bouton"\n', "", [("M04", 1, 1)]),
    ("empty subject", '"Réseaux sociaux : la bataille du bouton"', '""', [("M04", 2, 1)]),
    ("French date", "2014-07-21", "21/07/2014", [("M05", 4, 1)]),
    ("impossible date", "2014-07-21", "2014-13-01", [("M05", 4, 1)]),
    ("unknown status", "auteur:", "statut: brouillons\nauteur:", [("M06", 5, 1)]),
    ("known status", "auteur:", "statut: brouillon\nauteur:", []),
    ("field given twice", "id: 1f", "auteur: Autre\nid: 1f", [("M07", 6, 1)]),
    ("long subject", "la bataille du bouton", "la bataille du bouton " + "d’achat " * 9, [("M08", 2, 1)]),
    ("no preheader", "apercu: Twitter rachète CardSpring, Facebook teste l’achat intégré.\n", "", [("M09", 1, 1)]),
    ("accented slug", "id: 1f", "slug: Réseaux Sociaux\nid: 1f", [("M11", 6, 1)]),
    ("a list where a text belongs", "auteur: Yvan Dupuy", "auteur: {nom: Yvan}", [("M04", 5, 1), ("M13", 5, 9)]),
    ("no salutation", "Chères lectrices, chers lecteurs,\n\n", "", [("S01", 13, 1)]),
    ("misspelt salutation", "Chères lectrices", "Chère lectrices", [("S02", 13, 1)]),
    ("other salutation", "Chères lectrices, chers lecteurs", "Bonjour à toutes", [("S02", 13, 1)]),
    ("salutation without comma", "chers lecteurs,", "chers lecteurs", [("S03", 13, 1)]),
    ("glued salutation", "chers lecteurs,\n\n", "chers lecteurs,\n", [("S04", 13, 1), ("S11", 13, 1)]),
    ("level-1 heading", "## La suite", "# La suite", [("S06", 17, 1)]),
    ("skipped level", "## La suite", "#### La suite", [("S07", 17, 1)]),
    ("empty section", "\n\nYvan Dupuy\n", "\n\n## Vide\n\nYvan Dupuy\n", [("S09", 23, 1)]),
    ("no lead", LEAD + "\n\n", "", [("S11", 13, 1)]),
    ("text before the salutation", "Chères", "Un avant-propos qui n’a rien à faire ici.\n\nChères", [("S13", 13, 1)]),
    ("no description", "![Une main tient un téléphone]", "![]", [("I01", 9, 1)]),
    ("missing image", "hero.jpg", "heros.jpg", [("I02", 9, 1)]),
    ("image out of the folder", "hero.jpg", "../../../etc/passwd", [("I02", 9, 1)]),
    ("http image", "hero.jpg", "http://x.fr/hero.jpg", [("I04", 9, 1)]),
    (
        "no image",
        "![Une main tient un téléphone](hero.jpg)\n\nCrédit : Mark König / Unsplash\n\n",
        "",
        [("I06", 8, 1)],
    ),
    ("no credit", "Crédit : Mark König / Unsplash\n\n", "", [("C01", 9, 1)]),
    (
        "bare image name",
        "![Une main tient un téléphone](hero.jpg)",
        "mark-konig-Tl8mDaue_II-unsplash",
        [("I06", 8, 1), ("I08", 9, 1), ("I07", 11, 1)],
    ),
    (
        "credit before the image",
        "![Une main tient un téléphone](hero.jpg)\n\nCrédit : Mark König / Unsplash",
        "Crédit : Mark König / Unsplash\n\n![Une main tient un téléphone](hero.jpg)",
        [("I07", 9, 1), ("C01", 11, 1)],
    ),
    ("empty link", LINK, "[Twitter]()", [("L01", 19, 27)]),
    ("www link", LINK, "[Twitter](www.twitter.com)", [("L02", 19, 27)]),
    ("relative link", LINK, "[Twitter](/articles/12)", [("L03", 19, 27)]),
    ("link that would run something", LINK, "[Twitter](javascript:x)", [("L03", 19, 27)]),
    ("link to a file", LINK, "[Twitter](file:///etc/passwd)", [("L03", 19, 27)]),
    ("link to nowhere", LINK, "[Twitter](https://)", [("L03", 19, 27)]),
    ("link with a broken host", LINK, "[Twitter](https://[)", [("L03", 19, 27)]),
    ("link with an impossible port", LINK, "[Twitter](https://a.fr:99999/)", [("L03", 19, 27)]),
    ("mail to nobody", LINK, "[Twitter](mailto:)", [("L03", 19, 27)]),
    ("image at nowhere", "hero.jpg", "https://", [("I02", 9, 1)]),
    ("image with a null byte in its name", "hero.jpg", "a%00.jpg", [("I02", 9, 1)]),
    ("image with an endless name", "hero.jpg", "a" * 300 + ".jpg", [("I02", 9, 1)]),
    ("endless slug", "id: 1f", "slug: " + "a" * 300 + "\nid: 1f", [("M11", 6, 1)]),
    ("escaped surrogate in a field", "auteur: Yvan Dupuy", 'auteur: "Yvan Dupuy\\ud800"', [("F05", 5, 9)]),
    ("escaped control character", "id: 1f2e3d4c5b6a7988", 'id: "1f\\x07"', [("F05", 6, 5)]),
    *(
        (
            f"direction mark in {field}",
            line,
            line[: len(field) + 3] + mark + line[len(field) + 3 :],
            [("F05", number, len(field) + 3)],
        )
        for mark in "\u061c\u200e\u200f\u202a\u202e\u2066\u2069"
        for field, line, number in (("objet", 'objet: "Réseaux', 2),)
    ),
    ("direction mark in the author", "auteur: Yvan Dupuy", "auteur: Yvan\u202eDupuy", [("F05", 5, 9), ("G02", 23, 1)]),
    (
        "escaped direction mark in the preheader",
        "apercu: Twitter rachète CardSpring, Facebook teste l’achat intégré.",
        'apercu: "Twitter\\u202e rachète CardSpring, Facebook teste l’achat intégré."',
        [("F05", 3, 9)],
    ),
    ("escaped line break is a space", "auteur: Yvan Dupuy", 'auteur: "Yvan\\r\\nDupuy"', []),
    ("« à écrire » in a sentence is fine", "une start-up.", "une histoire à écrire, une page à compléter.", []),
    ("a party is no postscript", "Comment les", "PS et Verts se sont mis d’accord hier soir.\n\nComment les", []),
    ("emphasis over a quote's author", "Comment les", "> *Citation.\n> — Autrice*\n\nComment les", [("S14", 21, 1)]),
    (
        "link over a quote's author",
        "Comment les",
        "> [Citation.\n> — Elle](https://x.fr)\n\nComment les",
        [("S14", 21, 1)],
    ),
    ("a signature that ends in an initial", "?\n\nYvan Dupuy", "?\n\nYvan Dupuy.", []),
    ("mail and telephone links", LINK, "[écrire](mailto:a@b.fr) ou [appeler](tel:+33102030405)", []),
    ("block of HTML", "Comment les", "<div>Comment</div>\n\nComment les", [("H01", 21, 1)]),
    ("HTML in text", "une start-up.", "une <font>start</font>-up.", [("H02", 19, 84)]),
    ("unfinished text", "Comment les", "TODO relire\n\nComment les", [("T01", 21, 1), ("S12", 21, 1)]),
    ("undescribed image", "Une main tient un téléphone", "À DÉCRIRE", [("T01", 9, 3)]),
    ("« à faire » in a sentence is fine", "une start-up.", "une start-up qui reste à faire.", []),
    ("no signature", "\nYvan Dupuy\n", "", [("G01", 21, 1)]),
    ("another's signature", "?\n\nYvan Dupuy", "?\n\nYvan Dupuis", [("G02", 23, 1)]),
    ("a role under the signature", "?\n\nYvan Dupuy", "?\n\nYvan Dupuy\nRédacteur en chef", []),
    ("no question", "Comment les réseaux vont-ils sécuriser ces micro-transactions ?", "Voilà.", [("G03", 23, 1)]),
    ("mojibake", "Crédit : Mark", "CrÃ©dit : Mark", [("C01", 9, 1), ("F03", 11, 1)]),
    ("invisible character", "Comment", "Com\x07ment", [("F05", 21, 4)]),
    ("unknown merge tag", "Comment les", "{{ prenon }}, comment les", [("V01", 21, 1)]),
    ("malformed merge tag", "Comment les", "Et {{ prenom | upper }}, comment les", [("V02", 21, 4)]),
    ("person's tag in a link", LINK, "[Twitter]({{ prenom }})", [("V03", 19, 27)]),
    ("person's tag inside an address", LINK, "[x](https://x.fr/?p={{prenom}})", [("V03", 19, 27)]),
    ("tag without default", "Comment les", "{{ prenom }}, comment les", [("V04", 21, 1)]),
    ("tag with default", "Comment les", '{{ prenom | default("vous") }}, comment les', []),
    ("address tag in a link", LINK, "[se désabonner]({{ unsubscribe_url }})", []),
    ("reserved text", "Comment les", "Comment -nl. les", [("V05", 21, 9)]),
    ("unknown tag in the subject", "Réseaux sociaux", "{{ nome }}", [("V01", 2, 1)]),
    ("too deep", "Comment les", "> " * 30 + "x\n\nComment les", [("B06", 21, 1)]),
]


def at_link(text: str, *found: tuple[str, int]) -> tuple[str, str, str, list[tuple[str, int, int]]]:
    """Return a case with its mistake in the place of the link of the valid issue."""
    return text, LINK, text, [(code, 19, column) for code, column in found]


def above(text: str, *found: tuple[str, int, int]) -> tuple[str, str, str, list[tuple[str, int, int]]]:
    """Return a case with its mistake in a block above the closing question, from line 21 on."""
    return text, "Comment les", f"{text}\n\nComment les", list(found)


CASES += [
    ("heading without its space", "## La", "##La", [("S05", 17, 1)]),
    ("hashtag at the beginning of a line", "Comment les", "#VilleLente est né hier.\n\nComment les", []),
    ("bare heading", "## La", "La", [("S12", 17, 1)]),
    ("bold line as a heading", "## La suite d’un long processus", "**La suite d’un long processus**", [("S12", 17, 1)]),
    ("divider glued to a text", "une start-up.", "une start-up.\n---", [("S08", 19, 1)]),
    ("title by two signs", "## La suite d’un long processus", "La suite\n===", [("S06", 17, 1)]),
    ("short line before a list", "Comment les", "Trois villes\n\n- un\n- deux\n\nComment les", []),
    ("short line that ends", "Comment les", "Voilà.\n\nComment les", []),
    ("WebP", "hero.jpg", "https://x.fr/hero.webp", [("I05", 9, 1)]),
    ("file name for a description", "Une main tient un téléphone", "hero", [("I13", 9, 1)]),
    ("long description", "Une main tient un téléphone", "Une main " * 20, [("I12", 9, 1)]),
    ("date of another day", "date: 2014-07-21", "date: 2014-07-22", [("M10", 4, 1)]),
    ("marked as sent", "auteur:", "statut: envoye\nauteur:", [("M15", 5, 1)]),
    (
        "text taken for a comment",
        "apercu: Twitter rachète",
        "apercu: Le réseau #1 rachète",
        [("M16", 3, 19), ("M19", 3, 1)],
    ),
    ("comment behind a date", "date: 2014-07-21", "date: 2014-07-21 # un lundi", []),
    ("hash in quotes", '"Réseaux sociaux : la', '"Lettre #12 : la', []),
    ("unknown typography", "auteur:", "typographie: fines\nauteur:", [("M17", 5, 1)]),
    ("shouted subject", "Réseaux sociaux : la bataille du bouton", "RÉSEAUX : LA BATAILLE", [("M18", 2, 1)]),
    (
        "short preheader",
        "apercu: Twitter rachète CardSpring, Facebook teste l’achat intégré.",
        "apercu: À lire",
        [("M19", 3, 1)],
    ),
    (
        "opening image in the front matter",
        "![Une main tient un téléphone](hero.jpg)\n\nCrédit : Mark König / Unsplash\n\n",
        "",
        [("I06", 8, 1)],
    ),
    at_link("[Twitter](https://twitter .com)", ("L04", 37)),
    at_link("[Twitter](https://x.fr/a b)", ("L04", 37)),
    at_link('[Twitter](https://x.fr "un titre")'),
    at_link("[Twitter](<https://x.fr/a b>)"),
    at_link("[Twitter] (https://twitter.com)", ("L05", 35)),
    at_link("[sic] (et non l’inverse)"),
    at_link("[cliquez ici](https://twitter.com)", ("L07", 27)),
    at_link("[Ici](https://twitter.com)", ("L07", 27)),
    at_link("[Twitter][tw]", ("L08", 27)),
    at_link("[](https://twitter.com)", ("L09", 27)),
    at_link("[un réseau](https://bit.ly/3xYz)", ("L06", 27)),
    at_link("[lire](https://a.fr) puis [Lui](https://b.fr) et [lui](https://c.fr)", ("L07", 27), ("L10", 76)),
    at_link("[twitter.com](https://autre.fr)", ("L11", 27)),
    at_link("[www.twitter.com](https://twitter.com/x)"),
    at_link("[Twitter](https://twitter.com){.botton}", ("B07", 27)),
    at_link("[Twitter](https://twitter.com){#x}", ("B07", 27)),
    at_link("un **réseau", ("T02", 30)),
    at_link("un réseau**", ("T02", 36)),
    at_link("un *réseau", ("T02", 30)),
    at_link("un _réseau", ("T02", 30)),
    at_link("snake_case, 2 * 3 * 4, f**, a^2"[:22]),
    at_link("un \\*réseau et 5 \\*\\* 3"),
    at_link("https://x.fr/_a_/*b et a_b@c_d.fr", ("L13", 27), ("L13", 50)),
    at_link("mot[^1]", ("N01", 30)),
    at_link("XXI<sup>e</sup>, <abbr title='x'>y</abbr>, <br> et <small>z</small>"),
    at_link("<sup>jamais", ("H03", 27)),
    at_link("jamais</sup>", ("H03", 33)),
    at_link("*un <b>mot* de</b>", ("H03", 31), ("H03", 41)),
    at_link("<span style='color:red' onclick=x>y</span>", ("H04", 27), ("H04", 27)),
    at_link("un <!-- commentaire --> mot"),
    at_link("<script>x</script>", ("H02", 27)),
    at_link("la 2ème fois", ("T03", 30)),
    at_link("des lampes, etc...", ("T04", 39)),
    at_link("un coup de coeur", ("T05", 38)),
    at_link("l'Etat", ("T06", 29)),
    at_link("`2ème` et <https://x.fr/coeur>"),
    at_link("quand à eux", ("T07", 27)),
    above("```\nx = 1", ("B11", 21, 1), ("G01", 21, 1), ("G03", 21, 1)),
    above("[^9]: Une note que rien n’appelle.", ("N02", 21, 1)),
    above("::: encadré\nTexte.\n:::", ("B01", 21, 1)),
    above("::: encadre\nTexte.", ("B02", 21, 1), ("G01", 21, 1)),
    above("Texte.\n\n:::", ("B03", 23, 1)),
    above("::: encadre\n::: note\nTexte.\n:::\n:::", ("B04", 22, 1)),
    above(":::: encadre\n::: note\nTexte.\n:::\n::::"),
    above("> ::: note\n> Texte.\n> :::"),
    above("| a | b | c | d | e |\n|---|---|---|---|---|\n| 1 | 2 | 3 | 4 | 5 |", ("B05", 21, 1)),
    above("| Ville | Jour | Heure |\n|---|---|", ("B08", 22, 1)),
    above("::: colonnes\nun seul\n:::", ("B09", 21, 1)),
    above("<!-- rien à lire -->"),
    above("<sup>*</sup> Offre valable.\n<br>\nSuite."),
    above("```\n::: rien\n##Titre\n[x] (https://x.fr) **\n```"),
    above("Le pull est à 29 €*.\n\n*Offre valable jusqu’au 12 mars."),
    above("*Offre jamais refermée.", ("T02", 21, 1)),
    above("| a |\n|---|\n| [x] (https://x.fr) |", ("L05", 23, 5)),
    above("> - [Twitter]()", ("L01", 21, 5)),
    above("1. un\n   - [Autre](www.x.fr)", ("L02", 22, 6)),
    above("Un mot\navec [lien\ncoupé](/a).", ("L03", 22, 6), ("S14", 21, 1)),
    above("::: bouton /a\nLire le dossier\n:::", ("L03", 21, 1)),
    above("::: video /a Le film\n:::", ("L03", 21, 1)),
    above("::: encadre Un [titre]()\nTexte.\n:::", ("L01", 21, 16)),
    at_link("<https://twitter.com>"),
    at_link("[x](exemple.fr/y) et [y](a@b.fr)", ("L02", 27), ("L02", 48)),
    at_link("Voir https://a.fr/b, www.a.fr ou a@b.fr.", ("L13", 32), ("L13", 48), ("L13", 60)),
    at_link("[https://a.fr](https://a.fr) et <https://b.fr>"),
    at_link("[x](https://a.fr){bouton}", ("B07", 44)),
    at_link("[x](https://a.fr) {.bouton}", ("B07", 45)),
    at_link("gras ** et **gras **", ("T02", 32), ("T02", 38), ("T02", 45)),
    at_link("Bonjour { { prenom } }", ("V06", 35)),
    above("12, rue des Presses\n69001 Lyon", ("S14", 21, 1)),
    above("— Oui.\n— Non.", ("S14", 21, 1)),
    above("12, rue des Presses\\\n69001 Lyon"),
    above("Une ligne qui a été coupée à la main, à soixante-dix signes environ,\ncomme le font de vieux outils."),
    above("#Les nouvelles du jour", ("S05", 21, 1)),
    above("##", ("S10", 21, 1)),
    above("    Il était une fois une lampe, et quelqu’un pour la lire.", ("B12", 21, 1)),
    above("    x = 1\n    y = 2"),
    above("<!-- une note\n\nà soi", ("H05", 21, 1), ("G01", 19, 1), ("G03", 19, 1)),
    above("Un mot <!-- une note.", ("H05", 21, 8)),
    above("Crédit : l’atelier\n\n![Une vue](hero.jpg)", ("I07", 21, 1)),
    ("unfinished fields", "apercu: Twitter", "apercu: TODO, Twitter", [("T01", 3, 9)]),
    ("a language that is none", "auteur:", "langue: Français\nauteur:", [("M20", 5, 1)]),
    ("a merge tag in a description", "Une main tient", "{{ prenom }} tient", [("V07", 9, 1)]),
    at_link("<abbr title='{{ prenom }}'>x</abbr>", ("V07", 27)),
    at_link("[x](http://localhost/) et [y](https://10.0.0.1/)", ("L03", 27), ("L03", 53)),
    at_link("`mot jamais refermé", ("T02", 27)),
    at_link("[la page](https://a.fr ici", ("L12", 35)),
    at_link("(la page)[https://a.fr]", ("L12", 35)),
    at_link("[la page]https://a.fr", ("L12", 35)),
    at_link("[la page(https://a.fr)", ("L12", 27)),
    at_link("![une vue](ma photo.jpg)", ("L04", 38)),
    at_link("![une vue] (hero.jpg)", ("L05", 36)),
    at_link("[x](https://https://a.fr)", ("L03", 27)),
    at_link("[x](https://exemple)", ("L03", 27)),
    at_link("un mot<o:p></o:p>", ("H02", 33)),
    at_link("Bonjour *|FNAME|*, {prenom} et %prenom%", ("V06", 36), ("V06", 46), ("V06", 58)),
    at_link("10 % de {hasard}, 100%"),
    at_link("un &#0; mot", ("F05", 30)),
    at_link("le Super Bowl XXX et <https://a.fr/TODO/x>, « Lorem ipsum » date de 1500"),
    at_link("A FAIRE SOI-MÊME, à compléter chez soi"),
    at_link("`# TODO` dans du code"),
    at_link("Sex Education, Home Edition, le calcium (Ca), #coeur, coeur.fr, plan-2eme.pdf, M. Boeuf"),
    at_link("<span lang='en'>The Etat of coeur</span>"),
    at_link("l'Education", ("T06", 29)),
    at_link("[doc](https://a.fr/" + "x" * 850 + ")"),
    above("[^a]: Une note.\n[^a]: Une autre.\n\nUn mot[^a].", ("N03", 21, 1)),
    above("| a | b |\n|---|---|\n| c | d | e |", ("B10", 23, 1)),
    above("| a | b |\n|---|---|\n| c |\n| d \\| e | `f` |"),
    above("| a | b |\n| c | d |", ("B08", 21, 1)),
    above("::: note Titre[^1]\nTexte.\n:::\n\n[^1]: La note du titre."),
    above("::: bouton https://a.fr/?a=_b_&c=1 Lire *tout*\n:::"),
    above("::: bouton [Lire tout](https://a.fr)\n:::"),
    above("::: bouton https://a.fr\n:::", ("L09", 21, 1)),
    above(":::: colonnes\na\n\n---\n\n::: colonnes\nb\n\n---\n\nc\n:::\n::::"),
    above("```\nTODO\n```"),
    above("{{ prenom !<br>}}", ("V02", 21, 1)),
    above("&nbsp;[Twitter]() et é [Twitter]()", ("L01", 21, 7), ("L01", 21, 24)),
    above("Un mot[^a].\n\n[^a]: Une note avec [rien]().", ("L01", 23, 21)),
]


@pytest.fixture
def check(write_issue: Callable[..., Path], publication: Publication, default_theme: Theme) -> Check:
    def run(text: str | bytes) -> list[tuple[str, int, int]]:
        issue = read(write_issue(text), publication)
        found = checks.check(issue, compose(issue, default_theme, publication), publication)
        for finding in found:
            for language in ("fr", "en"):
                assert i18n.finding(language, finding)
        return [(finding.code, finding.place.line, finding.place.column) for finding in found]

    return run


@pytest.mark.parametrize(("old", "new", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake_is_found_with_its_code_line_and_column(
    check: Check, valid: str, old: str, new: str, expected: list[tuple[str, int, int]]
) -> None:
    assert old in valid
    assert sorted(check(valid.replace(old, new, 1))) == sorted(expected)


def test_a_file_without_front_matter_is_a_finding(check: Check, valid: str) -> None:
    assert check(valid.split("---\n", 2)[2].lstrip()) == [("M00", 1, 1)]


def test_a_byte_order_mark_is_a_finding(check: Check, valid: str) -> None:
    assert check("\ufeff" + valid) == [("F02", 1, 1)]


def test_windows_line_ends_change_nothing(check: Check, valid: str) -> None:
    assert check(valid.replace("\n", "\r\n")) == []


def test_decomposed_accents_change_nothing(check: Check, valid: str) -> None:
    import unicodedata

    assert check(unicodedata.normalize("NFD", valid)) == []


def test_another_encoding_is_found_at_the_first_wrong_byte(check: Check, valid: str) -> None:
    found = check(valid.replace("—", "-").replace("’", "'").replace("Une main", "Ébloui").encode("latin-1"))
    assert ("F01", 2, 10) in found


@pytest.mark.parametrize("text", [b"", b"\n", b"---", b"---\n---\n", b"\xff\xfe\x00", b"\x00" * 50])
def test_odd_bytes_are_checked_without_a_crash(check: Check, text: bytes) -> None:
    assert check(text)


def test_a_line_of_ten_megabytes_is_a_finding(check: Check) -> None:
    assert check(b"a" * 10_000_000)[0][0] == "F04"


def test_ten_thousand_nested_quotes_are_a_finding(check: Check, valid: str) -> None:
    assert ("B06", 21, 1) in check(valid.replace("Comment les", ">" * 10_000 + " x\n\nComment les"))


@pytest.mark.parametrize("mark", ["*", "_", "[", "![", "`", "**a ", "~~", "(", "<", "{{", "- ", "1. ", "&amp;"])
def test_ten_thousand_marks_are_checked_without_a_crash(check: Check, valid: str, mark: str) -> None:
    assert isinstance(check(valid.replace("Comment les", mark * 10_000 + " x\n\nComment les")), list)


YAML_TRAPS = [
    ("numero: 042", []),
    ("objet: 12:30", []),
    ("objet: no", []),
    ("auteur: Null", [("G02", 22, 1)]),
    ("objet: @x", [("M02", 2, 8)]),
    ("objet: %x", [("M02", 2, 8)]),
    ("objet: [x", [("M02", 3, 7)]),
    ("objet: *x", [("M02", 2, 8)]),
    ("objet:\tx: y", [("M02", 2, 9)]),
    ("objet: #42 sur la tech", [("M04", 2, 1)]),
    ("objet: Réseaux\u00a0: la bataille", [("M02", 2, 16)]),
]


@pytest.mark.parametrize(("line", "expected"), YAML_TRAPS)
def test_yaml_special_values_are_kept_as_text_or_reported(
    check: Check, valid: str, line: str, expected: list[tuple[str, int, int]]
) -> None:
    key = line.split(":", maxsplit=1)[0]
    lines = [row for row in valid.split("\n") if not row.startswith(f"{key}:") and not row.startswith("apercu")]
    lines[1:1] = [line, "apercu: Un aperçu d’une bonne quarantaine de caractères"]
    found = [finding for finding in check("\n".join(lines)) if finding[0][0] in "MG"]
    assert found == [] if not expected else {code for code, *_ in expected} <= {code for code, *_ in found}


def test_the_issue_number_is_kept_as_it_was_typed(
    write_issue: Callable[..., Path], publication: Publication, valid: str
) -> None:
    path = write_issue(valid.replace("auteur:", "numero: 042\nauteur:").replace("Réseaux sociaux : la", "12:30 la"))
    front = read(path, publication).front
    assert (front.number, front.subject) == ("042", "12:30 la bataille du bouton")


def test_an_alias_bomb_in_the_front_matter_is_not_expanded(check: Check, valid: str) -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"k{n}: &k{n} [*a,*a,*a]\n" for n in range(20))
    assert ("M03", 2, 1) in check(valid.replace("---\n", "---\n" + bomb, 1))


def test_a_copied_issue_folder_is_an_error(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme
) -> None:
    write_issue()
    copy = read(write_issue(folder="2014-08-01-copie"), publication)
    found = checks.check(copy, compose(copy, default_theme, publication), publication)
    assert [(finding.code, finding.place.line) for finding in found] == [("M10", 4), ("M12", 6)]
    assert "2014-07-21-reseaux" in i18n.finding("fr", found[1])


def test_a_file_that_is_not_a_picture_is_a_finding(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme
) -> None:
    path = write_issue()
    (path.parent / "hero.jpg").write_bytes(b"GIF89a not really")
    issue = read(path, publication)
    found = checks.check(issue, compose(issue, default_theme, publication), publication)
    assert [(finding.code, finding.place.line) for finding in found] == [("I09", 9)]


def test_a_symbolic_link_loop_is_a_missing_picture(check: Check, write_issue: Callable[..., Path], valid: str) -> None:
    loop = write_issue().parent / "loop.jpg"
    loop.symlink_to(loop)
    assert check(valid.replace("hero.jpg", "loop.jpg")) == [("I02", 9, 1)]


def test_a_picture_name_may_contain_spaces_accents_and_percent_signs(
    check: Check, write_issue: Callable[..., Path], valid: str
) -> None:
    hero = write_issue().parent / "hero.jpg"
    for name in ("l’été.jpg", "mon image.jpg", "a%20b.jpg"):
        hero.with_name(name).write_bytes(hero.read_bytes())
        assert check(valid.replace("(hero.jpg)", f"(<{name}>)")) == []


@pytest.mark.parametrize("typed", ["&#45;nl.h.email~", "-<!-- x -->nl.h.email~"])
def test_a_hidden_placeholder_in_the_text_is_a_finding(check: Check, valid: str, typed: str) -> None:
    assert check(valid.replace("une start-up", typed)) == [("V05", 8, 1)]


def test_two_issues_with_one_slug_are_a_finding(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> None:
    write_issue()
    other = write_issue(valid.replace("id: 1f", "id: 2f").replace("2014-07-21", "2014-08-21"), "2014-08-21-reseaux")
    issue = read(other, publication)
    found = checks.check(issue, compose(issue, default_theme, publication), publication)
    assert [(finding.code, finding.place.line) for finding in found] == [("M14", 1)]


def test_a_small_picture_and_a_heavy_picture_are_findings(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme
) -> None:
    import random

    from PIL import Image

    path = write_issue()
    noise = Image.frombytes("RGB", (2400, 1600), random.Random(1).randbytes(2400 * 1600 * 3))
    noise.save(path.parent / "hero.jpg", quality=95)
    issue = read(path, publication)
    found = checks.check(issue, compose(issue, default_theme, publication), publication)
    assert [(finding.code, finding.place.line) for finding in found] == [("I03", 9), ("R17", 9)]
    Image.new("RGB", (500, 300), "teal").save(path.parent / "hero.jpg")
    issue = read(path, publication)
    found = checks.check(issue, compose(issue, default_theme, publication), publication)
    assert [(finding.code, finding.place.line) for finding in found] == [("I14", 9)]


def test_an_english_issue_is_not_checked_for_french_words(check: Check, valid: str) -> None:
    assert (
        check(valid.replace("auteur:", "langue: en\nauteur:").replace("une start-up", "un coeur, l'Etat, etc...")) == []
    )


ELSEWHERE = {"M00", "F01", "F02", "F04", "M12", "M14", "I03", "I09", "I10", "I11", "I14", "R17"}
"""Codes with a test function of their own. Codes R, O and P are tested in other files."""


def test_every_finding_code_has_a_test() -> None:
    tried = {code for *_, expected in CASES for code, *_ in expected}
    assert {code for code in SEVERITIES if code[0] not in "ROP"} == (tried | ELSEWHERE) - {"R17"}
    assert set(SEVERITIES.values()) == set(Severity)

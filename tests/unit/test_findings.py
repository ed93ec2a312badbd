"""Mistakes of editors: each on its line and column, with its code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter import checks, messages
from newsletter.compose import Theme, compose, read
from newsletter.model.finding import SEVERITIES, Severity
from newsletter.model.publication import Publication

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
    ("escaped line break is a space", "auteur: Yvan Dupuy", 'auteur: "Yvan\\r\\nDupuy"', []),
    ("« à écrire » in a sentence is fine", "une start-up.", "une histoire à écrire, une page à compléter.", []),
    ("a party is no postscript", "Comment les", "PS et Verts se sont mis d’accord hier soir.\n\nComment les", []),
    ("emphasis over a quote's author", "Comment les", "> *Citation.\n> — Autrice*\n\nComment les", []),
    ("link over a quote's author", "Comment les", "> [Citation.\n> — Elle](https://x.fr)\n\nComment les", []),
    ("a signature that ends in an initial", "?\n\nYvan Dupuy", "?\n\nYvan Dupuy.", []),
    ("mail and telephone links", LINK, "[écrire](mailto:a@b.fr) ou [appeler](tel:+33102030405)", []),
    ("block of HTML", "Comment les", "<div>Comment</div>\n\nComment les", [("H01", 21, 1)]),
    ("HTML in text", "une start-up.", "une <font>start</font>-up.", [("H02", 19, 84)]),
    ("unfinished text", "Comment les", "TODO relire\n\nComment les", [("T01", 21, 1)]),
    ("undescribed image", "Une main tient un téléphone", "À DÉCRIRE", [("T01", 9, 3)]),
    ("« à faire » in a sentence is fine", "une start-up.", "une start-up qui reste à faire.", []),
    ("no signature", "\nYvan Dupuy\n", "", [("G01", 21, 1)]),
    ("another's signature", "?\n\nYvan Dupuy", "?\n\nYvan Dupuis", [("G02", 23, 1)]),
    ("a role under the signature", "?\n\nYvan Dupuy", "?\n\nYvan Dupuy\nRédacteur en chef", []),
    ("no question", "Comment les réseaux vont-ils sécuriser ces micro-transactions ?", "Voilà.", [("G03", 23, 1)]),
    ("mojibake", "Crédit : Mark", "CrÃ©dit : Mark", [("C01", 9, 1), ("F03", 11, 1), ("S13", 11, 1)]),
    ("invisible character", "Comment", "Com\x07ment", [("F05", 21, 4)]),
    ("unknown merge tag", "Comment les", "{{ prenon }}, comment les", [("V01", 21, 1)]),
    ("malformed merge tag", "Comment les", "Et {{ prenom | upper }}, comment les", [("V02", 21, 1)]),
    ("person's tag in a link", LINK, "[Twitter]({{ prenom }})", [("V03", 19, 27)]),
    ("person's tag inside an address", LINK, "[x](https://x.fr/?p={{prenom}})", [("V03", 19, 27)]),
    ("tag without default", "Comment les", "{{ prenom }}, comment les", [("V04", 21, 1)]),
    ("tag with default", "Comment les", '{{ prenom | default("vous") }}, comment les', []),
    ("address tag in a link", LINK, "[se désabonner]({{ unsubscribe_url }})", []),
    ("reserved text", "Comment les", "Comment -nl. les", [("V05", 21, 9)]),
    ("unknown tag in the subject", "Réseaux sociaux", "{{ nome }}", [("V01", 2, 1)]),
    ("too deep", "Comment les", "> " * 30 + "x\n\nComment les", [("B06", 21, 1)]),
]


@pytest.fixture
def check(write_issue: Callable[..., Path], publication: Publication, default_theme: Theme) -> Check:
    def run(text: str | bytes) -> list[tuple[str, int, int]]:
        issue = read(write_issue(text), publication)
        found = checks.check(issue, compose(issue, default_theme, publication), publication)
        for finding in found:
            for language in messages.LANGUAGES:
                assert messages.finding(language, finding)
        return [(finding.code, finding.place.line, finding.place.column) for finding in found]

    return run


@pytest.mark.parametrize(("old", "new", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake_is_found_where_it_is(
    check: Check, valid: str, old: str, new: str, expected: list[tuple[str, int, int]]
) -> None:
    assert old in valid
    assert sorted(check(valid.replace(old, new, 1))) == sorted(expected)


def test_a_file_without_front_matter(check: Check, valid: str) -> None:
    assert check(valid.split("---\n", 2)[2].lstrip()) == [("M00", 1, 1)]


def test_a_byte_order_mark(check: Check, valid: str) -> None:
    assert check("\ufeff" + valid) == [("F02", 1, 1)]


def test_windows_line_ends_change_nothing(check: Check, valid: str) -> None:
    assert check(valid.replace("\n", "\r\n")) == []


def test_decomposed_accents_change_nothing(check: Check, valid: str) -> None:
    import unicodedata

    assert check(unicodedata.normalize("NFD", valid)) == []


def test_another_encoding_is_found_at_its_first_byte(check: Check, valid: str) -> None:
    found = check(valid.replace("—", "-").replace("’", "'").replace("Une main", "Ébloui").encode("latin-1"))
    assert ("F01", 2, 10) in found


@pytest.mark.parametrize("text", [b"", b"\n", b"---", b"---\n---\n", b"\xff\xfe\x00", b"\x00" * 50])
def test_no_bytes_are_too_odd_to_be_checked(check: Check, text: bytes) -> None:
    assert check(text)


def test_a_line_of_ten_megabytes_is_a_finding(check: Check) -> None:
    assert check(b"a" * 10_000_000)[0][0] == "F04"


def test_ten_thousand_nested_quotes_are_a_finding(check: Check, valid: str) -> None:
    assert ("B06", 21, 1) in check(valid.replace("Comment les", ">" * 10_000 + " x\n\nComment les"))


@pytest.mark.parametrize("mark", ["*", "_", "[", "![", "`", "**a ", "~~", "(", "<", "{{", "- ", "1. ", "&amp;"])
def test_ten_thousand_marks_do_no_harm(check: Check, valid: str, mark: str) -> None:
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
def test_a_yaml_trap_does_not_spring(check: Check, valid: str, line: str, expected: list[tuple[str, int, int]]) -> None:
    key = line.split(":", maxsplit=1)[0]
    lines = [one for one in valid.split("\n") if not one.startswith(f"{key}:") and not one.startswith("apercu")]
    lines[1:1] = [line, "apercu: Un aperçu"]
    found = [one for one in check("\n".join(lines)) if one[0][0] in "MG"]
    assert found == [] if not expected else {code for code, *_ in expected} <= {code for code, *_ in found}


def test_the_number_is_kept_as_it_was_typed(
    write_issue: Callable[..., Path], publication: Publication, valid: str
) -> None:
    path = write_issue(valid.replace("auteur:", "numero: 042\nauteur:").replace("Réseaux sociaux : la", "12:30 la"))
    front = read(path, publication).front
    assert (front.number, front.subject) == ("042", "12:30 la bataille du bouton")


def test_an_alias_bomb_in_the_front_matter_is_not_expanded(check: Check, valid: str) -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"k{n}: &k{n} [*a,*a,*a]\n" for n in range(20))
    assert ("M03", 2, 1) in check(valid.replace("---\n", "---\n" + bomb, 1))


def test_a_copied_folder_is_an_error_in_both(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme
) -> None:
    write_issue()
    copy = read(write_issue(folder="2014-08-01-copie"), publication)
    found = checks.check(copy, compose(copy, default_theme, publication), publication)
    assert [(finding.code, finding.place.line) for finding in found] == [("M12", 6)]
    assert "2014-07-21-reseaux" in messages.finding("fr", found[0])


def test_a_picture_that_is_none_is_found(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme
) -> None:
    path = write_issue()
    (path.parent / "hero.jpg").write_bytes(b"GIF89a not really")
    issue = read(path, publication)
    found = checks.check(issue, compose(issue, default_theme, publication), publication)
    assert [(finding.code, finding.place.line) for finding in found] == [("I09", 9)]


def test_a_loop_of_links_is_no_picture(check: Check, write_issue: Callable[..., Path], valid: str) -> None:
    loop = write_issue().parent / "loop.jpg"
    loop.symlink_to(loop)
    assert check(valid.replace("hero.jpg", "loop.jpg")) == [("I02", 9, 1)]


def test_a_picture_may_have_spaces_accents_and_percents_in_its_name(
    check: Check, write_issue: Callable[..., Path], valid: str
) -> None:
    hero = write_issue().parent / "hero.jpg"
    for name in ("l’été.jpg", "mon image.jpg", "a%20b.jpg"):
        hero.with_name(name).write_bytes(hero.read_bytes())
        assert check(valid.replace("(hero.jpg)", f"(<{name}>)")) == []


def test_every_code_is_tried_here_or_named() -> None:
    tried = {code for *_, expected in CASES for code, *_ in expected}
    elsewhere = {"M00", "F01", "F02", "F04", "M12", "I09", "I10", "I11"}
    assert set(SEVERITIES) == tried | elsewhere
    assert set(SEVERITIES.values()) == set(Severity)

"""The rules for the composed mail: no finding for a good mail, and one finding for each broken rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter import checks
from newsletter.checks.html_page import Page
from newsletter.content.reader import read
from newsletter.model.edition import Edition, Image
from newsletter.model.finding import SEVERITIES
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.contrast import contrast, inverted
from newsletter.rendering.theme import Theme

Sample = tuple[Issue, Edition]
LONG = "Une phrase assez longue pour être lue en entier. " * 4


@pytest.fixture
def sample(write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str) -> Sample:
    text = valid.replace("Comment les", f"{LONG}\n\n[Lire le dossier](https://x.fr){{.bouton}}\n\nComment les")
    issue = read(write_issue(text), publication)
    return issue, compose(issue, default_theme, publication)


def list_mail_codes(sample: Sample, publication: Publication, **changes: object) -> set[str]:
    issue, edition = sample
    found = checks.check(issue, replace(edition, **changes), publication)  # type: ignore[arg-type] # fields by name
    return {finding.code for finding in found if finding.code[0] == "R"}


def test_a_composed_mail_has_no_findings(sample: Sample, publication: Publication) -> None:
    assert list_mail_codes(sample, publication) == set()


BROKEN: list[tuple[str, str, str]] = [
    ("R01", "<!doctype html>", ""),
    ("R02", '<html lang="fr"', '<html lang="und"'),
    ("R02", 'dir="ltr"', ""),
    ("R03", "<title>Réseaux sociaux&nbsp;: la bataille du bouton</title>", "<title> </title>"),
    ("R04", "charset=UTF-8", "charset=latin1"),
    ("R05", 'role="presentation"', ""),
    ("R06", "<h1", "<h2"),
    ("R07", "initial-scale=1", "initial-scale=1, user-scalable=no"),
    ("R08", "</body>", "<script>x</script></body>"),
    ("R08", "</body>", '<form action="https://x.fr"></form></body>'),
    ("R08", "<title>", '<link rel="stylesheet" href="https://x.fr/a.css" /><title>'),
    ("R08", ":root {", "@import url(https://x.fr/a.css); :root {"),
    ("R09", "<![endif]-->", "-->"),
    ("R09", "</body>", "<![if !mso]>x<![endif]></body>"),
    ("R10", 'alt="Une main tient', 'alt="Une\\u{a0}main tient'),
    ("R11", "On apprenait", "{{ oubli }} On apprenait"),
    ("R11", "On apprenait", "{% if x %} On apprenait"),
    ("R11", "On apprenait", "%unsubscribe% On apprenait"),
    ("R12", "On apprenait", "On\x85apprenait"),
    ("R13", ' alt="Une main tient un téléphone"', ""),
    ("R14", "</body>", '<a href="https://x.fr"><img src="https://x.fr/l.png" alt="" width="9" /></a></body>'),
    ("R15", "</body>", '<img src="/l.png" alt="x" width="9" /></body>'),
    ("R16", 'width="600"', 'width="100%"'),
    ("R20", "</body>", '<img src="https://x.fr/l.png" alt="" width="9" />' * 30 + "</body>"),
    ("R21", "</body>", '<a href="/contact" style="text-decoration:underline">x</a></body>'),
    ("R22", "</body>", '<a href="https://autre.fr/"></a></body>'),
    ("R27", "/u/-nl.t.token~", "/u/rien"),
    ("R28", "/n/reseaux/", "/n/rien/"),
    ("R29", "12\nrue des Presses", "rue"),
    ("R30", "color:#26231f", "color:#999999"),
    ("R31", "color: #ebe5db !important", "color: #333333 !important"),
    ("R32", "#fffdf9", "#8a8a8a"),
    ("R33", "font-size:14px", "font-size:13px"),
    ("R34", "line-height:1.6", "line-height:1.1"),
    ("R35", "text-decoration:underline", "text-decoration:none"),
    ("R36", "text-align:left", "text-align:justify"),
    ("R37", "padding:14px 28px; mso", "padding:0px; mso"),
    ("R39", ":root {", "/* x */ :root {"),
    ("R39", "@media (prefers-color-scheme: dark) {", "@media (prefers-color-scheme: dark) { @media all { a {} }"),
    ("R39", ":root {", ".x { color: red; } " * 1000 + ":root {"),
    ("R40", "margin:0px auto", "display:flex; margin:0px auto"),
    ("R42", "margin:0px auto", "margin:0px auto !important"),
    ("R43", "On apprenait", "a" * 1200 + " On apprenait"),
    ("R44", "max-width:600px", "max-width:700px"),
    ("R45", "font-family:Georgia", "x:Georgia"),
    ("R46", "</body>", f"<p>{'mot ' * 400}</p></body>"),
    ("R53", "font-size:14px", "font-size:9px"),
]


@pytest.mark.parametrize(("code", "old", "new"), BROKEN, ids=lambda value: value[:24])
def test_a_broken_mail_gives_the_finding_of_its_rule(
    sample: Sample, publication: Publication, code: str, old: str, new: str
) -> None:
    html = sample[1].html
    changed = html.replace(old, new) if old != "</body>" else html.replace(old, new, 1)
    assert changed != html or code == "R29"
    if code == "R29":
        publication = replace(publication, postal_address="")
    assert code in list_mail_codes(sample, publication, html=changed)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("R46", {"text": "Lisez en ligne."}),
        ("R27", {"text": "Rien."}),
        ("R43", {"text": "a" * 1200}),
    ],
)
def test_a_broken_text_part_gives_the_finding_of_its_rule(
    sample: Sample, publication: Publication, code: str, changes: dict[str, str]
) -> None:
    assert code in list_mail_codes(sample, publication, **changes)


def test_a_latin_1_text_part_is_found_and_composed_parts_are_not_latin_1(
    sample: Sample, publication: Publication
) -> None:
    assert "R51" in list_mail_codes(
        sample, publication, text=sample[1].text.encode("latin-1", "ignore").decode("latin-1")
    )
    for part in (sample[1].html, sample[1].text):
        assert max(part) > "\xff"


def test_a_missing_no_break_space_is_found_unless_typography_is_off(sample: Sample, publication: Publication) -> None:
    html = sample[1].html.replace("On apprenait", "Vraiment ? On apprenait")
    assert "R50" in list_mail_codes(sample, publication, html=html)
    off = replace(publication, typography="off")
    assert "R50" not in list_mail_codes(sample, off, html=html)


def test_the_weight_of_all_images_together_is_checked(sample: Sample, publication: Publication) -> None:
    heavy = Image("0" * 64, "jpg", 1000, 1000, b"0" * 1_600_000)
    assert "R18" in list_mail_codes(sample, publication, images=(heavy,))


@pytest.mark.parametrize(("words", "expected"), [(20_000, "R38"), (17_000, "R52")])
def test_a_mail_that_gmail_would_clip_is_found(
    sample: Sample, publication: Publication, words: int, expected: str
) -> None:
    found = list_mail_codes(sample, publication, html=sample[1].html.replace("On apprenait", "mot " * words))
    assert found & {"R38", "R52"} == {expected}


def test_mailed_bytes_assumes_the_longest_names() -> None:
    from newsletter.checks.rendered.size import mailed_bytes
    from newsletter.model.edition import MergeTag

    tag = MergeTag("first_name")
    assert mailed_bytes("é", (tag,)) == len("&#233;")
    assert mailed_bytes("-nl.h.first_name~" * 3, (tag,)) == 3 * 60 * len("&#339;")


def test_every_mail_finding_has_a_test_in_this_file() -> None:
    tried = {code for code, *_ in BROKEN} | {"R17", "R18", "R38", "R50", "R51", "R52", "R54"}
    assert {code for code in SEVERITIES if code[0] == "R"} == tried


def test_contrast_follows_the_wcag_formula() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast((119 / 255,) * 3, (1, 1, 1)) == pytest.approx(4.48, abs=0.01)
    assert inverted((1.0, 1.0, 1.0)) == pytest.approx((0, 0, 0))


def test_text_style_is_inherited_and_overridden_in_dark_mode() -> None:
    page = Page(
        "<html><head><style>@media (prefers-color-scheme: dark) { .a p { color: #eeeeee !important; } .a { background: #111111 !important } }"
        "</style></head><body style='background:#ffffff'><div class='a' style='color:#000000;font-size:20px'>"
        "<p>un <b>deux</b></p></div><p style='display:none'>rien</p></body></html>"
    )
    assert [(text.words, text.look.bold, text.look.size) for text in page.texts] == [
        ("un ", False, 20),
        ("deux", True, 20),
    ]
    light, dark = page.texts[0].look, page.dark()[0].look
    assert contrast(light.colour, light.background) == pytest.approx(21)
    assert dark.colour == pytest.approx((238 / 255,) * 3)
    assert dark.background == pytest.approx((17 / 255,) * 3)

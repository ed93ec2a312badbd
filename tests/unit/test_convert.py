"""Conversion of raw text to an issue: every part is recognised, no word is changed."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from newsletter import checks
from newsletter.content.convert.converter import ConvertOptions, convert, escape_markdown
from newsletter.content.convert.html_to_markdown import MAX_DEPTH
from newsletter.content.reader import read
from newsletter.errors import InputError
from newsletter.model.blocks import Listing, Paragraph, Picture, plain_text
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme

RAW = """\
jeanne-martin-a1B2c3D4e5F-unsplash

Crédit: Unsplash

Chères lectrices, chers lecteurs,

Alors que les vélos reviennent dans les rues, les ateliers de réparation rouvrent leurs portes, et avec eux une manière de prendre son temps.

Le retour des rustines

On apprenait lundi dernier que la ville procédait au rachat de l’ancien dépôt. Dès le lendemain, des bénévoles y menaient des essais de “réparation publique”, chaque soir de la semaine.

Précédemment, on savait que de nombreux ateliers avaient fermé , notamment dans les faubourgs, faute de bras et de pièces.

Mais comment les ateliers vont-ils former leurs apprentis, une fois la saison passée ?

S’ils veulent tenir, il leur faudra plus que de bonnes volontés.

Jeanne Martin
"""
ConvertToIssue = Callable[[str | bytes], Issue]


@pytest.fixture
def convert_to_issue(tmp_path: Path, publication: Publication) -> ConvertToIssue:
    def run(raw: str | bytes) -> Issue:
        data = raw if isinstance(raw, bytes) else raw.encode()
        path = tmp_path / "2026-01-01-essai" / "index.md"
        path.parent.mkdir(exist_ok=True)
        converted = convert(data, ConvertOptions("0123456789abcdef", publication.salutation, folder=tmp_path))
        path.write_text(converted.text, "utf-8")
        return read(path, publication)

    return run


def test_every_part_of_a_raw_editorial_is_recognised(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(RAW)
    assert issue.opening is not None
    assert issue.opening.source == "jeanne-martin-a1B2c3D4e5F-unsplash.jpg"
    assert plain_text(issue.opening.credit) == "Crédit: Unsplash"
    assert issue.salutation is not None
    assert plain_text(issue.salutation.text) == "Chères lectrices, chers lecteurs,"
    assert len(issue.lead) == 1
    assert [plain_text(section.heading.text) for section in issue.sections] == ["Le retour des rustines"]
    assert len(issue.sections[0].blocks) == 4
    assert issue.signature is not None
    assert plain_text(issue.signature.text) == "Jeanne Martin"
    assert (issue.front.subject, issue.front.authors) == ("Le retour des rustines", ("Jeanne Martin",))
    assert issue.front.id == "0123456789abcdef"


def test_a_converted_editorial_lacks_only_image_description_and_date(
    convert_to_issue: ConvertToIssue, publication: Publication, default_theme: Theme
) -> None:
    issue = convert_to_issue(RAW)
    found = checks.check(issue, compose(issue, default_theme, publication), publication)
    assert [finding.code for finding in found] == ["M05", "I02", "T01"]


def list_paragraphs(issue: Issue) -> list[str]:
    return [" ".join(plain_text(block.text).split()) for block in issue.all_blocks() if isinstance(block, Paragraph)]


def test_conversion_keeps_every_word(convert_to_issue: ConvertToIssue) -> None:
    words = " ".join([*list_paragraphs(convert_to_issue(RAW)), "Le retour des rustines", "Crédit: Unsplash"]).split()
    wanted = RAW.replace("jeanne-martin-a1B2c3D4e5F-unsplash", "").split()
    assert sorted(words) == sorted(wanted)


VARIANTS = {
    "Windows": RAW.replace("\n", "\r\n").encode("utf-8-sig"),
    "old Mac": RAW.replace("\n", "\r").encode(),
    "decomposed": unicodedata.normalize("NFD", RAW).encode(),
    "CP1252": RAW.encode("cp1252"),
    "single newlines": RAW.replace("\n\n", "\n").encode(),
    "many blank lines": RAW.replace("\n\n", "\n \n\n\n").encode(),
    "hard-wrapped": "\n\n".join("\n".join(textwrap.wrap(part, 72)) for part in RAW.split("\n\n")).encode(),
    "line separators": RAW.replace("\n\n", "\u2029").encode(),
}


@pytest.mark.parametrize("raw", VARIANTS.values(), ids=VARIANTS.keys())
def test_encoding_and_line_breaks_do_not_change_the_recognised_parts(
    convert_to_issue: ConvertToIssue, raw: bytes
) -> None:
    wanted, issue = convert_to_issue(RAW), convert_to_issue(raw)
    assert list_paragraphs(issue) == list_paragraphs(wanted)
    assert issue.front.subject == wanted.front.subject
    assert issue.opening is not None
    assert len(issue.sections) == 1


def test_lines_with_bullets_become_a_list(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(RAW.replace("S’ils veulent", "• une pompe\n• deux rustines\n\nS’ils veulent"))
    assert "Listing" in {type(block).__name__ for block in issue.all_blocks()}


def test_a_postscript_stays_after_the_signature(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(RAW + "\nP.-S. : l’atelier ouvre le jeudi.\n")
    assert issue.signature is not None
    assert plain_text(issue.signature.text) == "Jeanne Martin"
    assert len(issue.postscript) == 1


def test_a_web_address_becomes_a_link(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(RAW.replace("S’ils veulent", "Voir https://x.fr/a_b_c?d=1*2, et\n\nS’ils veulent"))
    assert [span.target for span in issue.spans() if span.target] == ["https://x.fr/a_b_c?d=1*2"]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xef\xbb\xbf", b"a" * 2_000_000])
def test_empty_and_oversized_input_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError):
        convert(raw, ConvertOptions("0", "x"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("ab é*_`[]()<>#!&;:.-+=~\\|{}1/\"'"), min_size=1, max_size=40))
def test_markdown_signs_in_raw_text_stay_text(text: str, convert_to_issue: ConvertToIssue) -> None:
    """Any typed text is kept, and no part of the text becomes a heading, a list or a tag."""
    words = " ".join(f"{text} fin.".split())
    issue = convert_to_issue(
        f"Chères lectrices, chers lecteurs,\n\n{text} fin.\n\nUne phrase assez longue pour finir la lettre.\n"
    )
    assert words in [" ".join(paragraph.split()) for paragraph in list_paragraphs(issue)]


def test_harmless_signs_are_not_escaped() -> None:
    assert escape_markdown("l’e-pub snake_case 2 - 3 (voir) « ici »") == "l’e-pub snake_case 2 - 3 (voir) « ici »"


def test_a_question_as_a_heading_opens_a_section_and_is_marked_for_review(convert_to_issue: ConvertToIssue) -> None:
    more = (
        "Et les apprentis ?\n\nOn en comptait trois en janvier. Ils sont onze aujourd’hui, et deux d’entre eux viennent "
        "de la ville voisine, à vélo.\n\nS’ils veulent"
    )
    issue = convert_to_issue(RAW.replace("S’ils veulent", more))
    assert [plain_text(section.heading.text) for section in issue.sections] == [
        "Le retour des rustines",
        "Et les apprentis ?",
    ]
    asked = [line for line in issue.lines if line.startswith("<!-- À VÉRIFIER")]
    assert len(asked) == 1


def test_a_closing_question_is_not_a_heading(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(
        RAW.replace("S’ils veulent tenir, il leur faudra plus que de bonnes volontés.", "Et vous ?")
    )
    assert len(issue.sections) == 1


ROLES = ["\nJeanne Martin\nRédactrice en chef\n", "\nJeanne Martin\n\nRédactrice en chef\n", "\n— Jeanne Martin\n"]


@pytest.mark.parametrize("signed", ROLES)
@pytest.mark.parametrize("postscript", ["", "\nP.-S. : à jeudi.\n"])
def test_a_role_below_the_name_belongs_to_the_signature(
    convert_to_issue: ConvertToIssue, signed: str, postscript: str
) -> None:
    issue = convert_to_issue(RAW.replace("\nJeanne Martin\n", signed) + postscript)
    assert issue.signature is not None
    assert issue.front.authors == ("Jeanne Martin",)
    assert ("Rédactrice" in plain_text(issue.signature.text)) == ("Rédactrice" in signed)
    assert len(issue.sections) == 1


def test_a_text_without_image_and_credit_is_converted(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(RAW.split("\n\n", 2)[2])
    assert issue.opening is None
    assert issue.salutation is not None
    assert issue.front.subject == "Le retour des rustines"


def test_verses_addresses_and_dialogues_keep_their_line_breaks(convert_to_issue: ConvertToIssue) -> None:
    for block in (
        "Sous le pont Mirabeau\ncoule la Seine",
        "12, rue des Presses\n69001 Lyon",
        "— Oui, dit-elle.\n— Non !",
    ):
        issue = convert_to_issue(RAW.replace("S’ils veulent", f"{block}\n\nS’ils veulent"))
        assert block in [
            plain_text(paragraph.text) for paragraph in issue.all_blocks() if isinstance(paragraph, Paragraph)
        ]


def test_a_line_above_the_salutation_becomes_the_subject(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue("Un été à vélo\n\n" + RAW)
    assert issue.front.subject == "Un été à vélo"
    assert "Un été à vélo" not in list_paragraphs(issue)


def test_an_english_publication_gets_english_fields_and_placeholders() -> None:
    converted = convert(
        b"Dear readers,\n\nA first paragraph.\n\nJane Doe\n", ConvertOptions("0", "Dear readers,", "en")
    )
    assert "date: TODO" in converted.text
    assert 'author: "Jane Doe"' in converted.text


PAGE = """\
<!DOCTYPE html><html><head><meta charset="utf-8"><title>x</title><style>p { color: red }</style></head>
<body><!-- un commentaire --><div style="display:none">un aperçu caché</div>
<table role="presentation"><tr><td><img src="https://x.fr/p.gif" width="1" height="1"></td></tr><tr><td>
<h1>La lettre du lundi</h1><p>Ch&egrave;res lectrices, chers lecteurs,</p>
<p>Le chapô, avec un <a href="https://exemple.fr/a?b=1&amp;c=2">lien utile</a>, du <b>gras</b>, 5 * 3 et [crochets].</p>
<p><strong>Un intertitre en gras</strong></p>
<p>Du texte assez long pour que le titre au-dessus soit reconnu, et qui se poursuit encore.<br>Ligne deux.</p>
<h3>Un autre titre</h3><ul><li>un</li><li>deux<ul><li>trois</li></ul></li></ul>
<p class=MsoListParagraph>&middot;&nbsp; Premier point</p><p class=MsoListParagraph>&middot;&nbsp; Second point</p>
<blockquote><p>Une citation.</p></blockquote>
<table><tr><th>Ville</th><th>Jour</th></tr><tr><td>Lyon</td><td>Mardi</td></tr></table>
<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==">
<p>Et vous, qu’en pensez-vous ?</p><p>Jeanne Martin</p><p>Rédactrice en chef</p><p>P.-S. À jeudi.</p>
<script>alert(1)</script></td></tr></table></body></html>
"""


def list_block_types(issue: Issue) -> list[str]:
    return [type(block).__name__ for block in issue.blocks()]


def test_a_web_page_is_converted_with_its_structure(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(PAGE)
    assert issue.front.subject == "La lettre du lundi"
    assert issue.front.authors == ("Jeanne Martin",)
    assert [plain_text(section.heading.text) for section in issue.sections] == [
        "Un intertitre en gras",
        "Un autre titre",
    ]
    assert list_block_types(issue) == [
        *(
            "Paragraph",
            "Paragraph",
            "Heading",
            "Paragraph",
            "Heading",
            "Listing",
            "Listing",
            "Quote",
            "Table",
            "Picture",
        ),
        *("Paragraph", "Paragraph", "Paragraph"),
    ]
    assert [span.target for span in issue.spans() if span.target.startswith("http")] == ["https://exemple.fr/a?b=1&c=2"]
    text = "\n".join(issue.lines)
    assert not any(word in text for word in ("alert", "color", "caché", "commentaire", "p.gif"))


def test_the_pictures_of_a_web_page_are_copied(tmp_path: Path) -> None:
    (tmp_path / "photo 1.png").write_bytes(b"\x89PNG")
    page = PAGE.replace(
        "<blockquote>", '<img src="photo%201.png" alt="Une photo"><img src="../../etc/passwd"><blockquote>'
    )
    files = convert(page.encode(), ConvertOptions("0", "Chères lectrices, chers lecteurs,", folder=tmp_path)).files
    assert set(files) == {"photo 1.png", "image-2.png"}
    assert files["photo 1.png"] == b"\x89PNG"


def test_pictures_with_equal_names_are_renamed_and_other_files_are_not_copied(tmp_path: Path) -> None:
    for name, data in {"a/p.jpg": b"1", "b/p.jpg": b"2", "c/p.jpg": b"1", ".env": b"secret"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    page = BODY + "".join(f'<img src="{name}" alt="x">' for name in ("a/p.jpg", "b/p.jpg", "c/p.jpg", ".env"))
    converted = convert(page.encode(), ConvertOptions("0", "Chères lectrices, chers lecteurs,", folder=tmp_path))
    assert converted.files == {"p.jpg": b"1", "p-2.jpg": b"2"}
    assert re.findall(r"!\[x\]\(([^)]*)\)", converted.text) == ["p.jpg", "p-2.jpg", "p.jpg", ".env"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_web_page_is_read_in_its_declared_encoding(convert_to_issue: ConvertToIssue, encoding: str) -> None:
    page = PAGE.replace("utf-8", encoding).replace("’", "'").replace("&egrave;", "è")
    assert convert_to_issue(page.encode(encoding)).salutation is not None


def make_word_document(folder: Path) -> bytes:
    """Return a letter as a Word document."""
    import io

    import docx
    from docx.shared import Inches
    from PIL import Image

    word = docx.Document()
    word.add_heading("Un été à vélo", 0)
    word.add_paragraph("Chères lectrices, chers lecteurs,")
    word.add_paragraph("Le chapô de la lettre, qui dit en quelques mots pourquoi il faut la lire.")
    word.add_heading("Le retour des rustines", 1)
    line = word.add_paragraph("On apprenait ")
    line.add_run("lundi").bold = True
    line.add_run(" que la ville rachetait l’ancien dépôt ; 5 * 3 = 15.")
    word.add_paragraph("une pompe", style="List Bullet")
    word.add_paragraph("deux rustines", style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    for cell, words in zip(
        [cell for row in table.rows for cell in row.cells], ["Ville", "Jour", "Lyon", "Mardi"], strict=True
    ):
        cell.text = words
    picture = folder / "p.png"
    Image.new("RGB", (40, 20), "teal").save(picture)
    word.add_picture(str(picture), width=Inches(1))
    word.add_paragraph("Et vous, que réparez-vous ?")
    word.add_paragraph("Jeanne Martin")
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def test_a_word_document_is_converted_with_its_structure(convert_to_issue: ConvertToIssue, tmp_path: Path) -> None:
    raw = make_word_document(tmp_path)
    issue = convert_to_issue(raw)
    assert (issue.front.subject, issue.front.authors) == ("Un été à vélo", ("Jeanne Martin",))
    assert [plain_text(section.heading.text) for section in issue.sections] == ["Le retour des rustines"]
    assert list_block_types(issue) == [
        *("Paragraph", "Paragraph", "Heading", "Paragraph", "Listing", "Table", "Picture", "Paragraph", "Paragraph"),
    ]
    converted = convert(raw, ConvertOptions("0", "Chères lectrices, chers lecteurs,"))
    assert list(converted.files) == ["image-1.png"]
    assert "**lundi**" in converted.text


FRAGMENTS = [
    "\ufeff<!DOCTYPE html><html><body>{}</body></html>",
    "<?xml version='1.0'?>\n<!DOCTYPE html><html><body>{}</body></html>",
    "{}",
    "<div dir=ltr>{}</div>",
]
BODY = "<p>Chères lectrices, chers lecteurs,</p><p>Le chapô &amp; sa suite, assez longue pour en être un.</p>"


@pytest.mark.parametrize("page", FRAGMENTS)
def test_html_is_recognised_whatever_its_first_tag(convert_to_issue: ConvertToIssue, page: str) -> None:
    assert list_paragraphs(convert_to_issue(page.format(BODY)))[:2] == [
        "Chères lectrices, chers lecteurs,",
        "Le chapô & sa suite, assez longue pour en être un.",
    ]


ODD_PAGES = [
    ("<div>Un</div><div><br></div><div>Deux</div>", ["Un", "Deux"]),
    ("<p>Un,<br><br>Deux.<br></p>", ["Un,", "Deux."]),
    ("<details><summary>Résumé</summary>Contenu</details><address>Adresse</address>", ["Résumé", "Contenu", "Adresse"]),
    ("<form><p>Dans un formulaire</p></form>", ["Dans un formulaire"]),
    ("<p>::: note</p><p>{{ prenom }} et 5 = 5</p>", ["::: note", "{{ prenom }} et 5 = 5"]),
    ("<table><tr><td><p>Un.</p><p>Deux.</p></td><td><p>Trois.</p></td></tr></table>", ["Un.", "Deux.", "Trois."]),
    ("<h2></h2><p>Un</p>", ["Un"]),
    ("<table><tr><td>" * 300 + "Au fond", ["Au fond"]),
]


@pytest.mark.parametrize(("page", "expected"), ODD_PAGES, ids=[case[0][:40] for case in ODD_PAGES])
def test_odd_html_gives_separate_paragraphs(convert_to_issue: ConvertToIssue, page: str, expected: list[str]) -> None:
    issue = convert_to_issue(BODY + page)
    assert list_paragraphs(issue)[2:] == expected
    assert not [span for span in issue.spans() if span.mark.value == "tag"]


def test_links_and_pictures_of_a_web_page_keep_their_whole_address(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(
        BODY + '<p>Voir <a href="https://a.fr/a b(c)?d=1">là</a>.</p><img src="ma photo.jpg" alt="Une photo">'
    )
    assert [span.target for span in issue.spans() if span.target.startswith("http")] == [
        "https://a.fr/a%20b%28c%29?d=1"
    ]
    assert [block.source for block in issue.all_blocks() if isinstance(block, Picture)] == ["ma%20photo.jpg"]


def test_a_figcaption_becomes_the_credit_of_its_picture(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(
        BODY + '<figure><img src="a.jpg" alt="Une photo"><figcaption>La "légende"</figcaption></figure><p>Suite.</p>'
    )
    (picture,) = [block for block in issue.all_blocks() if isinstance(block, Picture)]
    assert plain_text(picture.credit) == "La ”légende”"


def test_list_items_of_two_lines_are_kept_together_for_every_bullet(convert_to_issue: ConvertToIssue) -> None:
    for mark in "-•●▪✓":
        issue = convert_to_issue(
            RAW.replace("S’ils veulent", f"{mark} une pompe\nqui pompe\n{mark} deux rustines\n\nS’ils veulent")
        )
        (listing,) = [block for block in issue.all_blocks() if isinstance(block, Listing)]
        assert len(listing.items) == 2


def test_a_web_address_with_brackets_becomes_one_link(convert_to_issue: ConvertToIssue) -> None:
    issue = convert_to_issue(
        RAW.replace("S’ils veulent", "(Voir https://b.fr/x_(y), et https://c.fr.)\n\nS’ils veulent")
    )
    assert [span.target for span in issue.spans() if span.target] == ["https://b.fr/x_(y)", "https://c.fr"]


def test_page_breaks_and_manual_line_breaks_separate_words(convert_to_issue: ConvertToIssue) -> None:
    text = "Chères lectrices, chers lecteurs,\n\npremière page\x0cseconde page, un\x0bdeux\n\nUne fin assez longue."
    assert "premièrepage" not in "".join(convert_to_issue(text).lines)
    assert "première page" in list_paragraphs(convert_to_issue(text))


def test_utf_16_without_a_byte_order_mark_is_read(convert_to_issue: ConvertToIssue) -> None:
    assert list_paragraphs(convert_to_issue(RAW.encode("utf-16-le")))[0] == list_paragraphs(convert_to_issue(RAW))[0]


UNFIT = [
    (b"\xd0\xcf\x11\xe0 old Word", "convert_format"),
    (b"%PDF-1.7", "convert_format"),
    (b"{\\rtf1 x}", "convert_format"),
    (b"PK\x03\x04 broken", "convert_broken"),
    (b"<html><body></body></html>", "convert_empty"),
    (b"\x89PNG\r\n\x1a\n", "convert_format"),
    (bytes(range(32)) * 20, "convert_format"),
    (b"<ul><li>" * 3000, "convert_nested"),
    (b"<div>" * 100_000 + b"bonjour" + b"</div>" * 100_000, "convert_nested"),
    (b"<html><body>" + b"<span>" * 100_000 + b"bonjour", "convert_nested"),
    (b"<html><body>" + b"<table><tr><td>" * 30_000 + b"bonjour", "convert_nested"),
    (("<html><body>" + "<blockquote>" * 4000 + "bonjour").encode("utf-16"), "convert_nested"),
]


@pytest.mark.parametrize(("raw", "key"), UNFIT)
def test_input_that_cannot_be_converted_is_refused_with_a_reason(raw: bytes, key: str) -> None:
    with pytest.raises(InputError) as raised:
        convert(raw, ConvertOptions("0", "x"))
    assert raised.value.key == key


DEEP = [("div", MAX_DEPTH - 4), ("section", MAX_DEPTH - 4), ("center", MAX_DEPTH - 4), ("span", 150), ("b", 150), ("font", 150), ("blockquote", 90), ("ul", 150)]  # fmt: skip


@pytest.mark.parametrize(("tag", "depth"), DEEP)
def test_deeply_nested_html_keeps_its_words(tag: str, depth: int) -> None:
    page = f"<html><body>{f'<{tag}>' * depth}bonjour{f'</{tag}>' * depth}</body></html>"
    assert "bonjour" in convert(page.encode(), ConvertOptions("0", "x")).text


def test_many_sibling_elements_are_not_refused_as_nested() -> None:
    page = "<html><body>" + "<div><p>un<br>deux" * 100 + "</div>" * 100 + "<p>trois</p>" * 2_000 + "</body></html>"
    assert convert(page.encode(), ConvertOptions("0", "x")).text.count("\ntrois\n") == 2_000


def test_a_zip_archive_that_is_not_a_document_is_refused() -> None:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(InputError) as raised:
        convert(out.getvalue(), ConvertOptions("0", "x"))
    assert raised.value.key == "convert_format"


@settings(max_examples=200, deadline=None)
@given(
    raw=st.binary(max_size=400)
    | st.text(max_size=200).map(lambda text: f"<html><body>{text}".encode("utf-8", "replace"))
)
def test_any_bytes_are_converted_or_refused(raw: bytes) -> None:
    try:
        converted = convert(raw, ConvertOptions("0", "Chères lectrices, chers lecteurs,"))
    except InputError:
        return
    assert converted.text.startswith("---\n")

"""Raw text → an issue: every part labelled, not a word changed."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from newsletter import checks
from newsletter.compose import Theme, compose, read
from newsletter.compose.convert import Wanted, convert, escaped
from newsletter.errors import InputError
from newsletter.model.blocks import Paragraph, plain
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication

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
Label = Callable[[str | bytes], Issue]


@pytest.fixture
def label(tmp_path: Path, publication: Publication) -> Label:
    def run(raw: str | bytes) -> Issue:
        data = raw if isinstance(raw, bytes) else raw.encode()
        path = tmp_path / "2026-01-01-essai" / "index.md"
        path.parent.mkdir(exist_ok=True)
        converted = convert(data, Wanted("0123456789abcdef", publication.salutation, folder=tmp_path))
        path.write_text(converted.text, "utf-8")
        return read(path, publication)

    return run


def test_every_part_of_an_editorial_is_labelled(label: Label) -> None:
    issue = label(RAW)
    assert issue.opening is not None
    assert issue.opening.source == "jeanne-martin-a1B2c3D4e5F-unsplash.jpg"
    assert plain(issue.opening.credit) == "Crédit: Unsplash"
    assert issue.salutation is not None
    assert plain(issue.salutation.text) == "Chères lectrices, chers lecteurs,"
    assert len(issue.lead) == 1
    assert [plain(section.heading.text) for section in issue.sections] == ["Le retour des rustines"]
    assert len(issue.sections[0].blocks) == 4
    assert issue.signature is not None
    assert plain(issue.signature.text) == "Jeanne Martin"
    assert (issue.front.subject, issue.front.authors) == ("Le retour des rustines", ("Jeanne Martin",))
    assert issue.front.id == "0123456789abcdef"


def test_only_image_description_and_date_are_left_to_the_editor(
    label: Label, publication: Publication, default_theme: Theme
) -> None:
    issue = label(RAW)
    found = checks.check(issue, compose(issue, default_theme, publication), publication)
    assert [finding.code for finding in found] == ["M05", "I02", "T01"]


def paragraphs(issue: Issue) -> list[str]:
    return [" ".join(plain(block.text).split()) for block in issue.all_blocks() if isinstance(block, Paragraph)]


def test_not_a_word_is_changed(label: Label) -> None:
    words = " ".join([*paragraphs(label(RAW)), "Le retour des rustines", "Crédit: Unsplash"]).split()
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
def test_variants_of_the_same_text_are_labelled_alike(label: Label, raw: bytes) -> None:
    wanted, issue = label(RAW), label(raw)
    assert paragraphs(issue) == paragraphs(wanted)
    assert issue.front.subject == wanted.front.subject
    assert issue.opening is not None
    assert len(issue.sections) == 1


def test_a_list_becomes_one(label: Label) -> None:
    issue = label(RAW.replace("S’ils veulent", "• une pompe\n• deux rustines\n\nS’ils veulent"))
    assert "Listing" in {type(block).__name__ for block in issue.all_blocks()}


def test_a_postscript_stays_behind_the_signature(label: Label) -> None:
    issue = label(RAW + "\nP.-S. : l’atelier ouvre le jeudi.\n")
    assert issue.signature is not None
    assert plain(issue.signature.text) == "Jeanne Martin"
    assert len(issue.postscript) == 1


def test_an_address_becomes_a_link(label: Label) -> None:
    issue = label(RAW.replace("S’ils veulent", "Voir https://x.fr/a_b_c?d=1*2, et\n\nS’ils veulent"))
    assert [span.target for span in issue.spans() if span.target] == ["https://x.fr/a_b_c?d=1*2"]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xef\xbb\xbf", b"a" * 2_000_000])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError):
        convert(raw, Wanted("0", "x"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("ab é*_`[]()<>#!&;:.-+=~\\|{}1/\"'"), min_size=1, max_size=40))
def test_markdown_signs_are_only_text(text: str, label: Label) -> None:
    """Whatever is typed comes back as it was, and nothing in it becomes a heading, a list or a tag."""
    words = " ".join(f"{text} fin.".split())
    issue = label(
        f"Chères lectrices, chers lecteurs,\n\n{text} fin.\n\nUne phrase assez longue pour finir la lettre.\n"
    )
    assert words in [" ".join(one.split()) for one in paragraphs(issue)]


def test_escaping_is_sparing() -> None:
    assert escaped("l’e-pub snake_case 2 - 3 (voir) « ici »") == "l’e-pub snake_case 2 - 3 (voir) « ici »"

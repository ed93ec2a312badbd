"""Every block: parsed from Markdown and rendered for the mail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from newsletter.content.block_builder import parse
from newsletter.content.reader import read
from newsletter.model import blocks as model
from newsletter.model.blocks import Block, Callout, Columns, Listing, Mark, Paragraph, Picture, Quote, Video, plain_text
from newsletter.model.finding import Place
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme


def parse_text(text: str) -> tuple[list[Block], list[str]]:
    codes: list[str] = []

    def report(code: str, _place: Place, **_facts: object) -> None:
        codes.append(code)

    return list(parse(text.split("\n"), 1, report)[0]), codes


def list_block_types(text: str) -> list[str]:
    found, codes = parse_text(text)
    assert codes == []
    return [type(block).__name__ for block in found]


KINDS = [
    ("un mot", ["Paragraph"]),
    ("## Titre", ["Heading"]),
    ("![a](b.jpg)", ["Picture"]),
    ("![a](b.jpg)\nCrédit : moi", ["Picture"]),
    ("![a](b.jpg)\n\n© moi", ["Picture"]),
    ("![a](b.jpg) un mot", ["Paragraph"]),
    ("> a\n> — b", ["Quote"]),
    ("- a\n- b", ["Listing"]),
    ("1. a", ["Listing"]),
    ("| a |\n|---|\n| b |", ["Table"]),
    ("```\nx\n```", ["Code"]),
    ("***", ["Divider"]),
    ("[a](https://x.fr){.bouton}", ["Button"]),
    ("[a](https://x.fr){.button}", ["Button"]),
    ("[a](https://x.fr){.bouton} et un mot", ["Paragraph"]),
    ("[a](https://x.fr) et [b](https://x.fr){.bouton}", ["Paragraph"]),
    ("::: bouton https://x.fr\na\n:::", ["Button"]),
    ("::: bouton https://x.fr Lire\n:::", ["Button"]),
    ("::: bouton\n[a](https://x.fr)\n:::", ["Button"]),
    ("::: encadre\na\n:::", ["Callout"]),
    ("::: note Titre\na\n:::", ["Callout"]),
    ("::: agenda\n- a\n:::", ["Callout"]),
    ("::: sommaire\n:::", ["Callout"]),
    ("::: citation Elle\na\n:::", ["Quote"]),
    ("::: citation\n> a\n> — Elle\n:::", ["Quote"]),
    ("::: video https://x.fr Titre\n![a](b.jpg)\n:::", ["Video"]),
    ("[![a](b.jpg)](https://www.youtube.com/watch?v=1)", ["Video"]),
    ("[![a](b.jpg)](https://x.fr)", ["Picture"]),
    ("::: colonnes\na\n\n---\n\nb\n:::", ["Columns"]),
    (":::: encadre\n::: note\na\n:::\n::::", ["Callout"]),
    ("<!-- rien -->", []),
    ("<sup>a</sup> b", ["Paragraph"]),
    ("<br>", []),
]


@pytest.mark.parametrize(("text", "expected"), KINDS, ids=[case[0] for case in KINDS])
def test_markdown_is_parsed_to_the_expected_block_types(text: str, expected: list[str]) -> None:
    assert list_block_types(text) == expected


def parse_block(text: str) -> Block:
    (block,), _ = parse_text(text)
    return block


def test_a_picture_keeps_both_its_caption_and_its_credit() -> None:
    picture = parse_block('![a](b.jpg "La légende")\n\nCrédit : moi')
    assert isinstance(picture, Picture)
    assert plain_text(picture.credit) == "La légende\nCrédit : moi"


def test_an_image_can_be_given_a_width() -> None:
    picture = parse_block("![a](b.jpg){width=200px}")
    assert isinstance(picture, Picture)
    assert picture.width == 200


def test_the_author_of_a_quote_is_read_from_every_syntax() -> None:
    for text in ("> a\n> — Elle", "> a\n>\n> — Elle", "::: citation Elle\na\n:::", "::: citation\n> a\n> — Elle\n:::"):
        quote = parse_block(text)
        assert isinstance(quote, Quote)
        assert plain_text(quote.author) == "Elle"
        assert [plain_text(block.text) for block in quote.blocks if isinstance(block, Paragraph)] == ["a"]


def test_a_video_has_an_address_a_title_and_a_linked_picture() -> None:
    video = parse_block("::: video https://x.fr/v Le *film*\n![a](b.jpg)\n\nCrédit : moi\n:::")
    assert isinstance(video, Video)
    assert video.picture is not None
    assert (video.url, plain_text(video.title), video.picture.link) == ("https://x.fr/v", "Le film", "https://x.fr/v")
    assert plain_text(video.picture.credit) == "Crédit : moi"


def test_columns_are_split_at_the_dividers() -> None:
    columns = parse_block("::: colonnes\na\n\nb\n\n---\n\nc\n\n---\n\nd\n:::")
    assert isinstance(columns, Columns)
    assert [len(column) for column in columns.columns] == [2, 1, 1]


def test_a_table_of_contents_lists_the_section_titles(
    write_issue: Callable[..., Path], publication: Publication, valid: str
) -> None:
    text = valid.replace("Alors que", "::: sommaire\n:::\n\nAlors que")
    issue = read(write_issue(text), publication)
    callout = next(block for block in issue.lead if isinstance(block, Callout))
    (listing,) = callout.blocks
    assert isinstance(listing, Listing)
    assert len(listing.items) == 1


def test_footnotes_are_numbered_in_the_order_of_their_calls() -> None:
    text = "a[^b] c[^a] d[^b]\n\n[^a]: deux\n[^b]: un\n\n    suite"
    found, notes = parse(text.split("\n"), 10, lambda *_a, **_k: None)
    (block,) = found
    assert isinstance(block, Paragraph)
    assert [span.text for span in block.text if span.mark is Mark.NOTE] == ["1", "2", "1"]
    assert [(note.number, note.place.line, len(note.blocks)) for note in notes] == [(1, 13, 2), (2, 12, 1)]


def test_only_allowed_html_elements_become_marks() -> None:
    (block,), codes = parse_text(
        "<b title='x' onclick=alert(1)>a</b> <i>b</i><br/>c <script>d</script> <span lang='en'>e</span>"
    )
    assert isinstance(block, Paragraph)
    opened = [(span.text, span.target) for span in block.text if span.mark is Mark.OPEN]
    assert opened == [("b", ' title="x"'), ("i", ""), ("span", ' lang="en"')]
    assert codes == ["H04"]
    assert [span.text for span in block.text if span.mark is Mark.HTML] == ["<script>", "</script>"]


HOSTILE = ['<span title="\\"><script>">x</span>', "<b title='a>b'>x</b>", '<abbr title="&quot; onload=x">y</abbr>']


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_hostile_html_attribute_adds_no_element_and_no_handler(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str, typed: str
) -> None:
    edition = compose(read(write_issue(valid.replace("une start-up", typed)), publication), default_theme, publication)
    tree = etree.fromstring(edition.html, etree.HTMLParser())
    assert not tree.xpath("//script | //*[@onload] | //*[@onclick]")


IN_HTML = [
    ("> a\n> — b", '<td class="quote"', "— b</p>"),
    ("::: citation Elle\na\n:::", '<td class="pull"', "— Elle</p>"),
    ("::: encadre Titre\na\n:::", '<td class="callout encadre"', ">Titre</p>"),
    ("::: attention\na\n:::", '<td class="callout attention"', ">Attention</p>"),
    ("| a | b |\n|:--|--:|\n| un | 2 |", '<th scope="col" align="left"', 'align="right"'),
    ("[Lire](https://x.fr/z){.bouton}", '<a href="https://x.fr/z"', "display:inline-block"),
    ("> [Lire](https://x.fr/z){.bouton}", 'class="button"', "display:inline-block"),
    ("::: video https://x.fr/v Le film\n:::", '<a href="https://x.fr/v"', "Voir la vidéo&nbsp;: Le film</a>"),
    ("::: colonnes\na\n\n---\n\nb\n:::", "mj-column-per-50", "nl-column"),
    ("mot[^1]\n\n[^1]: La note.", '<sup class="call"', "<li"),
    ("a ~~b~~ <mark>c</mark>", "<s>b</s>", "<mark"),
    ("![Une carte](hero.jpg){width=200}", 'width="200"', "Une carte"),
    ("a\\\nb", "a<br />b", "b"),
]


@pytest.mark.parametrize(("text", "first", "second"), IN_HTML, ids=[case[0] for case in IN_HTML])
def test_a_block_is_rendered_as_the_expected_html(
    write_issue: Callable[..., Path],
    publication: Publication,
    default_theme: Theme,
    valid: str,
    text: str,
    first: str,
    second: str,
) -> None:
    path = write_issue(valid.replace("Comment les réseaux", f"{text}\n\nComment les réseaux"))
    html = compose(read(path, publication), default_theme, publication).html.replace("\n>", ">").replace("\n", " ")
    assert first in html
    assert second in html


def list_sample_issues() -> list[Path]:
    return sorted((Path(__file__).parents[2] / "issues").glob("*/index.md"))


def test_the_sample_issues_together_use_every_block_type(publication: Publication) -> None:
    issues = [read(path, publication) for path in list_sample_issues()]
    used = {type(block).__name__ for issue in issues for block in issue.all_blocks()}
    every = {kind.__name__ for kind in model.Block.__args__} - {"RawHtml"}
    assert used == every
    assert {block.kind for issue in issues for block in issue.all_blocks() if isinstance(block, Callout)} == {
        *("encadre", "note", "attention", "agenda", "sommaire")
    }
    assert any(issue.notes for issue in issues)
    assert any(isinstance(block, Quote) and block.pulled for issue in issues for block in issue.all_blocks())


@pytest.mark.parametrize("path", list_sample_issues(), ids=lambda path: path.parent.name)
def test_a_sample_issue_has_no_findings(path: Path, publication: Publication, default_theme: Theme) -> None:
    from newsletter import checks

    issue: Issue = read(path, publication)
    assert checks.check(issue, compose(issue, default_theme, publication), publication) == []

"""The small parts of the desk: places of findings, CSS that mail programs ignore, files that are watched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.checks import client_support
from newsletter.content.reader import read
from newsletter.model.finding import Place
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme
from newsletter.system.files import may_change_issue
from newsletter.web.desk import endpoints, finding_locator, panels
from newsletter.web.desk.panels import _REMOTE

PLACES = [
    (1, ""),
    (2, "réseauxsociauxlabatailledubouton"),
    (3, ""),
    (9, "unemaintientuntéléphone"),
    (11, "créditmarkkönig"),
    (13, "chèreslectriceschersl"),
    (19, "onapprenaitmercredi"),
    (20, "onapprenaitmercredi"),
    (23, "yvandupuy"),
]


@pytest.mark.parametrize(("line", "words"), PLACES)
def test_a_finding_is_located_by_the_words_at_its_place(
    write_issue: Callable[..., Path], publication: Publication, line: int, words: str
) -> None:
    found = finding_locator.make_locator(read(write_issue(), publication))(Place(line)).words
    assert found.startswith(words)
    assert bool(found) is bool(words)


def test_repeated_words_are_distinguished_by_their_count(
    write_issue: Callable[..., Path], publication: Publication, valid: str
) -> None:
    issue = read(write_issue(valid.replace("## La suite", "À COMPLÉTER\n\nÀ COMPLÉTER\n\n## La suite")), publication)
    assert [finding_locator.make_locator(issue)(Place(line)).before for line in (17, 19)] == [0, 1]


def test_merge_tags_are_left_out_of_the_located_words() -> None:
    assert finding_locator.fold("{{ prenom }}, asseyez-vous : cette semaine") == "asseyezvouscettesemaine"


def test_a_client_that_drops_the_style_element_lists_only_html_style() -> None:
    html = "<style>@media (prefers-color-scheme: dark) { a:hover { color: red } }</style><p style='border-radius:3px'>x</p>"
    dropped = client_support.unsupported_features(html)
    assert dropped["La Poste"] == ["html-style"]
    assert "css-at-media-prefers-color-scheme" in dropped["Gmail"]
    assert "css-border-radius" in dropped["Outlook (Windows)"]
    assert dropped["Apple Mail (macOS)"] == []


def test_the_table_of_mail_programs_has_an_answer_for_every_client() -> None:
    table = client_support.table()
    for _, letters in table["features"].values():
        assert len(letters) == len(table["clients"])
        assert set(letters) <= set("ynau")


def test_outlook_ignores_only_decorative_css_of_the_default_theme(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme
) -> None:
    edition = compose(read(write_issue(), publication), default_theme, publication)
    assert client_support.unsupported_features(edition.html)["Outlook (Windows)"] == [
        "css-at-media",
        "css-at-media-prefers-color-scheme",
        "css-pseudo-class-hover",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("issues/a/index.md", True), ("issues/a/photo.jpg", True), ("templates/default/theme.toml", True),
        ("newsletter.toml", True), (".env", True), (".mots.txt", True),
        ("issues/a/.index.md.swp", False), ("issues/a/index.md~", False), ("outbox/1/2.eml", False),
        (".git/index", False), ("rendered/a.html", False),
    ],
)  # fmt: skip
def test_may_change_issue_is_true_only_for_relevant_files(path: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert may_change_issue(Path(path)) is expected


def test_the_routes_list_every_view_and_panel() -> None:
    assert (tuple(panels.VIEWS), tuple(panels.PANELS)) == (endpoints.VIEWS, endpoints.PANELS)


def test_only_the_source_of_remote_pictures_is_removed() -> None:
    html = '<img alt="a" src="https://x.fr/a.jpg" width="9" /><img src="/i/b.jpg" /><a href="https://x.fr">src="https://</a>'
    expected = html.replace('src="https://x.fr/a.jpg"', 'data-elsewhere="https://x.fr/a.jpg"')
    assert _REMOTE.sub(r"\1data-elsewhere\2", html) == expected

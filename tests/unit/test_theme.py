"""The pipeline Jinja → MJML → mrml → premailer → serializer, and every defect of it that harmed a mailing."""

from __future__ import annotations

import http.server
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from lxml import etree

from newsletter.content.reader import read
from newsletter.editorial.new_publication import bundled_templates
from newsletter.errors import TemplateError
from newsletter.i18n.exceptions import explained
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.rendering import theme
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme

MakeTheme = Callable[..., Theme]
BODY = '<mj-body width="600px">{}</mj-body>'


@pytest.fixture
def make_theme(tmp_path: Path) -> MakeTheme:
    """Load the default theme with some files, or a text in a file, replaced."""

    def make(files: dict[str, str] | None = None, replace: tuple[str, str, str] | None = None, **options: str) -> Theme:
        folder = tmp_path / "templates"
        shutil.copytree(Path(str(bundled_templates())), folder, dirs_exist_ok=True)
        for name, text in (files or {}).items():
            (folder / "default" / name).write_text(text)
        if replace:
            path = folder / "default" / replace[0]
            assert replace[1] in path.read_text()
            path.write_text(path.read_text().replace(replace[1], replace[2], 1))
        return theme.load(folder, {"name": "default", **options})

    return make


@pytest.fixture
def compose_issue(
    write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str
) -> Callable[..., Edition]:
    def make(old: str = "", new: str = "", chosen_theme: Theme | None = None) -> Edition:
        return compose(
            read(write_issue(valid.replace(old, new, 1)), publication), chosen_theme or default_theme, publication
        )

    return make


def parse_html(edition: Edition) -> etree._Element:
    return etree.fromstring(edition.html, etree.HTMLParser())


def test_the_html_begins_with_the_doctype(compose_issue: Callable[..., Edition]) -> None:
    assert compose_issue().html.startswith("<!doctype html>\n<html")


def test_the_html_has_language_direction_title_and_one_h1(compose_issue: Callable[..., Edition]) -> None:
    root = parse_html(compose_issue())
    article = root.find(".//div[@role='article']")
    assert (root.get("lang"), root.get("dir")) == ("fr", "ltr")
    assert (article.get("lang"), article.get("dir")) == ("fr", "ltr")
    assert root.findtext(".//title") == "Réseaux sociaux\u00a0: la bataille du bouton"
    assert len(root.findall(".//h1")) == 1


HOSTILE = st.text(st.sampled_from("\u00a0\u202f\u2009\u200d\u00ad\u0301\\\"'<>&é\u0e33\u064b n{}u"), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(alt=HOSTILE, title=HOSTILE)
def test_any_text_in_an_attribute_is_kept_unchanged(
    alt: str, title: str, publication: Publication, default_theme: Theme
) -> None:
    """mrml writes attributes with Rust's {:?}: a no-break space became \\u{a0}, a quotation mark \\\"."""
    context = make_page_context(publication, subject=title, alt=alt)
    html = theme.render_page(default_theme, context)
    root = etree.fromstring(html, etree.HTMLParser())
    assert root.find(".//img").get("alt") == alt
    assert root.find(".//div[@role='article']").get("aria-label", "") == title


def make_page_context(publication: Publication, subject: str, alt: str) -> dict[str, object]:
    from markupsafe import Markup

    from newsletter.rendering.html_body import Piece, ThemePicture

    return {
        "lang": "fr", "dir": "ltr", "subject": subject, "preheader": "", "number": "", "authors": (), "date": "",
        "publication": publication, "logo": None,
        "pieces": [Piece("picture", picture=ThemePicture("https://x.fr/a.jpg", alt, 300, "", Markup("")))],
        "urls": {"online_url": "https://x.fr/n/a/", "unsubscribe_url": "https://x.fr/u/t"},
        "say": lambda key, **_facts: key,
    }  # fmt: skip


def test_a_padding_of_zero_without_unit_is_accepted(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme
) -> None:
    """mrml does not parse "0 24px": Outlook's columns became 600 wide instead of 552."""
    chosen_theme = make_theme(
        replace=(
            "layout.mjml.j2",
            '<mj-section padding="0px {{ options.gutter }}" />',
            '<mj-section padding="0 {{ options.gutter }}" />',
        )
    )
    assert compose_issue(chosen_theme=chosen_theme).html == compose_issue().html
    assert "width:552px" in compose_issue().html


def test_the_html_loads_no_external_font(compose_issue: Callable[..., Edition]) -> None:
    """mjml-python adds a Google Fonts link by default, and with it a reader's address goes to Google."""
    html = compose_issue().html
    assert "googleapis" not in html
    assert "@import" not in html
    assert "<link" not in html


def test_premailer_does_not_change_the_head(compose_issue: Callable[..., Edition]) -> None:
    """By default, premailer deletes @media, [data-ogsc] and every !important, and so dark mode."""
    html = compose_issue().html
    for kept in ("@media (prefers-color-scheme: dark)", "[data-ogsc]", "!important", "#outlook a", "a:hover"):
        assert kept in html
    assert "data-premailer" not in html
    assert not parse_html(compose_issue()).xpath("//@bgcolor | //@valign")


def test_no_inline_style_is_important(compose_issue: Callable[..., Edition]) -> None:
    """Outlook ignores an inline !important, and the dark rules could not override it."""
    assert not [style for style in parse_html(compose_issue()).xpath("//@style") if "!important" in style]


def test_css_is_not_escaped_as_html(compose_issue: Callable[..., Edition]) -> None:
    html = compose_issue().html
    assert "&#39;" not in html
    assert 'font-family:Georgia, "Times New Roman", serif' in parse_html(compose_issue()).find(".//h2").get("style")


def test_css_rules_of_the_content_are_inlined(compose_issue: Callable[..., Edition]) -> None:
    """mj-style inline="inline" is left in the head by mjml-python, so premailer does it."""
    root = parse_html(compose_issue())
    assert "text-decoration:underline" in root.find(".//h2/../p/a").get("style").replace(" ", "")
    assert "font-size:26px" in root.find(".//h2").get("style").replace(" ", "")


def test_links_with_placeholders_are_kept_in_html_and_text(compose_issue: Callable[..., Edition]) -> None:
    edition = compose_issue("[Twitter](https://twitter.com)", "[partir]({{ unsubscribe_url }})")
    assert edition.html.count("https://lettre.example.org/u/-nl.t.token~") == 2
    assert "https://lettre.example.org/u/-nl.t.token~" in edition.text


def test_a_style_attribute_in_the_text_is_removed(compose_issue: Callable[..., Edition]) -> None:
    """premailer raises TypeError on style="head": its cache is shared between three functions."""
    edition = compose_issue("une start-up", '<b style="head">une</b>')
    assert "<b>une</b>" in edition.html
    assert 'style="head"' not in edition.html


def test_every_line_is_short_enough_for_smtp(compose_issue: Callable[..., Edition]) -> None:
    """mrml's output is one line of up to 45 KB; SMTP allows 998 octets."""
    edition = compose_issue("Comment les", "mot " * 4000 + "\n\nComment les")
    assert max(len(line.encode()) for line in edition.html.split("\n")) <= 998


def test_a_code_block_keeps_its_lines_and_spaces(compose_issue: Callable[..., Edition]) -> None:
    code = "def f():\n" + "    x = 'mot mot'  # " + "mot " * 200 + "fin\n"
    root = parse_html(compose_issue("Comment les", f"```\n{code}```\n\nComment les"))
    assert root.findtext(".//pre") == code.rstrip("\n")


def test_composing_is_deterministic_and_opens_no_socket(
    compose_issue: Callable[..., Edition], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert compose_issue() == compose_issue()


@pytest.mark.parametrize("file", ["content.css.j2", "head.css.j2"])
def test_an_import_in_css_is_not_fetched(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme, tmp_path: Path, file: str
) -> None:
    """cssutils opens @import, http and file://, even when premailer is told allow_network=False."""
    secret = tmp_path / "secret.css"
    secret.write_text("p { color: #abcdef }")
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    css = f'@import url("file://{secret}");\n@import url("http://127.0.0.1:{server.server_port}/x.css");\n'
    html = compose_issue(chosen_theme=make_theme({file: css})).html
    server.shutdown()
    server.server_close()
    assert "#abcdef" not in html
    assert requests == []


BROKEN = [
    ("an unknown component", "<mj-foo />", "mjml_child", 3),
    ("a text outside of a column", "</mj-column><mj-text>x</mj-text><mj-column>", "mjml_child", 3),
    ("an unknown attribute", '<mj-text colour="red">x</mj-text>', "mjml_attribute", 3),
    ("a value of another kind", '<mj-image src="x" width="abc" />', "mjml_value", 3),
    ("an unclosed tag", "<mj-text><p>x</mj-text>", "template_not_xml", 3),
    ("an include of MJML's own", '<mj-include path="/etc/passwd" />', "mjml_child", 3),
    ("two classes", '<mj-text mj-class="a b">x</mj-text>', "mjml_classes", 3),
    ("inlining that mrml does not do", '</mj-column></mj-section></mj-body><mj-head><mj-style inline="inline">p{}</mj-style></mj-head><mj-body><mj-section><mj-column>', "mjml_attribute", 3),
    ("a preheader that costs spam points", "</mj-column></mj-section></mj-body><mj-head><mj-preview>x</mj-preview></mj-head><mj-body><mj-section><mj-column>", "mjml_child", 3),
    ("defaults that are ignored", '</mj-column></mj-section></mj-body><mj-head><mj-attributes><mj-body width="9px" /></mj-attributes></mj-head><mj-body><mj-section><mj-column>', "mjml_default", 3),
    ("a variable that is not there", "<mj-text>{{ nothing }}</mj-text>", "template_broken", 3),
    ("an attribute that is not there", "<mj-text>{{ publication.nothing }}</mj-text>", "template_broken", 3),
    ("a template that is not there", '{% include "nothing.j2" %}', "template_missing", None),
    ("broken syntax", "{% for %}", "template_broken", 3),
    ("a division by zero", "{{ 1 / 0 }}", "template_broken", 3),
    ("a way out of the sandbox", "{{ ''.__class__.__mro__ }}", "template_broken", 3),
    ("a gigabyte", "{{ 'x' * 10 ** 9 }}", "template_broken", 3),
    ("an endless recursion", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "template_broken", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "line"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_mistake_in_a_theme_is_reported_with_template_and_line(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme, text: str, key: str, line: int | None
) -> None:
    source = (
        "<mjml>\n"
        '<mj-body width="600px"><mj-section><mj-column>\n' + text + "\n</mj-column></mj-section></mj-body></mjml>"
    )
    with pytest.raises(TemplateError) as raised:
        compose_issue(chosen_theme=make_theme({"issue.mjml.j2": source}))
    assert raised.value.key == key
    if line:
        assert raised.value.facts["at"] == f"default/issue.mjml.j2:{line}"


def test_a_mistake_in_an_included_template_names_the_included_template(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme
) -> None:
    chosen_theme = make_theme(replace=("pieces.mjml.j2", "<mj-divider width=", "<mj-divider wdth="))
    with pytest.raises(TemplateError) as raised:
        compose_issue("Comment les", "***\n\nComment les", chosen_theme=chosen_theme)
    assert raised.value.facts["at"] == "default/pieces.mjml.j2:41"
    assert raised.value.facts["allowed"] == "width"


def test_a_template_that_renders_too_long_is_stopped(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theme, "MAX_RENDER_SECONDS", 0.3)
    loop = "{% set r = range(9999) %}" + "{% for a in r %}" * 4 + "{% endfor %}" * 4
    with pytest.raises(TemplateError) as raised:
        compose_issue(chosen_theme=make_theme({"issue.mjml.j2": loop}))
    assert raised.value.key == "template_loops"


def test_html_character_names_in_a_template_are_decoded(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme
) -> None:
    chosen_theme = make_theme(replace=("layout.mjml.j2", '{{ say("read_online") }}', "a&nbsp;&eacute;&mdash;&amp;"))
    assert "a\u00a0é—&" in "".join(parse_html(compose_issue(chosen_theme=chosen_theme)).itertext())


def test_an_unknown_theme_and_an_unknown_option_are_refused(tmp_path: Path, make_theme: MakeTheme) -> None:
    with pytest.raises(TemplateError, match="theme_missing"):
        theme.load(tmp_path, {"name": "nope"})
    with pytest.raises(TemplateError, match="theme_option_unknown"):
        make_theme(colour="red")


@pytest.mark.parametrize(("option", "value"), [("width", "wide"), ("width", "600"), ("ink", "rgb(1)"), ("font", "a}b")])
def test_a_theme_option_of_the_wrong_type_is_refused(make_theme: MakeTheme, option: str, value: str) -> None:
    with pytest.raises(TemplateError, match="theme_option_wrong"):
        make_theme(**{option: value})


def test_theme_options_appear_in_the_html(compose_issue: Callable[..., Edition], make_theme: MakeTheme) -> None:
    html = compose_issue(chosen_theme=make_theme(accent="#00557f", width="640px")).html
    assert "#00557f" in html
    assert 'width="640"' in html


def test_deeply_nested_emphasis_is_flattened(compose_issue: Callable[..., Edition]) -> None:
    """mrml and libxml2 nest by recursion; thousands of marks inside one another must not reach them."""
    edition = compose_issue("une start-up", "*a **b " * 2000 + "x" + "** *" * 2000)
    assert "b " in edition.html


def test_a_theme_inherits_missing_files_and_options_from_its_base(compose_issue: Callable[..., Edition]) -> None:
    """The second theme has only colours, fonts, a band and a few dark rules."""
    revue = theme.load(Path(str(bundled_templates())), {"name": "revue"})
    page = parse_html(compose_issue(chosen_theme=revue))
    assert revue.options.values["accent"] == "#0b5a7a"
    assert revue.width == 600
    assert page.find(".//*[@class='nl-band nl-pad']") is not None
    assert "Se désabonner" in "".join(page.itertext()).replace("\n", " ")
    assert len(list(page.iter("h1"))) == 1


@pytest.mark.parametrize("name", ["default", "revue"])
def test_the_bundled_themes_have_no_findings(
    name: str, write_issue: Callable[..., Path], publication: Publication
) -> None:
    """All rules are checked: contrast in light, dark and forced dark mode, structure, weight."""
    from newsletter.checks import check

    chosen_theme = theme.load(Path(str(bundled_templates())), {"name": name})
    issue = read(write_issue(), publication)
    assert check(issue, compose(issue, chosen_theme, publication), publication) == []
    assert chosen_theme.options.low_contrast == ()


@pytest.mark.parametrize("name", ["../default", "/etc", "default/", ".."])
def test_a_theme_name_outside_the_templates_is_refused(tmp_path: Path, make_theme: MakeTheme, name: str) -> None:
    make_theme()
    with pytest.raises(TemplateError, match="theme_missing"):
        theme.load(tmp_path / "templates" / "revue", {"name": name})


def test_a_theme_that_is_its_own_base_is_refused(make_theme: MakeTheme) -> None:
    with pytest.raises(TemplateError, match="theme_base"):
        make_theme({"theme.toml": 'base = "default"\nwidth = "600px"\n'})


def test_low_contrast_colours_give_a_finding_with_the_option_name(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme
) -> None:
    (found,) = [
        finding
        for finding in compose_issue(chosen_theme=make_theme(muted="#b5ab9d")).findings
        if finding.facts["ground"] == "paper"
    ]
    assert found.code == "R54"
    assert found.facts["option"] == "muted"
    assert found.facts["ratio"] == pytest.approx(2.2, abs=0.1)


def test_a_logo_is_part_of_the_edition(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme, tmp_path: Path
) -> None:
    from PIL import Image

    Image.new("RGB", (1000, 300), "teal").save(tmp_path / "logo.png")
    edition = compose_issue(chosen_theme=make_theme(logo="logo.png", logo_width="200px"))
    (image,) = [picture for picture in edition.images if picture.extension == "png"]
    shown = parse_html(edition).find(f".//img[@src='https://lettre.example.org/i/{image.name}']")
    assert image.width == 400
    assert shown.get("width") == "200"
    assert shown.get("alt") == "La Lettre"


@pytest.mark.parametrize("name", ["nowhere.png", "newsletter.txt", "/etc/hostname", "../logo.png", "issues", "a\0b"])
def test_a_logo_that_is_not_a_picture_is_refused(
    compose_issue: Callable[..., Edition], make_theme: MakeTheme, tmp_path: Path, name: str
) -> None:
    (tmp_path / "newsletter.txt").write_text("no picture")
    with pytest.raises(TemplateError, match="theme_logo"):
        compose_issue(chosen_theme=make_theme(logo=name))


def test_theme_texts_may_contain_any_character(compose_issue: Callable[..., Edition], make_theme: MakeTheme) -> None:
    said = "".join(
        parse_html(
            compose_issue(chosen_theme=make_theme(why="Parce que <vous> ; oui", footer="Imprimé à Lyon"))
        ).itertext()
    )
    assert "Parce que <vous> ; oui" in said.replace("\n", " ")
    assert "Imprimé à Lyon" in said.replace("\n", " ")


def test_the_opening_image_fills_the_width_only_if_large_enough(
    compose_issue: Callable[..., Edition], tmp_path: Path
) -> None:
    from PIL import Image

    assert parse_html(compose_issue()).find(".//img").get("width") == "600"
    Image.new("RGB", (300, 200), "teal").save(tmp_path / "issues" / "2014-07-21-reseaux" / "small.jpg")
    assert parse_html(compose_issue("(hero.jpg)", "(small.jpg)")).find(".//img").get("width") == "300"


@pytest.mark.parametrize(
    ("text", "key", "line", "name"),
    [
        ("width = ", "toml_unfinished", 2, "width"),
        ('width = "600px"\nwidth = "500px"', "toml_twice", 3, "width"),
        ('[contrast]\naccent = "paper"', "theme_needs_list", 3, "accent"),
        ("[contrast]\naccent = [1]", "theme_needs_text", 3, "accent"),
        ('[contrast]\nfont = ["paper"]', "theme_contrast", 2, "font"),
        ('texts = "x"', "theme_needs_table", 2, "texts"),
        ("[texts]\nfooter = 3", "theme_needs_text", 3, "footer"),
        ("width = 600", "theme_needs_text", 2, "width"),
        ("[width]\nx = 1", "theme_needs_text", 2, "width"),
        ("width = 'wide'", "theme_length", 2, "width"),
        ("logo_width = '0px'", "theme_length", 2, "logo_width"),
        ('base = "../default"', "theme_base", 1, None),
        ('base = "nowhere"', "theme_base", 1, None),
        ("base = 3", "theme_needs_text", 1, "base"),
        ("\x00", "toml_syntax", 2, "\x00"),
    ],
)
def test_a_mistake_in_theme_options_is_reported_in_french_with_its_line(
    make_theme: MakeTheme, tmp_path: Path, text: str, key: str, line: int, name: str | None
) -> None:
    make_theme()
    folder = tmp_path / "templates" / "mine"
    folder.mkdir()
    base = "" if "base" in text else 'base = "default"\n'
    (folder / "theme.toml").write_text(base + text)
    with pytest.raises(TemplateError, match=key) as raised:
        theme.load(tmp_path / "templates", {"name": "mine"})
    facts = raised.value.facts
    assert (facts["line"], facts.get("name")) == (line, name)
    said = explained(raised.value, "fr")[0]
    assert f"theme.toml, ligne {line}" in said
    assert "nput should" not in said


def test_a_column_that_is_too_narrow_is_refused(make_theme: MakeTheme, tmp_path: Path) -> None:
    make_theme()
    (tmp_path / "templates" / "mine").mkdir()
    (tmp_path / "templates" / "mine" / "theme.toml").write_text('base = "default"\nwidth = "210px"\ngutter = "50px"\n')
    with pytest.raises(TemplateError, match="theme_narrow") as raised:
        theme.load(tmp_path / "templates", {"name": "mine"})
    assert "110\u00a0pixels" in explained(raised.value, "fr")[0]


LINKS = {
    "include": ('{% include "lien.j2" %}', "lien.j2"),
    "extends": ('{% extends "lien.j2" %}', "lien.j2"),
    "import": ('{% import "lien.j2" as it %}', "lien.j2"),
    "from": ('{% from "lien.j2" import it %}', "lien.j2"),
    "ignore missing": ('{% include "lien.j2" ignore missing %}', "lien.j2"),
    "the template itself": (None, "issue.mjml.j2"),
    "the style": (None, "content.css.j2"),
    "the options": (None, "theme.toml"),
    "a folder": ('{% include "autre/secret.j2" %}', "autre"),
}


@pytest.mark.parametrize("way", LINKS)
def test_a_symbolic_link_to_a_file_outside_the_themes_is_refused(
    make_theme: MakeTheme, compose_issue: Callable[..., Edition], tmp_path: Path, way: str
) -> None:
    """Also to a file of the publication, because one of these files contains the keys."""
    template, name = LINKS[way]
    make_theme({"issue.mjml.j2": template} if template else None)
    own = tmp_path / "templates" / "default" / name
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = outside / "secret.j2"
    secret.write_bytes(own.read_bytes() if own.is_file() else b"SECRET")
    own.unlink(missing_ok=True)
    own.symlink_to(outside if way == "a folder" else secret)
    with pytest.raises(TemplateError, match="template_outside"):
        compose_issue(chosen_theme=theme.load(tmp_path / "templates", {"name": "default"}))


def test_a_symbolic_link_within_the_themes_is_followed(
    make_theme: MakeTheme, compose_issue: Callable[..., Edition], tmp_path: Path
) -> None:
    make_theme()
    folder = tmp_path / "templates" / "default"
    (folder / "issue.mjml.j2").rename(folder / "real.j2")
    (folder / "issue.mjml.j2").symlink_to("real.j2")
    shown = tmp_path / "shown"
    shown.symlink_to(tmp_path / "templates")
    assert compose_issue(chosen_theme=theme.load(shown, {"name": "default"})).html


def test_a_theme_folder_linked_from_elsewhere_is_refused(make_theme: MakeTheme, tmp_path: Path) -> None:
    make_theme()
    (tmp_path / "templates" / "default").rename(tmp_path / "elsewhere")
    (tmp_path / "templates" / "default").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TemplateError, match="template_outside"):
        theme.load(tmp_path / "templates", {"name": "default"})


@pytest.mark.parametrize(
    "options",
    [{"width": "0px"}, {"width": "10px"}, {"gutter": "400px"}, {"logo_width": "0px"}, {"width": "٣٠٠px"}],
    ids=str,
)
def test_theme_widths_too_narrow_to_read_are_refused(make_theme: MakeTheme, options: dict[str, str]) -> None:
    with pytest.raises(TemplateError, match=r"theme_option_wrong|theme_narrow"):
        make_theme(**options)


def test_a_theme_without_widths_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "theme.toml").write_text('accent = "#123456"')
    with pytest.raises(TemplateError, match="theme_length"):
        theme.load(tmp_path, {"name": "mine"})

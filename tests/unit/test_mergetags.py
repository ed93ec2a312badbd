from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given, strategies as st

from newsletter.errors import MergeTagError
from newsletter.model.edition import MergeTag
from newsletter.personalization import merge_tags

TAGS = (MergeTag("first_name"), MergeTag("last_name"), MergeTag("first_name", "vous"), MergeTag("token"))
HOSTILE = st.text(st.sampled_from("-~nl.ht_ab<&\"'é\n") | st.characters(codec="utf-8"), max_size=12)


@pytest.mark.parametrize(
    ("written", "name", "default"),
    [
        ("{{ first_name }}", "first_name", ""),
        ("{{first_name}}", "first_name", ""),
        ("{{ prenom }}", "first_name", ""),
        ("{{ Prenom }}", "first_name", ""),
        ('{{ prenom | default("vous") }}', "first_name", "vous"),
        ("{{ prenom|default('chère lectrice, cher lecteur') }}", "first_name", "chère lectrice, cher lecteur"),
        ("{{ prenom | default(« vous ») }}", "first_name", "vous"),
        ("{{ prenom | default(“vous”) }}", "first_name", "vous"),
        ("{{ nom }}", "last_name", ""),
        ("{{ lien_desinscription }}", "unsubscribe_url", ""),
        ("{{ prénom }}", "", ""),
    ],
)
def test_a_merge_tag_is_parsed_as_editors_write_it(written: str, name: str, default: str) -> None:
    parsed = merge_tags.parse(written)
    assert parsed is not None
    assert (parsed.name, parsed.default, parsed.end) == (name, default, len(written))


@pytest.mark.parametrize("written", ["{{ }", "{{ a b }}", "{{ prenom | upper }}", "{% if x %}", "{{ prenom"])
def test_text_that_is_not_a_merge_tag_is_not_parsed(written: str) -> None:
    assert merge_tags.parse(written) is None


def test_an_unknown_tag_name_gets_the_nearest_known_name() -> None:
    assert merge_tags.suggest_name("prenon") == "prenom"
    assert merge_tags.suggest_name("firstname") == "first_name"
    assert merge_tags.suggest_name("zzz") == ""


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("context", ["h", "t"])
def test_a_placeholder_is_made_of_url_unreserved_characters(tag: MergeTag, context: merge_tags.Context) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", merge_tags.placeholder(tag, context))


def test_a_value_is_escaped_for_its_context() -> None:
    filled = merge_tags.placeholder_values(TAGS[:1], {"first_name": "<b>Zoé & co</b>\r\nBcc: x@y.fr"})
    assert filled["-nl.h.first_name~"] == "&lt;b&gt;Zoé &amp; co&lt;/b&gt; Bcc: x@y.fr"
    assert filled["-nl.t.first_name~"] == "<b>Zoé & co</b> Bcc: x@y.fr"


def test_an_empty_value_takes_the_default() -> None:
    filled = merge_tags.placeholder_values(TAGS[2:3], {"first_name": "  "[:0]})
    assert set(filled.values()) == {"vous"}


def test_a_placeholder_without_value_is_an_error() -> None:
    with pytest.raises(MergeTagError, match=r"-nl\.h\.first_name~"):
        merge_tags.fill("Bonjour -nl.h.first_name~", {})


@given(HOSTILE, HOSTILE, st.lists(st.sampled_from([0, 1, 2, 3, "-", "n", "nl.", "h.token~", " "]), max_size=8))
@example("-", "nl.t.token~", [0, 1])
@example("-n", "l.t.token~", [0, 1])
@example("x", "nl.t.token~", ["-", 1])
def test_filling_in_one_pass_equals_replacing_tag_after_tag(first: str, last: str, layout: list[int | str]) -> None:
    """A provider replaces tag after tag, in any order. The program fills in one pass. Both must agree."""
    person = {"first_name": first, "last_name": last, "token": "AbC-_1"}
    filled = merge_tags.placeholder_values(TAGS, person)
    text = lay_out_text(layout)
    expected = merge_tags.fill(text, filled)
    for order in (list(filled), list(reversed(filled)), sorted(filled)):
        substituted = text
        for placeholder in order:
            substituted = substituted.replace(placeholder, filled[placeholder])
        assert substituted == expected


def lay_out_text(layout: list[int | str]) -> str:
    """Return text and tags as `compose` writes them: text before a tag is guarded."""
    out, text = "", ""
    for piece in layout:
        if isinstance(piece, str):
            text += piece
        else:
            out += merge_tags.guard(text) + merge_tags.placeholder(TAGS[piece], "t")
            text = ""
    return out + merge_tags.guard(text)


@given(HOSTILE)
def test_an_html_escaped_value_is_displayed_unchanged(value: str) -> None:
    shown = html.unescape(merge_tags.escape(value, "h"))
    assert shown == merge_tags.escape(value, "t")


@given(st.text(st.sampled_from("{} prenom|default(\"x')-"), max_size=40))
def test_scanning_returns_all_text_except_the_tags(text: str) -> None:
    pieces = list(merge_tags.scan(text))
    plain = "".join(piece for piece in pieces if isinstance(piece, str))
    tags = sum(1 for piece in pieces if not isinstance(piece, str))
    assert len(plain) <= len(text)
    assert (tags == 0) == (plain == text)


def test_splitting_alternates_text_and_placeholders() -> None:
    assert merge_tags.split("a-nl.h.token~b") == ["a", "-nl.h.token~", "b"]
    assert merge_tags.split("-nl.t.first_name.0a1b2c~") == ["", "-nl.t.first_name.0a1b2c~", ""]
    assert merge_tags.split("") == [""]

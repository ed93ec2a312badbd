from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.errors import SettingsError, TemplateError
from newsletter.i18n.exceptions import explained
from newsletter.system.toml_files import read_toml

MISTAKES = [
    ("a = 1\na = 2\n", "toml_twice", 2, "a"),
    ('x = 1\ntest_recipients = []\nb = 2\ntest_recipients = ["v@e.org"]\n', "toml_twice", 4, "test_recipients"),
    ('a = [\n"x",\n]\nb = 1\na = [\n"y",\n]\n', "toml_twice", 7, "a"),
    ("[t]\na = 1\n[s]\n[t]\n", "toml_twice", 4, "t"),
    ("[[a]]\n[a]\n", "toml_twice", 2, "a"),
    ("a = {b = 1, b = 2}\n", "toml_twice", 1, "a"),
    ("a.b = 1\na.b.c = 2\n", "toml_twice", 2, "a.b.c"),
    ('a = 1\nb = "x\n', "toml_open_quote", 2, "b"),
    ("a = 'x\n", "toml_open_quote", 1, "a"),
    ('a = """x\n\n', "toml_open_quote", 1, "a"),
    ("a = [1,\n", "toml_unfinished", 1, "a"),
    ("[t\na = 1\n", "toml_unfinished", 1, "t"),
    ("a = 1\nb\n", "toml_no_equals", 2, "b"),
    ("a b = 1\n", "toml_no_equals", 1, "a b = 1"),
    ("a = \n", "toml_value", 1, "a"),
    ("a = abc\n", "toml_value", 1, "a"),
    ("a = “x”\n", "toml_value", 1, "a"),
    ('a = "x" y\n', "toml_value", 1, "a"),
    ('a = "c:\\q"\n', "toml_backslash", 1, "a"),
    ("= 1\n", "toml_syntax", 1, "= 1"),
    ("\0", "toml_syntax", 1, "\0"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "line", "name"), MISTAKES)
@pytest.mark.parametrize("kind", [SettingsError, TemplateError])
def test_a_toml_mistake_is_reported_with_its_line_and_name(
    tmp_path: Path, kind: type[SettingsError | TemplateError], text: str, key: str, line: int, name: str
) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(kind) as raised:
        read_toml(path, kind)
    assert (raised.value.key, raised.value.facts["line"], raised.value.facts["name"]) == (key, line, name)
    french, english = (explained(raised.value, language)[0] for language in ("fr", "en"))
    assert f"ligne {line} :" in french.replace("\u00a0", " ")
    assert f"line {line}:" in english
    assert "x.toml" in french


def test_a_toml_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b'a = "x"\nb = "\xe9"\n')
    with pytest.raises(SettingsError) as raised:
        read_toml(path, SettingsError)
    assert (raised.value.key, raised.value.facts["line"]) == ("toml_not_utf8", 2)


def test_a_toml_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b'\xef\xbb\xbfa = "x"\r\n[b]\r\nc = 1\r\n')
    assert read_toml(path, SettingsError) == {"a": "x", "b": {"c": 1}}

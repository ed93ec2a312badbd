"""Help and click's messages in French: every text is translated, and the catalogue is compiled."""

from __future__ import annotations

import gettext
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from help_messages import click_messages, help_messages

from newsletter.cli import contents
from newsletter.cli.error_boundary import run
from newsletter.cli.help_language import DOMAIN, LOCALE, find_language

FRENCH = Path(LOCALE) / "fr" / "LC_MESSAGES"


@pytest.fixture(autouse=True)
def _own_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (FRENCH / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file)


def test_every_help_text_is_translated_and_no_translation_is_unused(catalogue: Catalog) -> None:
    needed = {*click_messages(), *help_messages()}
    translated = {message.id for message in catalogue if message.id and all(_texts(message.string))}
    assert needed == translated


def test_translations_have_no_placeholder_that_the_english_text_lacks(catalogue: Catalog) -> None:
    placeholder = re.compile(r"\{\w+(?:!r)?\}|%\(\w+\)s")
    for message in catalogue:
        english = set(placeholder.findall(" ".join(_texts(message.id))))
        assert set(placeholder.findall(" ".join(_texts(message.string)))) <= english, message.id


def test_the_compiled_catalogue_matches_its_source(catalogue: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert (FRENCH / f"{DOMAIN}.mo").read_bytes() == compiled.getvalue(), "make fix compiles it"


def _texts(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (str(text),)


@pytest.mark.parametrize(
    ("arguments", "environment", "settings", "language"),
    [
        (["check"], "", "", "fr"),
        (["check", "--lang", "en"], "fr", 'lang = "fr"', "en"),
        (["check", "--lang=en"], "", "", "en"),
        (["check", "--lang"], "", "", "fr"),
        (["check"], "en", 'lang = "fr"', "en"),
        (["check"], "de", 'lang = "en"', "en"),
        (["check"], "", 'lang = "en"', "en"),
        (["check"], "", "lang = ", "fr"),
        (["check"], "", 'lang = "de"', "fr"),
    ],
)
def test_the_language_is_found_from_option_environment_or_settings(
    arguments: list[str],
    environment: str,
    settings: str,
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "newsletter.toml").write_text(settings)
    (tmp_path / "issues").mkdir()
    monkeypatch.chdir(tmp_path / "issues")
    monkeypatch.setenv("NEWSLETTER_LANG", environment)
    assert find_language(arguments) == language
    monkeypatch.chdir("/")
    assert find_language([*arguments, "--project", str(tmp_path)]) == language


def test_the_env_file_wins_over_the_settings(tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_text('lang = "fr"')
    (tmp_path / ".env").write_text("A=1\nNEWSLETTER_LANG=en\n")
    assert find_language(["--project", str(tmp_path)]) == "en"


@pytest.mark.parametrize(
    ("arguments", "french", "english"),
    [
        (["chek"], "Commande inconnue : 'chek'. (Vouliez-vous dire : 'check'", "No such command 'chek'. (Did you mean"),
        (["campaigns", "shwo"], "Vouliez-vous dire 'show' ?", "Did you mean 'show'?"),
        (["xyzzy"], "Commande inconnue : 'xyzzy'.", "No such command 'xyzzy'."),
        (["subscribers", "add"], "Il manque l’argument 'ADRESSE'", "Missing argument 'ADDRESS'"),
        (["preview", "--port", "x"], "'x' n’est pas un nombre correct.", "'x' is not a valid integer range."),
        (["send", "a", "--segmnt", "x"], "Vouliez-vous dire '--segment' ?", "Did you mean '--segment'?"),
        (["check", "--format", "xml"], "n’est pas une de ces valeurs : 'text'", "is not one of 'text'"),
    ],
)
def test_a_mistyped_command_line_is_explained(
    arguments: list[str], french: str, english: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, sentence in (("fr", french), ("en", english)):
        monkeypatch.setenv("NEWSLETTER_LANG", language)
        assert run(contents, arguments) == 2
        complaint = capsys.readouterr().err.replace("\u00a0", " ")
        assert sentence in complaint
        assert "newsletter" in complaint.split(":")[1], "the usage says how to ask for help"


def test_help_is_in_the_chosen_language(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen = []
    for language in ("fr", "en", "fr"):
        monkeypatch.setenv("NEWSLETTER_LANG", language)
        assert run(contents, ["send", "--help"]) == 0
        seen.append(capsys.readouterr().out)
    assert "Envoie un numéro à une liste" in seen[0]
    assert "Send an issue to a list" in seen[1]
    assert seen[2] == seen[0]
    assert gettext.gettext("Send") == "Envoyer\u00a0"

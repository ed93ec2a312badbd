from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from newsletter import i18n
from newsletter.model.finding import SEVERITIES

SOURCE = Path(i18n.__file__).parents[1]
ERRORS = {"InputError", "IssueError", "TemplateError", "MergeTagError", "SettingsError", "SubscribersError", "Refused",
          "BadSignature", "ProviderError", "_mistake"}  # fmt: skip
PRINTING_FUNCTIONS = {"say", "print_message", "confirm", "progress"}


def list_placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", list(i18n._catalogue()))
def test_french_and_english_messages_have_the_same_placeholders(key: str) -> None:
    french, english = i18n._catalogue()[key]
    assert list_placeholders(french) == list_placeholders(english)
    assert french.strip()
    assert english.strip()


@pytest.mark.parametrize("code", SEVERITIES)
def test_every_finding_code_has_a_message(code: str) -> None:
    assert i18n.known(code)


def find_used_keys() -> set[str]:
    """Return every literal key in the source, of errors and of printed messages."""
    keys: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                position = 1 if name == "_mistake" or (name == "say" and len(node.args) > 1) else 0
                if name in ERRORS | PRINTING_FUNCTIONS and len(node.args) > position:
                    key = node.args[position]
                    keys |= {str(key.value)} if isinstance(key, ast.Constant) else set()
    return keys


def test_every_message_key_in_the_source_is_in_the_catalogue() -> None:
    keys = find_used_keys()
    assert len(keys) > 60
    assert not {key for key in keys if not i18n.known(str(key))}


def read_program_text() -> str:
    """Return the program without its catalogue: code, mail templates, pages."""
    code = [path for path in SOURCE.rglob("*.py") if path.parent.name != "i18n" or path.name == "exceptions.py"]
    pages = [*SOURCE.rglob("*.html"), *(SOURCE.parents[1] / "templates").rglob("*.j2")]
    return "".join(path.read_text("utf-8") for path in (*code, *pages))


def test_no_message_of_the_catalogue_is_unused() -> None:
    text = read_program_text().replace("'", '"')
    made_up = re.findall(r'"((?:[a-z]+_)+)(?:"|\{)', text)  # "desk_view_" ~ view, f"drops_{slug}"
    assert "desk_" not in made_up
    unused = [
        key
        for key in i18n._catalogue()
        if f'"{key}"' not in text
        and not key.removeprefix("public_").startswith(tuple(made_up))
        and not key.startswith(tuple(made_up))
        and f'"{key.removeprefix("mail_").removeprefix("public_")}"' not in text
    ]
    assert unused == []


def test_messages_about_dropped_features_name_only_known_features() -> None:
    from newsletter.checks import client_support

    dropped = {key.removeprefix("drops_") for key in i18n._catalogue() if key.startswith("drops_")}
    assert dropped <= set(client_support.table()["features"])
    assert not dropped & client_support._UNSEEN


def test_french_messages_have_no_break_spaces() -> None:
    for french, _ in i18n._catalogue().values():
        assert not re.search(r" [:;?!»]|« ", french), french


def test_plurals_and_numbers_follow_the_language() -> None:
    assert i18n.say("fr", "counted_confirmed", count=0) == "0 abonné"
    assert i18n.say("fr", "counted_confirmed", count=1200) == "1\u00a0200 abonnés"
    assert i18n.say("en", "segment_saved", name="x") == "Segment « x » saved."
    assert i18n.say("en", "pruned", count=1200) == "1,200 people erased."
    assert "0 errors" in i18n.say("en", "check_summary", issues=1, errors=0, warnings=1, infos=2)


def test_a_message_suggests_a_name_only_if_one_is_near() -> None:
    assert "Vouliez-vous «\u00a0a\u00a0»" in i18n.say("fr", "issue_unknown", name="b", near="a", folder="c", known="a")
    assert "Vouliez-vous" not in i18n.say("fr", "issue_unknown", name="b", near="", folder="c", known="a")


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (0, "1 seconde", "1 second"),
        (59.2, "1 minute", "1 minute"),
        (200, "3 minutes 20 secondes", "3 minutes 20 seconds"),
        (5400, "1 heure 30 minutes", "1 hour 30 minutes"),
        (86_400 * 3 + 5, "3 jours", "3 days"),
    ],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds: float, french: str, english: str) -> None:
    said = [i18n.duration(language, seconds).replace("\u00a0", " ") for language in ("fr", "en")]
    assert said == [french, english]

"""Names on the preferences page: a forwarded link must not allow anybody to write a message into a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from identity import KEY, NOW

from newsletter.storage.database import Store
from newsletter.subscribers import self_service
from newsletter.subscribers.importing import row_mapping
from newsletter.subscribers.self_service import Choice
from newsletter.subscribers.service import SubscriberContext

SENTENCE = "Votre compte est suspendu, appelez-nous aujourd’hui " * 4
CLEANED = [
    ("Zoé", "Zoé"),
    ("  Anne\t Marie \n", "Anne Marie"),
    ("Jean\r\nBcc: x", "Jean Bcc: x"),
    ("Ana\u202egnp.exe", None),
    ("Ana\u202eeoZ", "AnaeoZ"),
    ("\u200e\u200fמרים\u061c", "מרים"),
    ("A\u2066b\u2069c\u200bd\ufeffe\u00ad", "Abcde"),
    ("Zo\x00é\x1b[31m", "Zo é [31m"),
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("J. R. R. Tolkien", "J. R. R. Tolkien"),
    ("Dr. Martin Jr.", "Dr. Martin Jr."),
    ("O’Hara-Müller", "O’Hara-Müller"),
    (SENTENCE, SENTENCE[:80].strip()),
    ("x" * 100 + " evil.com", "x" * 80),
    ("\U0001d419\U0001d428e", "Zoe"),
]  # fmt: skip
REFUSED = [
    "https://evil.example.org",
    "Gagnez : http://1.2.3.4/x",
    "evil.com",
    "www.evil",
    "écrivez à a@b.fr",
    "evil\u200b.com",
    "evil.\u200dcom",
    "evil．com",
    "evil。com",
    "ｅｖｉｌ．ｃｏｍ",
    "1.2.3.4",
    "exemple.рф",
]


@pytest.fixture
def save_names(store: Store, enlist: Callable[..., list[int]]) -> Callable[..., tuple[str, bool]]:
    """Save the preferences of Nina. Return the stored first name, and whether a name was refused."""
    (number,) = enlist(store, "nina@exemple.fr")

    def save(**typed: str) -> tuple[str, bool]:
        chosen = self_service.apply_choice(
            SubscriberContext(store, KEY, NOW), number, Choice(frozenset(), frozenset(), **typed)
        )
        assert chosen
        return chosen.record.first_name, chosen.refused_name

    assert save(first_name="Nina") == ("Nina", False)
    return save


def test_an_empty_field_keeps_the_name(save_names: Callable[..., tuple[str, bool]]) -> None:
    for empty in ("", "   ", "\u200e", "\u202e\u2066", "\x00"):
        assert save_names(first_name=empty, last_name=empty) == ("Nina", False)


def test_a_typed_name_is_cleaned_and_shortened(save_names: Callable[..., tuple[str, bool]]) -> None:
    for typed, kept in CLEANED:
        save_names(first_name="Nina")
        assert (typed, save_names(first_name=typed)) == (typed, (kept or "Nina", kept is None))


def test_a_name_that_contains_an_address_is_refused(save_names: Callable[..., tuple[str, bool]]) -> None:
    for typed in REFUSED:
        assert (typed, save_names(first_name=typed)) == (typed, ("Nina", True))


def test_a_refused_last_name_does_not_prevent_saving_the_first_name(
    save_names: Callable[..., tuple[str, bool]],
) -> None:
    assert save_names(first_name="Zoé", last_name="www.evil.com") == ("Zoé", True)


@pytest.mark.parametrize("mark", "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_name_from_a_file_or_a_command_has_no_direction_mark(mark: str) -> None:
    assert row_mapping.clean(f"{mark}An{mark}na{mark}") == "Anna"

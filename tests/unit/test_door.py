"""Whatever goes wrong leaves as a sentence: our errors, and everybody else's by one table."""

from __future__ import annotations

import importlib

import pytest
import sqlalchemy.exc

from newsletter import explaining
from newsletter.errors import InputError, NewsletterError, ProviderError, Refused


def every_database_error() -> list[type[Exception]]:
    found = [thing for thing in vars(sqlalchemy.exc).values() if isinstance(thing, type)]
    return [kind for kind in found if issubclass(kind, sqlalchemy.exc.SQLAlchemyError)]


@pytest.mark.parametrize("kind", every_database_error(), ids=lambda kind: kind.__name__)
def test_the_table_covers_every_error_of_the_database(kind: type[Exception]) -> None:
    assert {f"{one.__module__}.{one.__qualname__}" for one in kind.__mro__} & set(explaining.FOREIGN)


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied", "x"), IsADirectoryError(21, "is one", "x"), OSError(28, "No space left"),
     MemoryError(), RecursionError("deep"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), TimeoutError()],
)  # fmt: skip
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_systems_errors_have_a_sentence(error: Exception, language: str) -> None:
    sentence, code = explaining.explained(error, language)
    assert code == 2
    assert "\n" not in sentence


def test_every_entry_names_a_class_that_exists() -> None:
    for name in explaining.FOREIGN:
        module, _, cls = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), cls), Exception)


@pytest.mark.parametrize(("kind", "code"), [(InputError, 2), (Refused, 3), (ProviderError, 4)])
def test_our_errors_say_their_sentence_and_code(kind: type[NewsletterError], code: int) -> None:
    assert explaining.explained(kind("not_confirmed"), "en") == ("Nothing was done.", code)


def test_a_defect_of_ours_is_called_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence, code = explaining.explained(KeyError("x"), "en")
    assert "NEWSLETTER_DEBUG=1" in sentence
    assert code == explaining.BUG
    monkeypatch.setenv("NEWSLETTER_DEBUG", "1")
    with pytest.raises(KeyError):
        explaining.explained(KeyError("x"), "en")


def test_a_database_error_does_not_show_the_statement_or_its_values() -> None:
    error = sqlalchemy.exc.OperationalError("SELECT secret", {"email": "a@b.fr"}, Exception("database is locked"))
    sentence, _ = explaining.explained(error, "en")
    assert "locked" in sentence
    assert "secret" not in sentence
    assert "a@b.fr" not in sentence

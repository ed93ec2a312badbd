"""Every exception becomes a sentence: errors of the program, and errors of libraries by one table."""

from __future__ import annotations

import importlib

import pytest
import sqlalchemy.exc

from newsletter.errors import InputError, NewsletterError, ProviderError, Refused
from newsletter.i18n import exceptions


def list_database_errors() -> list[type[Exception]]:
    found = [thing for thing in vars(sqlalchemy.exc).values() if isinstance(thing, type)]
    return [kind for kind in found if issubclass(kind, sqlalchemy.exc.SQLAlchemyError)]


@pytest.mark.parametrize("kind", list_database_errors(), ids=lambda kind: kind.__name__)
def test_every_sqlalchemy_error_has_a_sentence(kind: type[Exception]) -> None:
    assert {f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__} & set(exceptions.FOREIGN)


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied", "x"), IsADirectoryError(21, "is one", "x"), OSError(28, "No space left"),
     MemoryError(), RecursionError("deep"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), TimeoutError()],
)  # fmt: skip
@pytest.mark.parametrize("language", ["fr", "en"])
def test_errors_of_the_operating_system_have_a_one_line_sentence(error: Exception, language: str) -> None:
    sentence, code = exceptions.explained(error, language)
    assert code == 2
    assert "\n" not in sentence


def test_every_entry_of_the_error_table_names_an_existing_class() -> None:
    for name in exceptions.FOREIGN:
        module, _, cls = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), cls), Exception)


@pytest.mark.parametrize(("kind", "code"), [(InputError, 2), (Refused, 3), (ProviderError, 4)])
def test_newsletter_errors_give_their_sentence_and_exit_code(kind: type[NewsletterError], code: int) -> None:
    assert exceptions.explained(kind("not_confirmed"), "en") == ("Nothing was done.", code)


def test_an_unexpected_exception_is_reported_as_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence, code = exceptions.explained(KeyError("x"), "en")
    assert "NEWSLETTER_DEBUG=1" in sentence
    assert code == exceptions.BUG_EXIT_CODE
    monkeypatch.setenv("NEWSLETTER_DEBUG", "1")
    with pytest.raises(KeyError):
        exceptions.explained(KeyError("x"), "en")


def test_a_database_error_does_not_show_the_statement_or_its_values() -> None:
    error = sqlalchemy.exc.OperationalError("SELECT secret", {"email": "a@b.fr"}, Exception("database is locked"))
    sentence, _ = exceptions.explained(error, "en")
    assert "locked" in sentence
    assert "secret" not in sentence
    assert "a@b.fr" not in sentence


PROVIDER_REASONS = [
    # what a provider or the wire said, and what is to be changed
    (
        "sendgrid",
        "HTTP 401 The provided authorization grant is invalid, expired, or revoked",
        "NEWSLETTER_SENDGRID__API_KEY",
    ),
    ("sendgrid", "HTTP 403 access forbidden", "NEWSLETTER_SENDGRID__API_KEY"),
    ("sendgrid", "the API key has no scope mail.send", "NEWSLETTER_SENDGRID__API_KEY"),
    ("sendgrid", "HTTP 401 Maximum credits exceeded", "forfait|plan"),
    ("sendgrid", "HTTP 403 The from address does not match a verified Sender Identity", "[sender]"),
    ("sendgrid", "HTTP 400 from not a verified Sender Identity", "[sender]"),
    ("sendgrid", "ConnectionRefusedError: Connection refused", "[sendgrid]"),
    ("sendgrid", "HTTP 429 too many requests", "--rate"),
    ("smtp", "535 5.7.8 Error: authentication failed", "NEWSLETTER_SMTP__PASSWORD"),
    ("smtp", "530 5.7.0 Authentication Required", "NEWSLETTER_SMTP__PASSWORD"),
    ("smtp", "there is no way to log in that both know", "NEWSLETTER_SMTP__PASSWORD"),
    ("smtp", "ConnectionRefusedError: Connection refused", "port"),
    ("smtp", "gaierror: Name or service not known", "host"),
    ("smtp", "TimeoutError: timed out", "port"),
    ("smtp", "certificate: self-signed certificate", "security"),
    ("smtp", "TLS: WRONG_VERSION_NUMBER", "security"),
    ("smtp", "554 5.7.1 Relay access denied", "username"),
    ("smtp", "553 5.7.1 Sender address rejected: not owned by user", "[sender]"),
    ("smtp", "550 5.4.5 Daily user sending limit exceeded", "--rate"),
    ("sendgrid", "HTTP 500", "newsletter doctor"),
]


@pytest.mark.parametrize(("provider", "reason", "change"), PROVIDER_REASONS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_provider_error_quotes_the_reason_and_names_the_setting_to_change(
    provider: str, reason: str, change: str, language: str
) -> None:
    error = ProviderError("provider_unavailable", provider=provider, reason=reason)
    sentence, code = exceptions.explained(error, language)
    assert code == 4
    assert reason in sentence
    assert any(words in sentence for words in change.split("|"))
    assert "perdu" not in sentence  # of what got no answer nobody knows
    assert "lost" not in sentence

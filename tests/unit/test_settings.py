from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config import settings
from newsletter.errors import InputError, SettingsError
from newsletter.i18n.exceptions import explained

MINIMAL = """\
name = "La Lettre"
list_id = "lettre.example.org"
base_url = "https://lettre.example.org/"
[sender]
email = "bonjour@lettre.example.org"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "newsletter.toml").write_text(MINIMAL)
    return tmp_path


def test_newsletter_toml_alone_is_enough(folder: Path) -> None:
    loaded = settings.load(folder)
    assert loaded.publication().base_url == "https://lettre.example.org"
    assert loaded.publication().salutation == "Chères lectrices, chers lecteurs,"
    assert (loaded.provider, loaded.lang) == ("outbox", "fr")


def test_dotenv_wins_over_the_file_and_the_environment_over_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("NEWSLETTER_NAME=Deux\nNEWSLETTER_SENDER__NAME=Deux\nOTHER=1\n")
    assert settings.load(folder).name == "Deux"
    monkeypatch.setenv("NEWSLETTER_NAME", "Trois")
    loaded = settings.load(folder)
    assert (loaded.name, loaded.sender.name, loaded.sender.email) == ("Trois", "Deux", "bonjour@lettre.example.org")


def test_secret_keys_are_a_list_with_the_newest_first(folder: Path) -> None:
    (folder / ".env").write_text(f"NEWSLETTER_SECRET_KEYS={'n' * 20},{'o' * 20}\n")
    assert settings.load(folder).keys() == ["n" * 20, "o" * 20]


def test_secrets_are_not_printed(folder: Path) -> None:
    (folder / ".env").write_text(
        f"NEWSLETTER_SECRET_KEYS={'k' * 20}\nNEWSLETTER_SUPPRESSION_KEY=sssss-key\nNEWSLETTER_SENDGRID__API_KEY=SG.abc\n"
        "NEWSLETTER_SMTP__PASSWORD=pass-word\n"
    )
    printed = repr(settings.load(folder)) + str(settings.load(folder).model_dump())
    assert not [secret for secret in ("k" * 20, "sssss-key", "SG.abc", "pass-word") if secret in printed]


WRONG = [
    ('provider = "sendgird"', {}, "setting_wrong", "provider", "newsletter.toml", "sendgrid"),
    ('bas_url = "x"', {}, "setting_unknown", "bas_url", "newsletter.toml", "base_url"),
    ('base_url = "lettre.fr"', {}, "setting_wrong", "base_url", "newsletter.toml", "https://lettre.example.org"),
    ('base_url = "https://x.fr/?a=-nl.t.token~"', {}, "setting_wrong", "base_url", "newsletter.toml", "https://"),
    ('timezone = "Paris"', {}, "setting_wrong", "timezone", "newsletter.toml", "Europe/Paris"),
    ('list_id = "a b"', {}, "setting_wrong", "list_id", "newsletter.toml", "lettre.example.org"),
    ('language = "français"', {}, "setting_wrong", "language", "newsletter.toml", "fr"),
    ('_env_file = "x"', {}, "setting_unknown", "_env_file", "newsletter.toml", "base_url"),
    ('postal_address = "a\\nb"', {}, "setting_wrong", "postal_address", "newsletter.toml", "one line"),
    ('unsubscribe_mailto = "é@x.fr"', {}, "setting_wrong", "unsubscribe_mailto", "newsletter.toml", ""),
    ("", {"NEWSLETTER_SENDER__EMAIL": "rédaction@x.fr"}, "setting_wrong", "sender.email", "environment", "@"),
    ("", {"NEWSLETTER_SENDER__EMAIL": "a@b..c"}, "setting_wrong", "sender.email", "environment", "@"),
    ("[smtp]\nport = 99999", {}, "setting_wrong", "smtp.port", "newsletter.toml", "65535"),
    ("[smtp]\nprot = 25", {}, "setting_unknown", "smtp.prot", "newsletter.toml", "port"),
    ("", {"NEWSLETTER_PROVIDR": "outbox"}, "setting_unknown", "NEWSLETTER_PROVIDR", "environment", "provider"),
    ("", {"NEWSLETTER_PROVIDER": "pigeon"}, "setting_wrong", "provider", "environment", "outbox"),
    ("", {"NEWSLETTER_SENDER__EMAIL": "bonjour"}, "setting_wrong", "sender.email", "environment", "@"),
    ("", {"NEWSLETTER_SENDER__EMIAL": "a@b.fr"}, "setting_unknown", "sender.emial", "environment", "email"),
    ("", {"NEWSLETTER_SECRET_KEYS": "short"}, "setting_wrong", "secret_keys", "environment", "16"),
]


@pytest.mark.parametrize(("line", "variables", "key", "name", "where", "allowed"), WRONG)
def test_a_wrong_setting_is_reported_with_its_origin_and_the_allowed_values(
    folder: Path, monkeypatch: pytest.MonkeyPatch, line: str, variables: dict[str, str], key: str, name: str,
    where: str, allowed: str,
) -> None:  # fmt: skip
    text = "\n".join(
        row for row in MINIMAL.split("\n") if not line or row.split(" ")[0] != line.split(" ", maxsplit=1)[0]
    )
    text = text.replace("[sender]", f"{line}\n[sender]") if not line.startswith("[") else f"{text}\n{line}\n"
    (folder / "newsletter.toml").write_text(text)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as raised:
        settings.load(folder)
    assert (raised.value.key, raised.value.facts["name"]) == (key, name)
    assert where in str(raised.value.facts["where"])
    assert allowed in str(raised.value.facts["allowed"])


def test_a_wrong_setting_in_dotenv_names_the_dotenv_file(folder: Path) -> None:
    (folder / ".env").write_text("NEWSLETTER_PROVIDER=pigeon\n")
    with pytest.raises(SettingsError) as raised:
        settings.load(folder)
    assert str(raised.value.facts["where"]).endswith(".env")


def test_a_missing_setting_is_named(folder: Path) -> None:
    (folder / "newsletter.toml").write_text('name = "x"\n')
    with pytest.raises(SettingsError, match="setting_missing"):
        settings.load(folder)


@pytest.mark.parametrize(
    ("raw", "key"),
    [(b"name = ", "toml_unfinished"), (b"\xff\xfe", "toml_not_utf8"), (b"name = 'x'\nname = 'y'", "toml_twice")],
)
def test_a_broken_settings_file_is_refused(folder: Path, raw: bytes, key: str) -> None:
    (folder / "newsletter.toml").write_bytes(raw)
    with pytest.raises(SettingsError, match=key):
        settings.load(folder)


@pytest.mark.parametrize("needed", ["keys", "suppression"])
def test_a_missing_secret_key_is_refused_when_needed(folder: Path, needed: str) -> None:
    with pytest.raises(SettingsError, match="setting_missing"):
        getattr(settings.load(folder), needed)()


def test_the_nearest_publication_upwards_is_found(folder: Path) -> None:
    deep = folder / "issues" / "a" / "b"
    deep.mkdir(parents=True)
    assert settings.find_folder(deep) == folder
    with pytest.raises(InputError, match="no_publication"):
        settings.find_folder(folder.parent)


TOLD = [
    ('daily_cap = "x"', "10"),
    ("daily_cap = -1", "≥ 0"),
    ('proofread = "peut-être"', "true, false"),
    ('test_recipients = "x@y.fr"', '["…", "…"]'),
    ("language = 3", '"…"'),
    ('reply_to = "a@b.fr"', "[…]"),
    ('timezone = "Paris"', "Europe/Paris"),
    ('secret_keys = "a"', "≥ 16"),
    ('legal_notice = "a\\nb"', "une ligne de texte"),
    ('legal_notice = "a\\u202eb"', "une ligne de texte"),
    ("[smtp]\nport = 0", "≥ 1"),
    ('[files]\ngroup = "oui"', "true, false"),
    ('[sendgrid]\napi_key = "a b"', "SG."),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), TOLD)
def test_a_wrong_value_is_reported_in_french_only(folder: Path, written: str, expected: str) -> None:
    file = folder / "newsletter.toml"
    text = file.read_text("utf-8")
    file.write_text(f"{text}\n{written}\n" if written.startswith("[") else f"{written}\n{text}", "utf-8")
    with pytest.raises(SettingsError) as raised:
        settings.load(folder)
    said = explained(raised.value, "fr")[0]
    assert said.endswith(".")
    assert expected in said
    assert "should" not in said
    assert "input" not in said.lower()

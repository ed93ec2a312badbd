"""Advice of the program and the documents works when it is followed exactly: settings and systemd services."""

from __future__ import annotations

import configparser
import datetime as dt
import re
from pathlib import Path

import pytest

from newsletter import i18n
from newsletter.config import settings
from newsletter.editorial import proofs
from newsletter.editorial.new_publication import NewPublication, create_publication
from newsletter.errors import Refused

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(params=["the line is there", "several lines", "no line"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    create_publication(NewPublication(tmp_path, "Ma lettre", dt.date(2026, 11, 22)))
    file = tmp_path / "newsletter.toml"
    wanted = {"no line": "", "several lines": 'test_recipients = [\n  "a@example.org",\n]'}.get(request.param)
    if wanted is not None:
        file.write_text(re.sub(r"(?m)^test_recipients.*$", wanted, file.read_text("utf-8")), "utf-8")
    return tmp_path


def follow_advice(folder: Path, sentence: str) -> tuple[str, ...]:
    """Replace the line by that of the sentence, or add it at the beginning, and return the setting."""
    (line,) = re.findall(r"(?<=: )test_recipients = \[[^\]]*\]", sentence.replace("\u00a0", " "))
    file = folder / "newsletter.toml"
    text, replaced = re.subn(r"(?ms)^test_recipients\b.*?\]", line, file.read_text("utf-8"), count=1)
    file.write_text(text if replaced else f"{line}\n{text}", "utf-8")
    return settings.load(folder).test_recipients


@pytest.mark.parametrize("language", ["fr", "en"])
def test_following_the_advice_of_the_desk_gives_a_valid_settings_file(folder: Path, language: str) -> None:
    assert len(follow_advice(folder, i18n.say(language, "desk_test_nobody"))) == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_following_the_advice_of_a_refused_test_gives_a_valid_settings_file(folder: Path, language: str) -> None:
    before = settings.load(folder).test_recipients
    with pytest.raises(Refused) as raised:
        proofs.require_allowed(["vous@example.org"], before)
    said = i18n.say(language, raised.value.key, **raised.value.facts)
    assert follow_advice(folder, said) == (*before, "vous@example.org")


def read_systemd_units() -> dict[str, configparser.ConfigParser]:
    """Return the systemd units of the documents by file name."""
    made = {}
    for path in DOCS.glob("*.md"):
        for block in re.findall(r"```ini\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
            unit = configparser.ConfigParser()
            unit.optionxform = str  # type: ignore[assignment, method-assign] # as configparser's documents say
            unit.read_string(block)
            (name,) = re.findall(r"^# /etc/systemd/system/(\S+)$", block, re.MULTILINE)
            assert name not in made
            made[name] = unit
    return made


def test_the_documents_have_a_complete_systemd_service_for_serve_and_dispatch() -> None:
    found_units = read_systemd_units()
    assert set(found_units) == {"newsletter-serve.service", "newsletter-dispatch.service"}
    for name, unit in found_units.items():
        command = name.removeprefix("newsletter-").removesuffix(".service")
        service = unit["Service"]
        assert f"newsletter {command}" in service["ExecStart"]
        assert (service["Restart"], service["RestartSec"], service["User"]) == ("always", "5", "newsletter")
        assert unit["Unit"]["StartLimitIntervalSec"] == "0"
        assert unit["Install"]["WantedBy"] == "multi-user.target"
    folders = {unit["Service"]["WorkingDirectory"] for unit in found_units.values()}
    assert folders == {unit["Service"]["ReadWritePaths"] for unit in found_units.values()} == {"/srv/lettre"}

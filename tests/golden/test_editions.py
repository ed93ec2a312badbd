"""Whole editions, one tag on each line, compared with golden files.

`make golden` writes the files again; read the diff.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.content.reader import read
from newsletter.editorial.new_publication import NewPublication, bundled_templates, create_publication
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.rendering import theme
from newsletter.rendering.compose import compose

GOLDENS = Path(__file__).parent / "editions"
ROOT = Path(__file__).parents[2]


def create_welcome_issue(folder: Path) -> Path:
    founding = NewPublication(folder, "Banc", dt.date(2026, 11, 22), new_id=lambda: "0123456789abcdef")
    create_publication(founding)
    return folder / "issues/2026-11-22-bienvenue/index.md"


def find_sample(folder: str) -> Callable[[Path], Path]:
    return lambda _folder: ROOT / "issues" / folder / "index.md"


ISSUES: dict[str, Callable[[Path], Path]] = {
    "bienvenue": create_welcome_issue,
    "lire-a-la-lampe": find_sample("2026-11-22-lire-a-la-lampe"),
    "une-riviere": find_sample("2026-11-29-une-riviere-sous-la-ville"),
    "petits-signes": find_sample("2026-12-06-petits-signes-grands-effets"),
}


@pytest.fixture(params=ISSUES)
def named_edition(request: pytest.FixtureRequest, tmp_path: Path, publication: Publication) -> tuple[str, Edition]:
    chosen_theme = theme.load(Path(str(bundled_templates())), {"name": "default"})
    return request.param, compose(read(ISSUES[request.param](tmp_path), publication), chosen_theme, publication)


def split_tags(html: str) -> str:
    """Put each tag on its own line, and remove the hashes of pictures: encoders differ between versions."""
    anonymous = re.sub(r"/i/[0-9a-f]{64}", "/i/…", html)
    tags = re.sub(r"\s*(<[^>]*>)\s*", lambda match: "\n" + " ".join(match[1].split()) + "\n", anonymous)
    return re.sub(r"\n+", "\n", tags).strip() + "\n"


@pytest.mark.parametrize("part", ["html", "txt"])
def test_an_edition_equals_its_golden_file(
    named_edition: tuple[str, Edition], part: str, pytestconfig: pytest.Config
) -> None:
    name, edition = named_edition
    now = split_tags(edition.html) if part == "html" else edition.text
    path = GOLDENS / f"{name}.{part}"
    if pytestconfig.getoption("--update-goldens"):
        path.write_text(now, "utf-8")
    assert now.split("\n") == path.read_text("utf-8").split("\n")

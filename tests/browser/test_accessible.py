"""axe-core finds nothing: on the mail, in both themes and both lights, and on every page and panel of the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import axe_playwright_python
import pytest

from newsletter.content.reader import read
from newsletter.editorial.new_publication import bundled_templates
from newsletter.editorial.proofs import embed_pictures, make_proof
from newsletter.model.subscribers import Subscriber
from newsletter.rendering import theme
from newsletter.rendering.compose import compose

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from tests.browser.conftest import Desk

    from newsletter.model.publication import Publication

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
ROOT = Path(__file__).parents[2]
MAIL_RULES = {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}
"""Gmail drops `main` and `nav`; a mail has role="article" instead."""
LIGHTS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ISSUES = sorted(path.parent.name for path in (ROOT / "issues").glob("*/index.md"))


def find_violations(page: Page, rules: Mapping[str, object] | None = None) -> list[str]:
    """Return what axe finds on the page in light and in dark."""
    page.evaluate(AXE)
    found: list[str] = []
    for scheme in LIGHTS:
        page.emulate_media(color_scheme=scheme)
        found += run_axe(page, {"rules": rules or {}, "iframes": False})
    return found


def run_axe(page: Page, options: Mapping[str, object]) -> list[str]:
    result = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['html'][:120]}" for violation in result["violations"] for node in violation["nodes"]
    ]


@pytest.mark.parametrize("theme_name", ["default", "revue"])
@pytest.mark.parametrize("name", ISSUES)
def test_the_mail_has_no_accessibility_violation(
    browser: Browser, tmp_path: Path, publication: Publication, name: str, theme_name: str
) -> None:
    look = theme.load(Path(str(bundled_templates())), {"name": theme_name})
    edition = compose(read(ROOT / "issues" / name / "index.md", publication), look, publication)
    file = tmp_path / "mail.html"
    file.write_text(embed_pictures(make_proof(edition, Subscriber(0, "a@b.fr", "Zoé"))), "utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    for width in (320, 375, 800):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert find_violations(page, MAIL_RULES) == []
    context.close()


VIEWS = [("view", name) for name in ("message", "inbox", "text", "html", "source")]
PANELS = [("panel", name) for name in ("findings", "links", "clients", "previous", "send")]


@pytest.fixture(scope="module")
def flawed(shared: Desk) -> Desk:
    """A desk whose issue has findings of every severity, and an issue before it."""
    before = shared.issue.parents[1] / "2026-11-15-avant"
    before.mkdir()
    text = shared.issue.read_text("utf-8")
    (before / "index.md").write_text(text.replace("Bienvenue", "Avant"), "utf-8")
    shared.edit("- chaque ligne commence", "- TODO [ici](https://bit.ly/x) chaque ligne commence")
    return shared


@pytest.mark.parametrize(("part", "which"), [*VIEWS, *PANELS], ids=[name for _, name in (*VIEWS, *PANELS)])
def test_an_issue_page_has_no_accessibility_violation(
    flawed: Desk, look: Callable[..., Page], part: str, which: str
) -> None:
    page = look(flawed.address(**{part: which}))
    assert find_violations(page) == []


@pytest.mark.parametrize("width", [375, 1440])
def test_issue_list_and_issue_page_are_accessible_and_fit_a_telephone(
    flawed: Desk, look: Callable[..., Page], width: int
) -> None:
    home = look(flawed.home, width=width)
    home.locator(".badge.error").first.wait_for()
    assert find_violations(home) == []
    assert home.evaluate("document.documentElement.scrollWidth") <= width
    page = look(flawed.address(), width=width)
    assert find_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_subscriber_dialog_and_the_error_message_are_accessible(desk: Desk, look: Callable[..., Page]) -> None:
    page = look(desk.address())
    page.get_by_role("combobox", name="Comme").select_option("?")
    page.get_by_label("Son adresse").wait_for()
    assert find_violations(page) == []
    page.get_by_role("button", name="Annuler").click()
    desk.issue.rename(desk.issue.with_name("index.old"))
    page.locator("#trouble:not([hidden])").wait_for()
    assert find_violations(page) == []

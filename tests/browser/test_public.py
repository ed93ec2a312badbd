"""What readers see behind the links of a message: in the real Chromium, on a telephone and a desk, light and dark."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from queries import show_subscriber
from serving import Served, free_port, serve_publication

from newsletter.app import open_app
from newsletter.personalization import tokens
from newsletter.personalization.tokens import PurposeToken, TokenPurpose

if TYPE_CHECKING:
    from project import Project


@dataclass
class Public:
    """A running server, and the links of its only reader."""

    project: Project
    served: Served
    links: dict[str, str]


@pytest.fixture(scope="module")
def public(found_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    project = found_project(tmp_path_factory.mktemp("public"))
    port = free_port()
    config = project.folder / "newsletter.toml"
    text = re.sub(r'base_url = "[^"]*"', f'base_url = "http://127.0.0.1:{port}"', config.read_text("utf-8"))
    config.write_text(text, "utf-8")
    (project.folder / "tous.csv").write_text("email,prenom\nana@exemple.fr,Ana\n")
    for command in (
        ("subscribers", "import", "tous.csv", "--list", "La lettre"),
        ("subscribers", "add", "ana@exemple.fr", "--list", "Le club"),
        ("send", "bienvenue", "--list", "La lettre", "--yes"),
    ):
        assert project.run(*command).returncode == 0
    key = open_app(project.folder, project.folder).settings.keys()[0]
    token = tokens.make_unsubscribe_signer(key, 1)(1)
    erase, data = (
        tokens.sign_purpose(key, purpose, PurposeToken(1, 0, int(time.time()) + 3600))
        for purpose in (TokenPurpose.ERASE, TokenPurpose.DATA)
    )
    paths = {
        "leave": f"/u/{token}", "preferences": f"/p/{token}", "erase": f"/erase/{erase}", "data": f"/data/{data}",
        "unknown": "/u/nonsense", "inert": f"/u/{tokens.INERT}", "missing": "/nowhere", "home": "/",
    }  # fmt: skip
    with serve_publication(project.folder, port=port) as served:
        yield Public(project, served, {name: f"http://127.0.0.1:{port}{path}" for name, path in paths.items()})


@pytest.fixture(
    params=[("light", 375), ("dark", 375), ("light", 800), ("dark", 800)], ids=lambda pair: f"{pair[0]}-{pair[1]}"
)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    scheme, width = request.param
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 700}, java_script_enabled=True, locale="fr-FR"
    )
    yield context.new_page()
    context.close()


PAGES = ("leave", "preferences", "erase", "data", "unknown", "inert", "missing", "home")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits(public: Public, page: Page, name: str) -> None:
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if "status of 404" not in message.text else None)
    page.goto(public.links[name])
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('button, input:not([type=hidden]), select')].filter(e => e.getBoundingClientRect().height < 22).length"
    )
    assert small == 0
    assert all(box["height"] >= 44 for button in page.query_selector_all("button") if (box := button.bounding_box()))
    assert page.evaluate("document.scripts.length") == 0
    assert not [text for text in wrong if "favicon" not in text]


def test_a_reader_unsubscribes_and_asks_to_return_with_the_keyboard(public: Public, page: Page) -> None:
    page.goto(public.links["leave"])
    page.get_by_role("button", name="Me désabonner").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est fait")
    assert "La lettre" in page.get_by_role("status").inner_text()
    assert read_lists(public)["La lettre"] == "unsubscribed"
    page.get_by_role("link", name="Mes préférences").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes préférences")
    page.get_by_label("La lettre").check()
    page.get_by_label("Prénom").fill("Zoé")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").first).to_contain_text("enregistrées")
    expect(page.get_by_role("status").nth(1)).to_contain_text("Pour revenir")
    assert read_lists(public) == {"La lettre": "unsubscribed", "Le club": "confirmed"}
    again = ("subscribers", "add", "ana@exemple.fr", "--list", "La lettre", "--again", "--consent", "Oui.")
    assert public.project.run(*again).returncode == 0


def read_lists(public: Public) -> dict[str, str]:
    found: dict[str, str] = show_subscriber(public.project, "ana@exemple.fr")["lists"]
    return found


def test_the_online_issue_shows_its_pictures_and_an_unsubscribe_page(public: Public, page: Page) -> None:
    page.goto(public.links["home"] + "n/bienvenue/")
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert page.get_by_role("heading", level=1).count() == 1
    page.get_by_role("link", name="Se désabonner").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version en ligne")

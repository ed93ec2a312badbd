"""What editors and disks do to an open desk: it says what is wrong, over what was good before."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from tests.browser.conftest import Desk

Look = Callable[..., "Page"]


def check_message_is_shown(page: Page) -> None:
    assert "Bonjour Camille" in page.frame_locator("#frame").locator("body").inner_text()


def test_a_template_error_is_shown_with_its_line_until_it_is_fixed(desk: Desk, look: Look) -> None:
    page = look(desk.address())
    template = desk.project.folder / "templates" / "default" / "pieces.mjml.j2"
    good = template.read_text("utf-8")
    template.write_text(good.replace("<mj-button href=", "<mj-button hrf="), "utf-8")
    desk.edit("- Une liste va", "[Lire](https://x.fr){.bouton}\n\n- Une liste va")
    page.locator("#trouble").filter(has_text="pieces.mjml.j2:").wait_for()
    check_message_is_shown(page)
    template.write_text(good, "utf-8")
    page.frame_locator("#frame").get_by_role("link", name="Lire", exact=True).wait_for()
    assert page.locator("#trouble").is_hidden()


def test_a_template_that_loops_is_stopped(desk: Desk, look: Look) -> None:
    page = look(desk.address())
    template = desk.project.folder / "templates" / "default" / "issue.mjml.j2"
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    template.write_text(loop + template.read_text("utf-8"), "utf-8")
    page.locator("#trouble").filter(has_text="secondes").wait_for(timeout=30_000)
    check_message_is_shown(page)


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("language =", "langage =", "langage"),
        ('language = "fr"', 'language = "fr', "newsletter.toml"),
        ('name = "default"', 'name = "default"\naccent = "red"', "accent"),
        ('name = "default"', 'name = "defaut"', "revue"),
    ],
)
def test_an_invalid_setting_is_shown_until_it_is_fixed(desk: Desk, look: Look, good: str, bad: str, told: str) -> None:
    page = look(desk.address())
    path = desk.project.folder / "newsletter.toml"
    before = path.read_text("utf-8")
    assert good in before
    path.write_text(before.replace(good, bad, 1), "utf-8")
    page.locator("#trouble").filter(has_text=told).wait_for()
    check_message_is_shown(page)
    path.write_text(before, "utf-8")
    page.locator("#trouble").wait_for(state="hidden")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00\x01" * 50, b"", b"---\nobjet: [", "É".encode("cp1252") * 3, b"x" * 2_000_000],
    ids=["bytes", "empty", "half a front matter", "cp1252", "two megabytes"],
)
def test_an_unreadable_issue_is_shown_as_an_error(desk: Desk, look: Look, content: bytes) -> None:
    page = look(desk.address())
    good = desk.issue.read_bytes()
    desk.issue.write_bytes(content)
    page.locator("#trouble:not([hidden]), .findings li[data-severity=error]").first.wait_for()
    desk.issue.write_bytes(good)
    page.locator("#status").filter(has_text="Rien à signaler").wait_for()
    check_message_is_shown(page)


def test_a_deleted_issue_stays_shown_with_an_error(desk: Desk, look: Look) -> None:
    page = look(desk.address())
    desk.issue.rename(desk.issue.with_name("index.old"))
    page.locator("#trouble:not([hidden])").wait_for()
    check_message_is_shown(page)
    desk.issue.with_name("index.old").rename(desk.issue)
    page.locator("#trouble").wait_for(state="hidden")


def test_a_picture_of_fifty_megabytes_is_a_finding(desk: Desk, look: Look) -> None:
    page = look(desk.address())
    picture = desk.issue.parent / "ouverture.jpg"
    with picture.open("ab") as file:
        file.truncate(50_000_000)
    page.locator(".findings li").filter(has_text="I11").wait_for()
    check_message_is_shown(page)


def test_a_remote_picture_is_not_fetched(desk: Desk, look: Look) -> None:
    page = look(desk.address(panel="links"))
    desk.edit("- Une liste va", "![Un quai](https://images.example.org/quai.jpg)\n\n- Une liste va")
    page.locator("#panel").get_by_text("distante, non chargée").wait_for()


def test_several_pages_show_the_same_edit(desk: Desk, look: Look) -> None:
    pages = [look(desk.address()), look(desk.address(width="320")), look(desk.home)]
    desk.edit('objet: "Bienvenue', 'objet: "Rebonjour')
    for page in pages:
        page.get_by_text("Rebonjour dans votre lettre").first.wait_for()


def test_a_port_in_use_is_reported_when_chosen_and_avoided_otherwise(start: Callable[..., Desk], look: Look) -> None:
    first = start()
    port = first.base.rstrip("/").rpartition(":")[2]
    refused = first.project.run("preview", "--no-open", "--port", port)
    assert refused.returncode == 3
    assert f"Le port {port} est pris" in refused.stderr
    second = start()
    assert second.base != first.base
    look(second.address())


def test_preview_of_an_unknown_issue_is_refused(start: Callable[..., Desk]) -> None:
    desk = start()
    refused = desk.project.run("preview", "--no-open", "bienvenu")
    assert refused.returncode == 2
    assert "bienvenue" in refused.stderr


def test_the_page_says_that_the_desk_is_closed(start: Callable[..., Desk], look: Look) -> None:
    desk = start()
    page = look(desk.address())
    desk.process.terminate()
    page.get_by_text("L’aperçu est fermé").wait_for()
    assert desk.process.wait(10) is not None
    page.close()


def test_trying_the_links_reports_a_private_address(desk: Desk, look: Look) -> None:
    """Only this button makes requests to the network; it reports a result for each address."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    page = look(desk.address(panel="links"))
    desk.edit("https://www.markdownguide.org/fr/", f"http://127.0.0.1:{port}/rien")
    page.locator("#panel").get_by_text(f"127.0.0.1:{port}").wait_for()
    page.get_by_role("button", name="Essayer les adresses").click()
    page.locator("#panel").get_by_text("machine privée").wait_for()


def test_an_issue_that_cannot_be_composed_can_be_neither_tested_nor_approved(desk: Desk, look: Look) -> None:
    page = look(desk.address(panel="send"))
    template = desk.project.folder / "templates" / "default" / "issue.mjml.j2"
    template.write_text("<mjml>" + template.read_text("utf-8"), "utf-8")
    page.locator("#trouble:not([hidden])").wait_for()
    assert page.get_by_role("button", name="Envoyer l’essai").is_disabled()
    assert page.get_by_role("button", name="Donner mon accord").is_disabled()


def test_touching_the_publications_folder_does_not_stop_the_desk(desk: Desk, look: Look) -> None:
    page = look(desk.address())
    desk.project.folder.chmod(0o700)
    os.utime(desk.project.folder)
    page.wait_for_timeout(400)
    desk.edit('objet: "Bienvenue', 'objet: "Rebonjour')
    page.locator("#title").filter(has_text="Rebonjour").wait_for()


def test_a_database_file_of_any_name_triggers_no_refresh(start: Callable[..., Desk], look: Look) -> None:
    desk = start(NEWSLETTER_DATABASE_URL="sqlite:///lettre.sqlite")
    assert desk.project.run("subscribers", "import", "abonnes.csv", "--list", "b",
                            NEWSLETTER_DATABASE_URL="sqlite:///lettre.sqlite").returncode == 0  # fmt: skip
    page = look(desk.address())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert len([url for url in asked if "/now" in url]) <= 1


def test_a_database_that_cannot_be_read_does_not_hide_the_message(start: Callable[..., Desk], look: Look) -> None:
    desk = start()
    (desk.project.folder / "newsletter.db").write_bytes(b"no database at all" * 100)
    page = look(desk.address())
    page.locator("#trouble").filter(has_text="base de données").wait_for()
    check_message_is_shown(page)


def test_ten_tabs_of_one_window_are_all_shown(desk: Desk, look: Look) -> None:
    """A browser keeps six connections to a host, so a hidden page must hold none."""
    page = look(desk.address())
    for _ in range(9):
        page.evaluate(LOOK_AWAY)
        page = page.context.new_page()
        page.goto(desk.address())
        page.locator("#device[data-shown]").wait_for(state="attached")


def test_a_hidden_page_updates_when_it_becomes_visible_again(desk: Desk, look: Look) -> None:
    page = look(desk.address())
    page.evaluate(LOOK_AWAY)
    desk.edit('objet: "Bienvenue', 'objet: "Rebonjour')
    page.wait_for_timeout(500)
    assert "Rebonjour" not in page.locator("#title").inner_text()
    page.evaluate(LOOK_AWAY.replace("true", "false"))
    page.locator("#title").filter(has_text="Rebonjour").wait_for()


LOOK_AWAY = """() => {
  Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""Headless Chromium treats every page as visible."""


@pytest.mark.parametrize(
    "state",
    [
        "light=",
        "light=a%20b",
        "view=foo",
        "panel=foo",
        "as=garbage",
        "width=-3",
        "width=1e9",
        "severity=%3Cb%3E",
        "x=y",
    ],
)
def test_invalid_parameters_in_the_url_show_the_defaults(shared: Desk, look: Look, state: str) -> None:
    page = look(f"{shared.address()}&{state}")
    check_message_is_shown(page)
    assert page.locator("[role=tab][aria-selected=true]").count() == 1
    assert page.get_by_label("Claire").is_checked()
    assert page.get_by_role("combobox", name="Comme").input_value() == "camille"


def test_a_button_reports_that_the_desk_is_closed(start: Callable[..., Desk], browser: Browser) -> None:
    desk = start()
    page = browser.new_page(locale="fr-FR")
    page.goto(desk.address(panel="send"))
    button = page.get_by_role("button", name="Envoyer l’essai")
    button.wait_for()
    desk.process.kill()
    desk.process.wait(10)
    button.click()
    page.locator(".outcome").filter(has_text="fermé").wait_for()
    assert button.is_enabled()
    page.close()

"""The real Chromium of the system, the real command in a process of its own, and a page that may do nothing forbidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import chromium
import pytest
from commands import PIPE, Process
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

if TYPE_CHECKING:
    from project import Project

ISSUE = "2026-11-22-bienvenue"
ALLOWED_ADDRESSES = ("http://127.0.0.1:", "data:", "blob:")
PATIENCE_MS = 10_000
"""What a page may take on a machine that has other things to do; no test measures it."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not chromium.TEST_BROWSER:
        pytest.skip(chromium.MISSING)
    with sync_playwright() as playwright:
        started = chromium.launch(playwright, chromium.TEST_BROWSER)
        yield started
        started.close()


@dataclass
class Desk:
    """A running `newsletter preview`."""

    project: Project
    process: Process
    base: str
    key: str

    @property
    def issue(self) -> Path:
        return self.project.folder / "issues" / ISSUE / "index.md"

    def edit(self, old: str, new: str) -> None:
        text = self.issue.read_text("utf-8")
        assert old in text
        self.issue.write_text(text.replace(old, new, 1), "utf-8")

    def address(self, name: str = ISSUE, **state: str) -> str:
        query = "&".join(f"{key}={value}" for key, value in state.items())
        return f"{self.base}issues/{name}?{query}&key={self.key}"

    @property
    def home(self) -> str:
        return f"{self.base}?key={self.key}"

    @property
    def cookie(self) -> str:
        """The cookie of a browser that has opened the desk with its key."""
        return f"desk-{self.base.split(':')[2].strip('/')}={self.key}"


def start_desk(project: Project, *arguments: str, **environment: str) -> Desk:
    options = ("--no-open", *arguments)
    process = project.start("preview", *options, environment=environment, stdout=PIPE, stderr=PIPE)
    assert process.stdout
    address, _, key = process.stdout.readline().strip().partition("?key=")
    assert key, process.stderr.read() if process.stderr else ""
    return Desk(project, process, "/".join(address.split("/")[:3]) + "/", key)


def stop_desk(desk: Desk) -> str:
    """Stop a desk as Ctrl-C does, and return its stderr."""
    import signal

    desk.process.send_signal(signal.SIGINT)
    _, complaints = desk.process.communicate(timeout=20)
    return str(complaints)


def prepare_publication(project: Project) -> Project:
    """Add three subscribers and two test recipients to the publication."""
    settings = project.folder / "newsletter.toml"
    text = settings.read_text("utf-8")
    assert "test_recipients = []" in text
    allowed = 'test_recipients = ["redaction@example.org", "helene@example.org"]'
    settings.write_text(text.replace("test_recipients = []", allowed), "utf-8")
    assert project.run("subscribers", "import", "abonnes.csv", "--list", "essai").returncode == 0
    return project


@pytest.fixture
def start(project: Project) -> Iterator[Callable[..., Desk]]:
    """A function that starts desks on the publication of this test."""
    opened: list[Desk] = []

    def run(*arguments: str, **environment: str) -> Desk:
        opened.append(start_desk(prepare_publication(project) if not opened else project, *arguments, **environment))
        return opened[-1]

    yield run
    assert ["Traceback" in stop_desk(desk) for desk in opened] == [False] * len(opened)


@pytest.fixture
def desk(start: Callable[..., Desk]) -> Desk:
    """A desk for one test, which may change its publication."""
    return start()


@pytest.fixture(scope="module")
def shared(found_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk for all tests of a module that change nothing."""
    opened = start_desk(prepare_publication(found_project(tmp_path_factory.mktemp("shared"))))
    yield opened
    assert "Traceback" not in stop_desk(opened)


@dataclass
class WatchedContext:
    """A browser context that records errors and forbidden requests of its pages."""

    context: BrowserContext
    forbidden: list[str] = field(default_factory=list)

    def page(self, address: str) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self._note(message.text if message.type in {"error", "warning"} else ""))
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("request", lambda request: self._note("" if request.url.startswith(ALLOWED_ADDRESSES) else request.url))
        page.goto(address)
        if "/issues/" in address:
            page.locator("#device[data-shown], #trouble:not([hidden])").first.wait_for(state="attached")
        return page

    def _note(self, text: str) -> None:
        if text:
            self.forbidden.append(text)


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A function that opens an address. At the end no page may have an error or a request to another machine."""
    opened: list[WatchedContext] = []

    def open_page(address: str, light: str = "light", width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(
            color_scheme="dark" if light == "dark" else "light",
            locale="fr-FR",
            viewport={"width": width, "height": height},
        )
        opened.append(WatchedContext(context))
        return opened[-1].page(address)

    yield open_page
    for watched in opened:
        watched.context.close()
    assert [note for watched in opened for note in watched.forbidden] == []

"""The system's Chromium, without a window."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SHELL = "chromium-headless-shell"
MISSING = "no Chromium on this machine: apt install chromium"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def _find(*names: str) -> str:
    return next(filter(None, map(shutil.which, names)), "")


BROWSER = _find(*BROWSERS, SHELL)
"""The browser that an editor has, for figures and pictures; empty if there is none."""
TEST_BROWSER = _find(SHELL, *BROWSERS)
"""The shell first: the full browser renders its own toolbar beside every page, which takes half of a test's time."""


def launch(playwright: Playwright, program: str) -> Browser:
    """Start Chromium; `program` must not be empty."""
    return playwright.chromium.launch(executable_path=program, args=SWITCHES)

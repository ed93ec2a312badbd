"""The system's Chromium, without a window."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell first: the full browser renders its own toolbar beside every page, which doubles the time of a test."""
PROGRAM = next(filter(None, map(shutil.which, NAMES)), "")
MISSING = "no Chromium on this machine: apt install chromium-headless-shell"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def launch(playwright: Playwright) -> Browser:
    """Start Chromium; `PROGRAM` must not be empty."""
    return playwright.chromium.launch(executable_path=PROGRAM, args=SWITCHES)

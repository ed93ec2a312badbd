"""`make screenshots`: the pictures of the README, email and desk, light and dark, from the real thing."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import chromium
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
OUT = ROOT / "docs" / "images"
ISSUE = "2026-11-29-une-riviere-sous-la-ville"
GAP = 24


def main() -> None:
    if not chromium.BROWSER:
        sys.exit(chromium.MISSING)
    OUT.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "newsletter", "preview", "--no-open", "--project", str(ROOT)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    base, _, key = process.stdout.readline().strip().partition("?")
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright, chromium.BROWSER)
        desk = [
            take_desk(browser, f"{base}issues/{ISSUE}?width=375&panel=links&{key}", light)
            for light in ("light", "dark")
        ]
        save_side_by_side("desk.png", [Image.open(io.BytesIO(desk[0]))])
        save_side_by_side("desk-dark.png", [Image.open(io.BytesIO(desk[1]))])
        save_side_by_side(
            "email.png", [Image.open(io.BytesIO(take_mail(browser, base, key, light))) for light in ("light", "dark")]
        )
        browser.close()
    process.terminate()


def take_desk(browser: Browser, address: str, light: str) -> bytes:
    """The desk, in the light of the machine and with the message in the same."""
    page = browser.new_page(
        color_scheme="dark" if light == "dark" else "light", viewport={"width": 1440, "height": 860}
    )
    page.goto(f"{address}&light={light}")
    page.locator("#device[data-shown]").wait_for(state="attached")
    page.wait_for_timeout(500)
    return page.screenshot()


def take_mail(browser: Browser, base: str, key: str, light: str) -> bytes:
    """The beginning of the letter on a telephone."""
    page = browser.new_page(
        viewport={"width": 375, "height": 1150}, color_scheme="dark" if light == "dark" else "light"
    )
    page.goto(f"{base}issues/{ISSUE}?{key}")
    page.locator("#device[data-shown]").wait_for(state="attached")
    html = page.evaluate("document.getElementById('frame').contentDocument.documentElement.outerHTML")
    page.goto(f"{base}frame")
    page.evaluate("(html) => { document.documentElement.innerHTML = html; }", html)
    page.wait_for_timeout(500)
    return page.screenshot()


def save_side_by_side(name: str, pictures: list[Image.Image]) -> None:
    """Pictures side by side, in 256 colours: they are looked at, not printed."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, max(picture.height for picture in pictures)), "white")
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (number * (picture.width + GAP), 0))
    sheet.quantize(256).save(OUT / name, optimize=True)


if __name__ == "__main__":
    main()

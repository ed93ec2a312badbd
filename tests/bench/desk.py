"""The desk in Chromium: from the command to the message, from a save to the message, with 200 issues.

Beside inkletter's preview, which writes a page and opens it: from its command to its page, every time anew.
Prints JSON lines.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import chromium
from playwright.sync_api import Browser, Page, sync_playwright

from newsletter.editorial.new_publication import NewPublication, create_publication

FIRST_PAINT_MS, EDIT_MS = 1500, 200
PAINT_RATIO = 4
STARTS, EDITS, ISSUES = 7, 30, 200
SHOWN = "document.getElementById('device')?.dataset.shown ?? ''"


def main() -> None:
    if not chromium.BROWSER:
        print(json.dumps({"bench": "the desk", "skipped": chromium.MISSING}))
        return
    text = Path(sys.argv[1]).read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium.launch(playwright, chromium.BROWSER)
        one, many = create_issues(Path(folder) / "one", text, 1), create_issues(Path(folder) / "many", text, ISSUES)
        theirs = statistics.median(measure_inkletter_preview(browser, one) for _ in range(STARTS))
        measured: dict[str, tuple[list[float], int, float]] = {
            "newsletter preview: from the command to the message": (
                [measure_first_paint(browser, one) for _ in range(STARTS)],
                FIRST_PAINT_MS,
                PAINT_RATIO,
            ),
            "newsletter preview: from a save to the message": (measure_edits(browser, one), EDIT_MS, 1),
            f"newsletter preview of {ISSUES} issues: from the command to the list": (
                [measure_first_paint(browser, many, home=True) for _ in range(STARTS)],
                FIRST_PAINT_MS,
                PAINT_RATIO,
            ),
            f"newsletter preview of {ISSUES} issues: from a save to the message": (
                measure_edits(browser, many),
                EDIT_MS,
                1,
            ),
        }
    for name, (taken, goal, ratio) in measured.items():
        print(json.dumps(make_line(name, sorted(taken), theirs, goal, ratio)), flush=True)


def make_line(name: str, taken: list[float], theirs: float, goal: int, ratio: float) -> dict[str, object]:
    """Return a result line, with the time of inkletter's preview of the same issue."""
    ours = statistics.median(taken)
    return {
        "bench": name,
        "ms": round(ours, 1),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
        "inkletter_preview_ms": round(theirs, 1),
        "ratio": round(theirs / ours, 2),
        "goal": f"<= {goal} ms, or on a slower machine {ratio} x inkletter's preview",
        "met": ours <= max(goal, ratio * theirs),
    }


def create_issues(folder: Path, text: str, count: int) -> Path:
    """Create a publication of `count` long issues, and return the file of the first."""
    create_publication(NewPublication(folder, "Ma lettre", dt.date(2026, 11, 22)))
    for number in range(count):
        path = folder / "issues" / f"2026-{1 + number // 28 % 12:02}-{1 + number % 28:02}-numero-{number}" / "index.md"
        path.parent.mkdir(parents=True)
        path.write_text(text.replace("id: 00", f"id: {number:016x}"), "utf-8")
    return folder / "issues" / "2026-01-01-numero-0" / "index.md"


def start_preview(path: Path) -> tuple[subprocess.Popen[str], str, str]:
    """Start `newsletter preview`; return the process, its base address and the query with its key."""
    command = [sys.executable, "-m", "newsletter", "preview", "--no-open"]
    process = subprocess.Popen(
        command, cwd=path.parents[2], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    base, _, key = process.stdout.readline().strip().partition("?")
    return process, base, key


def wait_until(page: Page, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(page.inner_text("body")[:500])
        page.wait_for_timeout(2)


def measure_first_paint(browser: Browser, path: Path, *, home: bool = False) -> float:
    page = browser.new_page()
    start = time.perf_counter()
    process, base, key = start_preview(path)
    page.goto(f"{base}{'' if home else f'issues/{path.parent.name}'}?{key}", wait_until="commit")
    script = "document.querySelectorAll('.row').length > 100" if home else f"{SHOWN} !== ''"
    wait_until(page, lambda: bool(page.evaluate(script)))
    taken = (time.perf_counter() - start) * 1000
    page.close()
    process.terminate()
    process.wait()
    return taken


def measure_inkletter_preview(browser: Browser, path: Path) -> float:
    """Return milliseconds of inkletter's preview of the same text without front matter."""
    text = path.with_name("theirs.md")
    text.write_text(path.read_text("utf-8").split("---\n", 2)[2], "utf-8")
    out = path.with_name("theirs.html")
    page = browser.new_page()
    page.route("http*://**", lambda route: route.abort())
    start = time.perf_counter()
    command = [str(Path(sys.executable).with_name("inkletter")), "preview", str(text), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "BROWSER": "true"})
    page.goto(out.as_uri(), wait_until="domcontentloaded")
    taken = (time.perf_counter() - start) * 1000
    page.close()
    for file in (text, out):
        file.unlink()
    return taken


def measure_edits(browser: Browser, path: Path) -> list[float]:
    """Return milliseconds from each save to its words in the preview."""
    process, base, key = start_preview(path)
    page = browser.new_page()
    page.goto(f"{base}issues/{path.parent.name}?{key}")
    wait_until(page, lambda: bool(page.evaluate(f"{SHOWN} !== ''")))
    page.wait_for_timeout(1000)
    good = path.read_text("utf-8")
    taken = []
    for number in range(EDITS):
        words = f"Retouche {number} du texte"
        start = time.perf_counter()
        path.write_text(good.replace("Que lisez-vous ?", f"{words}. Que lisez-vous ?"), "utf-8")
        script = f"document.getElementById('frame').contentDocument.body.innerText.includes('{words}')"
        wait_until(page, lambda script=script: bool(page.evaluate(script)))  # type: ignore[misc] # a default, bound now
        taken.append((time.perf_counter() - start) * 1000)
        page.wait_for_timeout(150)
    path.write_text(good, "utf-8")
    page.close()
    process.terminate()
    process.wait()
    return taken


if __name__ == "__main__":
    main()

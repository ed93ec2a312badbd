"""`make bench`: figures as JSON lines, each beside a peer's or a floor's from the same run.

Ratios carry over from machine to machine, seconds do not. A line that misses its goal has
`"met": false`, and the run ends with exit code 1.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsletter.model.issue import Issue

HERE = Path(__file__).parent
ROUNDS = 30
SECTIONS = 10
COMPOSE_MS = 35
"""25 for composing, and 10 for typography, which has a goal of its own below."""
INKLETTER_MS = 42
"""What inkletter takes for an issue of this length on the machine the goal was set for; machines differ threefold."""
CHECK_MS = 60
TYPOGRAPHY_MS = 10
HELP_RATIO = 6
OUTBOX_RATE = 2000
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "1000000"))
IMPORT_RATE = {"sqlite": 25_000, "postgresql": 20_000}
IMPORT_MB = 200
LOOK_MS = 50
SEGMENT_S = 2
FREEZE_S = 1.5
ONE_CLICKS = 3_000
CLICK_RATIO = 1.3
"""The peer writes one row for a click; we a subscription, its counts, its journal and a contact."""
PAGES, PAGE_RATIO = 2_000, 1.5
OUTBOX_MB = 120
FLAT_MB = 12
"""How much more a tenfold list may take at its peak."""


SENT_RATE, FAR_RATE = 80_000, 60_000
HELPERS_RATIO, FAR_RATIO, SINGLE_RATIO = 4, 12, 100
SENT_MB, GROWTH_MB = 150, 10
FLAT_COST = 1.25
"""A recipient of a million may cost so much of what one of a hundred thousand costs."""
SMTP_RATE, SMTP_RATIO = 2_000, 20
EVENTS, EVENT_RATIO, LEAVE_MS = 30_000, 0.8, 150
"""The peer of events has no server, verifies nothing and only inserts; we keep, answer, and find out what they mean."""


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    missed = 0
    for line in (
        *measure_compose(),
        *measure_help(),
        *measure_outbox(),
        *measure_both_databases(),
        measure_sendgrid(),
        measure_smtp(),
        measure_serve(),
        measure_webhook(),
        *measure_desk(),
    ):
        print(json.dumps(line, ensure_ascii=False), flush=True)
        missed += line.get("met") is False
    sys.exit(1 if missed else 0)


def make_issue_text() -> str:
    """Return an issue of ten sections and some 2,250 words, each with a quote, a list, links and marks."""
    marked = "Les ateliers rouvrent *doucement*, et **leurs portes** donnent sur [la rue](https://exemple.fr/rue). "
    plain = "On y vient le soir, quand la lampe est allumée, pour réparer une roue, une chaise ou une page. "
    paragraph = (marked + plain * 4).strip()
    section = f"{paragraph}\n\n> {plain}\n> — Une voisine\n\n- une pompe\n- deux rustines\n\n{paragraph}\n\n"
    body = "".join(f"## Section {number}\n\n{section}" for number in range(SECTIONS))
    head = '---\nid: 00\nobjet: "Dix sections"\napercu: "Un aperçu"\ndate: 2026-11-22\nauteur: Jeanne Martin\n---\n\n'
    return f"{head}Chères lectrices, chers lecteurs,\n\n{paragraph}\n\n{body}Que lisez-vous ?\n\nJeanne Martin\n"


def median_ms(*functions: Callable[[], object]) -> list[float]:
    """Return medians of functions that run in turn, so that disturbances of the machine affect all of them."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(ROUNDS):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            taken.append((time.perf_counter() - start) * 1000)
    return [round(statistics.median(taken[3:]), 2) for taken in times]


def measure_compose() -> Iterator[dict[str, Any]]:
    import inkletter

    from newsletter import checks
    from newsletter.app import open_app
    from newsletter.content.reader import read
    from newsletter.rendering.compose import compose as compose_

    app = open_app(HERE.parents[1], HERE)
    theme, publication, text = app.theme(), app.publication, make_issue_text()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "issues" / "2026-11-22-dix" / "index.md"
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
        issue = read(path, publication)
        edition = compose_(issue, theme, publication)
        ours, reading, composing, checking, theirs, their_html = median_ms(
            lambda: compose_(read(path, publication), theme, publication),
            lambda: read(path, publication),
            lambda: compose_(issue, theme, publication),
            lambda: checks.check(issue, edition, publication),
            lambda: (inkletter.parse_markdown_to_html(text), inkletter.parse_markdown_to_text(text)),
            lambda: inkletter.parse_markdown_to_html(text),
        )
    yield {
        "bench": "compose, warm: a ten-section issue to html and text",
        "words": len(text.split()),
        "ms": ours,
        "inkletter_ms": theirs,
        "ratio": round(theirs / ours, 2),
        "ms_where_inkletter_takes_42": round(ours / theirs * INKLETTER_MS, 2),
        "goal": f"<= {COMPOSE_MS} ms where inkletter takes {INKLETTER_MS}, and faster than it",
        "met": ours / theirs * INKLETTER_MS <= COMPOSE_MS and ours < theirs,
    }
    stages = {"read_ms": reading, "compose_ms": composing, "check_ms": checking, "inkletter_html_ms": their_html}
    yield {"bench": "compose, warm: the stages apart", **stages, "html_bytes": len(edition.html.encode())}
    whole = reading + composing + checking
    yield {
        "bench": "check, warm: read, compose and every rule",
        "ms": round(whole, 2),
        "inkletter_ms": theirs,
        "ms_where_inkletter_takes_42": round(whole / theirs * INKLETTER_MS, 2),
        "goal": f"<= {CHECK_MS} ms where inkletter takes {INKLETTER_MS}",
        "met": whole / theirs * INKLETTER_MS <= CHECK_MS,
    }
    yield measure_typography(issue, text, theirs)
    yield measure_cold_start(text)


def measure_typography(issue: Issue, text: str, inkletter_ms: float) -> dict[str, Any]:
    """Compare typography with typographeur, the only French typographer for Python, on the same words."""
    from typographeur import typographeur

    from newsletter.rendering.typography.issue import typeset

    ours, theirs = median_ms(lambda: typeset(issue, "normal"), lambda: typographeur(text))
    return {
        "bench": "typography of the same issue",
        "ms": ours,
        "typographeur_ms": theirs,
        "ratio": round(theirs / ours, 2),
        "ms_where_inkletter_takes_42": round(ours / inkletter_ms * INKLETTER_MS, 2),
        "goal": f"<= {TYPOGRAPHY_MS} ms where inkletter takes {INKLETTER_MS}, and faster than typographeur",
        "met": ours / inkletter_ms * INKLETTER_MS <= TYPOGRAPHY_MS and ours < theirs,
    }


def measure_cold_start(text: str) -> dict[str, Any]:
    """Measure a new process that imports, reads and composes once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2026-11-22-dix" / "index.md"
        path.parent.mkdir()
        path.write_text(text, "utf-8")
        ours: list[str | Path] = [sys.executable, HERE / "cold.py", "ours", path]
        theirs: list[str | Path] = [sys.executable, HERE / "cold.py", "inkletter", path]
        our_ms, their_ms = median_ms(lambda: run(ours), lambda: run(theirs))
    return {
        "bench": "compose, cold: a new process, imports and all",
        "ms": our_ms,
        "inkletter_ms": their_ms,
        "ratio": round(their_ms / our_ms, 2),
    }


def run(command: Sequence[str | Path]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def measure_help() -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "newsletter", "--help"]
    bare = [sys.executable, "-c", "pass"]
    ours, floor = median_ms(lambda: run(command), lambda: run(bare))
    yield {
        "bench": "newsletter --help, beside the bare interpreter",
        "ms": ours,
        "bare_ms": floor,
        "ratio": round(ours / floor, 2),
        "goal": f"<= {HELP_RATIO}",
        "met": ours / floor <= HELP_RATIO,
    }


def measure_outbox() -> Iterator[dict[str, Any]]:
    """Compare with a plain loop that writes the same files."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = (run_outbox(Path(folder) / str(people), people) for people in (1_000, 10_000))
    yield {
        "bench": "10,000 messages without images to the outbox",
        **large,
        "ratio_to_floor": round(large["per_second"] / large["floor_per_second"], 2),
        "peak_mb_at_1000": small["peak_mb"],
        "goal": f">= {OUTBOX_RATE}/s or the floor's 30 %, <= {OUTBOX_MB} MB, flat",
        "met": large["per_second"] >= min(OUTBOX_RATE, 0.3 * large["floor_per_second"])
        and large["peak_mb"] <= OUTBOX_MB
        and large["peak_mb"] - small["peak_mb"] <= FLAT_MB,
    }


def measure_both_databases() -> Iterator[dict[str, Any]]:
    """Measure both databases, each beside a plain loop that validates rows and fills one table."""
    with tempfile.TemporaryDirectory() as folder:
        yield measure_people("sqlite", f"sqlite:///{folder}/people.db")
    import postgresql

    if postgresql.find_programs() is None:
        yield {"bench": f"{PEOPLE:,} people on postgresql", "skipped": "PostgreSQL is not installed"}
        return
    with postgresql.run_server(options="") as server:
        yield measure_people("postgresql", postgresql.create_database(server, "people"))


def measure_people(kind: str, url: str) -> dict[str, Any]:
    """Run the bench of people. A slower machine passes by its ratio to the plain loop."""
    command: list[str | Path] = [sys.executable, HERE / "people.py", url, str(PEOPLE)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    ratio = facts["rows_per_second"] / facts["floor_rows_per_second"]
    looks = max(facts[name] for name in ("counts_ms", "size_ms", "first_page_ms", "one_person_ms"))
    return {
        "bench": f"{PEOPLE:,} people on {kind}: import, freeze, look, choose",
        **facts,
        "ratio_to_floor": round(ratio, 2),
        "goal": f">= {IMPORT_RATE[kind]} rows/s or 0.7 of the plainest loop, <= {IMPORT_MB} MB; freeze <= {FREEZE_S} s or 1.5 plain"
        f" fetches; looks <= {LOOK_MS} ms; segment <= {SEGMENT_S} s",
        "met": (facts["rows_per_second"] >= IMPORT_RATE[kind] or ratio >= 0.7)
        and facts["peak_mb"] <= IMPORT_MB
        and facts["freeze_s"] <= max(FREEZE_S, 1.5 * facts["plain_fetch_s"])
        and looks <= LOOK_MS
        and facts["segment_s"] <= SEGMENT_S,
    }


def run_bench(script: str, *arguments: str) -> dict[str, Any]:
    """Run a bench in its own process, and return what it prints."""
    command: list[str | Path] = [sys.executable, HERE / script, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def measure_sendgrid() -> dict[str, Any]:
    """Measure SendGrid's provider with a TLS sink. A slower machine passes by its ratio to the official client."""
    facts = run_bench("dispatch.py", str(PEOPLE))
    near, far, costs = facts["near"], facts["far"], [*facts["us_per_recipient"].values()]
    ratio = near["per_second"] / facts["helpers_per_second"]
    far_ratio = far["per_second"] / facts["far_helpers_per_second"]
    single_ratio = near["per_second"] / facts["single_per_second"]
    return {
        "bench": f"{PEOPLE:,} people through sendgrid to a TLS sink, beside the official client with its helpers",
        **facts,
        "ratio_to_helpers": round(ratio, 1),
        "ratio_with_200_ms": round(far_ratio, 1),
        "ratio_to_one_each": round(single_ratio),
        "slope": round(math.log10(costs[-1] / costs[0]) / math.log10(PEOPLE / (PEOPLE // 100)), 3),
        "goal": f">= {SENT_RATE}/s or {HELPERS_RATIO} times the helpers; with 200 ms >= {FAR_RATE}/s or {FAR_RATIO} times;"
        f" {SINGLE_RATIO} times one request each; <= {SENT_MB} MB; <= {GROWTH_MB} MB more database; flat",
        "met": (near["per_second"] >= SENT_RATE or ratio >= HELPERS_RATIO)
        and (far["per_second"] >= FAR_RATE or far_ratio >= FAR_RATIO)
        and single_ratio >= SINGLE_RATIO
        and near["peak_mb"] <= SENT_MB
        and facts["growth_mb"] <= GROWTH_MB
        and costs[-1] <= FLAT_COST * costs[-2],
    }


def measure_smtp() -> dict[str, Any]:
    """Measure the SMTP provider. A slower machine passes by its ratio to smtplib."""
    facts = run_bench("smtp.py")
    ratio = facts["per_second"] / facts["peer_per_second"]
    return {
        "bench": "messages of 50 KB to a mail relay, 3 connections, beside smtplib with an EmailMessage for each",
        **facts,
        "ratio_to_peer": round(ratio, 1),
        "goal": f">= {SMTP_RATE}/s or {SMTP_RATIO} times the peer",
        "met": facts["per_second"] >= SMTP_RATE or ratio >= SMTP_RATIO,
    }


def measure_serve() -> dict[str, Any]:
    """Measure `newsletter serve`. A slower machine passes by its ratio to a server that commits each click."""
    facts = run_bench("serve.py")
    ratio = facts["one_click_per_second"] / facts["peer_per_second"]
    return {
        "bench": "newsletter serve on SQLite, 32 connections: one-click unsubscribes and pages",
        **facts,
        "ratio_to_peer": round(ratio, 2),
        "goal": f">= {ONE_CLICKS} one-clicks a second or {CLICK_RATIO} of one commit each; >= {PAGES} pages or {PAGE_RATIO} times the peer's clicks",
        "met": (facts["one_click_per_second"] >= ONE_CLICKS or ratio >= CLICK_RATIO)
        and facts["pages_per_second"] >= min(PAGES, PAGE_RATIO * facts["peer_per_second"]),
    }


def measure_webhook() -> dict[str, Any]:
    """Measure the webhook. A slower machine passes by its ratio to a plain program that only inserts events."""
    facts = run_bench("webhook.py")
    ratio = facts["events_per_second"] / facts["peer_per_second"]
    return {
        "bench": "newsletter serve on SQLite, 4 connections: signed events accepted and applied, while people leave",
        **facts,
        "ratio_to_peer": round(ratio, 2),
        "goal": f">= {EVENTS} events a second or {EVENT_RATIO} of json.loads and an INSERT each;"
        f" p99 of a one-click <= {LEAVE_MS} ms",
        "met": (facts["events_per_second"] >= EVENTS or ratio >= EVENT_RATIO) and facts["leave_p99_ms"] <= LEAVE_MS,
    }


def measure_desk() -> Iterator[dict[str, Any]]:
    """Measure the desk in its own process, with a browser."""
    with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as file:
        file.write(make_issue_text())
        file.flush()
        done = subprocess.run(
            [sys.executable, HERE / "desk.py", file.name], check=True, stdout=subprocess.PIPE, text=True
        )
    yield from map(json.loads, done.stdout.splitlines())


def run_outbox(folder: Path, people: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, HERE / "outbox.py", folder, str(people)], check=True, capture_output=True, text=True
    )
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


if __name__ == "__main__":
    main()

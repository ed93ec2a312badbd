"""`make compare BASE=REV`: freezing, claiming and dispatching at that commit and now, in one run, as ratios. JSON lines.

python before_after.py REV [PEOPLE]
python before_after.py run PEOPLE FOLDER HOST     one round, with the newsletter that PYTHONPATH names
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sink import run_sink

ROUNDS = 5
bench: Any = importlib.import_module("dispatch")  # beside this file
ROOT = Path(__file__).parents[2]
SERVERS = ROOT / "tests/support"


def measure_steps(people: int, folder: Path, host: str) -> dict[str, float]:
    """Return microseconds per recipient for each step, with the folder's memory if this version has one."""
    from newsletter.campaigns import planning
    from newsletter.campaigns.sending import Worker, dispatch
    from newsletter.providers.sendgrid.client import Account
    from newsletter.providers.sendgrid.provider import SendGrid
    from newsletter.storage import database
    from newsletter.storage.campaigns import chunks

    url = f"sqlite:///{folder / 'people.db'}"
    bench.fill(url, {"all": people, "claims": people})
    remembered: tuple[Any, ...] = ()
    more: dict[str, Any] = {}
    with contextlib.suppress(ImportError):
        from newsletter.campaigns.sending.submission_log import SubmissionLog
        from newsletter.storage.host_memory import Memory

        remembered, more = (Memory(folder / ".newsletter-memory"),), {"submissions": SubmissionLog(folder / "sent")}
    store = database.open_store(url, bench.STAMP, bench.NOW, *remembered)
    if remembered:
        store.recover()
    provider, found = SendGrid(Account("SG.bench", host)), dict[str, float]()
    terms = planning.PlanOptions(provider.name, provider.caps.chunk_size)

    @contextlib.contextmanager
    def measured(name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        found[name] = (time.perf_counter() - begun) * 1e6 / people

    now = dt.datetime.now(dt.UTC)
    with measured("freeze"):
        sent = planning.plan(store, bench.edition("all"), planning.Audience("all"), terms, now=now).campaign
    claimed = planning.plan(store, bench.edition("claims"), planning.Audience("claims"), terms, now=now).campaign
    with measured("claim"):
        for number in range(-(-people // terms.chunk_size)):
            with store.write() as tx:
                chunks.claim(tx, claimed, number, chunks.Claimant("h:1:1", f"{number:032d}", bench.NOW, bench.NOW))
    with measured("dispatch"):
        dispatch(store, provider, sent, Worker(bench.KEY, **more))
    store.close()
    return found


def run_child(source: Path, people: int, host: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, __file__, "run", str(people), folder, host], check=True, stdout=subprocess.PIPE,
            text=True, env=os.environ | {"PYTHONPATH": f"{source}:{SERVERS}"},
        )  # fmt: skip
    facts: dict[str, float] = json.loads(done.stdout)
    return facts


def main(rev: str, people: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name) / "base"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", base, rev], cwd=ROOT, check=True)
        try:
            with run_sink(Path(name)) as sink:
                rounds = [
                    (run_child(base / "src", people, sink.url), run_child(ROOT / "src", people, sink.url))
                    for _ in range(ROUNDS)
                ]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", base], cwd=ROOT, check=True)
    for step in rounds[0][0]:
        before, after = (statistics.median(measured[place][step] for measured in rounds) for place in (0, 1))
        facts = {
            "bench": step,
            "base": rev,
            "people": people,
            "before_us": round(before, 2),
            "after_us": round(after, 2),
        }
        print(json.dumps(facts | {"ratio": round(after / before, 3)}))


if __name__ == "__main__":
    if sys.argv[1] == "run":
        print(json.dumps(measure_steps(int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])))
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)

"""`make chaos`: the real command, killed with SIGKILL at every point of the protocol and anywhere else, with faults on.

    python chaos.py [KILLS]      so many random instants for each mode of resolving doubts; the points besides

Three ways: `evidence` (Logs and webhook answer, policy complete), `fence` (handed over for later, no Logs, no webhook),
`dark` (neither; policy strict). Afterwards the lying SendGrid says who got what. Nobody may have it twice; whoever has it
not must be named by `campaigns show`, and with evidence or a fence nobody may be left but a chunk held for want of a
later one to compare it with, or of one of the ten fences. Each campaign goes to a segment whose members' numbers alternate
with other people's; after the kill some leave, and they come back before the next campaign. Nobody else may have it, and
nobody who left may get it after that. One JSON line for each mode; exit code 1 where that fails.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import io
import json
import os
import random
import re
import secrets
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from sendgrid_fake import KEY, FakeSendGrid, run_fake_sendgrid
from serving import free_port, serve_publication

from newsletter.campaigns.sending import reconciliation, runner, submission
from newsletter.cli import COMMANDS, main
from newsletter.editorial.new_publication import NewPublication, create_publication
from newsletter.providers.http_transport import HttpTransport
from newsletter.providers.sendgrid.provider import SendGrid
from newsletter.storage.campaigns import attempts, chunks

PEOPLE, CHUNK = 200, 10
LEAVERS = 4
CONCURRENCY_LIMITS = (1, 8, 32)
POINTS = ("claiming", "claimed", "built", "half_written", "written", "submitted", "recording", "recorded")
FAULTS = 0.15
ROUNDS = 12
HOUR = 3600
BROKEN = 99
"""Exit code of a child that ended by an exception."""
ISSUE = """\
---
id: {id}
objet: "Numéro {number}"
apercu: "Un aperçu qui dit ce qu’il y a dans ce numéro, en une ligne."
date: 2026-11-22
auteur: Jeanne Martin
---

Chères lectrices, chers lecteurs,

Les ateliers rouvrent doucement, et leurs portes donnent sur la rue.

## Une section

On y vient le soir, quand la lampe est allumée, pour réparer une roue ou une page.

Que lisez-vous ?

Jeanne Martin
"""


@dataclass
class Score:
    """The results of a mode."""

    kills: int = 0
    campaigns: int = 0
    delivered: int = 0
    twice: int = 0
    strangers: int = 0
    """Recipients who are not in the segment."""
    after_leaving: int = 0
    lost: int = 0
    named: int = 0
    by_point: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class ResolutionMode:
    """How doubts are resolved, and what `send` is told."""

    name: str
    options: tuple[str, ...]
    logs: bool
    hears: bool


MODES = (
    ResolutionMode("evidence", ("--policy", "complete"), logs=True, hears=True),
    ResolutionMode("fence", (), logs=False, hears=False),
    ResolutionMode("dark", (), logs=False, hears=False),
)


def kill_at_point(point: str, count: int) -> None:
    """Kill this process (the child) at visit number `count` of `point`."""
    seen = 0

    def reach(name: str) -> None:
        nonlocal seen
        seen += name == point
        if seen == count and name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap_function(owner: Any, attribute: str, before: str = "", after: str = "") -> None:
        honest: Callable[..., Any] = getattr(owner, attribute)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            reach(before)
            result = honest(*arguments, **options)
            reach(after)
            return result

        setattr(owner, attribute, wrapped)

    wrap_function(chunks, "claim", after="claiming")  # inside its transaction
    wrap_function(submission, "prepare_chunk", before="claimed", after="built")
    wrap_function(HttpTransport, "_may_be_answer", before="half_written")  # all but the last byte
    wrap_function(HttpTransport, "_write_body", after="written")
    wrap_function(submission, "submit_chunk", after="submitted")
    wrap_function(attempts, "record_outcome", after="recording")  # inside its transaction
    wrap_function(runner.Dispatcher, "_record", after="recorded")


def fork_command(arguments: list[str], point: str = "", count: int = 0) -> int:
    """Fork a process that runs the real command; return its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a stream
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        if point:
            kill_at_point(point, count)
        main(arguments)
    except SystemExit as end:
        os._exit(int(end.code or 0))
    except BaseException:  # noqa: BLE001 - a child must not go on as its parent
        traceback.print_exc()
        os._exit(BROKEN)
    os._exit(0)


def run_command(*arguments: str) -> str:
    """Run a command in this process, and return what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        main(list(arguments))
    return out.getvalue()


@contextlib.contextmanager
def publication(fake: FakeSendGrid) -> Iterator[Path]:
    """A publication that sends through the fake, and listens for its reports."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "chaos"
        create_publication(NewPublication(folder, "Chaos", dt.date(2026, 11, 22)))
        port = free_port()
        config = folder / "newsletter.toml"
        text = re.sub(r'base_url = "[^"]*"', f'base_url = "http://127.0.0.1:{port}"', config.read_text("utf-8"))
        text = text.replace('provider = "outbox"', 'provider = "sendgrid"')
        key = fake.control("state")["public_key"]
        config.write_text(f'{text}\n[sendgrid]\nhost = "{fake.url}"\nwebhook_key = "{key}"\n', "utf-8")
        with (folder / ".env").open("a") as env:
            env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
        os.chdir(folder)
        rows = "".join(f"p{n}@exemple.fr,P{n},Ici\nq{n}@exemple.fr,Q{n},Ailleurs\n" for n in range(PEOPLE))
        Path("tous.csv").write_text(f"email,prenom,ville\n{rows}")
        run_command("subscribers", "import", "tous.csv", "--list", "tous")
        with serve_publication(folder, port=port) as served:
            fake.control("webhook", f"http://127.0.0.1:{served.port}/webhooks/sendgrid")
            yield folder


def write_issue(number: int) -> str:
    path = Path("issues") / f"2026-11-22-numero-{number}" / "index.md"
    path.parent.mkdir()
    path.write_text(ISSUE.format(id=secrets.token_hex(8), number=number), "utf-8")
    return f"numero-{number}"


def run_campaign(
    fake: FakeSendGrid, mode: ResolutionMode, number: int, score: Score, dice: random.Random, point: str = ""
) -> None:
    """Send one campaign, kill the sender, and dispatch until nothing more can be done."""
    limit = CONCURRENCY_LIMITS[number % len(CONCURRENCY_LIMITS)]
    fake.control("chaos", {"rate": FAULTS, "seed": number, "logs": mode.logs, "hears": mode.hears})
    options = [*mode.options, "--in-flight", str(limit)]
    if mode.name == "fence":
        at = dt.datetime.now().astimezone() + dt.timedelta(minutes=28)
        options += ["--at", at.isoformat(timespec="seconds")]
    arguments = ["send", write_issue(number), "--list", "tous", "--segment", 'ville = "Ici"', "--yes", *options]
    before = fake.count
    pid = fork_command(arguments, point, dice.randint(1, PEOPLE // CHUNK))
    if not point:
        time.sleep(dice.uniform(0.15, 0.9))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code != BROKEN, "the child itself is broken: run it without redirecting its stderr"
    died = code == -signal.SIGKILL
    score.kills += died
    score.by_point[point or "random"] += died
    fake.wait_for_quiet()  # who leaves now leaves after what the killed process had sent
    leavers = [f"p{chosen}@exemple.fr" for chosen in dice.sample(range(PEOPLE), LEAVERS)]
    for leaver in leavers:
        run_command("subscribers", "remove", leaver, "--list", "tous")
    left_at = fake.count
    if not show_campaign(number):
        os.waitpid(fork_command(arguments), 0)
    for _ in range(ROUNDS):
        os.waitpid(fork_command(["dispatch", "--once"]), 0)
        account = show_campaign(number)
        if not account["ready"] + account["claimed"] + account["in_doubt"]:
            break
        time.sleep(0.3)
    score.after_leaving += sum(message["to"] in leavers for message in fake.list_messages_since(left_at))
    score_campaign(fake, mode, before, str(show_campaign(number)["campaign"]), score, leavers)
    for leaver in leavers:
        run_command("subscribers", "add", leaver, "--list", "tous", "--again", "--consent", "Je reviens.")


def show_campaign(number: int) -> dict[str, Any]:
    accounts = json.loads(run_command("campaigns", "list", "--format", "json") or "[]")
    return next((account for account in accounts if account["issue"] == f"numero-{number}"), {})


def score_campaign(
    fake: FakeSendGrid, mode: ResolutionMode, before: int, campaign: str, score: Score, leavers: list[str]
) -> None:
    """Compare the recipients in the fake with those that `campaigns show` names; chunks of the campaign before may be sent meanwhile."""
    if mode.name == "fence":
        fake.control("advance", HOUR)
        fake.control("advance", -HOUR)
        fake.control("forget_statuses")  # two hours later there is room for ten fences again
        with sqlite3.connect("newsletter.db") as database:
            database.execute("UPDATE attempt SET freed_at = 1 WHERE fenced_at IS NOT NULL")
        database.close()
    mine = [message for message in fake.list_messages_since(before) if message["custom_args"]["nl_c"] == campaign]
    got = Counter(message["to"] for message in mine if message["status"] == "delivered")
    states = ("in_doubt", "held", "ready", "claimed")
    named = {
        line.split("\t")[0]
        for state in states
        for line in run_command("campaigns", "show", campaign, "--who", state).split("\n")
    }
    members = {f"p{number}@exemple.fr" for number in range(PEOPLE)}
    missing = members - got.keys() - set(leavers)
    score.campaigns += 1
    score.delivered += len(got)
    score.strangers += len(got.keys() - members)
    score.twice += sum(1 for count in got.values() if count > 1)
    score.lost += len(missing - named)
    score.named += len(missing & named)


def shorten_waits() -> None:
    """Shorten the waits and the chunks; change nothing else."""
    reconciliation.SETTLE_SECONDS, reconciliation.RETRY_SECONDS, reconciliation.EVIDENCE_SECONDS = 1, 1, 2
    SendGrid.caps = replace(SendGrid.caps, chunk_size=CHUNK)
    runner.MAX_UNREACHABLE_REQUESTS = 50


def import_commands() -> None:
    """Import the modules of all commands, so that a child starts at once."""
    for name in COMMANDS:
        importlib.import_module(f"newsletter.cli.{name}")


def run_chaos(kills: int) -> bool:
    shorten_waits()
    import_commands()
    good, number = True, 0
    with run_fake_sendgrid(free_port()) as fake, publication(fake):
        for mode in MODES:
            score, dice, begun = Score(), random.Random(20261126), time.monotonic()
            for point in [*POINTS, *[""] * kills]:
                number += 1
                run_campaign(fake, mode, number, score, dice, point)
            facts = {
                "chaos": mode.name,
                "people": PEOPLE,
                "chunk": CHUNK,
                "in_flight": CONCURRENCY_LIMITS,
                "faults": FAULTS,
            }
            facts |= {
                name: getattr(score, name)
                for name in ("campaigns", "kills", "delivered", "twice", "strangers", "after_leaving", "lost", "named")
            }
            facts |= {"by_point": score.by_point, "seconds": round(time.monotonic() - begun)}
            print(json.dumps(facts), flush=True)
            wrong = score.twice + score.strangers + score.after_leaving + score.lost
            points_hit = sum(1 for point in POINTS if score.by_point[point])
            good = good and not wrong and points_hit >= len(POINTS) // 2
    return good


if __name__ == "__main__":
    sys.exit(0 if run_chaos(int(sys.argv[1]) if len(sys.argv) > 1 else 200) else 1)

"""A sender killed with SIGKILL leaves in doubt only what was between its last byte and its answer."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import DEVNULL, PIPE
from project import Project
from queries import show_campaign
from smtp_fake import FakeRelay, run_fake_relay

PEOPLE, CONNECTIONS = 600, 8
SEND = ("send", "bienvenue", "--list", "tous", "--yes", "--in-flight", str(CONNECTIONS))


@pytest.fixture
def relay() -> Iterator[FakeRelay]:
    with run_fake_relay() as running:
        yield running


@pytest.fixture
def project(found_project: Callable[[Path], Project], relay: FakeRelay, tmp_path: Path) -> Project:
    made = found_project(tmp_path)
    config = made.folder / "newsletter.toml"
    text = config.read_text("utf-8").replace('provider = "outbox"', 'provider = "smtp"')
    smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {relay.port}\nsecurity = "none"\n'
    config.write_text(f'unsubscribe = "mail"\n{text}\n{smtp}', "utf-8")
    (issue,) = (made.folder / "issues").glob("*/index.md")  # without its picture, for which nothing would answer
    issue.write_text(re.sub(r"(?m)^(!\[|Crédit).*\n", "", issue.read_text("utf-8")), "utf-8")
    rows = "".join(f"p{number:03d}@exemple.fr,P{number}\n" for number in range(PEOPLE))
    (made.folder / "tous.csv").write_text(f"email,prenom\n{rows}")
    assert made.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0
    return made


def kill_send_midway(project: Project, relay: FakeRelay) -> None:
    sender = project.start(*SEND, stdout=DEVNULL, stderr=PIPE)
    deadline = time.monotonic() + 60
    while len(relay.received) < PEOPLE // 3 and time.monotonic() < deadline and sender.poll() is None:
        time.sleep(0.005)
    sender.send_signal(signal.SIGKILL)
    _, complaint = sender.communicate()
    assert sender.returncode == -signal.SIGKILL, complaint


def list_held(project: Project) -> list[str]:
    lines = project.run("campaigns", "show", "1", "--who", "held").stdout.splitlines()
    return [line.split("\t")[0] for line in lines]


def test_at_most_one_message_per_connection_is_in_doubt_after_a_kill(project: Project, relay: FakeRelay) -> None:
    kill_send_midway(project, relay)
    project.run("dispatch", "--once")
    got = Counter(message.recipient for message in relay.received)
    in_doubt = list_held(project)
    assert max(got.values()) == 1
    assert len(in_doubt) <= CONNECTIONS
    assert got.keys() | set(in_doubt) == {f"p{number:03d}@exemple.fr" for number in range(PEOPLE)}
    assert show_campaign(project)["accepted"] == PEOPLE - len(in_doubt)
    left = [*(project.folder / ".newsletter-submissions").iterdir()]
    assert len(left) <= 1, "at most that of a chunk which was not claimed yet"


@pytest.mark.parametrize("lost", ["deleted", "cut off"])
def test_without_the_submission_file_whole_chunks_are_in_doubt_and_not_repeated(
    project: Project, relay: FakeRelay, lost: str
) -> None:
    kill_send_midway(project, relay)
    for path in (project.folder / ".newsletter-submissions").iterdir():
        if lost == "deleted":
            path.unlink()
        else:
            os.truncate(path, path.stat().st_size - 1)
    project.run("dispatch", "--once")
    got = Counter(message.recipient for message in relay.received)
    assert max(got.values()) == 1
    assert CONNECTIONS < len(list_held(project)) <= CONNECTIONS * 50
    assert got.keys() | set(list_held(project)) == {f"p{number:03d}@exemple.fr" for number in range(PEOPLE)}

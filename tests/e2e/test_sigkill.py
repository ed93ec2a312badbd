"""Killed with SIGKILL, at every point of the protocol and anywhere else: everybody gets exactly one file."""

from __future__ import annotations

import email
import os
import random
import signal
import subprocess
import time
from collections import Counter
from email.parser import BytesHeaderParser
from pathlib import Path

import commands
import pytest
from commands import DEVNULL, PIPE, Process, Program
from project import Project

KILLED = Path(__file__).with_name("killed.py")
PEOPLE = 503
"""Three chunks of at most 200, which is what killed.py makes them."""
SEND = ("send", "bienvenue", "--list", "tous", "--yes")


@pytest.fixture
def enlisted(project: Project) -> Project:
    rows = "".join(f"p{number}@exemple.fr,P{number}\n" for number in range(PEOPLE))
    (project.folder / "tous.csv").write_text("email,prenom\n" + rows)
    assert project.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0
    return project


def send_until_killed(project: Project, point: str, count: int) -> subprocess.CompletedProcess[str]:
    """Send, and be killed at a point of the protocol."""
    return commands.run(Program((point, str(count), "--", *SEND), script=str(KILLED)), cwd=project.folder)


def count_by_recipient(project: Project) -> Counter[str]:
    """Count the messages of each address; every file must be a complete message."""
    found: Counter[str] = Counter()
    headers = BytesHeaderParser()
    for path in project.messages():
        raw = path.read_bytes()
        assert raw.rstrip().endswith(b"--"), path
        found[headers.parsebytes(raw.partition(b"\r\n\r\n")[0])["To"]] += 1
    return found


def expected_counts() -> Counter[str]:
    return Counter(f"p{number}@exemple.fr" for number in range(PEOPLE))


POINTS = [
    ("frozen", 1),
    ("planned", 1),
    ("claimed", 1),
    ("claimed", 2),
    ("built", 1),
    ("built", 2),
    ("written", 1),
    ("written", 201),
    ("submitted", 1),
    ("submitted", 200),
    ("submitted", PEOPLE),
    ("recorded", 1),
    ("recorded", 3),
]


@pytest.mark.parametrize(("point", "count"), POINTS)
def test_send_killed_at_a_point_and_repeated_reaches_everybody_once(enlisted: Project, point: str, count: int) -> None:
    child = send_until_killed(enlisted, point, count)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert not count_by_recipient(enlisted) - expected_counts()
    again = enlisted.run(*SEND, "--format", "json")
    assert again.returncode == 0, again.stderr
    assert count_by_recipient(enlisted) == expected_counts()
    assert not list((enlisted.folder / "outbox").rglob("*.tmp"))


def test_send_killed_at_random_times_reaches_everybody_once(enlisted: Project) -> None:
    dice = random.Random(20261122)
    kills = 0
    for _ in range(6):
        child = enlisted.start(*SEND, stdout=DEVNULL, stderr=DEVNULL)
        wait_for_a_message(enlisted, child)
        time.sleep(dice.uniform(0, 0.1))  # anywhere in the sending: the point is that it does not matter where
        child.kill()
        kills += child.wait() == -signal.SIGKILL
    assert kills >= 1
    assert enlisted.run(*SEND).returncode == 0
    assert count_by_recipient(enlisted) == expected_counts()


def wait_for_a_message(project: Project, child: Process) -> None:
    """Wait until this child writes a message, or has none left to write."""
    started = len(project.messages())
    while child.poll() is None and len(project.messages()) == started < PEOPLE:
        os.sched_yield()


def test_three_senders_at_once_share_the_work(enlisted: Project) -> None:
    children = [enlisted.start(*SEND, stdout=DEVNULL, stderr=PIPE) for _ in range(3)]
    for child in children:
        _, complaint = child.communicate(timeout=120)
        assert "Traceback" not in complaint
    assert count_by_recipient(enlisted) == expected_counts()
    assert enlisted.run(*SEND).returncode == 0


def test_an_issue_edited_after_a_crash_is_sent_as_it_was_frozen(enlisted: Project) -> None:
    send_until_killed(enlisted, "recorded", 1)
    (issue,) = (enlisted.folder / "issues").glob("*/index.md")
    issue.write_text(issue.read_text("utf-8").replace("Bienvenue dans", "Bienvenue, bienvenue dans"), "utf-8")
    again = enlisted.run(*SEND)
    assert "a changé depuis" in again.stderr
    subjects = {email.message_from_bytes(path.read_bytes())["Subject"] for path in enlisted.messages()}
    assert subjects == {"Bienvenue dans votre lettre"}


def test_a_subscriber_who_leaves_after_a_crash_gets_nothing(enlisted: Project) -> None:
    import sqlite3

    send_until_killed(enlisted, "recorded", 1)
    with sqlite3.connect(enlisted.folder / "newsletter.db") as database:
        database.execute("UPDATE subscription SET status = 'unsubscribed' WHERE subscriber_id = 500")
    database.close()
    again = enlisted.run(*SEND, "--format", "json")
    assert again.returncode == 0
    assert '"skipped": 1' in again.stdout
    assert count_by_recipient(enlisted) == expected_counts() - Counter(["p499@exemple.fr"])

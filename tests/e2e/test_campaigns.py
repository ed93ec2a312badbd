"""What an operator does: schedules, holds, rounds, pauses, cancels, asks; by the real command, through the fake SendGrid."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import commands
import pytest
from campaign_issue import ISSUE
from commands import DEVNULL, PIPE, Program
from project import Project
from queries import list_delivered, minutes_from_now, show_campaign
from sendgrid_fake import KEY, FakeSendGrid, run_fake_sendgrid
from serving import free_port, serve_publication

SEND = ("send", "ateliers", "--list", "tous", "--yes")


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    with run_fake_sendgrid(free_port()) as running:
        yield running


@pytest.fixture
def project(found_project: Callable[[Path], Project], fake: FakeSendGrid, tmp_path: Path) -> Project:
    """A publication that sends through the fake; readers leave by mail, so nothing has to answer."""
    made = found_project(tmp_path)
    config = made.folder / "newsletter.toml"
    text = config.read_text("utf-8").replace('provider = "outbox"', 'provider = "sendgrid"')
    head = 'unsubscribe = "mail"\noperator = "moi@exemple.fr"\n'
    config.write_text(f'{head}{text}\n[sendgrid]\nhost = "{fake.url}"\n', "utf-8")
    with (made.folder / ".env").open("a") as env:
        env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
    path = made.folder / "issues" / "2026-11-22-ateliers" / "index.md"
    path.parent.mkdir()
    path.write_text(ISSUE, "utf-8")
    import_people(made, "a", "b", "c")
    return made


def import_people(project: Project, *names: str) -> None:
    rows = "".join(f"{name}@exemple.fr,{name.upper()}\n" for name in names)
    (project.folder / "tous.csv").write_text(f"email,prenom\n{rows}")
    assert project.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0


def send_issue(project: Project, *options: str) -> subprocess.CompletedProcess[str]:
    return project.run(*SEND, *options)


ALL_RECIPIENTS = ["a@exemple.fr", "b@exemple.fr", "c@exemple.fr"]


def test_dry_run_builds_requests_and_stores_nothing(project: Project, fake: FakeSendGrid) -> None:
    tried = send_issue(project, "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "1 requête construite pour 3 personnes" in tried.stderr
    assert (fake.count, project.run("campaigns", "list", "--format", "json").stdout.strip()) == (0, "[]")


def test_the_operator_gets_one_mail_when_a_campaign_is_done(project: Project, fake: FakeSendGrid) -> None:
    assert send_issue(project).returncode == 0
    assert send_issue(project).returncode == 0
    assert project.run("dispatch", "--once").returncode == 0
    assert list_delivered(fake) == ALL_RECIPIENTS
    (mail,) = [message for message in fake.list_messages_since(0) if message["to"] == "moi@exemple.fr"]
    assert mail["subject"] == "Envoi terminé\u00a0: ateliers"
    assert "3 remis sur 3" in mail["text"]
    assert "exemple.fr" not in mail["text"]


def test_a_campaign_cancelled_during_its_hold_sends_nothing(project: Project, fake: FakeSendGrid) -> None:
    child = project.start(*SEND, "--hold", "5m", stdout=DEVNULL, stderr=PIPE)
    for _ in range(100):
        if json.loads(project.run("campaigns", "list", "--format", "json").stdout):
            break
        time.sleep(0.1)
    assert project.run("dispatch", "--once").returncode == 0
    assert fake.count == 0
    cancelled = project.run("campaigns", "cancel", "1", "--yes")
    assert "3 personnes ne le recevront pas" in cancelled.stderr
    _, complaint = child.communicate(timeout=60)
    assert child.returncode == 0, complaint
    assert list_delivered(fake) == []
    assert show_campaign(project)["phase"] == "cancelled"
    assert project.run("campaigns", "resume", "1").returncode == 3


def test_a_scheduled_campaign_is_handed_over_early_in_its_own_batch(project: Project, fake: FakeSendGrid) -> None:
    planned = send_issue(project, "--at", minutes_from_now(28))
    assert planned.returncode == 0, planned.stderr
    assert "qui se désabonne entre-temps le recevra encore" in planned.stderr
    (body,) = [body for body in fake.bodies if "send_at" in body]
    assert body["batch_id"]
    assert abs(body["send_at"] - time.time() - 28 * 60) < 60
    assert list_delivered(fake) == []
    fake.control("advance", 1800)
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_cancelling_a_campaign_cancels_its_batch_at_the_provider(project: Project, fake: FakeSendGrid) -> None:
    assert send_issue(project, "--at", minutes_from_now(28)).returncode == 0
    assert "3 personnes ne le recevront pas" in project.run("campaigns", "cancel", "1", "--yes").stderr
    fake.control("advance", 1800)
    assert list_delivered(fake) == []


def test_a_scheduled_request_without_answer_is_cancelled_and_sent_again(project: Project, fake: FakeSendGrid) -> None:
    """The first request was accepted without an answer: its batch is cancelled, and everybody gets the second one."""
    fake.control("chaos", {"seed": 1, "logs": False})
    fake.script({"kind": "drop_after"})
    with_short_wait = (
        "import sys; from newsletter.campaigns.sending import reconciliation; reconciliation.SETTLE_SECONDS = 1;"
        "from newsletter.cli import main; main(sys.argv[1:])"
    )
    sent = commands.run(Program((*SEND, "--at", minutes_from_now(28)), code=with_short_wait), cwd=project.folder)
    assert sent.returncode == 0, sent.stderr
    assert len([body for body in fake.bodies if "send_at" in body]) == 2
    fake.control("advance", 1800)
    assert list_delivered(fake) == ALL_RECIPIENTS
    statuses = sorted(message["status"] for message in fake.list_messages_since(0) if message["to"] == "a@exemple.fr")
    assert statuses == ["cancelled", "delivered"]


def test_a_campaign_far_in_the_future_stays_scheduled(project: Project, fake: FakeSendGrid) -> None:
    planned = send_issue(project, "--at", "2099-12-01 08:00")
    assert (planned.returncode, "newsletter dispatch" in planned.stdout) == (0, True), planned.stderr
    assert project.run("dispatch", "--once").returncode == 0
    assert (fake.count, show_campaign(project)["phase"]) == (0, "scheduled")
    assert show_campaign(project)["not_before"].startswith("2099-12-01T06:30")


@pytest.mark.parametrize("at", ["2026-03-29 02:30", "hier", "2020-01-01 08:00", "25:00"])
def test_an_invalid_or_past_time_is_refused(project: Project, fake: FakeSendGrid, at: str) -> None:
    tried = send_issue(project, "--at", at)
    assert (tried.returncode, fake.count) == (2, 0)
    assert len(tried.stderr.strip().splitlines()) == 1


def test_a_campaign_long_overdue_is_held_until_resumed(project: Project, fake: FakeSendGrid) -> None:
    """A restored database contains a schedule that is long past."""
    assert send_issue(project, "--at", "2099-12-01 08:00").returncode == 0
    with sqlite3.connect(project.folder / "newsletter.db") as database:
        database.execute("UPDATE campaign SET not_before = 1790000000000, changed_at = 1790000000000, release_at = 0")
    database.close()
    asked = project.run("dispatch", "--once")
    assert (asked.returncode, list_delivered(fake), show_campaign(project)["phase"]) == (1, [], "held")
    assert "campaigns resume 1" in asked.stderr
    assert [message["subject"] for message in fake.list_messages_since(0)] == ["Envoi à confirmer\u00a0: ateliers"]
    assert project.run("campaigns", "resume", "1").returncode == 0
    assert project.run("dispatch", "--once").returncode == 0
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_a_restored_backup_sends_nothing_again(project: Project, fake: FakeSendGrid) -> None:
    """In the restored database, chunks that were sent after the backup are still ready."""
    assert send_issue(project, "--at", "2099-12-01 08:00").returncode == 0
    with sqlite3.connect(project.folder / "newsletter.db") as database:
        database.execute("UPDATE campaign SET not_before = 0, release_at = 0")
    database.close()
    assert project.run("db", "backup", "copy.db").returncode == 0
    assert project.run("dispatch", "--once").returncode == 0
    for part in ("newsletter.db-wal", "newsletter.db-shm"):
        (project.folder / part).unlink(missing_ok=True)
    (project.folder / "copy.db").replace(project.folder / "newsletter.db")
    for command in (("dispatch", "--once"), ("dispatch", "--once")):
        assert project.run(*command).returncode in {0, 3}
    assert (list_delivered(fake), show_campaign(project)["phase"]) == (ALL_RECIPIENTS, "held")
    assert send_issue(project).returncode == 3
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_a_paused_campaign_waits_until_it_is_resumed(project: Project, fake: FakeSendGrid) -> None:
    assert send_issue(project, "--at", "2099-12-01 08:00").returncode == 0
    assert project.run("campaigns", "pause", "1").returncode == 0
    with sqlite3.connect(project.folder / "newsletter.db") as database:
        database.execute("UPDATE campaign SET not_before = 0, release_at = 0")
    database.close()
    assert project.run("dispatch", "--once").returncode == 0
    assert list_delivered(fake) == []
    assert project.run("campaigns", "resume", "1").returncode == 0
    assert project.run("dispatch", "--once").returncode == 0
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_a_subscriber_who_leaves_before_the_sending_is_skipped_with_a_reason(
    project: Project, fake: FakeSendGrid
) -> None:
    assert send_issue(project, "--at", "2099-12-01 08:00").returncode == 0
    assert project.run("subscribers", "remove", "b@exemple.fr", "--list", "tous").returncode == 0
    with sqlite3.connect(project.folder / "newsletter.db") as database:
        database.execute("UPDATE campaign SET not_before = 0, release_at = 0")
    database.close()
    assert project.run("dispatch", "--once").returncode == 0
    assert list_delivered(fake) == ["a@exemple.fr", "c@exemple.fr"]
    assert "pas envoyé" in project.run("campaigns", "show", "1", "--address", "b@exemple.fr").stdout
    assert project.run("campaigns", "show", "1", "--who", "skipped").stdout.split() == ["b@exemple.fr"]
    assert project.run("campaigns", "show", "1", "--address", "x@exemple.fr").returncode == 2


def test_only_missing_sends_to_subscribers_without_the_issue(project: Project, fake: FakeSendGrid) -> None:
    assert send_issue(project, "--only-missing").returncode == 3
    assert send_issue(project).returncode == 0
    assert send_issue(project, "--only-missing").returncode == 3
    import_people(project, "a", "d", "e")
    before = fake.count
    second = send_issue(project, "--only-missing")
    assert second.returncode == 0, second.stderr
    assert "3 l’ont déjà" in second.stderr
    assert list_delivered(fake, before) == ["d@exemple.fr", "e@exemple.fr"]
    assert [row["round"] for row in json.loads(project.run("campaigns", "list", "--format", "json").stdout)] == [2, 1]


def test_a_third_round_skips_recipients_of_the_second(project: Project, fake: FakeSendGrid) -> None:
    fake.script({"kind": "status", "status": 400, "errors": [["personalizations.1.to", "bad"]]})
    assert send_issue(project).returncode == 1
    assert send_issue(project, "--only-missing").returncode == 0
    assert list_delivered(fake) == ALL_RECIPIENTS
    assert send_issue(project, "--only-missing").returncode == 3
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_only_missing_includes_cancelled_recipients_but_not_given_up_ones(project: Project, fake: FakeSendGrid) -> None:
    assert send_issue(project, "--at", minutes_from_now(28)).returncode == 0
    assert project.run("campaigns", "cancel", "1", "--yes").returncode == 0
    assert (show_campaign(project)["accepted"], show_campaign(project)["cancelled"]) == (0, 3)
    assert send_issue(project).returncode == 3
    fake.control("chaos", {"seed": 1, "logs": False})
    fake.script({"kind": "late", "seconds": 0.5})
    assert send_issue(project, "--only-missing").returncode == 1
    assert project.run("campaigns", "resolve", "2", "--chunk", "0", "--give-up").returncode == 0
    assert send_issue(project, "--only-missing").returncode == 3
    time.sleep(0.6)  # the fake takes the message late, when nobody waits for its answer any more
    fake.control("advance", 1800)
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_waiting_chunks_of_a_cancelled_campaign_are_never_sent(project: Project, fake: FakeSendGrid) -> None:
    fake.script({"kind": "status", "status": 401, "errors": [[None, "The provided authorization grant is invalid"]]})
    assert send_issue(project).returncode == 4
    assert project.run("campaigns", "cancel", "1", "--yes").returncode == 0
    assert project.run("dispatch", "--once").returncode == 0
    assert (list_delivered(fake), show_campaign(project)["phase"], show_campaign(project)["cancelled"]) == (
        [],
        "cancelled",
        3,
    )
    assert send_issue(project, "--only-missing").returncode == 0
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_recipients_in_doubt_are_listed_and_the_operator_resolves_them(project: Project, fake: FakeSendGrid) -> None:
    fake.control("chaos", {"seed": 1, "logs": False})
    fake.script({"kind": "drop_after"})
    doubtful = send_issue(project)
    assert doubtful.returncode == 1
    assert "3 en doute" in doubtful.stdout
    assert "--who in_doubt" in doubtful.stderr
    assert project.run("campaigns", "show", "1", "--who", "in_doubt").stdout.split("\n")[0].startswith("a@exemple.fr")
    assert send_issue(project).returncode == 1
    assert list_delivered(fake) == ALL_RECIPIENTS
    assert project.run("campaigns", "resolve", "1").returncode == 2
    assert project.run("campaigns", "resolve", "1", "--chunk", "7", "--taken").returncode == 2
    assert "--chunk" in project.run("campaigns", "resolve", "1", "--taken").stderr
    assert project.run("campaigns", "resolve", "1", "--chunk", "0", "--again").returncode == 3  # nobody to say yes
    assert project.run("campaigns", "resolve", "1", "--chunk", "0", "--taken").returncode == 0
    assert show_campaign(project)["phase"] == "done"


def test_delivery_events_are_received_and_counted(project: Project, fake: FakeSendGrid) -> None:
    port = free_port()
    with serve_publication(project.folder, port=port) as served:
        fake.control("webhook", f"http://127.0.0.1:{served.port}/webhooks/sendgrid")
        assert send_issue(project).returncode == 0
        for _ in range(100):
            (facts,) = json.loads(project.run("stats", "ateliers", "--format", "json").stdout)
            if facts["delivered"] == 3:
                break
            time.sleep(0.1)
    assert (facts["accepted"], facts["delivered"], facts["domains"]) == (
        3,
        3,
        {"exemple.fr": {"processed": 3, "delivered": 3}},
    )
    assert "arrivés" in project.run("campaigns", "show", "1", "--address", "a@exemple.fr").stdout
    text = project.run("stats").stdout
    assert re.search(r"3 +100 % +arrivés", text.replace("\u00a0", " "))
    assert "moins de 0,1" in text


def test_events_pull_imports_the_suppressions_of_sendgrid(project: Project, fake: FakeSendGrid) -> None:
    fake.control("suppressed", {"bounces": [{"email": "b@exemple.fr", "created": 1}], "spam_reports": [{"email": "Z@exemple.fr", "created": 1}]})  # fmt: skip
    pulled = project.run("events", "pull", "--format", "json")
    assert json.loads(pulled.stdout) == {"suppressed": 2, "resolved": 0}, pulled.stderr
    assert json.loads(project.run("events", "pull", "--format", "json").stdout)["suppressed"] == 0
    assert send_issue(project).returncode == 0
    assert list_delivered(fake) == ["a@exemple.fr", "c@exemple.fr"]

"""What the real command says of a sending while the provider refuses, lies or waits, and that what it names works."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from campaign_issue import ISSUE
from commands import PIPE
from project import Project
from queries import list_delivered, minutes_from_now, show_campaign
from sendgrid_fake import KEY, FakeSendGrid, run_fake_sendgrid
from serving import free_port

PARIS = ZoneInfo("Europe/Paris")
ALL_RECIPIENTS = ["a@exemple.fr", "b@exemple.fr", "c@exemple.fr"]
SEND = ("send", "bienvenue", "--list", "tous", "--yes")


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    with run_fake_sendgrid(free_port()) as running:
        yield running


@pytest.fixture
def project(found_project: Callable[[Path], Project], fake: FakeSendGrid, tmp_path: Path) -> Project:
    """A publication that writes to the outbox until somebody chooses the fake; readers leave by mail."""
    made = found_project(tmp_path)
    config = made.folder / "newsletter.toml"
    text = 'unsubscribe = "mail"\n' + config.read_text("utf-8")
    config.write_text(f'{text}\n[sendgrid]\nhost = "{fake.url}"\n', "utf-8")
    with (made.folder / ".env").open("a") as env:
        env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
    (issue,) = (made.folder / "issues").glob("*-bienvenue/index.md")
    issue.write_text(ISSUE, "utf-8")
    (made.folder / "tous.csv").write_text("email\n" + "\n".join(ALL_RECIPIENTS))
    assert made.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0
    return made


@pytest.fixture
def sendgrid(project: Project) -> Project:
    """The same publication, which sends through the fake SendGrid."""
    config = project.folder / "newsletter.toml"
    config.write_text(config.read_text("utf-8").replace('provider = "outbox"', 'provider = "sendgrid"'), "utf-8")
    return project


def read_output(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    return (done.stdout + done.stderr).replace("\u00a0", " ")


def make_fault(code: int, message: str) -> dict[str, object]:
    return {"kind": "status", "status": code, "errors": [[None, message]]}


REFUSALS = [
    (make_fault(401, "The provided authorization grant is invalid"), 4, "NEWSLETTER_SENDGRID__API_KEY"),
    (make_fault(403, "access forbidden"), 4, "NEWSLETTER_SENDGRID__API_KEY"),
    (make_fault(401, "Maximum credits exceeded"), 4, "n’a plus de crédits"),
    (make_fault(403, "The from address does not match a verified Sender Identity"), 4, "email sous [sender]"),
]


@pytest.mark.parametrize(("fault", "code", "change"), REFUSALS)
def test_a_refused_account_names_the_setting_and_the_waiting_recipients(
    sendgrid: Project, fake: FakeSendGrid, fault: dict[str, object], code: int, change: str
) -> None:
    fake.script(fault)
    tried = sendgrid.run(*SEND)
    assert tried.returncode == code
    assert change in read_output(tried)
    assert "0 remis sur 3, 3 en attente" in read_output(tried)
    assert "perdu" not in read_output(tried)
    assert "--rate" not in read_output(tried)


def test_a_wrong_key_is_reported_before_anything_is_planned(sendgrid: Project, fake: FakeSendGrid) -> None:
    tried = sendgrid.run(*SEND, NEWSLETTER_SENDGRID__API_KEY="SG.wrong")
    assert tried.returncode == 4
    assert "NEWSLETTER_SENDGRID__API_KEY" in read_output(tried)
    assert (fake.count, sendgrid.run("campaigns", "list", "--format", "json").stdout.strip()) == (0, "[]")


def test_a_request_answered_with_500_is_shown_as_in_doubt_everywhere(sendgrid: Project, fake: FakeSendGrid) -> None:
    fake.control("chaos", {"seed": 1, "logs": False})
    fake.script({"kind": "lie"})
    tried = sendgrid.run(*SEND)
    assert tried.returncode == 1
    for words in ("en partie sans réponse, à vérifier", "3 en doute", "--who in_doubt"):
        assert words in read_output(tried)
    assert re.search(r"en partie sans réponse, à vérifier +0/3 +3 +0 %", read_output(sendgrid.run("campaigns", "list")))
    assert "3 en doute" in read_output(sendgrid.run("dispatch", "--once"))
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_campaigns_list_without_terminal_is_a_plain_table_with_whole_words(sendgrid: Project) -> None:
    name = "un-titre-bien-long-un-titre-bien-long-un-titre-bien-longue"
    folder = sendgrid.folder / "issues" / f"2026-11-23-{name}"
    folder.mkdir()
    other = re.sub(r"(?m)^id: .*$", "id: 00000000000000ff", ISSUE)
    (folder / "index.md").write_text(re.sub(r"(?m)^objet: .*$", 'objet: "Un autre numéro"', other), "utf-8")
    assert sendgrid.run("send", name, "--list", "tous", "--yes").returncode == 0
    assert sendgrid.run(*SEND).returncode == 0
    table = sendgrid.run("campaigns", "list", "--lang", "en").stdout
    head, *rows = table.rstrip("\n").split("\n")
    assert head.split() == ["No.", "Issue", "List", "Date", "State", "Handed", "over", "Doubt", "Share"]
    assert [row.split()[0] for row in rows] == ["2", "1"]
    assert name in rows[1]
    assert "\x1b" not in table
    assert len({row.index("tous") for row in rows} | {head.index("List")}) == 1


def test_after_a_rehearsal_the_issue_goes_to_its_readers_once(project: Project, fake: FakeSendGrid) -> None:
    """The steps of the README."""
    assert project.run("lists", "add", "essai", "--test").returncode == 0
    assert project.run("subscribers", "import", "abonnes.csv", "--list", "essai").returncode == 0
    rehearsed = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert "répétition" in read_output(rehearsed)
    assert project.run("send", "bienvenue", "--list", "tous", "--yes").returncode == 0
    config = project.folder / "newsletter.toml"
    config.write_text(config.read_text("utf-8").replace('provider = "outbox"', 'provider = "sendgrid"'), "utf-8")
    assert project.run("send", "bienvenue", "--list", "essai", "--yes").returncode == 0
    before = fake.count
    sent = project.run(*SEND)
    assert sent.returncode == 0, sent.stderr
    assert list_delivered(fake, before) == ALL_RECIPIENTS
    again = project.run(*SEND)
    assert "Rien n’est parti cette fois-ci" in read_output(again)
    assert "Personne à qui l’envoyer" in read_output(project.run(*SEND, "--only-missing"))
    assert list_delivered(fake, before) == ALL_RECIPIENTS
    rows = json.loads(project.run("campaigns", "list", "--format", "json").stdout)
    assert [row["rehearsal"] for row in rows] == [False, True, True, True]


def test_sending_to_a_second_list_is_refused_and_proposes_only_missing(sendgrid: Project, fake: FakeSendGrid) -> None:
    (sendgrid.folder / "autres.csv").write_text("email\nc@exemple.fr\nd@exemple.fr\n")
    assert sendgrid.run("subscribers", "import", "autres.csv", "--list", "autres").returncode == 0
    assert sendgrid.run(*SEND).returncode == 0
    other = ("send", "bienvenue", "--list", "autres", "--yes")
    refused = sendgrid.run(*other)
    assert refused.returncode == 3
    assert "--only-missing" in read_output(refused)
    before = fake.count
    assert sendgrid.run(*other, "--only-missing").returncode == 0
    assert list_delivered(fake, before) == ["d@exemple.fr"]


def test_send_to_an_empty_audience_is_refused_without_asking_for_a_number(sendgrid: Project) -> None:
    assert sendgrid.run(*SEND).returncode == 0
    for options, words in (
        (("--only-missing",), "Personne à qui l’envoyer"),
        (("--only-missing", "--segment", 'email = "x@exemple.fr"'), "ne désigne aucun des"),
    ):
        tried = sendgrid.run("send", "bienvenue", "--list", "tous", *options)
        assert tried.returncode == 3
        assert words in read_output(tried)
        assert "--yes" not in read_output(tried)


def test_a_cancelled_schedule_can_be_rescheduled(sendgrid: Project, fake: FakeSendGrid) -> None:
    assert sendgrid.run(*SEND, "--at", minutes_from_now(28)).returncode == 0
    assert show_campaign(sendgrid)["phase"] == "handed"
    assert sendgrid.run("campaigns", "cancel", "1", "--yes").returncode == 0
    refused = sendgrid.run(*SEND, "--at", minutes_from_now(60))
    assert refused.returncode == 3
    assert "newsletter campaigns reschedule 1 --at" in read_output(refused)
    assert "personne ne l’a reçu" in read_output(refused)
    moved = sendgrid.run("campaigns", "reschedule", "1", "--at", "01/12/2099 08:00", "--format", "json")
    facts = json.loads(moved.stdout)
    assert (facts["phase"], facts["not_before"][:16], facts["ready"]) == ("scheduled", "2099-12-01T06:30", 3)
    assert sendgrid.run("campaigns", "reschedule", "1", "--hold", "0s").returncode == 0
    assert sendgrid.run("dispatch", "--once").returncode == 0
    fake.control("advance", 1800)
    assert list_delivered(fake) == ALL_RECIPIENTS
    assert sendgrid.run("campaigns", "reschedule", "1", "--hold", "0s").returncode == 3
    assert sendgrid.run("campaigns", "reschedule", "1").returncode == 2


def test_rescheduling_moves_a_batch_at_the_provider_to_the_new_time(sendgrid: Project, fake: FakeSendGrid) -> None:
    assert sendgrid.run(*SEND, "--at", minutes_from_now(28)).returncode == 0
    moved = sendgrid.run("campaigns", "reschedule", "1", "--at", minutes_from_now(20))
    assert moved.returncode == 0, moved.stderr
    assert sendgrid.run("dispatch", "--once").returncode == 0
    assert show_campaign(sendgrid)["phase"] == "handed"
    fake.control("advance", 1300)
    assert list_delivered(fake) == ALL_RECIPIENTS
    fake.control("advance", 1300)
    assert list_delivered(fake) == ALL_RECIPIENTS


def test_send_stops_waiting_when_another_command_pauses_the_campaign(sendgrid: Project, fake: FakeSendGrid) -> None:
    child = sendgrid.start(*SEND, "--hold", "5m", stdout=PIPE, stderr=PIPE)
    until = time.monotonic() + 60
    while sendgrid.run("campaigns", "pause", "1").returncode and time.monotonic() < until:
        pass
    out, err = child.communicate(timeout=60)
    text = (out + err).replace("\u00a0", " ")
    assert "modifié par une autre commande" in text
    assert "en pause" in out
    assert "campaigns resume 1" in text
    assert fake.count == 0


def test_the_plan_names_one_time_and_the_real_duration(sendgrid: Project) -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=30)
    planned = sendgrid.run(*SEND, "--at", at.isoformat(timespec="minutes"), "--rate", "60/h")
    text = read_output(planned)
    assert set(re.findall(r"\d\d/\d\d/\d{4} à \d\d:\d\d", text)) == {f"{at.astimezone(PARIS):%d/%m/%Y à %H:%M}"}
    assert "en 2 minutes environ" in text
    assert "1 heure" not in text

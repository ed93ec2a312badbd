"""What the real command says of a sending while the provider refuses, lies or waits, and that what it names works."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from commands import PIPE
from project import Project
from sendgrid_fake import KEY, Fake, lying
from serving import free_port

ISSUE = """\
---
id: a1b2c3d4e5f60718
objet: "Les ateliers rouvrent"
apercu: "Ce que l’on y répare, et qui vient le soir quand la lampe est allumée."
date: 2026-11-22
auteur: Jeanne Martin
---

Chères lectrices, chers lecteurs,

Les ateliers rouvrent doucement, et leurs portes donnent sur la rue.

## Une section

On y vient le soir, quand la lampe est allumée, pour réparer une roue.

Que lisez-vous ?

Jeanne Martin
"""
PARIS = ZoneInfo("Europe/Paris")
EVERYBODY = ["a@exemple.fr", "b@exemple.fr", "c@exemple.fr"]
SEND = ("send", "bienvenue", "--list", "tous", "--yes")


@pytest.fixture
def fake() -> Iterator[Fake]:
    with lying(free_port()) as running:
        yield running


@pytest.fixture
def project(found_project: Callable[[Path], Project], fake: Fake, tmp_path: Path) -> Project:
    """A publication that writes to the outbox until somebody chooses the fake; readers leave by mail."""
    made = found_project(tmp_path)
    config = made.folder / "newsletter.toml"
    text = 'unsubscribe = "mail"\n' + config.read_text("utf-8")
    config.write_text(f'{text}\n[sendgrid]\nhost = "{fake.url}"\n', "utf-8")
    with (made.folder / ".env").open("a") as env:
        env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
    (issue,) = (made.folder / "issues").glob("*-bienvenue/index.md")
    issue.write_text(ISSUE, "utf-8")
    (made.folder / "tous.csv").write_text("email\n" + "\n".join(EVERYBODY))
    assert made.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0
    return made


@pytest.fixture
def sendgrid(project: Project) -> Project:
    """The same through the fake."""
    config = project.folder / "newsletter.toml"
    config.write_text(config.read_text("utf-8").replace('provider = "outbox"', 'provider = "sendgrid"'), "utf-8")
    return project


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    return (done.stdout + done.stderr).replace("\u00a0", " ")


def readers(fake: Fake, since: int = 0) -> list[str]:
    return sorted(message["to"] for message in fake.since(since) if message["status"] == "delivered")


def shown(project: Project, number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(project.run("campaigns", "show", str(number), "--format", "json").stdout)
    return found


def in_minutes(minutes: int) -> str:
    """As it is printed, in the publication's time zone."""
    at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    return at.isoformat(timespec="seconds")


def status(code: int, message: str) -> dict[str, object]:
    return {"kind": "status", "status": code, "errors": [[None, message]]}


REFUSALS = [
    (status(401, "The provided authorization grant is invalid"), 4, "NEWSLETTER_SENDGRID__API_KEY"),
    (status(403, "access forbidden"), 4, "NEWSLETTER_SENDGRID__API_KEY"),
    (status(401, "Maximum credits exceeded"), 4, "n’a plus de crédits"),
    (status(403, "The from address does not match a verified Sender Identity"), 4, "email sous [sender]"),
]


@pytest.mark.parametrize(("fault", "code", "change"), REFUSALS)
def test_a_refused_account_names_the_setting_and_the_waiting_recipients(
    sendgrid: Project, fake: Fake, fault: dict[str, object], code: int, change: str
) -> None:
    fake.script(fault)
    tried = sendgrid.run(*SEND)
    assert tried.returncode == code
    assert change in said(tried)
    assert "0 remis sur 3, 3 en attente" in said(tried)
    assert "perdu" not in said(tried)
    assert "--rate" not in said(tried)


def test_a_wrong_key_is_reported_before_anything_is_planned(sendgrid: Project, fake: Fake) -> None:
    tried = sendgrid.run(*SEND, NEWSLETTER_SENDGRID__API_KEY="SG.wrong")
    assert tried.returncode == 4
    assert "NEWSLETTER_SENDGRID__API_KEY" in said(tried)
    assert (fake.count, sendgrid.run("campaigns", "list", "--format", "json").stdout.strip()) == (0, "[]")


def test_a_request_answered_with_500_is_shown_as_in_doubt_everywhere(sendgrid: Project, fake: Fake) -> None:
    fake.control("chaos", {"seed": 1, "logs": False})
    fake.script({"kind": "lie"})
    tried = sendgrid.run(*SEND)
    assert tried.returncode == 1
    for words in ("en partie sans réponse, à vérifier", "3 en doute", "--who in_doubt"):
        assert words in said(tried)
    assert re.search(r"en partie sans réponse, à vérifier +0/3 +3 +0 %", said(sendgrid.run("campaigns", "list")))
    assert "3 en doute" in said(sendgrid.run("dispatch", "--once"))
    assert readers(fake) == EVERYBODY


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


def test_after_a_rehearsal_the_issue_goes_to_its_readers_once(project: Project, fake: Fake) -> None:
    """The steps of the README."""
    assert project.run("lists", "add", "essai", "--test").returncode == 0
    assert project.run("subscribers", "import", "abonnes.csv", "--list", "essai").returncode == 0
    rehearsed = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert "répétition" in said(rehearsed)
    assert project.run("send", "bienvenue", "--list", "tous", "--yes").returncode == 0
    config = project.folder / "newsletter.toml"
    config.write_text(config.read_text("utf-8").replace('provider = "outbox"', 'provider = "sendgrid"'), "utf-8")
    assert project.run("send", "bienvenue", "--list", "essai", "--yes").returncode == 0
    before = fake.count
    sent = project.run(*SEND)
    assert sent.returncode == 0, sent.stderr
    assert readers(fake, before) == EVERYBODY
    again = project.run(*SEND)
    assert "Rien n’est parti cette fois-ci" in said(again)
    assert "Personne à qui l’envoyer" in said(project.run(*SEND, "--only-missing"))
    assert readers(fake, before) == EVERYBODY
    shown_ = json.loads(project.run("campaigns", "list", "--format", "json").stdout)
    assert [row["rehearsal"] for row in shown_] == [False, True, True, True]


def test_sending_to_a_second_list_is_refused_and_proposes_only_missing(sendgrid: Project, fake: Fake) -> None:
    (sendgrid.folder / "autres.csv").write_text("email\nc@exemple.fr\nd@exemple.fr\n")
    assert sendgrid.run("subscribers", "import", "autres.csv", "--list", "autres").returncode == 0
    assert sendgrid.run(*SEND).returncode == 0
    other = ("send", "bienvenue", "--list", "autres", "--yes")
    refused = sendgrid.run(*other)
    assert refused.returncode == 3
    assert "--only-missing" in said(refused)
    before = fake.count
    assert sendgrid.run(*other, "--only-missing").returncode == 0
    assert readers(fake, before) == ["d@exemple.fr"]


def test_send_to_an_empty_audience_is_refused_without_asking_for_a_number(sendgrid: Project) -> None:
    assert sendgrid.run(*SEND).returncode == 0
    for options, words in (
        (("--only-missing",), "Personne à qui l’envoyer"),
        (("--only-missing", "--segment", 'email = "x@exemple.fr"'), "ne désigne aucun des"),
    ):
        tried = sendgrid.run("send", "bienvenue", "--list", "tous", *options)
        assert tried.returncode == 3
        assert words in said(tried)
        assert "--yes" not in said(tried)


def test_a_cancelled_schedule_can_be_rescheduled(sendgrid: Project, fake: Fake) -> None:
    assert sendgrid.run(*SEND, "--at", in_minutes(28)).returncode == 0
    assert shown(sendgrid)["phase"] == "handed"
    assert sendgrid.run("campaigns", "cancel", "1", "--yes").returncode == 0
    refused = sendgrid.run(*SEND, "--at", in_minutes(60))
    assert refused.returncode == 3
    assert "newsletter campaigns reschedule 1 --at" in said(refused)
    assert "personne ne l’a reçu" in said(refused)
    moved = sendgrid.run("campaigns", "reschedule", "1", "--at", "01/12/2099 08:00", "--format", "json")
    facts = json.loads(moved.stdout)
    assert (facts["phase"], facts["not_before"][:16], facts["ready"]) == ("scheduled", "2099-12-01T06:30", 3)
    assert sendgrid.run("campaigns", "reschedule", "1", "--hold", "0s").returncode == 0
    assert sendgrid.run("dispatch", "--once").returncode == 0
    fake.control("advance", 1800)
    assert readers(fake) == EVERYBODY
    assert sendgrid.run("campaigns", "reschedule", "1", "--hold", "0s").returncode == 3
    assert sendgrid.run("campaigns", "reschedule", "1").returncode == 2


def test_rescheduling_moves_a_batch_at_the_provider_to_the_new_time(sendgrid: Project, fake: Fake) -> None:
    assert sendgrid.run(*SEND, "--at", in_minutes(28)).returncode == 0
    moved = sendgrid.run("campaigns", "reschedule", "1", "--at", in_minutes(20))
    assert moved.returncode == 0, moved.stderr
    assert sendgrid.run("dispatch", "--once").returncode == 0
    assert shown(sendgrid)["phase"] == "handed"
    fake.control("advance", 1300)
    assert readers(fake) == EVERYBODY
    fake.control("advance", 1300)
    assert readers(fake) == EVERYBODY


def test_send_stops_waiting_when_another_command_pauses_the_campaign(sendgrid: Project, fake: Fake) -> None:
    child = sendgrid.start(*SEND, "--hold", "5m", stdout=PIPE, stderr=PIPE)
    until = time.monotonic() + 60
    while sendgrid.run("campaigns", "pause", "1").returncode and time.monotonic() < until:
        pass
    out, err = child.communicate(timeout=60)
    told = (out + err).replace("\u00a0", " ")
    assert "modifié par une autre commande" in told
    assert "en pause" in out
    assert "campaigns resume 1" in told
    assert fake.count == 0


def test_the_plan_names_one_time_and_the_real_duration(sendgrid: Project) -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=30)
    planned = sendgrid.run(*SEND, "--at", at.isoformat(timespec="minutes"), "--rate", "60/h")
    told = said(planned)
    assert set(re.findall(r"\d\d/\d\d/\d{4} à \d\d:\d\d", told)) == {f"{at.astimezone(PARIS):%d/%m/%Y à %H:%M}"}
    assert "en 2 minutes environ" in told
    assert "1 heure" not in told

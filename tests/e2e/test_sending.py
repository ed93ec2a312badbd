"""A test and a sending through SendGrid's API, by the real command, with the links and pictures answered by the real server."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from project import Project
from queries import show_subscriber
from sendgrid_fake import KEY, FakeSendGrid, run_fake_sendgrid
from serving import Served, free_port, serve_publication, unsubscribe_by_one_click

from newsletter.personalization import tokens

ME = "redaction@exemple.fr"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSendGrid]:
    with run_fake_sendgrid(free_port()) as running:
        yield running


@pytest.fixture
def project(found_project: Callable[[Path], Project], fake: FakeSendGrid, tmp_path: Path) -> Project:
    """A publication that sends through the fake, and whose base_url is a port that nothing listens on yet."""
    fake.script()
    made = found_project(tmp_path)
    port = free_port()
    config = made.folder / "newsletter.toml"
    text = re.sub(r'base_url = "[^"]*"', f'base_url = "http://127.0.0.1:{port}"', config.read_text("utf-8"))
    text = text.replace('provider = "outbox"', 'provider = "sendgrid"')
    text = re.sub(r"(?m)^test_recipients.*$", "", text)
    config.write_text(f'test_recipients = ["{ME}"]\n{text}\n[sendgrid]\nhost = "{fake.url}"\n', "utf-8")
    with (made.folder / ".env").open("a") as env:
        env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
    (made.folder / "tous.csv").write_text("email,prenom\na@exemple.fr,Ana\nb@exemple.fr,Bob\nc@exemple.fr,\n")
    assert made.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0
    return made


def find_port(project: Project) -> int:
    found = re.search(r"127\.0\.0\.1:(\d+)\"", (project.folder / "newsletter.toml").read_text("utf-8"))
    assert found
    return int(found[1])


@pytest.fixture
def served(project: Project) -> Iterator[Served]:
    with serve_publication(project.folder, port=find_port(project)) as running:
        yield running


def count_campaigns(project: Project) -> int:
    database = sqlite3.connect(project.folder / "newsletter.db")
    (count,) = database.execute("SELECT count(*) FROM campaign").fetchone()
    database.close()
    return int(count)


def test_a_test_mail_is_the_edition_with_links_that_change_nothing(
    project: Project, fake: FakeSendGrid, served: Served
) -> None:
    before = fake.count
    tried = project.run("test", "bienvenue", "--to", ME, "--as", "b@exemple.fr", "--format", "json")
    assert tried.returncode == 0, tried.stderr
    assert [result["outcome"] for result in json.loads(tried.stdout)] == ["accepted"]
    (message,) = fake.list_messages_since(before)
    assert (message["to"], message["subject"][:7]) == (ME, "[TEST] ")
    assert set(re.findall(r"/u/(\w+)", message["html"] + message["text"])) == {tokens.INERT}
    assert message["custom_args"]["nl_c"] == "0"
    assert "a@exemple.fr" not in json.dumps(fake.bodies[-1])
    for picture in re.findall(r"/i/[0-9a-f]{64}\.\w+", message["html"]):
        assert served.ask("GET", picture).status == 200
    assert count_campaigns(project) == 0


def test_a_test_mail_to_an_address_not_in_test_recipients_is_refused(project: Project, fake: FakeSendGrid) -> None:
    before = fake.count
    tried = project.run("test", "bienvenue", "--to", "somebody@else.fr", "--to", ME)
    assert tried.returncode == 3
    assert f'test_recipients = ["{ME}", "somebody@else.fr"]' in tried.stderr
    assert fake.count == before


def test_send_and_test_are_refused_until_the_links_answer(project: Project, fake: FakeSendGrid) -> None:
    before = fake.count
    for command in (("test", "bienvenue", "--to", ME), ("send", "bienvenue", "--list", "tous", "--yes")):
        tried = project.run(*command)
        assert tried.returncode == 3, tried.stderr
        assert "newsletter serve" in tried.stderr
    assert (fake.count, count_campaigns(project)) == (before, 0)


def test_a_server_of_another_publication_is_refused(
    project: Project, fake: FakeSendGrid, found_project: Callable[[Path], Project], tmp_path: Path
) -> None:
    """The page that answers belongs to another publication, so an unsubscribe there would change nothing here."""
    before = fake.count
    other = found_project(tmp_path / "other")
    with serve_publication(other.folder, port=find_port(project)):
        tried = project.run("test", "bienvenue", "--to", ME)
    assert (tried.returncode, fake.count) == (3, before)


def test_without_a_server_the_unsubscribe_link_is_a_mail_address(project: Project, fake: FakeSendGrid) -> None:
    config = project.folder / "newsletter.toml"
    config.write_text('unsubscribe = "mail"\n' + config.read_text("utf-8"), "utf-8")
    exported = project.run("assets", "export", "site", "bienvenue")
    assert exported.returncode == 0, exported.stderr
    server = subprocess.Popen(
        ["python3", "-m", "http.server", str(find_port(project)), "--bind", "127.0.0.1"],
        cwd=project.folder / "site", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        before = fake.count
        for _ in range(50):
            tried = project.run("test", "bienvenue", "--to", ME)
            if tried.returncode == 0:
                break
        assert tried.returncode == 0, tried.stderr
        (message,) = fake.list_messages_since(before)
        assert message["headers"]["List-Unsubscribe"].startswith("<mailto:")
        assert "List-Unsubscribe-Post" not in message["headers"]
        assert 'href="mailto:' in message["html"]
        assert "/u/" not in message["html"]
    finally:
        server.kill()
        server.wait()


def test_a_campaign_reaches_everybody_once_and_its_links_work(
    project: Project, fake: FakeSendGrid, served: Served
) -> None:
    before = fake.count
    sent = project.run("send", "bienvenue", "--list", "tous", "--yes")
    assert sent.returncode == 0, sent.stderr
    got = fake.list_messages_since(before)
    assert sorted(message["to"] for message in got) == ["a@exemple.fr", "b@exemple.fr", "c@exemple.fr"]
    assert project.run("send", "bienvenue", "--list", "tous", "--yes").returncode == 0
    assert fake.count == before + 3
    head = "".join(f"{name}: {value}\n" for name, value in got[0]["headers"].items())
    assert unsubscribe_by_one_click(served, head).status == 200
    shown = show_subscriber(project, got[0]["to"])
    assert shown["lists"] == {"tous": "unsubscribed"}
    assert KEY not in sent.stdout + sent.stderr


@pytest.mark.parametrize(
    ("fault", "code", "taken"),
    [
        ({"kind": "status", "status": 401, "errors": [[None, "The provided authorization grant is invalid"]]}, 4, 0),
        ({"kind": "status", "status": 400, "errors": [["from", "not a verified Sender Identity"]]}, 4, 0),
        ({"kind": "drop_after"}, 0, 3),  # what Logs know is no doubt
        ({"kind": "status", "status": 500}, 1, 0),
        ({"kind": "status", "status": 413}, 0, 3),
        ({"kind": "status", "status": 400, "errors": [["personalizations.1.to", "bad"]]}, 1, 2),
        ({"kind": "status", "status": 400, "errors": [[None, "Bad Request"]]}, 0, 3),
    ],
)
def test_a_provider_fault_sends_nobody_the_issue_twice(
    project: Project, fake: FakeSendGrid, served: Served, fault: dict[str, object], code: int, taken: int
) -> None:
    assert served.process.poll() is None
    before = fake.count
    fake.script(fault)
    sent = project.run("send", "bienvenue", "--list", "tous", "--yes")
    assert (sent.returncode, fake.count - before) == (code, taken), sent.stderr
    assert "Traceback" not in sent.stderr
    project.run("send", "bienvenue", "--list", "tous", "--yes")
    addresses = [message["to"] for message in fake.list_messages_since(before)]
    assert len(addresses) == len(set(addresses))


SECOND_HALF_FAULTS: list[tuple[dict[str, object], set[int]]] = [
    ({"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}, {3}),
    ({"kind": "status", "status": 401, "errors": [[None, "The provided authorization grant is invalid"]]}, {3}),
    ({"kind": "status", "status": 503}, {1, 2}),
]


@pytest.mark.parametrize(("second", "taken"), SECOND_HALF_FAULTS)
def test_a_split_chunk_is_continued_half_by_half(
    project: Project, fake: FakeSendGrid, served: Served, second: dict[str, object], taken: set[int]
) -> None:
    """The chunk of three is split after a 413. One half is accepted; the other is delayed, refused or in doubt."""
    assert served.process.poll() is None
    before = fake.count
    fake.script({"kind": "status", "status": 413}, {}, second)
    project.run("send", "bienvenue", "--list", "tous", "--yes")
    project.run("send", "bienvenue", "--list", "tous", "--yes")
    addresses = [message["to"] for message in fake.list_messages_since(before)]
    assert len(addresses) == len(set(addresses))
    assert len(addresses) in taken


def test_doctor_reports_what_is_missing_and_sends_nothing(project: Project, fake: FakeSendGrid, served: Served) -> None:
    assert served.process.poll() is None
    before = fake.count
    seen = project.run("doctor", "--format", "json")
    found = {row["probe"]: row["state"] for row in json.loads(seen.stdout)}
    assert (seen.returncode, fake.count) == (1, before)
    assert found["doctor_serving_good"] == "good"
    assert [found[key] for key in ("doctor_sendgrid", "doctor_sendgrid_logs", "doctor_sendgrid_webhook")] == [
        "good"
    ] * 3
    assert found["doctor_setting"] == found["doctor_dmarc_missing"] == "bad"  # init's own words, and a made-up domain
    assert KEY not in seen.stdout + seen.stderr
    wrong = project.run("doctor", "--format", "json", NEWSLETTER_SENDGRID__API_KEY="SG.wrong")
    assert {row["probe"] for row in json.loads(wrong.stdout)} >= {"doctor_sendgrid_key"}
    text = project.run("doctor").stdout
    assert "✗" in text
    assert "DMARC manque" in text


def test_doctor_live_sends_three_messages_and_two_are_cancelled(project: Project, fake: FakeSendGrid) -> None:
    before = fake.count
    refused = project.run("doctor", "--live", "somebody@else.fr", "--yes")
    assert (refused.returncode, fake.count) == (3, before)
    assert project.run("doctor", "--live", ME).returncode == 3  # nobody was there to say yes
    seen = project.run("doctor", "--live", ME, "--yes", "--format", "json")
    assert {row["probe"]: row["state"] for row in json.loads(seen.stdout)} == {
        "trial_fence": "unsure",
        "trial_logged": "good",
        "trial_credits": "unsure",
    }, seen.stderr
    assert seen.returncode == 0
    fake.control("advance", 1000)
    arrived = {message["subject"][:8]: message["status"] for message in fake.list_messages_since(before)}
    assert [message["text"].rpartition("\n\n")[2] for message in fake.list_messages_since(before)] == [
        'é & <b> "x"\n'
    ] * 3
    assert arrived == {"[TEST] A": "cancelled", "[TEST] B": "cancelled", "[TEST] C": "delivered"}


def test_doctor_webhook_requests_and_receives_a_signed_event(project: Project, fake: FakeSendGrid) -> None:
    assert fake.count >= 0
    port = free_port()
    asking = (
        "doctor",
        "--webhook",
        f"http://127.0.0.1:{port}/",
        "--port",
        str(port),
        "--wait",
        "10",
        "--format",
        "json",
    )
    seen = project.run(*asking)
    found = {row["probe"]: row["state"] for row in json.loads(seen.stdout)}
    assert found == {"hearing_signed": "good", "hearing_signed_anew": "good"}, seen.stderr
    assert project.run(*asking, NEWSLETTER_SENDGRID__API_KEY="SG.wrong").returncode == 1

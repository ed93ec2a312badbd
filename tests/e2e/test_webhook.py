"""The real server and SendGrid's signed reports: what is true is applied, what is forged leaves no trace."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from project import Project
from queries import show_subscriber
from sendgrid_fake import KEY, run_fake_sendgrid
from serving import Answer, Served, free_port, serve_publication

from newsletter.model.delivery_events import DeliveryFlags

SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
PATH = "/webhooks/sendgrid"
PEOPLE = 40
SECONDS = 10.0
OUR_KEY, OTHER_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
Headers = dict[str, str]


def encode_public_key(key: ec.EllipticCurvePrivateKey) -> str:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(key.public_key().public_bytes(*form)).decode()


def sign(body: bytes, key: ec.EllipticCurvePrivateKey = OUR_KEY, identity: str = "") -> Headers:
    identity = identity or str(int(time.time()))
    signature = key.sign(identity.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: identity}


def make_event(kind: str, email: str, **facts: Any) -> dict[str, Any]:
    return {"event": kind, "email": email, "timestamp": 1_795_000_000, "sg_message_id": f"{email}.recvd", **facts}


def make_body(*found: dict[str, Any]) -> bytes:
    return json.dumps(found).encode()


def send_post(served: Served, sent: bytes, headers: Headers) -> Answer:
    return served.ask("POST", PATH, sent, **{"Content-Type": "application/json", **headers})


def prepare_publication(project: Project, config: str) -> None:
    rows = "".join(f"p{number}@exemple.fr\n" for number in range(1, PEOPLE + 1))
    (project.folder / "tous.csv").write_text("email\n" + rows)
    assert project.run("subscribers", "import", "tous.csv", "--list", "tous").returncode == 0
    file = project.folder / "newsletter.toml"
    file.write_text(f"{file.read_text('utf-8')}\n[sendgrid]\n{config}\n", "utf-8")


@pytest.fixture(scope="module")
def published(found_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = found_project(tmp_path_factory.mktemp("reported"))
    prepare_publication(project, f'webhook_key = "{encode_public_key(OUR_KEY)}"')
    return project


@pytest.fixture(scope="module")
def served(published: Project) -> Iterator[Served]:
    with serve_publication(published.folder) as running:
        yield running


def count_rows(project: Project) -> dict[str, int]:
    """Count the rows of each table in the events database, which is created when it is first needed."""
    tables = ("post", "seen", "fate", "figure", "block")
    with closing(sqlite3.connect(project.folder / "newsletter-events.db", timeout=30)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'block'").fetchone():
            return dict.fromkeys(tables, 0)
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


def wait_until_applied(project: Project) -> dict[str, int]:
    """Wait until no post is left to apply, and return the row counts."""
    until = time.monotonic() + SECONDS
    while (rows := count_rows(project))["post"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    return rows


def test_a_complaint_suppresses_within_seconds(published: Project, served: Served) -> None:
    sent = make_body(
        make_event("spamreport", "p1@exemple.fr"), make_event("bounce", "P2@exemple.fr", type="bounce", status="5.1.1")
    )
    answer = send_post(served, sent, sign(sent))
    assert (answer.status, answer.text, answer.headers["set-cookie"]) == (204, "", None)
    wait_until_applied(published)
    assert (
        show_subscriber(published, "p1@exemple.fr")["suppressed"],
        show_subscriber(published, "p1@exemple.fr")["lists"],
    ) == (
        "complaint",
        {"tous": "unsubscribed"},
    )
    assert show_subscriber(published, "p2@exemple.fr")["suppressed"] == "bounce"
    assert show_subscriber(published, "p3@exemple.fr")["suppressed"] is None


def test_a_repeated_webhook_post_changes_nothing(published: Project, served: Served) -> None:
    sent = make_body(make_event("unsubscribe", "p4@exemple.fr"))
    headers = sign(sent)
    assert send_post(served, sent, headers).status == 204
    rows, before = wait_until_applied(published), show_subscriber(published, "p4@exemple.fr")
    for _ in range(3):
        assert send_post(served, sent, headers).status == 204
    assert wait_until_applied(published) == rows
    assert show_subscriber(published, "p4@exemple.fr") == before
    assert [line["action"] for line in before["journal"]] == ["confirmed", "suppressed", "unsubscribed"]


SENT = make_body(make_event("spamreport", "p9@exemple.fr"), make_event("spamreport", "p10@exemple.fr"))
GOOD = sign(SENT)


def remove_header(name: str) -> Headers:
    return {key: value for key, value in GOOD.items() if key != name}


def flip_last_bit(signature: str) -> str:
    raw = bytearray(base64.b64decode(signature))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()


FORGED: dict[str, tuple[bytes, Headers]] = {
    "another key": (SENT, sign(SENT, OTHER_KEY)),
    "one letter": (SENT.replace(b"p9@", b"p8@"), GOOD),
    "one space more": (SENT + b" ", GOOD),
    "the end is missing": (SENT[:-1], GOOD),
    "reordered": (make_body(*reversed(json.loads(SENT))), GOOD),
    "written anew": (json.dumps(json.loads(SENT), separators=(",", ":")).encode(), GOOD),
    "empty": (b"", GOOD),
    "no signature": (SENT, remove_header(SIGNATURE)),
    "no timestamp": (SENT, remove_header(TIMESTAMP)),
    "no headers": (SENT, {}),
    "another moment": (SENT, GOOD | {TIMESTAMP: str(int(time.time()) + 1000)}),
    "one bit": (SENT, GOOD | {SIGNATURE: flip_last_bit(GOOD[SIGNATURE])}),
    "empty signature": (SENT, GOOD | {SIGNATURE: ""}),
    "no base64": (SENT, GOOD | {SIGNATURE: "%%%"}),
    "no ASCII": (SENT, GOOD | {SIGNATURE: "é" * 90}),
    "zeros": (SENT, GOOD | {SIGNATURE: base64.b64encode(bytes([48, 6, 2, 1, 0, 2, 1, 0])).decode()}),
    "long": (SENT, GOOD | {SIGNATURE: "A" * 8000}),
}  # fmt: skip


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_webhook_post_is_refused_and_not_stored(published: Project, served: Served, how: str) -> None:
    before = wait_until_applied(published)
    assert send_post(served, *FORGED[how]).status == 403
    assert count_rows(published) == before


@pytest.mark.parametrize(
    ("age", "status"),
    [(-3600, 204), (0, 204), (23 * 3600, 204), (25 * 3600, 204), (27 * 3600, 403), (400 * 86_400, 403)],
)
def test_a_signed_post_is_accepted_only_while_sendgrid_may_repeat_it(
    published: Project, served: Served, age: int, status: int
) -> None:
    before = wait_until_applied(published)
    sent = make_body(make_event("open", "p12@exemple.fr", url=f"age{age}"))
    assert send_post(served, sent, sign(sent, identity=str(int(time.time()) - age))).status == status
    assert (wait_until_applied(published) == before) is (status == 403)


@pytest.mark.parametrize("identity", ["-1", "²", "1e9", "1_795_737_600", "0", " 1"])
def test_an_invalid_timestamp_is_refused_even_when_signed(published: Project, served: Served, identity: str) -> None:
    before = wait_until_applied(published)
    assert send_post(served, SENT, sign(SENT, identity=identity)).status == 403
    assert count_rows(published) == before


def test_a_forged_post_suppresses_nobody(published: Project, served: Served) -> None:
    for sent, headers in FORGED.values():
        send_post(served, sent, headers)
    wait_until_applied(published)
    assert [show_subscriber(published, f"p{number}@exemple.fr")["suppressed"] for number in (8, 9, 10)] == [None] * 3


@pytest.mark.parametrize(
    "sent", [b"not JSON", b"{}", b"[[]]", b'[{"email": "\\ud800"}]', b"[" * 9000, b"\0\xff", b"[]"]
)
def test_a_signed_post_without_meaning_is_accepted(published: Project, served: Served, sent: bytes) -> None:
    """A refusal would make SendGrid repeat the post for a day."""
    assert send_post(served, sent, sign(sent)).status == 204
    after = make_body(make_event("spamreport", "p11@exemple.fr"))
    assert send_post(served, after, sign(after)).status == 204
    wait_until_applied(published)
    assert show_subscriber(published, "p11@exemple.fr")["suppressed"] == "complaint"


def test_a_webhook_body_has_a_size_limit(published: Project, served: Served) -> None:
    before = wait_until_applied(published)
    large = make_body(
        *[make_event("open", "p12@exemple.fr", url="x" * 1000)] * 3540
    )  # five times what SendGrid sends at most
    assert 3_900_000 < len(large) < 4_000_000
    assert send_post(served, large, sign(large)).status == 204
    rows = wait_until_applied(published)
    assert rows["seen"] == before["seen"] + 1
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000001\r\nConnection: close\r\n\r\n".encode()
    assert b" 413 " in served.send_bytes(head)[:20]
    chunked = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
    piece = b"f4240\r\n" + b" " * 1_000_000 + b"\r\n"
    assert b" 413 " in served.send_bytes(chunked + piece * 4 + b"1\r\n \r\n0\r\n\r\n")[:20]
    assert count_rows(published) == rows


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_requests_are_answered(served: Served, method: str) -> None:
    answer = served.ask(method, PATH, **GOOD)
    assert answer.status in {404, 405}
    assert "suppress" not in answer.text


def test_stored_webhook_posts_are_applied_after_a_restart(published: Project) -> None:
    """Another process stored the post, or the server ended before it applied the post."""
    sent = make_body(make_event("spamreport", "p13@exemple.fr"))
    with (
        serve_publication(published.folder),
        closing(sqlite3.connect(published.folder / "newsletter-events.db")) as connection,
    ):
        connection.execute("INSERT INTO post (received_at, body) VALUES (1, ?)", (sent,))
        connection.commit()
        wait_until_applied(published)
    assert show_subscriber(published, "p13@exemple.fr")["suppressed"] == "complaint"


def test_the_log_contains_no_address_and_no_secret(published: Project, served: Served) -> None:
    sent = make_body(make_event("bounce", "p14@exemple.fr", type="bounce", reason="550 <p14@exemple.fr> unknown"))
    send_post(served, sent, sign(sent))
    send_post(served, sent, sign(sent, OTHER_KEY))
    wait_until_applied(published)
    time.sleep(0.2)
    lines = served.read_log()
    text = served.log.read_text()
    assert any(line["event"] == "reports" and line["suppressed"] for line in lines)
    assert {line["status"] for line in lines if line.get("page") == "WebhookRoutes.sendgrid"} >= {204, 403}
    assert not any(line["event"] in {"failed", "reports_failed"} for line in lines)
    secrets = [line.partition("=")[2].strip("\"'") for line in (published.folder / ".env").read_text().splitlines()]
    hidden = [
        "exemple.fr",
        "recvd",
        "unknown",
        encode_public_key(OUR_KEY),
        GOOD[SIGNATURE],
        *(secret for secret in secrets if len(secret) > 8),
    ]
    assert [value for value in hidden if value in text] == []


def test_the_webhook_key_is_fetched_and_events_are_counted_once(project: Project) -> None:
    """The account sends each event twice and in random order."""
    port = free_port()
    with run_fake_sendgrid(free_port()) as fake:
        prepare_publication(project, f'host = "{fake.url}"')
        file = project.folder / "newsletter.toml"
        text = file.read_text("utf-8").replace('provider = "outbox"', 'provider = "sendgrid"')
        file.write_text(re.sub(r'base_url = "[^"]*"', f'base_url = "http://127.0.0.1:{port}"', text), "utf-8")
        with (project.folder / ".env").open("a") as env:
            env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
        with serve_publication(project.folder, port=port) as served:
            fake.control("webhook", f"http://127.0.0.1:{port}{PATH}")
            assert send_post(served, b"[]", sign(b"[]")).status == 403  # it has asked for the key by now
            sent = project.run("send", "bienvenue", "--list", "tous", "--yes")
            assert sent.returncode == 0, sent.stderr
            until = time.monotonic() + SECONDS
            while count_rows(project)["seen"] < 2 * PEOPLE and time.monotonic() < until:
                time.sleep(0.05)
            rows = wait_until_applied(project)
            assert KEY not in served.log.read_text()
        assert (rows["fate"], rows["seen"]) == (PEOPLE, 2 * PEOPLE)
        with closing(sqlite3.connect(project.folder / "newsletter-events.db")) as connection:
            figures = connection.execute("SELECT domain, flag, people FROM figure ORDER BY flag").fetchall()
        assert figures == [
            ("exemple.fr", DeliveryFlags.PROCESSED, PEOPLE),
            ("exemple.fr", DeliveryFlags.DELIVERED, PEOPLE),
        ]

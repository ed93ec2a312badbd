"""The SMTP provider against a relay that lies: every fault on a real socket, and what is known afterwards."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from pydantic import SecretStr
from smtp_fake import PASSWORD, USER, Authority, Fake, Fault, Manners, authority, relaying

from newsletter.app import App
from newsletter.config.settings import load
from newsletter.config.types import SmtpSettings
from newsletter.editorial.new_publication import NewPublication, create_publication
from newsletter.model.delivery import (
    Accepted,
    Attempt,
    InDoubt,
    Misconfigured,
    NotSent,
    Outcome,
    Recipient,
    Rejected,
    Throttled,
)
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication, Sender
from newsletter.personalization import merge_tags, tokens
from newsletter.providers.base import Request
from newsletter.providers.smtp import session
from newsletter.providers.smtp.connection import Relay
from newsletter.providers.smtp.provider import Smtp
from newsletter.providers.smtp.session import ConnectionLost, Reply, Session

ATTEMPT = Attempt(7, 3, 1, dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC))
PLAIN = Relay("127.0.0.1", 0, security="none", hello="lettre.example.org", answer_seconds=1, verdict_seconds=1)


@contextmanager
def opened(fake: Fake, relay: Relay = PLAIN, **more: Any) -> Iterator[Smtp]:
    made = Smtp(replace(relay, port=fake.port, **more))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


def recipient(edition: Edition, number: int = 1, first_name: str = "Zoé") -> Recipient:
    token = tokens.make_unsubscribe_signer("k" * 20, 7)(number)
    person = {"first_name": first_name, "last_name": "", "email": f"p{number}@exemple.fr", "token": token}
    return Recipient(number, person["email"], f"<{number}@x.fr>", merge_tags.placeholder_values(edition.tags, person))


def parsed(body: bytes) -> EmailMessage:
    message = email.message_from_bytes(body, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def submit(provider: Smtp, edition: Edition, number: int = 1) -> Outcome:
    return provider.submit(provider.build(edition, [recipient(edition, number)], ATTEMPT))


QUICKER = (NotSent, InDoubt)
"""A small message is in the socket's buffers before it shows that nobody reads it: who was quicker decides."""
Expected = type[Outcome] | tuple[type[Outcome], ...]
ROWS: list[tuple[Fault, Expected, int]] = [
    (Fault("mail", "550 5.7.1 <bonjour@lettre.example.org>: not allowed"), Misconfigured, 0),
    (Fault("mail", "530 5.7.0 Authentication required"), Misconfigured, 0),
    (Fault("mail", "552 5.3.4 Message size exceeds fixed limit"), Rejected, 0),
    (Fault("mail", "550 no", data="354 go on"), Misconfigured, 0),
    (Fault("mail", "451 4.3.0 later"), Throttled, 0),
    (Fault("mail", "452 4.3.1 no room"), Throttled, 0),
    (Fault("mail", "421 4.7.0 too many"), Throttled, 0),
    (Fault("mail", "354 what"), NotSent, 0),
    (Fault("mail", then="drop"), NotSent, 0),
    (Fault("mail", mute=True, then="drop"), NotSent, 0),
    (Fault("mail", mute=True, then="reset"), NotSent, 0),
    (Fault("mail", mute=True, then="silent"), NotSent, 0),
    (Fault("mail", "hello"), NotSent, 0),
    (Fault("mail", "250" + "x" * 5000), NotSent, 0),
    (Fault("mail", "250-a\r\n" * 300 + "250 b"), NotSent, 0),
    (Fault("mail", "250-a\r\n251 b"), NotSent, 0),
    (Fault("mail", "250-a\r\n250-b\r\n250 c"), Accepted, 1),
    (Fault("rcpt", "550 5.1.1 <p1@exemple.fr>: unknown"), Rejected, 0),
    (Fault("rcpt", "550-5.1.1 The account\r\n550-5.1.1 <p1@exemple.fr>\r\n550 5.1.1 does not exist"), Rejected, 0),
    (Fault("rcpt", "550 5.1.1 no", data="354 go on"), Rejected, 0),
    (Fault("rcpt", "550 5.1.1 no", data="503 need RCPT"), Rejected, 0),
    (Fault("rcpt", "550 5.1.1 no", data="250 odd"), Rejected, 0),
    (Fault("rcpt", "550 5.1.1 no", data="421 4.7.0 enough"), Rejected, 0),
    (Fault("rcpt", "550 5.1.1 no", then="drop"), Rejected, 0),
    (Fault("rcpt", "554 5.7.1 <p1@exemple.fr>: Relay access denied"), Misconfigured, 0),
    (Fault("rcpt", "553 5.7.1 <b@l.fr>: Sender address rejected: not owned by user"), Misconfigured, 0),
    (Fault("rcpt", "530 5.7.0 Authentication required"), Misconfigured, 0),
    (Fault("rcpt", "450 4.2.0 <p1@exemple.fr>: Greylisted, see http://x.fr/?r=p1%40exemple.fr"), Throttled, 0),
    (Fault("rcpt", "450 4.2.0 later", data="354 go on"), Throttled, 0),
    (Fault("rcpt", "421 4.7.0 enough"), Throttled, 0),
    (Fault("rcpt", "251 will forward"), Accepted, 1),
    (Fault("rcpt", mute=True, then="drop"), NotSent, 0),
    (Fault("rcpt", mute=True, then="reset"), NotSent, 0),
    (Fault("rcpt", mute=True, then="silent"), NotSent, 0),
    (Fault("data", "451 4.3.0 later"), Throttled, 0),
    (Fault("data", "421 4.3.2 closing"), Throttled, 0),
    (Fault("data", "554 5.7.1 no"), Rejected, 0),
    (Fault("data", "250 odd"), NotSent, 0),
    (Fault("data", mute=True, then="drop"), NotSent, 0),
    (Fault("data", mute=True, then="silent"), NotSent, 0),
    (Fault("data", "354 go on", then="drop"), QUICKER, 0),
    (Fault("data", "354 go on", then="reset"), QUICKER, 0),
    (Fault("data", "354 go on\r\n451 4.3.0 no, after all"), Throttled, 0),
    (Fault("data", "354 go on\r\n250 2.0.0 taken already"), NotSent, 0),
    (Fault("end", "451 4.3.0 later"), Throttled, 0),
    (Fault("end", "452 4.3.1 no room"), Throttled, 0),
    (Fault("end", "421 4.3.2 closing"), Throttled, 0),
    (Fault("end", "550 5.7.1 spam"), Rejected, 0),
    (Fault("end", "552 5.3.4 too large"), Rejected, 0),
    (Fault("end", "554-5.7.1 spam\r\n554 5.7.1 for p1@exemple.fr"), Rejected, 0),
    (Fault("end", "354 what"), InDoubt, 0),
    (Fault("end", "garbage", takes=True), InDoubt, 1),
    (Fault("end", "250" + "x" * 5000, takes=True), InDoubt, 1),
    (Fault("end", mute=True, then="drop"), InDoubt, 0),
    (Fault("end", mute=True, then="drop", takes=True), InDoubt, 1),
    (Fault("end", mute=True, then="reset", takes=True), InDoubt, 1),
    (Fault("end", mute=True, then="silent", takes=True), InDoubt, 1),
    (Fault("end", takes=True, then="drop"), Accepted, 1),
    (Fault("end", "250-2.0.0 Ok\r\n250 2.0.0 as 1", takes=True), Accepted, 1),
    (Fault(pieces=True), Accepted, 1),
    (Fault("rcpt", "550-a\r\n550 b", pieces=True, data="354 go on"), Rejected, 0),
]


@pytest.mark.parametrize("pipelining", [True, False], ids=["grouped", "single"])
@pytest.mark.parametrize(("fault", "expected", "taken"), ROWS, ids=[str(number) for number in range(len(ROWS))])
def test_each_fault_gives_its_outcome_and_the_next_message_is_accepted(
    edition: Edition, fault: Fault, expected: Expected, taken: int, *, pipelining: bool
) -> None:
    with relaying(Manners(pipelining=pipelining)) as fake, opened(fake, verdict_seconds=0.3, answer_seconds=0.3) as way:
        fake.script(fault)
        outcome = submit(way, edition)
        assert isinstance(outcome, expected), outcome
        told = outcome.reference if isinstance(outcome, Accepted) else outcome.reason
        assert "@" not in told
        assert "%40" not in told
        assert told.isprintable()
        assert 1 < len(told) <= 400
        if isinstance(outcome, Rejected):
            assert outcome.culprits == (() if fault.stage == "mail" else (0,))
        if isinstance(outcome, Throttled):
            assert outcome.seconds == (300 if fault.stage == "rcpt" and fault.say.startswith("450") else 60)
        assert fake.count("p1@exemple.fr") == taken
        assert isinstance(submit(way, edition, 2), Accepted)
        assert fake.count("p2@exemple.fr") == 1
        assert fake.count("p1@exemple.fr") == taken  # nothing was tried again


KEPT = [
    Fault("mail", "550 no"),
    Fault("rcpt", "550 no"),
    Fault("rcpt", "550 no", data="354 go on"),
    Fault("rcpt", "450 no"),
    Fault("data", "554 no"),
    Fault("end", "554 no"),
    Fault("end", "451 no"),
]


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("fault", KEPT)
def test_the_connection_is_kept_after_a_refusal(edition: Edition, fault: Fault, *, pipelining: bool) -> None:
    with relaying(Manners(pipelining=pipelining)) as fake, opened(fake) as way:
        fake.script(fault)
        outcomes = [submit(way, edition, number) for number in (1, 2, 3)]
        assert [isinstance(outcome, Accepted) for outcome in outcomes] == [False, True, True]
        assert fake.connections == 1
        assert ("RSET" in fake.commands) == (fault.stage != "end")
        assert fake.lone_dots == (1 if pipelining and fault.data else 0)


@pytest.mark.parametrize(
    ("say", "expected"), [("421 4.3.2 closing", Throttled), ("552 5.3.4 too large", Rejected), ("250 taken", NotSent)]
)
def test_a_reply_in_the_middle_of_a_message_is_read(edition: Edition, say: str, expected: type) -> None:
    """Eight megabytes do not fit into the socket's buffers: it is seen before the dot."""
    large = replace(edition, html=edition.html + "xxx xxx\n" * 1_000_000, digest="9")
    with relaying(Manners(size="")) as fake, opened(fake) as way:
        for then in ("", "drop"):
            fake.script(Fault("body", say, then))
            outcome = submit(way, large)
            assert isinstance(outcome, expected | NotSent), outcome  # a reset may swallow what was said before
            assert fake.taken == []
        assert isinstance(submit(way, edition, 2), Accepted)


@pytest.mark.parametrize("then", ["drop", "reset", "stall"])
def test_a_connection_cut_in_the_middle_of_a_message_gives_not_sent(edition: Edition, then: str) -> None:
    large = replace(edition, html=edition.html + "xxx xxx\n" * 1_000_000, digest="8")
    with relaying(Manners(size="")) as fake, opened(fake) as way:
        fake.script(Fault("body", mute=True, then=then))
        assert isinstance(submit(way, large), NotSent)
        assert fake.taken == []


DOORS: list[tuple[Manners, type[Outcome]]] = [
    (Manners(greeting="421 4.3.2 too busy"), Throttled),
    (Manners(greeting="450 later"), Throttled),
    (Manners(greeting="554 5.7.1 you are on a list"), Misconfigured),
    (Manners(greeting="HTTP/1.1 400 Bad Request"), NotSent),
    (Manners(greeting="220" + "x" * 10_000), NotSent),
    (Manners(trickle=True), NotSent),
    (Manners(ehlo="421 4.3.2 closing"), Throttled),
    (Manners(ehlo="502 what"), Accepted),  # HELO does
    (Manners(ehlo="garbage"), Accepted),
]


@pytest.mark.parametrize(("manners", "expected"), DOORS)
def test_each_greeting_of_a_relay_gives_its_outcome(edition: Edition, manners: Manners, expected: type) -> None:
    with relaying(manners) as fake, opened(fake, answer_seconds=0.5) as way:
        begun = time.monotonic()
        outcome = submit(way, edition)
        assert isinstance(outcome, expected), outcome
        assert time.monotonic() - begun < 3


SAFE: list[tuple[Manners, dict[str, Any], type[Outcome]]] = [
    (Manners(security="starttls"), {}, Accepted),
    (Manners(security="starttls", auth="LOGIN"), {}, Accepted),
    (Manners(security="starttls", pipelining=False), {}, Accepted),
    (Manners(security="tls"), {"security": "tls"}, Accepted),
    (Manners(security="tls", auth="PLAIN"), {"security": "tls", "host": "127.0.0.1"}, Accepted),
    (Manners(security="none"), {}, Misconfigured),  # STARTTLS is not offered, and nothing goes in the open
    (Manners(security="starttls", starttls="454 4.7.0 not now"), {}, Throttled),
    (Manners(security="starttls", starttls="501 5.5.1 no"), {}, Misconfigured),
    (Manners(security="starttls"), {"password": "wrong"}, Misconfigured),
    (Manners(security="starttls", login="454 4.7.0 not now"), {}, Throttled),
    (Manners(security="starttls", login="534 5.7.9 an application's password is needed"), {}, Misconfigured),
    (Manners(security="starttls", auth="GSSAPI"), {}, Misconfigured),
    (Manners(security="starttls", auth=""), {}, Misconfigured),
    (Manners(security="starttls"), {"username": ""}, Misconfigured),  # it answers 530
    (Manners(security="starttls"), {"password": "clé"}, Misconfigured),
    (Manners(security="starttls"), {"ca_file": ""}, Misconfigured),
    (Manners(security="starttls"), {"ca_file": "/nowhere.pem"}, Misconfigured),
    (Manners(security="none", strict=False), {"security": "tls"}, Misconfigured),  # no TLS is spoken there
    (Manners(security="tls"), {"security": "none", "answer_seconds": 0.3}, NotSent),
]


@pytest.mark.parametrize(("manners", "more", "expected"), SAFE)
def test_each_tls_and_login_setup_gives_its_outcome_and_leaks_no_password(
    edition: Edition,
    publication: Publication,
    made: Authority,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    manners: Manners,
    more: dict[str, Any],
    expected: type,
) -> None:
    caplog.set_level(logging.DEBUG)
    relay = Relay("localhost", 0, USER, PASSWORD, hello="l.fr", answer_seconds=2, ca_file=str(made.ca))
    with relaying(manners, made) as fake, opened(fake, relay, **more) as way:
        for outcome in (way.check(publication), submit(way, edition), submit(way, edition, 2)):
            assert isinstance(outcome, expected), outcome
            said = repr(outcome) + repr(way.relay) + caplog.text + "".join(capfd.readouterr())
            assert PASSWORD not in said
            assert not [
                secret for secret in (more.get("password"), "YS1TZWNyZXQ", "AG1vaQ") if secret and secret in said
            ]
        assert len(fake.taken) == (2 if expected is Accepted else 0)
        assert fake.connections == (1 if expected is Accepted else fake.connections)


UNDER_TLS: list[tuple[Fault, Expected, int]] = [
    (Fault("rcpt", "550 no", data="354 go on"), Rejected, 0),
    (Fault("mail", mute=True, then="drop"), Accepted, 1),  # it was kept: over another connection
    (Fault("data", "354 go on", then="reset"), QUICKER, 0),
    (Fault("body", mute=True, then="drop"), NotSent, 0),
    (Fault("body", mute=True, then="stall"), NotSent, 0),
    (Fault("end", mute=True, then="drop", takes=True), InDoubt, 1),
    (Fault("end", mute=True, then="reset", takes=True), InDoubt, 1),
    (Fault("end", mute=True, then="silent", takes=True), InDoubt, 1),
    (Fault(pieces=True), Accepted, 1),
]


@pytest.mark.parametrize(("fault", "expected", "taken"), UNDER_TLS)
def test_each_fault_gives_its_outcome_under_tls_too(
    edition: Edition, made: Authority, fault: Fault, expected: Expected, taken: int
) -> None:
    relay = Relay("localhost", 0, USER, PASSWORD, "tls", "l.fr", 0.5, 0.5, ca_file=str(made.ca))
    large = replace(edition, html=edition.html + "xxx xxx\n" * (1_000_000 if fault.stage == "body" else 0), digest="7")
    with relaying(Manners(security="tls", size=""), made) as fake, opened(fake, relay) as way:
        fake.script(Fault(), fault)
        assert isinstance(submit(way, large if fault.stage != "body" else edition, 3), Accepted)
        outcome = submit(way, large)
        assert isinstance(outcome, expected), outcome
        assert fake.count("p1@exemple.fr") == taken
        assert isinstance(submit(way, edition, 2), Accepted)


def test_a_certificate_for_another_host_is_refused(edition: Edition, made: Authority) -> None:
    relay = Relay("localhost", 0, USER, PASSWORD, hello="l.fr", ca_file=str(made.ca))
    for security in ("starttls", "tls"):
        with (
            relaying(Manners(security=security), made, good=False) as fake,
            opened(fake, relay, security=security) as way,
        ):
            outcome = submit(way, edition)
            assert isinstance(outcome, Misconfigured)
            assert "localhost" in outcome.reason
            assert "AUTH" not in fake.commands


def test_an_unreachable_server_gives_not_sent(edition: Edition, publication: Publication) -> None:
    with socket.socket() as reserved:  # bound, and not listening
        reserved.bind(("127.0.0.1", 0))
        alone = Smtp(replace(PLAIN, port=reserved.getsockname()[1]))
        assert isinstance(submit(alone, edition), NotSent)
        assert isinstance(alone.check(publication), NotSent)
    assert isinstance(submit(Smtp(replace(PLAIN, host="nowhere.invalid", port=25)), edition), NotSent)
    assert isinstance(submit(Smtp(replace(PLAIN, host="a" * 70 + ".fr", port=25)), edition), Misconfigured)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(), Accepted),
        (Fault("mail", "550 5.1.8 no such sender"), Misconfigured),
        (Fault("mail", "451 4.3.0 later"), Throttled),
        (Fault("mail", "421 4.3.0 later"), Throttled),
        (Fault("mail", mute=True, then="drop"), NotSent),
    ],
)
def test_checking_the_relay_sends_nothing(
    edition: Edition, publication: Publication, fault: Fault, expected: type
) -> None:
    with relaying() as fake, opened(fake) as way:
        fake.script(fault)
        assert isinstance(way.check(publication), expected)
        assert fake.taken == []
        assert not [command for command in fake.commands if command.startswith(("RCPT", "DATA"))]
        assert isinstance(submit(way, edition), Accepted)


def test_the_relay_gets_every_byte_of_the_request(edition: Edition) -> None:
    with relaying() as fake, opened(fake) as way:
        request = way.build(edition, [recipient(edition)], ATTEMPT)
        outcome = way.submit(request)
        assert outcome == Accepted("2.0.0 Ok: queued as 00000001")
        (message,) = fake.taken
    assert message.body == request.body
    assert request.envelope == (message.sender, message.recipient) == ("bonjour@lettre.example.org", "p1@exemple.fr")
    assert message.body.endswith(b"\r\n")
    html = parsed(message.body).get_body(("html",))
    assert html is not None
    assert f'src="{edition.image_base}{edition.images[0].name}"' in html.get_content()
    size = len(request.body)
    sent = ["EHLO lettre.example.org", f"MAIL FROM:<bonjour@lettre.example.org> SIZE={size}", "RCPT TO:<p1@exemple.fr>"]
    assert [command.replace("ehlo", "EHLO") for command in fake.commands] == [*sent, "DATA", "QUIT"]


def test_requests_share_their_common_parts_in_memory(edition: Edition) -> None:
    way = Smtp(PLAIN)
    first, second = (way.build(edition, [recipient(edition, number)], ATTEMPT) for number in (1, 2))
    shared = {id(part) for part in first.parts} & {id(part) for part in second.parts}
    assert sum(len(part) for part in first.parts if id(part) in shared) > 0.9 * len(first.body)


def test_without_a_host_name_ehlo_uses_the_ip_address(edition: Edition) -> None:
    with relaying() as fake, opened(fake, hello="") as way:
        assert isinstance(submit(way, edition), Accepted)
        assert fake.commands[0] == "ehlo [127.0.0.1]"


def test_an_envelope_with_injected_commands_is_never_sent() -> None:
    with relaying() as fake, opened(fake) as way:
        for sender, to, expected in (
            ("a@b.fr", "c@d.fr>\r\nRCPT TO:<e@f.fr", Rejected),
            ("a@b.fr", "é@d.fr", Rejected),
            ("a@b.fr", "", Rejected),
            ("a@b.fr> X=Y <a@b.fr", "c@d.fr", Misconfigured),
        ):
            assert isinstance(way.submit(Request("k", (b"a: b\r\n\r\n",), (sender, to))), expected)
        assert fake.connections == 0


AFTER = [Manners(after="drop"), Manners(after="reset"), Manners(after="421"), Manners(after="421", pipelining=False)]


@pytest.mark.parametrize("manners", AFTER)
@pytest.mark.parametrize("pause", [0, 0.1])
def test_an_idle_connection_closed_by_the_relay_causes_no_doubt(
    edition: Edition, manners: Manners, pause: float
) -> None:
    with relaying(manners) as fake, opened(fake) as way:
        for number in range(20 if not pause else 3):
            assert isinstance(submit(way, edition, number), Accepted)
            time.sleep(pause)
        assert len(fake.taken) == len({message.recipient for message in fake.taken})


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_421_reply_on_a_reused_connection_opens_a_new_one(edition: Edition, *, pipelining: bool) -> None:
    with relaying(Manners(pipelining=pipelining)) as fake, opened(fake) as way:
        fake.script(Fault(), Fault("mail", "421 4.7.0 too many messages over this connection"))
        assert [type(submit(way, edition, number)) for number in (1, 2)] == [Accepted, Accepted]
        assert fake.connections == 2


def test_a_silent_relay_is_not_tried_again(edition: Edition) -> None:
    with relaying() as fake, opened(fake, answer_seconds=0.3) as way:
        fake.script(Fault(), Fault("mail", mute=True, then="silent"))
        assert [type(submit(way, edition, number)) for number in (1, 2)] == [Accepted, NotSent]
        assert fake.connections == 1


def test_an_unrequested_reply_makes_a_connection_unusable() -> None:
    """It would be taken for the answer to the next command."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        talk = Session(ours)
        assert talk.is_fresh()
        theirs.sendall(b"250 2.0.0 by the way\r\n")
        assert not talk.is_fresh()


def test_no_empty_message_is_sent_after_a_refused_sender(edition: Edition) -> None:
    """A relay that refuses MAIL, welcomes RCPT and DATA, and would take a lone dot for a message: it gets none."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor(1) as other:

        def answer() -> bytes:
            got = theirs.recv(4096)
            theirs.sendall(b"550 no\r\n250 yes\r\n354 go on\r\n")
            return got + b"|" + theirs.recv(4096)

        answering = other.submit(answer)
        way = Smtp(PLAIN)
        way._idle.append(Session(ours, pipelining=True))
        assert isinstance(submit(way, edition), Misconfigured)
        assert answering.result().endswith(b"DATA\r\n|")


def test_an_idle_connection_is_closed_with_quit(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    with relaying() as fake, opened(fake) as way:
        submit(way, edition)
        submit(way, edition)
        assert fake.connections == 1
        monkeypatch.setattr(session, "IDLE_SECONDS", 0.05)
        time.sleep(0.1)
        assert isinstance(submit(way, edition), Accepted)
        assert (fake.connections, fake.quits) == (2, 1)


def test_a_new_connection_is_opened_after_a_thousand_messages(edition: Edition) -> None:
    with relaying() as fake, opened(fake) as way:
        for number in range(1001):
            assert isinstance(submit(way, edition, number), Accepted)
        assert (fake.connections, fake.quits) == (2, 1)
        assert [sum(message.connection == number for message in fake.taken) for number in (1, 2)] == [1000, 1]


def test_eight_threads_have_a_connection_each_and_do_not_disturb_one_another(edition: Edition) -> None:
    with relaying() as fake, opened(fake) as way:
        together = threading.Barrier(8)

        def some(first: int) -> list[Outcome]:
            together.wait()
            return [submit(way, edition, number) for number in range(first, first + 20)]

        with ThreadPoolExecutor(8) as threads:
            outcomes = [outcome for some_ in threads.map(some, range(0, 160, 20)) for outcome in some_]
        assert {type(outcome) for outcome in outcomes} == {Accepted}
        assert sorted(message.recipient for message in fake.taken) == sorted(
            f"p{number}@exemple.fr" for number in range(160)
        )
        for message in fake.taken:
            assert b"\r\nTo: " + message.recipient.encode() + b"\r\n" in message.body
        assert fake.connections <= 8
        way.close()
        assert fake.quits == fake.connections
        for _ in range(100):
            if not fake.open_now:
                break
            time.sleep(0.01)
        assert fake.open_now == 0


def test_closing_does_not_wait_for_a_silent_relay(edition: Edition) -> None:
    with relaying(Manners(after="silent")) as fake, opened(fake) as way:
        assert isinstance(submit(way, edition), Accepted)
        begun = time.monotonic()
        way.close()
        assert time.monotonic() - begun < 2


def test_the_final_reply_has_its_own_longer_timeout(edition: Edition) -> None:
    with relaying() as fake, opened(fake, answer_seconds=0.2, verdict_seconds=0.6) as way:
        fake.script(Fault("end", mute=True, then="silent"))
        begun = time.monotonic()
        assert isinstance(submit(way, edition), InDoubt)
        assert 0.5 < time.monotonic() - begun < 1.5


def test_forget_has_nothing_to_erase(edition: Edition) -> None:
    with relaying() as fake, opened(fake) as way:
        submit(way, edition)
        assert way.forget([1]) == 0


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=90)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first_name=NAMES)
def test_any_first_name_gives_lines_that_a_relay_accepts(edition: Edition, first_name: str) -> None:
    body = Smtp(PLAIN).build(edition, [recipient(edition, 1, first_name)], ATTEMPT).body
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not [line for line in lines if line.startswith(b".") or b"\n" in line or b"\r" in line]
    assert body.isascii()
    assert lines[-1] == b""


def listen(talk: Session) -> None:
    while True:
        reply = talk.read_reply(1)
        assert 200 <= reply.code <= 599
        assert reply.reason.isprintable()


@settings(max_examples=300, deadline=None)
@given(
    sent=st.binary(max_size=400) | st.from_regex(rb"(?:[2-5][0-9]{2}[- ][ -~]{0,20}\r?\n){1,5}", fullmatch=True),
    cut=st.integers(1, 50),
)
def test_any_bytes_are_read_as_replies_or_as_a_lost_connection(sent: bytes, cut: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for start in range(0, len(sent), cut):
            theirs.sendall(sent[start : start + cut])
        theirs.shutdown(socket.SHUT_WR)
        talk = Session(ours)
        with pytest.raises(ConnectionLost) as lost:
            listen(talk)
        assert not lost.value.silent


def trickle(sock: socket.socket) -> None:
    for _ in range(20):
        sock.sendall(b"2")
        time.sleep(0.05)


def test_a_reply_byte_by_byte_does_not_extend_the_timeout() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor(1) as other:
        begun = time.monotonic()
        saying = other.submit(trickle, theirs)
        with pytest.raises(ConnectionLost):
            Session(ours).read_reply(0.3)
        assert time.monotonic() - begun < 0.6
        saying.result()


def test_the_reason_of_a_reply_contains_no_address() -> None:
    reply = Reply(550, "5.1.1 <jean.dupont@exemple.fr>: x;to=a@b.fr, see https://x.fr/?q=jean%40exemple.fr \x1b[31m ok")
    assert reply.reason == "550 5.1.1 … … see … [31m ok"


def test_the_smtp_provider_is_built_from_the_settings(tmp_path: Path) -> None:
    create_publication(NewPublication(tmp_path / "ma-lettre", "Ma lettre", dt.date(2026, 11, 22)))
    chosen = SmtpSettings(host="relay.test", port=465, username="moi", password=SecretStr("secret"), security="tls")
    settings_ = load(tmp_path / "ma-lettre").model_copy(update={"provider": "smtp", "smtp": chosen})
    app = App(tmp_path / "ma-lettre", settings_)
    way = app.provider()
    assert isinstance(way, Smtp)
    domain = app.publication.sender.domain
    assert way.relay == Relay("relay.test", 465, "moi", "secret", "tls", domain)
    assert re.fullmatch(r"[a-z0-9.-]+", domain)
    assert way._context.verify_mode is ssl.CERT_REQUIRED
    assert way._context.check_hostname


def test_another_edition_gives_another_message(edition: Edition) -> None:
    way = Smtp(PLAIN)
    other = replace(edition, sender=Sender("autre@l.fr"), digest="1")
    assert way.build(edition, [recipient(edition)], ATTEMPT).body != way.build(other, [recipient(other)], ATTEMPT).body
    assert way.build(other, [recipient(other)], ATTEMPT).envelope[0] == "autre@l.fr"

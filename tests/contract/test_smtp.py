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
from recipients import make_recipient
from smtp_fake import PASSWORD, USER, Authority, FakeRelay, Fault, RelayBehaviour, make_authority, run_fake_relay

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
    Rejected,
    Throttled,
)
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication, Sender
from newsletter.providers.base import Request
from newsletter.providers.smtp import session
from newsletter.providers.smtp.connection import Relay
from newsletter.providers.smtp.provider import Smtp
from newsletter.providers.smtp.session import ConnectionLost, Reply, Session

ATTEMPT = Attempt(7, 3, 1, dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC))
PLAIN = Relay("127.0.0.1", 0, security="none", hello="lettre.example.org", answer_seconds=1, verdict_seconds=1)


@contextmanager
def open_provider(fake: FakeRelay, relay: Relay = PLAIN, **more: Any) -> Iterator[Smtp]:
    made = Smtp(replace(relay, port=fake.port, **more))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


def parse_message(body: bytes) -> EmailMessage:
    message = email.message_from_bytes(body, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def submit(provider: Smtp, edition: Edition, number: int = 1) -> Outcome:
    return provider.submit(provider.build(edition, [make_recipient(edition, number)], ATTEMPT))


NOT_SENT_OR_IN_DOUBT = (NotSent, InDoubt)
"""A small message fits into the socket's buffers, so the outcome depends on which side is quicker."""
Expected = type[Outcome] | tuple[type[Outcome], ...]
FAULTS: list[tuple[Fault, Expected, int]] = [
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
    (Fault("data", "354 go on", then="drop"), NOT_SENT_OR_IN_DOUBT, 0),
    (Fault("data", "354 go on", then="reset"), NOT_SENT_OR_IN_DOUBT, 0),
    (Fault("data", "354 go on\r\n451 4.3.0 no, after all"), Throttled, 0),
    (Fault("data", "354 go on\r\n250 2.0.0 taken already"), NotSent, 0),
    (Fault("end", "451 4.3.0 later"), Throttled, 0),
    (Fault("end", "452 4.3.1 no room"), Throttled, 0),
    (Fault("end", "421 4.3.2 closing"), Throttled, 0),
    (Fault("end", "550 5.7.1 spam"), Rejected, 0),
    (Fault("end", "552 5.3.4 too large"), Rejected, 0),
    (Fault("end", "554-5.7.1 spam\r\n554 5.7.1 for p1@exemple.fr"), Rejected, 0),
    (Fault("end", "354 what"), InDoubt, 0),
    (Fault("end", "garbage", accepts=True), InDoubt, 1),
    (Fault("end", "250" + "x" * 5000, accepts=True), InDoubt, 1),
    (Fault("end", mute=True, then="drop"), InDoubt, 0),
    (Fault("end", mute=True, then="drop", accepts=True), InDoubt, 1),
    (Fault("end", mute=True, then="reset", accepts=True), InDoubt, 1),
    (Fault("end", mute=True, then="silent", accepts=True), InDoubt, 1),
    (Fault("end", accepts=True, then="drop"), Accepted, 1),
    (Fault("end", "250-2.0.0 Ok\r\n250 2.0.0 as 1", accepts=True), Accepted, 1),
    (Fault(pieces=True), Accepted, 1),
    (Fault("rcpt", "550-a\r\n550 b", pieces=True, data="354 go on"), Rejected, 0),
]


@pytest.mark.parametrize("pipelining", [True, False], ids=["grouped", "single"])
@pytest.mark.parametrize(("fault", "expected", "taken"), FAULTS, ids=[str(number) for number in range(len(FAULTS))])
def test_each_fault_gives_its_outcome_and_the_next_message_is_accepted(
    edition: Edition, fault: Fault, expected: Expected, taken: int, *, pipelining: bool
) -> None:
    with (
        run_fake_relay(RelayBehaviour(pipelining=pipelining)) as fake,
        open_provider(fake, verdict_seconds=0.3, answer_seconds=0.3) as provider,
    ):
        fake.script(fault)
        outcome = submit(provider, edition)
        assert isinstance(outcome, expected), outcome
        text = outcome.reference if isinstance(outcome, Accepted) else outcome.reason
        assert "@" not in text
        assert "%40" not in text
        assert text.isprintable()
        assert 1 < len(text) <= 400
        if isinstance(outcome, Rejected):
            assert outcome.culprits == (() if fault.stage == "mail" else (0,))
        if isinstance(outcome, Throttled):
            assert outcome.seconds == (300 if fault.stage == "rcpt" and fault.say.startswith("450") else 60)
        assert fake.count("p1@exemple.fr") == taken
        assert isinstance(submit(provider, edition, 2), Accepted)
        assert fake.count("p2@exemple.fr") == 1
        assert fake.count("p1@exemple.fr") == taken  # nothing was tried again


REFUSALS = [
    Fault("mail", "550 no"),
    Fault("rcpt", "550 no"),
    Fault("rcpt", "550 no", data="354 go on"),
    Fault("rcpt", "450 no"),
    Fault("data", "554 no"),
    Fault("end", "554 no"),
    Fault("end", "451 no"),
]


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("fault", REFUSALS)
def test_the_connection_is_kept_after_a_refusal(edition: Edition, fault: Fault, *, pipelining: bool) -> None:
    with run_fake_relay(RelayBehaviour(pipelining=pipelining)) as fake, open_provider(fake) as provider:
        fake.script(fault)
        outcomes = [submit(provider, edition, number) for number in (1, 2, 3)]
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
    with run_fake_relay(RelayBehaviour(size="")) as fake, open_provider(fake) as provider:
        for then in ("", "drop"):
            fake.script(Fault("body", say, then))
            outcome = submit(provider, large)
            assert isinstance(outcome, expected | NotSent), outcome  # a reset may swallow what was said before
            assert fake.received == []
        assert isinstance(submit(provider, edition, 2), Accepted)


@pytest.mark.parametrize("then", ["drop", "reset", "stall"])
def test_a_connection_cut_in_the_middle_of_a_message_gives_not_sent(edition: Edition, then: str) -> None:
    large = replace(edition, html=edition.html + "xxx xxx\n" * 1_000_000, digest="8")
    with run_fake_relay(RelayBehaviour(size="")) as fake, open_provider(fake) as provider:
        fake.script(Fault("body", mute=True, then=then))
        assert isinstance(submit(provider, large), NotSent)
        assert fake.received == []


GREETINGS: list[tuple[RelayBehaviour, type[Outcome]]] = [
    (RelayBehaviour(greeting="421 4.3.2 too busy"), Throttled),
    (RelayBehaviour(greeting="450 later"), Throttled),
    (RelayBehaviour(greeting="554 5.7.1 you are on a list"), Misconfigured),
    (RelayBehaviour(greeting="HTTP/1.1 400 Bad Request"), NotSent),
    (RelayBehaviour(greeting="220" + "x" * 10_000), NotSent),
    (RelayBehaviour(trickle=True), NotSent),
    (RelayBehaviour(ehlo="421 4.3.2 closing"), Throttled),
    (RelayBehaviour(ehlo="502 what"), Accepted),  # HELO does
    (RelayBehaviour(ehlo="garbage"), Accepted),
]


@pytest.mark.parametrize(("manners", "expected"), GREETINGS)
def test_each_greeting_of_a_relay_gives_its_outcome(edition: Edition, manners: RelayBehaviour, expected: type) -> None:
    with run_fake_relay(manners) as fake, open_provider(fake, answer_seconds=0.5) as provider:
        begun = time.monotonic()
        outcome = submit(provider, edition)
        assert isinstance(outcome, expected), outcome
        assert time.monotonic() - begun < 3


SECURITY_CASES: list[tuple[RelayBehaviour, dict[str, Any], type[Outcome]]] = [
    (RelayBehaviour(security="starttls"), {}, Accepted),
    (RelayBehaviour(security="starttls", auth="LOGIN"), {}, Accepted),
    (RelayBehaviour(security="starttls", pipelining=False), {}, Accepted),
    (RelayBehaviour(security="tls"), {"security": "tls"}, Accepted),
    (RelayBehaviour(security="tls", auth="PLAIN"), {"security": "tls", "host": "127.0.0.1"}, Accepted),
    (RelayBehaviour(security="none"), {}, Misconfigured),  # STARTTLS is not offered, and nothing goes in the open
    (RelayBehaviour(security="starttls", starttls="454 4.7.0 not now"), {}, Throttled),
    (RelayBehaviour(security="starttls", starttls="501 5.5.1 no"), {}, Misconfigured),
    (RelayBehaviour(security="starttls"), {"password": "wrong"}, Misconfigured),
    (RelayBehaviour(security="starttls", login="454 4.7.0 not now"), {}, Throttled),
    (RelayBehaviour(security="starttls", login="534 5.7.9 an application's password is needed"), {}, Misconfigured),
    (RelayBehaviour(security="starttls", auth="GSSAPI"), {}, Misconfigured),
    (RelayBehaviour(security="starttls", auth=""), {}, Misconfigured),
    (RelayBehaviour(security="starttls"), {"username": ""}, Misconfigured),  # it answers 530
    (RelayBehaviour(security="starttls"), {"password": "clé"}, Misconfigured),
    (RelayBehaviour(security="starttls"), {"ca_file": ""}, Misconfigured),
    (RelayBehaviour(security="starttls"), {"ca_file": "/nowhere.pem"}, Misconfigured),
    (RelayBehaviour(security="none", strict=False), {"security": "tls"}, Misconfigured),  # no TLS is spoken there
    (RelayBehaviour(security="tls"), {"security": "none", "answer_seconds": 0.3}, NotSent),
]


@pytest.mark.parametrize(("manners", "more", "expected"), SECURITY_CASES)
def test_each_tls_and_login_setup_gives_its_outcome_and_leaks_no_password(
    edition: Edition,
    publication: Publication,
    certificates: Authority,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    manners: RelayBehaviour,
    more: dict[str, Any],
    expected: type,
) -> None:
    caplog.set_level(logging.DEBUG)
    relay = Relay("localhost", 0, USER, PASSWORD, hello="l.fr", answer_seconds=2, ca_file=str(certificates.ca))
    with run_fake_relay(manners, certificates) as fake, open_provider(fake, relay, **more) as provider:
        for outcome in (provider.check(publication), submit(provider, edition), submit(provider, edition, 2)):
            assert isinstance(outcome, expected), outcome
            output = repr(outcome) + repr(provider.relay) + caplog.text + "".join(capfd.readouterr())
            assert PASSWORD not in output
            assert not [
                secret for secret in (more.get("password"), "YS1TZWNyZXQ", "AG1vaQ") if secret and secret in output
            ]
        assert len(fake.received) == (2 if expected is Accepted else 0)
        assert fake.connections == (1 if expected is Accepted else fake.connections)


UNDER_TLS: list[tuple[Fault, Expected, int]] = [
    (Fault("rcpt", "550 no", data="354 go on"), Rejected, 0),
    (Fault("mail", mute=True, then="drop"), Accepted, 1),  # it was kept: over another connection
    (Fault("data", "354 go on", then="reset"), NOT_SENT_OR_IN_DOUBT, 0),
    (Fault("body", mute=True, then="drop"), NotSent, 0),
    (Fault("body", mute=True, then="stall"), NotSent, 0),
    (Fault("end", mute=True, then="drop", accepts=True), InDoubt, 1),
    (Fault("end", mute=True, then="reset", accepts=True), InDoubt, 1),
    (Fault("end", mute=True, then="silent", accepts=True), InDoubt, 1),
    (Fault(pieces=True), Accepted, 1),
]


@pytest.mark.parametrize(("fault", "expected", "taken"), UNDER_TLS)
def test_each_fault_gives_its_outcome_under_tls_too(
    edition: Edition, certificates: Authority, fault: Fault, expected: Expected, taken: int
) -> None:
    relay = Relay("localhost", 0, USER, PASSWORD, "tls", "l.fr", 0.5, 0.5, ca_file=str(certificates.ca))
    large = replace(edition, html=edition.html + "xxx xxx\n" * (1_000_000 if fault.stage == "body" else 0), digest="7")
    with (
        run_fake_relay(RelayBehaviour(security="tls", size=""), certificates) as fake,
        open_provider(fake, relay) as provider,
    ):
        fake.script(Fault(), fault)
        assert isinstance(submit(provider, large if fault.stage != "body" else edition, 3), Accepted)
        outcome = submit(provider, large)
        assert isinstance(outcome, expected), outcome
        assert fake.count("p1@exemple.fr") == taken
        assert isinstance(submit(provider, edition, 2), Accepted)


def test_a_certificate_for_another_host_is_refused(edition: Edition, certificates: Authority) -> None:
    relay = Relay("localhost", 0, USER, PASSWORD, hello="l.fr", ca_file=str(certificates.ca))
    for security in ("starttls", "tls"):
        with (
            run_fake_relay(RelayBehaviour(security=security), certificates, good=False) as fake,
            open_provider(fake, relay, security=security) as provider,
        ):
            outcome = submit(provider, edition)
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
    with run_fake_relay() as fake, open_provider(fake) as provider:
        fake.script(fault)
        assert isinstance(provider.check(publication), expected)
        assert fake.received == []
        assert not [command for command in fake.commands if command.startswith(("RCPT", "DATA"))]
        assert isinstance(submit(provider, edition), Accepted)


def test_the_relay_gets_every_byte_of_the_request(edition: Edition) -> None:
    with run_fake_relay() as fake, open_provider(fake) as provider:
        request = provider.build(edition, [make_recipient(edition)], ATTEMPT)
        outcome = provider.submit(request)
        assert outcome == Accepted("2.0.0 Ok: queued as 00000001")
        (message,) = fake.received
    assert message.body == request.body
    assert request.envelope == (message.sender, message.recipient) == ("bonjour@lettre.example.org", "p1@exemple.fr")
    assert message.body.endswith(b"\r\n")
    html = parse_message(message.body).get_body(("html",))
    assert html is not None
    assert f'src="{edition.image_base}{edition.images[0].name}"' in html.get_content()
    size = len(request.body)
    sent = ["EHLO lettre.example.org", f"MAIL FROM:<bonjour@lettre.example.org> SIZE={size}", "RCPT TO:<p1@exemple.fr>"]
    assert [command.replace("ehlo", "EHLO") for command in fake.commands] == [*sent, "DATA", "QUIT"]


def test_requests_share_their_common_parts_in_memory(edition: Edition) -> None:
    provider = Smtp(PLAIN)
    first, second = (provider.build(edition, [make_recipient(edition, number)], ATTEMPT) for number in (1, 2))
    shared = {id(part) for part in first.parts} & {id(part) for part in second.parts}
    assert sum(len(part) for part in first.parts if id(part) in shared) > 0.9 * len(first.body)


def test_without_a_host_name_ehlo_uses_the_ip_address(edition: Edition) -> None:
    with run_fake_relay() as fake, open_provider(fake, hello="") as provider:
        assert isinstance(submit(provider, edition), Accepted)
        assert fake.commands[0] == "ehlo [127.0.0.1]"


def test_an_envelope_with_injected_commands_is_never_sent() -> None:
    with run_fake_relay() as fake, open_provider(fake) as provider:
        for sender, to, expected in (
            ("a@b.fr", "c@d.fr>\r\nRCPT TO:<e@f.fr", Rejected),
            ("a@b.fr", "é@d.fr", Rejected),
            ("a@b.fr", "", Rejected),
            ("a@b.fr> X=Y <a@b.fr", "c@d.fr", Misconfigured),
        ):
            assert isinstance(provider.submit(Request("k", (b"a: b\r\n\r\n",), (sender, to))), expected)
        assert fake.connections == 0


AFTER = [
    RelayBehaviour(after="drop"),
    RelayBehaviour(after="reset"),
    RelayBehaviour(after="421"),
    RelayBehaviour(after="421", pipelining=False),
]


@pytest.mark.parametrize("manners", AFTER)
@pytest.mark.parametrize("pause", [0, 0.1])
def test_an_idle_connection_closed_by_the_relay_causes_no_doubt(
    edition: Edition, manners: RelayBehaviour, pause: float
) -> None:
    with run_fake_relay(manners) as fake, open_provider(fake) as provider:
        for number in range(20 if not pause else 3):
            assert isinstance(submit(provider, edition, number), Accepted)
            time.sleep(pause)
        assert len(fake.received) == len({message.recipient for message in fake.received})


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_421_reply_on_a_reused_connection_opens_a_new_one(edition: Edition, *, pipelining: bool) -> None:
    with run_fake_relay(RelayBehaviour(pipelining=pipelining)) as fake, open_provider(fake) as provider:
        fake.script(Fault(), Fault("mail", "421 4.7.0 too many messages over this connection"))
        assert [type(submit(provider, edition, number)) for number in (1, 2)] == [Accepted, Accepted]
        assert fake.connections == 2


def test_a_silent_relay_is_not_tried_again(edition: Edition) -> None:
    with run_fake_relay() as fake, open_provider(fake, answer_seconds=0.3) as provider:
        fake.script(Fault(), Fault("mail", mute=True, then="silent"))
        assert [type(submit(provider, edition, number)) for number in (1, 2)] == [Accepted, NotSent]
        assert fake.connections == 1


def test_an_unrequested_reply_makes_a_connection_unusable() -> None:
    """The reply would be read as the answer to the next command."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        smtp_session = Session(ours)
        assert smtp_session.is_fresh()
        theirs.sendall(b"250 2.0.0 by the way\r\n")
        assert not smtp_session.is_fresh()


def test_no_empty_message_is_sent_after_a_refused_sender(edition: Edition) -> None:
    """A relay that refuses MAIL, welcomes RCPT and DATA, and would take a lone dot for a message: it gets none."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor(1) as other:

        def answer() -> bytes:
            got = theirs.recv(4096)
            theirs.sendall(b"550 no\r\n250 yes\r\n354 go on\r\n")
            return got + b"|" + theirs.recv(4096)

        answering = other.submit(answer)
        provider = Smtp(PLAIN)
        provider._idle.append(Session(ours, pipelining=True))
        assert isinstance(submit(provider, edition), Misconfigured)
        assert answering.result().endswith(b"DATA\r\n|")


def test_an_idle_connection_is_closed_with_quit(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    with run_fake_relay() as fake, open_provider(fake) as provider:
        submit(provider, edition)
        submit(provider, edition)
        assert fake.connections == 1
        monkeypatch.setattr(session, "IDLE_SECONDS", 0.05)
        time.sleep(0.1)
        assert isinstance(submit(provider, edition), Accepted)
        assert (fake.connections, fake.quits) == (2, 1)


def test_a_new_connection_is_opened_after_a_thousand_messages(edition: Edition) -> None:
    with run_fake_relay() as fake, open_provider(fake) as provider:
        for number in range(1001):
            assert isinstance(submit(provider, edition, number), Accepted)
        assert (fake.connections, fake.quits) == (2, 1)
        assert [sum(message.connection == number for message in fake.received) for number in (1, 2)] == [1000, 1]


def test_eight_threads_have_a_connection_each_and_do_not_disturb_one_another(edition: Edition) -> None:
    with run_fake_relay() as fake, open_provider(fake) as provider:
        together = threading.Barrier(8)

        def submit_twenty(first: int) -> list[Outcome]:
            together.wait()
            return [submit(provider, edition, number) for number in range(first, first + 20)]

        with ThreadPoolExecutor(8) as threads:
            outcomes = [outcome for group in threads.map(submit_twenty, range(0, 160, 20)) for outcome in group]
        assert {type(outcome) for outcome in outcomes} == {Accepted}
        assert sorted(message.recipient for message in fake.received) == sorted(
            f"p{number}@exemple.fr" for number in range(160)
        )
        for message in fake.received:
            assert b"\r\nTo: " + message.recipient.encode() + b"\r\n" in message.body
        assert fake.connections <= 8
        provider.close()
        assert fake.quits == fake.connections
        for _ in range(100):
            if not fake.open_now:
                break
            time.sleep(0.01)
        assert fake.open_now == 0


def test_closing_does_not_wait_for_a_silent_relay(edition: Edition) -> None:
    with run_fake_relay(RelayBehaviour(after="silent")) as fake, open_provider(fake) as provider:
        assert isinstance(submit(provider, edition), Accepted)
        begun = time.monotonic()
        provider.close()
        assert time.monotonic() - begun < 2


def test_the_final_reply_has_its_own_longer_timeout(edition: Edition) -> None:
    with run_fake_relay() as fake, open_provider(fake, answer_seconds=0.2, verdict_seconds=0.6) as provider:
        fake.script(Fault("end", mute=True, then="silent"))
        begun = time.monotonic()
        assert isinstance(submit(provider, edition), InDoubt)
        assert 0.5 < time.monotonic() - begun < 1.5


def test_forget_has_nothing_to_erase(edition: Edition) -> None:
    with run_fake_relay() as fake, open_provider(fake) as provider:
        submit(provider, edition)
        assert provider.forget([1]) == 0


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=90)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first_name=NAMES)
def test_any_first_name_gives_lines_that_a_relay_accepts(edition: Edition, first_name: str) -> None:
    body = Smtp(PLAIN).build(edition, [make_recipient(edition, 1, first_name)], ATTEMPT).body
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not [line for line in lines if line.startswith(b".") or b"\n" in line or b"\r" in line]
    assert body.isascii()
    assert lines[-1] == b""


def read_replies(smtp_session: Session) -> None:
    while True:
        reply = smtp_session.read_reply(1)
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
        smtp_session = Session(ours)
        with pytest.raises(ConnectionLost) as lost:
            read_replies(smtp_session)
        assert not lost.value.silent


def send_slowly(sock: socket.socket) -> None:
    for _ in range(20):
        sock.sendall(b"2")
        time.sleep(0.05)


def test_a_reply_byte_by_byte_does_not_extend_the_timeout() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor(1) as other:
        begun = time.monotonic()
        saying = other.submit(send_slowly, theirs)
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
    configured = load(tmp_path / "ma-lettre").model_copy(update={"provider": "smtp", "smtp": chosen})
    app = App(tmp_path / "ma-lettre", configured)
    provider = app.provider()
    assert isinstance(provider, Smtp)
    domain = app.publication.sender.domain
    assert provider.relay == Relay("relay.test", 465, "moi", "secret", "tls", domain)
    assert re.fullmatch(r"[a-z0-9.-]+", domain)
    assert provider._context.verify_mode is ssl.CERT_REQUIRED
    assert provider._context.check_hostname


def test_another_edition_gives_another_message(edition: Edition) -> None:
    provider = Smtp(PLAIN)
    other = replace(edition, sender=Sender("autre@l.fr"), digest="1")
    assert (
        provider.build(edition, [make_recipient(edition)], ATTEMPT).body
        != provider.build(other, [make_recipient(other)], ATTEMPT).body
    )
    assert provider.build(other, [make_recipient(other)], ATTEMPT).envelope[0] == "autre@l.fr"

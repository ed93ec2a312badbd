"""The SendGrid provider against a SendGrid that lies: every fault on a real socket, and what is known afterwards."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest
import recipients
from sendgrid_fake import KEY, FakeSendGrid

from newsletter.model.delivery import (  # fmt: skip
    Accepted,
    AccountLimited,
    Attempt,
    InDoubt,
    Misconfigured,
    NotSent,
    Recipient,
    Rejected,
    Throttled,
    TooLarge,
)
from newsletter.model.edition import Edition
from newsletter.personalization import merge_tags
from newsletter.providers.base import BatchControl
from newsletter.providers.sendgrid.client import Account
from newsletter.providers.sendgrid.provider import SendGrid

import datetime as dt  # isort: skip

ATTEMPT = Attempt(7, 3, 1, dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC), "abcdef0123")


@pytest.fixture
def provider(fake: FakeSendGrid) -> Iterator[SendGrid]:
    fake.script()
    with open_provider(Account(KEY, fake.url, categories=("newsletter",), answer_seconds=1.5)) as made:
        yield made


@contextmanager
def open_provider(account: Account) -> Iterator[SendGrid]:
    made = SendGrid(account)
    yield made
    made.close()


def make_recipient(edition: Edition, number: int, first_name: str = "Zoé") -> Recipient:
    """Make a recipient whose last name needs escaping in HTML."""
    return recipients.make_recipient(edition, number, first_name, "D<i>az")


def test_the_provider_implements_batch_control(provider: SendGrid) -> None:
    """A misspelled member would remove the capability without an error."""
    assert isinstance(provider, BatchControl)


def test_one_request_gives_a_thousand_recipients_their_own_message(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition
) -> None:
    before = fake.count
    people = [make_recipient(edition, number, f"N{number} & fils") for number in range(1, 1001)]
    outcome = provider.submit(provider.build(edition, people, ATTEMPT))
    assert isinstance(outcome, Accepted)
    assert outcome.reference
    got = fake.list_messages_since(before)
    assert len(got) == 1000
    for person, message in zip(people, got, strict=True):
        assert message["to"] == person.email
        assert message["subject"] == merge_tags.fill(edition.subject, person.values)
        assert message["html"] == merge_tags.fill(edition.html, person.values)
        assert message["text"] == merge_tags.fill(edition.text, person.values)
        assert message["headers"]["Message-ID"] == person.message_id
        token = person.values[merge_tags.placeholder(merge_tags.TOKEN, "t")]
        assert f"<https://lettre.example.org/u/{token}>, <mailto:" in message["headers"]["List-Unsubscribe"]
        assert message["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["custom_args"] == {"nl_c": "7", "nl_a": "7.3.1.abcdef01", "nl_r": str(person.subscriber_id)}
    assert "D&lt;i&gt;az" in got[0]["html"]
    assert "D<i>az" in got[0]["text"]


def test_a_request_contains_the_text_only_once_for_all_recipients(provider: SendGrid, edition: Edition) -> None:
    single, thousand = (
        len(provider.build(edition, [make_recipient(edition, number) for number in range(1, count + 1)], ATTEMPT).body)
        for count in (1, 1000)
    )
    assert (thousand - single) / 999 < 700


STATUSES: list[tuple[dict[str, Any], type]] = [
    ({"status": 400, "errors": [["personalizations.1.to", "bad"]]}, Rejected),
    ({"status": 400, "errors": [[None, "Bad Request"]]}, Rejected),
    (
        {"status": 400, "errors": [["from.email", "The from address does not match a verified Sender Identity"]]},
        Misconfigured,
    ),
    ({"status": 401, "errors": [[None, "The provided authorization grant is invalid"]]}, Misconfigured),
    ({"status": 401, "errors": [[None, "Maximum credits exceeded"]]}, AccountLimited),
    ({"status": 403, "errors": [["from", "access forbidden"]]}, Misconfigured),
    ({"status": 404}, Misconfigured),
    ({"status": 405}, Misconfigured),
    ({"status": 413}, TooLarge),
    ({"status": 415}, Misconfigured),
    ({"status": 429, "headers": {"X-RateLimit-Reset": "0"}}, Throttled),
    ({"status": 429}, Throttled),
    ({"status": 301, "headers": {"Location": "http://127.0.0.1:9/v3/mail/send"}}, Misconfigured),
    ({"status": 307, "headers": {"Location": "/v3/mail/batch"}}, Misconfigured),
    ({"status": 200}, InDoubt),
    ({"status": 500}, InDoubt),
    ({"status": 502}, InDoubt),
    ({"status": 503, "errors": [[None, "x"]]}, InDoubt),
]


@pytest.mark.parametrize(
    ("fault", "expected"), STATUSES, ids=[f"{fault['status']}-{n}" for n, (fault, _) in enumerate(STATUSES)]
)
def test_each_status_gives_the_outcome_of_the_retry_table(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition, fault: dict[str, Any], expected: type
) -> None:
    before = fake.count
    fake.script({"kind": "status", **fault})
    outcome = provider.submit(
        provider.build(edition, [make_recipient(edition, 1), make_recipient(edition, 2)], ATTEMPT)
    )
    assert isinstance(outcome, expected), outcome
    assert fake.count == before  # nothing was followed, nothing was tried again


def test_a_rejected_recipient_is_named(provider: SendGrid, edition: Edition) -> None:
    people = [
        make_recipient(edition, 1),
        make_recipient(edition, 2)._replace(email="not-an-address"),
        make_recipient(edition, 3),
    ]
    outcome = provider.submit(provider.build(edition, people, ATTEMPT))
    assert isinstance(outcome, Rejected)
    assert outcome.culprits == (1,)
    assert "valid address" in outcome.reason


def test_throttling_waits_as_long_as_the_headers_say(provider: SendGrid, fake: FakeSendGrid, edition: Edition) -> None:
    request = provider.build(edition, [make_recipient(edition, 1)], ATTEMPT)
    for headers, least, most in (
        ({"X-RateLimit-Reset": str(int(time.time()) + 30)}, 25, 31),
        ({"Retry-After": "7"}, 7, 7),
        ({}, 60, 60),
        ({"X-RateLimit-Reset": "soon"}, 60, 60),
        ({"X-RateLimit-Reset": "99999999999"}, 3600, 3600),
    ):
        fake.script({"kind": "status", "status": 429, "headers": headers})
        outcome = provider.submit(request)
        assert isinstance(outcome, Throttled)
        assert least <= outcome.seconds <= most


FAULTS_AFTER_LAST_BYTE: list[tuple[dict[str, Any], type, int]] = [
    ({"kind": "drop_before"}, InDoubt, 0),
    ({"kind": "drop_before", "reset": True}, InDoubt, 0),
    ({"kind": "drop_after"}, InDoubt, 1),
    ({"kind": "drop_after", "reset": True}, InDoubt, 1),
    ({"kind": "late", "seconds": 0.2}, InDoubt, 1),
    ({"kind": "half"}, InDoubt, 1),
    ({"kind": "garbage"}, InDoubt, 1),
    ({"kind": "slow", "seconds": 3}, InDoubt, 1),
    ({"kind": "slow", "seconds": 0.3}, Accepted, 1),
    ({"kind": "cut"}, Accepted, 1),
    ({"kind": "close_after"}, Accepted, 1),
]


@pytest.mark.parametrize(
    ("fault", "expected", "taken"),
    FAULTS_AFTER_LAST_BYTE,
    ids=["-".join(map(str, fault.values())) for fault, _, _ in FAULTS_AFTER_LAST_BYTE],
)
def test_a_fault_after_the_last_byte_gives_in_doubt_unless_a_status_came(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition, fault: dict[str, Any], expected: type, taken: int
) -> None:
    before = fake.count
    fake.script(fault)
    outcome = provider.submit(provider.build(edition, [make_recipient(edition, 1)], ATTEMPT))
    assert isinstance(outcome, expected), outcome
    time.sleep(fault.get("seconds", 0) + 0.1)
    assert fake.count == before + taken
    assert isinstance(
        provider.submit(provider.build(edition, [make_recipient(edition, 1)], ATTEMPT)), Accepted
    )  # and goes on


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_cut_before_the_last_byte_gives_not_sent(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition, *, reset: bool
) -> None:
    """Eight megabytes do not fit into the socket's buffers: the end of the connection is seen while writing."""
    before = fake.count
    large = replace(edition, html=edition.html + "x" * 8_000_000, digest="9")
    fake.script({"kind": "hang_up_early", "reset": reset})
    outcome = provider.submit(provider.build(large, [make_recipient(edition, 1)], ATTEMPT))
    assert isinstance(outcome, NotSent), outcome
    assert fake.count == before


def test_an_unreachable_server_gives_not_sent(edition: Edition) -> None:
    with socket.socket() as reserved:  # bound, and not listening
        reserved.bind(("127.0.0.1", 0))
        alone = SendGrid(Account(KEY, f"http://127.0.0.1:{reserved.getsockname()[1]}"))
        assert isinstance(alone.submit(alone.build(edition, [make_recipient(edition, 1)], ATTEMPT)), NotSent)
    nowhere = SendGrid(Account(KEY, "http://nowhere.invalid"))
    assert isinstance(nowhere.submit(nowhere.build(edition, [make_recipient(edition, 1)], ATTEMPT)), NotSent)


def test_an_early_refusal_is_never_an_acceptance(provider: SendGrid, fake: FakeSendGrid, edition: Edition) -> None:
    fake.script({"kind": "early", "status": 413})
    outcome = provider.submit(provider.build(edition, [make_recipient(edition, 1)], ATTEMPT))
    assert isinstance(outcome, TooLarge | NotSent | InDoubt), (
        outcome
    )  # who was quicker decides, and none of them is a lie


def test_a_connection_is_reused_and_a_closed_one_is_replaced(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition
) -> None:
    request = provider.build(edition, [make_recipient(edition, 1)], ATTEMPT)
    before = fake.control("state")["connections"]
    for _ in range(5):
        assert isinstance(provider.submit(request), Accepted)
    assert fake.control("state")["connections"] - before <= 1 + 2  # ours, and the two that ask
    fake.script({"kind": "close_after"})
    assert isinstance(provider.submit(request), Accepted)
    time.sleep(0.1)
    assert isinstance(provider.submit(request), Accepted)


def test_eight_threads_do_not_disturb_one_another(provider: SendGrid, fake: FakeSendGrid, edition: Edition) -> None:
    before = fake.count

    def submit_message(number: int) -> str:
        outcome = provider.submit(provider.build(edition, [make_recipient(edition, number)], ATTEMPT))
        assert isinstance(outcome, Accepted)
        return outcome.reference

    with ThreadPoolExecutor(8) as threads:
        references = list(threads.map(submit_message, range(2000, 2080)))
    got = {message["id"].split(".")[0]: message["custom_args"]["nl_r"] for message in fake.list_messages_since(before)}
    assert [got[reference] for reference in references] == [str(number) for number in range(2000, 2080)]


def test_sandbox_validates_and_sends_nothing(fake: FakeSendGrid, edition: Edition) -> None:
    fake.script()
    before = fake.count
    with open_provider(Account(KEY, fake.url, sandbox=True)) as sandbox:
        assert isinstance(sandbox.submit(sandbox.build(edition, [make_recipient(edition, 1)], ATTEMPT)), Accepted)
    assert fake.count == before


def test_a_wrong_key_is_misconfigured_and_never_logged(
    fake: FakeSendGrid, edition: Edition, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "SG.a-very-secret-key"
    with open_provider(Account(secret, fake.url, subuser="filiale")) as wrong:
        outcome = wrong.submit(wrong.build(edition, [make_recipient(edition, 1)], ATTEMPT))
    assert isinstance(outcome, Misconfigured)
    assert secret not in outcome.reason + caplog.text + "".join(capfd.readouterr())
    assert "exemple.fr" not in caplog.text


def test_the_common_part_of_a_request_is_built_once(provider: SendGrid, edition: Edition) -> None:
    """The static part is the same object for every chunk."""
    provider.build(edition, [make_recipient(edition, 1)], ATTEMPT)
    first = provider._load_common(edition)
    provider.build(edition, [make_recipient(edition, 2)], replace(ATTEMPT, chunk=4))
    assert provider._load_common(edition) is first


def test_any_first_name_gives_a_valid_json_body(provider: SendGrid, fake: FakeSendGrid, edition: Edition) -> None:
    for number, name in enumerate(['"', "\\", "é\u2028", "-nl.h.first_name~", "{{x}}", "<b>", "%s", "😀"]):
        before = fake.count
        person = make_recipient(edition, 3000 + number, name)
        body = provider.build(edition, [person], ATTEMPT).body
        orjson.loads(body)
        outcome = provider.submit(provider.build(edition, [person], ATTEMPT))
        assert isinstance(outcome, Accepted), (name, outcome)
        assert fake.list_messages_since(before)[0]["html"] == merge_tags.fill(edition.html, person.values)


def test_the_fake_follows_the_documented_rules_of_sendgrid(provider: SendGrid) -> None:
    """Batches, the ten minutes, the quota of ten, Logs: what resolving doubts will stand on."""
    api = provider.api.client
    batches = [orjson.loads(api.mail.batch.post(b"{}").body)["batch_id"] for _ in range(11)]
    held = [
        api.user.scheduled_sends.post(orjson.dumps({"batch_id": batch, "status": "cancel"})).status_code
        for batch in batches
    ]
    assert held == [201] * 10 + [400]
    again = api.user.scheduled_sends.post(orjson.dumps({"batch_id": batches[0], "status": "pause"}))
    assert "PATCH" in again.reason
    assert {api.user.scheduled_sends._(batch).delete().status_code for batch in batches} == {204}
    assert api.mail.batch._("nothing").get().status_code == 404
    assert api.logs.post(orjson.dumps({"query": "to_email = 'nobody@exemple.fr'"})).status_code == 200


def schedule_message(provider: SendGrid, edition: Edition, number: int, seconds: int, fake: FakeSendGrid) -> str:
    """Submit one message in its own batch, to be sent in `seconds` of the fake's clock."""
    api = provider.api.client
    batch = str(orjson.loads(api.mail.batch.post(b"{}").body)["batch_id"])
    body = orjson.loads(provider.build(edition, [make_recipient(edition, number)], ATTEMPT).body)
    body |= {"batch_id": batch, "send_at": int(fake.control("state")["now"]) + seconds}
    assert api.mail.send.post(orjson.dumps(body)).status_code == 202
    return batch


def test_a_batch_can_be_cancelled_only_until_ten_minutes_before(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition
) -> None:
    before, api = fake.count, provider.api.client
    for number, seconds in ((4001, 3600), (4002, 300), (4003, 3600)):
        batch = schedule_message(provider, edition, number, seconds, fake)
        if number != 4003:
            api.user.scheduled_sends._(batch).delete()
            api.user.scheduled_sends.post(orjson.dumps({"batch_id": batch, "status": "cancel"}))
    fake.control("advance", 3700)
    assert [message["status"] for message in fake.list_messages_since(before)] == [
        "cancelled",
        "delivered",
        "delivered",
    ]


def test_the_fake_sends_each_event_twice_signed_and_unordered(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition
) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from sendgrid import EventWebhook, EventWebhookHeader

    got: list[tuple[str, str, str]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.append((body, self.headers[EventWebhookHeader.SIGNATURE], self.headers[EventWebhookHeader.TIMESTAMP]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        fake.control("webhook", f"http://127.0.0.1:{server.server_port}/")
        people = [make_recipient(edition, number) for number in range(5001, 5011)]
        provider.submit(provider.build(edition, people, ATTEMPT))
        server.handle_request()
    fake.control("webhook", "")
    ((body, signature, identity),) = got
    hook = EventWebhook(fake.control("state")["public_key"])
    assert hook.verify_signature(body, signature, identity)
    assert not hook.verify_signature(body.replace("5001", "5002"), signature, identity)
    events = [(event["nl_r"], event["event"]) for event in orjson.loads(body)]
    assert len(events) == 40
    assert len(set(events)) == 20
    assert events != sorted(events)


RAW_ANSWERS: list[tuple[bytes, type]] = [
    (b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 202 X\r\nX-Message-Id: late\r\nContent-Length: 0\r\n\r\n", InDoubt),
    (b"HTTP/1.1 204 X\r\n\r\n", InDoubt),
    (b"HTTP/1.1 201 X\r\nContent-Length: 0\r\n\r\n", InDoubt),
    (b"HTTP/1.1 202 X\r\nX-Message-Id: a\r\nContent-Length: 50\r\n\r\nhalf", Accepted),
    (b"HTTP/1.1 429 X\r\nRetry-After: \xc2\xb2\r\nContent-Length: 0\r\n\r\n", Throttled),
    (b"HTTP/1.1 429 X\r\nRetry-After: " + b"9" * 400 + b"\r\nContent-Length: 0\r\n\r\n", Throttled),
    (b"HTTP/1.1 400 X\r\nContent-Length: 73\r\n\r\n" + b'{"errors":[{"field":"personalizations.99999999999999999999","message":""}]}'[:73], Rejected),
    (b"HTTP/1.1 abc X\r\n\r\n", InDoubt),
    (b"HTTP/1.1 202 X\r\nContent-Length: -5\r\n\r\n", Accepted),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), RAW_ANSWERS)
def test_any_raw_answer_gives_an_outcome_and_does_not_affect_the_next_request(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition, sent: bytes, expected: type
) -> None:
    request = provider.build(edition, [make_recipient(edition, 1)], ATTEMPT)
    fake.script({"kind": "raw", "bytes": sent.decode("latin-1")})
    assert isinstance(provider.submit(request), expected)
    time.sleep(0.05)
    before = fake.count
    outcome = provider.submit(request)
    assert isinstance(outcome, Accepted)
    assert fake.list_messages_since(before)[0]["id"].startswith(outcome.reference)  # its own answer, and not a late one


def test_a_202_before_the_last_byte_is_not_accepted(provider: SendGrid, fake: FakeSendGrid, edition: Edition) -> None:
    """202 before the last byte was written: it cannot have been taken."""
    before = fake.count
    large = replace(edition, html=edition.html + "x" * 8_000_000, digest="8")
    fake.script({"kind": "early", "status": 202})
    assert isinstance(provider.submit(provider.build(large, [make_recipient(edition, 1)], ATTEMPT)), NotSent | InDoubt)
    assert fake.count == before


def test_an_answer_that_arrives_slowly_is_not_read_to_its_end(
    provider: SendGrid, fake: FakeSendGrid, edition: Edition
) -> None:
    fake.script({"kind": "trickle", "seconds": 6})
    begun = time.monotonic()
    outcome = provider.submit(provider.build(edition, [make_recipient(edition, 1)], ATTEMPT))
    assert isinstance(outcome, Accepted)  # its status did come
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("host", ["https://a..b", "https://x:abc", "https://[x", "https://" + "a" * 70 + ".fr"])
def test_an_invalid_host_gives_not_sent(edition: Edition, host: str) -> None:
    odd = SendGrid(Account(KEY, host))
    assert isinstance(odd.submit(odd.build(edition, [make_recipient(edition, 1)], ATTEMPT)), NotSent)


@pytest.mark.parametrize("key", ["SG.secret\n", "SG.\u200bsecret", "SG.secret…"])
def test_an_invalid_key_gives_not_sent_and_is_not_quoted(fake: FakeSendGrid, edition: Edition, key: str) -> None:
    with open_provider(Account(key, fake.url)) as odd:
        outcome = odd.submit(odd.build(edition, [make_recipient(edition, 1)], ATTEMPT))
    assert isinstance(outcome, NotSent)
    assert "secret" not in outcome.reason


def test_a_fast_answer_to_a_get_request_is_not_an_early_answer(provider: SendGrid) -> None:
    """The request ends with its head, so an immediate answer is not an early one."""
    assert {provider.api.client.scopes.get().status_code for _ in range(200)} == {200}

"""What every provider must do, whatever it is: the outbox's files, SendGrid's API and a mail relay answer the same questions."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from recipients import make_recipient
from sendgrid_fake import KEY, FakeSendGrid
from smtp_fake import run_fake_relay

from newsletter.model.delivery import NO_CAMPAIGN, NOTICE, Accepted, Attempt, NotSent, Recipient
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.personalization import merge_tags, tokens
from newsletter.providers.base import Provider
from newsletter.providers.outbox import Outbox
from newsletter.providers.sendgrid.client import Account
from newsletter.providers.sendgrid.provider import SendGrid
from newsletter.providers.smtp.connection import Relay
from newsletter.providers.smtp.provider import Smtp
from newsletter.rendering import transactional

ATTEMPT = Attempt(7, 0, 1, dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC))


@dataclass
class DeliveredMessage:
    """A message as the reader gets it."""

    to: str
    subject: str
    html: str
    text: str
    headers: dict[str, str]


@dataclass
class ProviderCase:
    """A provider, a broken one of the same kind, and the messages that were delivered."""

    provider: Provider
    broken: Provider
    list_delivered: Callable[[], list[DeliveredMessage]]


def make_outbox_case(folder: Path) -> ProviderCase:
    (folder / "in the way").write_text("")

    def list_delivered() -> list[DeliveredMessage]:
        return [parse_file(path) for path in sorted((folder / "outbox").rglob("*.eml"))]

    return ProviderCase(Outbox(folder / "outbox"), Outbox(folder / "in the way"), list_delivered)


def parse_file(path: Path) -> DeliveredMessage:
    return parse_bytes(path.read_bytes())


def parse_bytes(body: bytes) -> DeliveredMessage:
    message = email.message_from_bytes(body, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    html, text = (part.get_content() for kind in ("html", "plain") if (part := message.get_body((kind,))))
    return DeliveredMessage(
        str(message["To"]), str(message["Subject"]), html, text, {name: str(value) for name, value in message.items()}
    )


@contextmanager
def make_smtp_case() -> Iterator[ProviderCase]:
    relay = Relay("127.0.0.1", 9, security="none", hello="lettre.example.org")
    with run_fake_relay() as running:
        provider = Smtp(replace(relay, port=running.port))
        yield ProviderCase(provider, Smtp(relay), lambda: [parse_bytes(message.body) for message in running.received])
        provider.close()


@pytest.fixture(params=["outbox", "sendgrid", "smtp"])
def case(request: pytest.FixtureRequest, fake: FakeSendGrid, tmp_path: Path) -> Iterator[ProviderCase]:
    if request.param == "outbox":
        yield make_outbox_case(tmp_path)
        return
    if request.param == "smtp":
        with make_smtp_case() as made:
            yield made
        return
    fake.script()
    before = fake.count
    provider = SendGrid(Account(KEY, fake.url))

    def list_delivered() -> list[DeliveredMessage]:
        names = ("to", "subject", "html", "text", "headers")
        return [DeliveredMessage(*(message[name] for name in names)) for message in fake.list_messages_since(before)]

    yield ProviderCase(provider, SendGrid(Account(KEY, "http://127.0.0.1:9")), list_delivered)
    provider.close()


def submit_all(case: ProviderCase, edition: Edition, people: list[Recipient], attempt: Attempt = ATTEMPT) -> None:
    size = case.provider.caps.max_recipients
    for start in range(0, len(people), size):
        outcome = case.provider.submit(case.provider.build(edition, people[start : start + size], attempt))
        assert isinstance(outcome, Accepted), outcome


def test_the_commit_point_is_called_once_before_a_message_is_accepted(case: ProviderCase, edition: Edition) -> None:
    taken_before: list[int] = []

    def commit_point() -> bool:
        taken_before.append(len(case.list_delivered()))
        return True

    outcome = case.provider.submit(case.provider.build(edition, [make_recipient(edition)], ATTEMPT), commit_point)
    assert isinstance(outcome, Accepted)
    assert (taken_before, len(case.list_delivered())) == ([0], 1)


def test_a_lost_claim_sends_nothing_and_the_next_message_is_sent(case: ProviderCase, edition: Edition) -> None:
    submit_all(case, edition, [make_recipient(edition, 1)])
    lost = case.provider.submit(case.provider.build(edition, [make_recipient(edition, 2)], ATTEMPT), lambda: False)
    assert isinstance(lost, NotSent)
    submit_all(case, edition, [make_recipient(edition, 3)])
    assert [message.to.partition("@")[0] for message in case.list_delivered()] == ["p1", "p3"]


def test_building_a_request_twice_gives_equal_requests(case: ProviderCase, edition: Edition) -> None:
    people = [make_recipient(edition)]
    assert case.provider.build(edition, people, ATTEMPT) == case.provider.build(edition, people, ATTEMPT)


def test_the_key_of_a_request_does_not_depend_on_the_attempt(case: ProviderCase, edition: Edition) -> None:
    people, again = [make_recipient(edition)], replace(ATTEMPT, number=2)
    assert case.provider.build(edition, people, ATTEMPT).key == case.provider.build(edition, people, again).key


def test_each_recipient_gets_only_their_own_values(case: ProviderCase, edition: Edition) -> None:
    people = [make_recipient(edition, number, f"Prénom{number}") for number in (1, 2, 3)]
    submit_all(case, edition, people)
    got = sorted(case.list_delivered(), key=lambda message: message.to)
    assert [message.to for message in got] == [person.email for person in people]
    for message, person in zip(got, people, strict=True):
        filled = merge_tags.fill(edition.html, person.values)
        assert len(message.html.replace("\r\n", "\n").strip()) == len(filled.strip()) or "cid:" in message.html
        assert message.text.replace("\r\n", "\n").strip() == merge_tags.fill(edition.text, person.values).strip()
        assert message.subject == merge_tags.fill(edition.subject, person.values)
        assert not [other for other in people if other is not person and other.email in str(message)]


def test_a_message_has_the_headers_of_a_newsletter(case: ProviderCase, edition: Edition) -> None:
    submit_all(case, edition, [make_recipient(edition)])
    (message,) = case.list_delivered()
    token = tokens.make_unsubscribe_signer("k" * 20, 7)(1)
    assert message.headers["Message-ID"] == "<1@x.fr>"
    assert message.headers["List-Id"] == "<lettre.example.org>"
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    unsubscribe = "".join(message.headers["List-Unsubscribe"].split())
    assert unsubscribe.startswith(f"<https://lettre.example.org/u/{token}>,<mailto:")


ODD_NAMES = [
    "",
    '"',
    "\\",
    "a\r\nBcc: x@y.fr",
    "\u2028",
    "-nl.h.first_name~",
    "<script>",
    "{{ x }}",
    "😀" * 30,
    "x" * 200,
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_first_name_gives_a_correct_message(case: ProviderCase, edition: Edition, name: str) -> None:
    person = make_recipient(edition, 1, name)
    submit_all(case, edition, [person])
    (message,) = case.list_delivered()
    assert message.text.replace("\r\n", "\n").strip() == merge_tags.fill(edition.text, person.values).strip()
    assert "".join(message.subject.split()) == "".join(merge_tags.fill(edition.subject, person.values).split())
    assert "Bcc" not in message.headers
    assert "<script>" not in message.html


def test_a_broken_provider_returns_not_sent_without_exception(case: ProviderCase, edition: Edition) -> None:
    broken = case.broken
    assert isinstance(broken.submit(broken.build(edition, [make_recipient(edition)], ATTEMPT)), NotSent)


def test_test_mails_and_notices_are_delivered_too(
    case: ProviderCase, edition: Edition, publication: Publication
) -> None:
    submit_all(case, edition, [make_recipient(edition)], replace(ATTEMPT, campaign_id=NO_CAMPAIGN))
    words = transactional.NoticeText("fr", "Confirmez", ("Une phrase.",), "Confirmer")
    made = transactional.compose_notice(publication, {}, words, "https://lettre.example.org/confirm/abc1")
    submit_all(case, made, [Recipient(1, "p1@exemple.fr", "<n@x.fr>", {})], replace(ATTEMPT, campaign_id=NOTICE))
    subjects = sorted(message.subject for message in case.list_delivered())
    assert "Confirmez" in subjects
    assert [
        message
        for message in case.list_delivered()
        if "https://lettre.example.org/confirm/abc1" in message.text and "Confirmer" in message.html
    ]


def test_an_idempotent_provider_delivers_a_repeated_request_once(case: ProviderCase, edition: Edition) -> None:
    submit_all(case, edition, [make_recipient(edition)])
    submit_all(case, edition, [make_recipient(edition)])
    assert len(case.list_delivered()) == (1 if case.provider.caps.idempotent else 2)


def test_forget_erases_the_stored_messages_of_a_subscriber(case: ProviderCase, edition: Edition) -> None:
    submit_all(case, edition, [make_recipient(edition, 1), make_recipient(edition, 2)])
    erased = case.provider.forget([1])
    if case.provider.caps.idempotent:
        assert (erased, [message.to for message in case.list_delivered()]) == (1, ["p2@exemple.fr"])
    else:
        assert erased == 0  # nothing of theirs is kept here

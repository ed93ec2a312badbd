"""The outbox's own: real MIME in every byte, one file a delivery, and nothing overwritten."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from recipients import make_recipient

from newsletter.model.delivery import Accepted, Attempt, NotSent
from newsletter.model.edition import Edition
from newsletter.model.publication import Sender
from newsletter.personalization import merge_tags, tokens
from newsletter.providers.outbox import Outbox

ATTEMPT = Attempt(7, 0, 1, dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC))


@pytest.fixture
def provider(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def parse_message(body: bytes) -> EmailMessage:
    message = email.message_from_bytes(body, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    for part in message.walk():
        assert not part.defects
    return message


def read_part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_a_repeated_request_gives_one_file(provider: Outbox, edition: Edition, tmp_path: Path) -> None:
    request = provider.build(edition, [make_recipient(edition)], ATTEMPT)
    outcomes = [provider.submit(request), provider.submit(request)]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    files = [path for path in (tmp_path / "outbox").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [request.body]


def test_an_unwritable_folder_gives_not_sent(edition: Edition, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    outbox = Outbox(tmp_path / "file")
    assert isinstance(outbox.submit(outbox.build(edition, [make_recipient(edition)], ATTEMPT)), NotSent)


def test_a_file_of_another_campaign_does_not_count_as_delivered(edition: Edition, tmp_path: Path) -> None:
    """The database was lost and created again: campaign 7 and subscriber 1 are not the same as before."""
    outbox = Outbox(tmp_path / "outbox")
    outbox.submit(outbox.build(edition, [make_recipient(edition)], ATTEMPT))
    other = make_recipient(edition)._replace(email="somebody@else.fr")
    request = outbox.build(edition, [other], ATTEMPT)
    assert isinstance(outbox.submit(request), NotSent)
    assert b"To: p1@exemple.fr" in (tmp_path / "outbox" / request.key).read_bytes()


def test_a_folder_with_the_name_of_a_message_does_not_count_as_delivered(edition: Edition, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    request = outbox.build(edition, [make_recipient(edition)], ATTEMPT)
    (tmp_path / "outbox" / request.key).mkdir(parents=True)
    assert isinstance(outbox.submit(request), NotSent)


def test_the_message_is_real_mime(provider: Outbox, edition: Edition) -> None:
    message = parse_message(provider.build(edition, [make_recipient(edition)], ATTEMPT).body)
    assert message.get_content_type() == "multipart/related"
    alternative, image = message.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == ["text/plain", "text/html"]
    assert f'src="cid:{image["Content-ID"].strip("<>")}"' in read_part(message, "html")
    assert image.get_payload(decode=True) == edition.images[0].data
    assert edition.image_base not in read_part(message, "html")


def test_without_images_there_is_no_related_part(provider: Outbox, edition: Edition) -> None:
    plain = replace(edition, images=(), digest="0")
    message = parse_message(provider.build(plain, [make_recipient(plain)], ATTEMPT).body)
    assert message.get_content_type() == "multipart/alternative"


def test_a_message_has_the_headers_of_a_newsletter(provider: Outbox, edition: Edition) -> None:
    message = parse_message(provider.build(edition, [make_recipient(edition)], ATTEMPT).body)
    token = tokens.make_unsubscribe_signer("k" * 20, 7)(1)
    assert message["From"] == "La Lettre <bonjour@lettre.example.org>"
    assert message["Reply-To"] == "redaction@lettre.example.org"
    assert message["To"] == "p1@exemple.fr"
    assert message["Subject"] == "Zoé, ça va\u00a0: la bataille du bouton"
    assert message["Date"].datetime == ATTEMPT.date
    assert message["Message-ID"] == "<1@x.fr>"
    assert message["List-Id"] == "<lettre.example.org>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"] == (
        f"<https://lettre.example.org/u/{token}>, <mailto:redaction@lettre.example.org?subject=unsubscribe%20{token}>"
    )
    assert message["MIME-Version"] == "1.0"


def test_an_odd_sender_name_is_encoded(provider: Outbox, edition: Edition) -> None:
    odd = replace(edition, sender=Sender("a@b.fr", "L’été, « chez nous »"), digest="1")
    message = parse_message(provider.build(odd, [make_recipient(odd)], ATTEMPT).body)
    assert message["From"].addresses[0].display_name == "L’été, « chez nous »"


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=90)


@pytest.fixture
def build_for_name(provider: Outbox, edition: Edition) -> Callable[[str], tuple[bytes, str, str]]:
    def write(first_name: str) -> tuple[bytes, str, str]:
        """Build the message of a person with this name; return it with the expected text and subject."""
        person = make_recipient(edition, first_name=first_name)
        body = provider.build(edition, [person], ATTEMPT).body
        return body, merge_tags.fill(edition.text, person.values), merge_tags.fill(edition.subject, person.values)

    return write


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first_name=NAMES)
def test_any_first_name_gives_a_correct_message(
    build_for_name: Callable[[str], tuple[bytes, str, str]], first_name: str
) -> None:
    """No header is injected, no line is too long, and the text is the edition's with the value in it."""
    body, text, subject = build_for_name(first_name)
    message = parse_message(body)
    lines = body.split(b"\r\n")
    assert max(len(line) for line in lines if not line.startswith((b"List-", b" <mailto:"))) <= 78
    assert not [line for line in lines if line.startswith(b".") or b"\n" in line or b"\r" in line]
    assert read_part(message, "plain").replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    assert len(message.get_all("To", [])) == 1
    assert message["Bcc"] is None
    assert "".join(str(message["Subject"]).split()) == "".join(subject.split())


def test_the_html_part_is_the_html_of_the_edition(provider: Outbox, edition: Edition) -> None:
    plain = replace(edition, images=(), digest="2")
    person = make_recipient(plain)
    message = parse_message(provider.build(plain, [person], ATTEMPT).body)
    assert (
        read_part(message, "html").replace("\r\n", "\n").strip() == merge_tags.fill(plain.html, person.values).strip()
    )


def test_two_people_differ_only_in_their_own_parts(provider: Outbox, edition: Edition) -> None:
    first, second = (
        provider.build(edition, [make_recipient(edition, number)], ATTEMPT).body.decode() for number in (1, 2)
    )
    differing = [(a, b) for a, b in zip(first.split("\r\n"), second.split("\r\n"), strict=True) if a != b]
    assert all(re.search(r"p1@|<1@|[a-z0-9]{20}1", a) for a, _ in differing)

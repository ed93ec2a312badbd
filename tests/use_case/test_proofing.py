"""A proof is byte for byte what one person would get; a test is a proof that is sent to a few allowed addresses."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.campaigns.planning import Audience, PlanOptions, plan
from newsletter.campaigns.sending import Worker, dispatch
from newsletter.content.reader import read
from newsletter.editorial import proofs
from newsletter.errors import Refused
from newsletter.model.delivery import Accepted
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.model.subscribers import Subscriber
from newsletter.personalization import merge_tags, tokens
from newsletter.providers.outbox import Outbox
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme
from newsletter.storage.database import Store
from newsletter.storage.subscribers import subscribers

NOW = dt.datetime(2026, 11, 25, 9, 30, tzinfo=dt.UTC)
KEY = "a key that signs the links of tests"
ALLOWED = ("redaction@example.org", "helene@example.org")
ZOE = Subscriber(0, "zoe@example.org", "Zoé")


@pytest.fixture
def edition(write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str) -> Edition:
    text = valid.replace("Alors que", '{{ prenom | default("Vous") }}, alors que')
    return compose(read(write_issue(text), publication), default_theme, publication)


def test_a_proof_equals_the_dispatched_message_except_for_the_token(
    store: Store, enlist: Callable[..., list[int]], edition: Edition, tmp_path: Path
) -> None:
    """The bytes are the same, except for token and message id."""
    enlist(store, "zoe@example.org")
    outbox = Outbox(tmp_path / "outbox")
    planned = plan(store, edition, Audience("tous"), PlanOptions("outbox"), now=NOW)
    dispatch(store, outbox, planned.campaign, Worker(KEY, clock=NOW.timestamp))
    (sent,) = (tmp_path / "outbox").rglob("*.eml")
    with store.read() as tx:
        person = subscribers.find_by_email(tx, "zoe@example.org")
    assert person
    made = proofs.build_message(proofs.make_proof(edition, person), NOW)
    token = tokens.make_unsubscribe_signer(KEY, planned.campaign.id)(person.id)
    assert normalize_message(made, tokens.INERT) == normalize_message(sent.read_bytes(), token)


def normalize_message(message: bytes, token: str) -> str:
    """Return the message without soft line breaks and message id, and with the token replaced."""
    text = message.decode("ascii").replace("=\r\n", "").replace(token, "TOKEN")
    return re.sub(r"Message-ID: <[^>]*>", "", text)


def test_a_proof_has_merge_values_and_inert_links(edition: Edition) -> None:
    made = proofs.make_proof(edition, ZOE)
    for part in (made.subject, made.preheader, made.html, made.text):
        assert merge_tags.PREFIX not in part
    assert "Zoé, alors que" in made.text
    assert f"/u/{tokens.INERT}" in made.html


def test_a_proof_with_embedded_pictures_has_no_external_pictures(edition: Edition) -> None:
    page = proofs.embed_pictures(proofs.make_proof(edition, ZOE))
    sources = re.findall(r'<img[^>]*?\ssrc="([^"]{0,30})', page)
    assert sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)


@pytest.fixture
def outbox_context(publication: Publication, tmp_path: Path) -> proofs.SendTestContext:
    """A context without a database: the outbox reaches no reader, so no preflight reads one."""
    return proofs.SendTestContext(Outbox(tmp_path), publication, ALLOWED, open_store=lambda: pytest.fail("opened"))


def test_each_test_is_a_separate_message_with_a_marked_subject(
    edition: Edition, outbox_context: proofs.SendTestContext, tmp_path: Path
) -> None:
    for _ in range(2):
        tried = proofs.send_test(outbox_context, edition, ALLOWED, ZOE)
        assert [type(result.outcome) for result in tried] == [Accepted, Accepted]
    messages = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in tmp_path.rglob("*.eml")
    ]
    assert len(messages) == 4
    assert {mail["To"] for mail in messages} == set(ALLOWED)
    assert {mail["Subject"] for mail in messages} == {"[TEST] " + edition.subject}
    assert len({mail["Message-ID"] for mail in messages}) == 4


def test_a_test_with_one_refused_address_is_sent_to_nobody(
    edition: Edition, outbox_context: proofs.SendTestContext, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="test_not_allowed"):
        proofs.send_test(outbox_context, edition, [ALLOWED[0], "x@y.fr"], ZOE)
    assert list(tmp_path.rglob("*.eml")) == []

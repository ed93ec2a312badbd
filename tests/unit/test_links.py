from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from newsletter import links, mergetags
from newsletter.errors import BadSignature

KEYS = ["the newest key of all", "the one before it"]
TICKETS = st.builds(links.Ticket, st.integers(1, 10**6), st.integers(1, 10**9))


@given(TICKETS)
def test_a_token_says_what_was_signed(ticket: links.Ticket) -> None:
    assert links.read(KEYS, links.sign(KEYS[0], ticket)) == ticket


@given(TICKETS)
def test_a_token_survives_the_rotation_of_keys(ticket: links.Ticket) -> None:
    assert links.read(["a key that is newer still", *KEYS], links.sign(KEYS[1], ticket)) == ticket


@given(TICKETS)
def test_a_token_stands_anywhere_as_it_is(ticket: links.Ticket) -> None:
    """Once in 40,000 tokens a base64 one held « -nl », which a merge tag's value may not."""
    token = links.sign(KEYS[0], ticket)
    assert re.fullmatch(r"[0-9a-f]+", token)
    assert mergetags.escaped(token, "h") == token
    assert links.read(KEYS, token.upper()) == ticket


@given(TICKETS, st.data())
def test_a_token_changed_in_one_place_is_not_ours(ticket: links.Ticket, data: st.DataObject) -> None:
    token = links.sign(KEYS[0], ticket)
    at = data.draw(st.integers(0, len(token) - 3))
    other = data.draw(st.sampled_from(sorted(set("abcdz0129") - {token[at]})))
    with pytest.raises(BadSignature):
        links.read(KEYS, token[:at] + other + token[at + 1 :])


@given(st.text(max_size=60))
def test_anything_else_is_not_ours(text: str) -> None:
    with pytest.raises(BadSignature):
        links.read(KEYS, text)


def test_the_inert_token_is_not_a_signature() -> None:
    with pytest.raises(BadSignature):
        links.read(KEYS, links.INERT)


def test_another_publications_token_is_not_ours() -> None:
    with pytest.raises(BadSignature):
        links.read(KEYS, links.sign("somebody else's key", links.Ticket(1, 1)))


def test_a_mailto_keeps_the_address_and_names_the_token() -> None:
    assert links.unsubscribe_mailto("a+b@x.fr", "T1") == "mailto:a+b@x.fr?subject=unsubscribe%20T1"

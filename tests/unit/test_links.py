from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from newsletter.errors import BadSignature
from newsletter.personalization import merge_tags, tokens, urls

KEYS = ["the newest key of all", "the one before it"]
UNSIGNED_TOKENS = st.builds(tokens.UnsubscribeToken, st.integers(1, 10**6), st.integers(1, 10**9))


def sign(key: str, unsigned: tokens.UnsubscribeToken) -> str:
    return tokens.make_unsubscribe_signer(key, unsigned.campaign_id)(unsigned.subscriber_id)


@given(UNSIGNED_TOKENS)
def test_reading_a_token_gives_back_the_signed_ids(unsigned: tokens.UnsubscribeToken) -> None:
    assert tokens.read_unsubscribe(KEYS, sign(KEYS[0], unsigned)) == unsigned


@given(UNSIGNED_TOKENS)
def test_a_token_of_an_older_key_is_accepted_after_key_rotation(unsigned: tokens.UnsubscribeToken) -> None:
    assert tokens.read_unsubscribe(["a key that is newer still", *KEYS], sign(KEYS[1], unsigned)) == unsigned


@given(UNSIGNED_TOKENS)
def test_a_token_is_hexadecimal_and_needs_no_escaping(unsigned: tokens.UnsubscribeToken) -> None:
    """A base64 token contained « -nl » once in 40,000; the value of a merge tag must not contain it."""
    token = sign(KEYS[0], unsigned)
    assert re.fullmatch(r"[0-9a-f]+", token)
    assert merge_tags.escape(token, "h") == token
    assert tokens.read_unsubscribe(KEYS, token.upper()) == unsigned


@given(UNSIGNED_TOKENS, st.data())
def test_a_token_with_one_changed_character_is_refused(unsigned: tokens.UnsubscribeToken, data: st.DataObject) -> None:
    token = sign(KEYS[0], unsigned)
    at = data.draw(st.integers(0, len(token) - 3))
    other = data.draw(st.sampled_from(sorted(set("abcdz0129") - {token[at]})))
    with pytest.raises(BadSignature):
        tokens.read_unsubscribe(KEYS, token[:at] + other + token[at + 1 :])


@given(st.text(max_size=60))
def test_any_text_that_is_not_a_token_is_refused(text: str) -> None:
    with pytest.raises(BadSignature):
        tokens.read_unsubscribe(KEYS, text)


def test_the_inert_token_of_proofs_is_refused() -> None:
    with pytest.raises(BadSignature):
        tokens.read_unsubscribe(KEYS, tokens.INERT)


def test_a_token_signed_by_another_publication_is_refused() -> None:
    with pytest.raises(BadSignature):
        tokens.read_unsubscribe(KEYS, tokens.make_unsubscribe_signer("somebody else's key", 1)(1))


def test_the_unsubscribe_mailto_contains_the_address_and_the_token() -> None:
    assert urls.unsubscribe_mailto("a+b@x.fr", "T1") == "mailto:a+b@x.fr?subject=unsubscribe%20T1"

"""Approvals: signed for one digest, impossible to forge, lost when the edition changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.content.reader import read
from newsletter.editorial import approvals
from newsletter.errors import InputError
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme
from newsletter.storage import schema
from newsletter.storage.database import Store

KEYS = ["the key of this year, long enough", "the key of last year, as long"]
NOW = dt.datetime(2026, 11, 25, 9, 30, 12, 345_678, dt.UTC)


@pytest.fixture
def edition(write_issue: Callable[..., Path], publication: Publication, default_theme: Theme) -> Edition:
    return compose(read(write_issue(), publication), default_theme, publication)


def list_approvers(store: Store, edition: Edition, keys: list[str] = KEYS) -> tuple[list[str], list[str]]:
    found = approvals.find_approvals(store, keys, digest=edition.digest, slug=edition.slug)
    return [approval.by for approval in found.current], [approval.by for approval in found.lost]


def test_an_approval_is_stored_with_name_and_time(store: Store, edition: Edition) -> None:
    approvals.approve(store, KEYS[0], edition, by="  Hélène   Vasseur ", now=NOW)
    (found,) = approvals.find_approvals(store, KEYS, digest=edition.digest, slug=edition.slug).current
    assert (found.by, found.at) == ("Hélène Vasseur", NOW.replace(microsecond=345_000))


def test_a_changed_edition_loses_its_approval_until_the_change_is_undone(store: Store, edition: Edition) -> None:
    approvals.approve(store, KEYS[0], edition, by="Hélène", now=NOW)
    assert list_approvers(store, replace(edition, digest="f" * 64)) == ([], ["Hélène"])
    assert list_approvers(store, edition) == (["Hélène"], [])


def test_several_people_may_approve_an_edition(store: Store, edition: Edition) -> None:
    for name in ("Hélène", "Samir"):
        approvals.approve(store, KEYS[0], edition, by=name, now=NOW)
    assert list_approvers(store, edition) == (["Hélène", "Samir"], [])


def test_an_approval_stays_valid_while_its_old_key_is_known(store: Store, edition: Edition) -> None:
    approvals.approve(store, KEYS[1], edition, by="Hélène", now=NOW)
    assert list_approvers(store, edition) == (["Hélène"], [])
    assert list_approvers(store, edition, KEYS[:1]) == ([], [])


@pytest.mark.parametrize(
    "forged", [{"approved_by": "Samir"}, {"digest": "e" * 64}, {"approved_at": 1}, {"signature": b"x" * 32}], ids=str
)
def test_a_forged_approval_is_ignored(store: Store, edition: Edition, forged: dict[str, object]) -> None:
    approvals.approve(store, KEYS[0], edition, by="Hélène", now=NOW)
    with store.write() as tx:
        tx.execute(sa.update(schema.approval).values(**forged))
    assert list_approvers(store, replace(edition, digest=str(forged.get("digest", edition.digest)))) == ([], [])


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "x" * 81, "\u202e"])
def test_an_approval_without_a_valid_name_is_refused(store: Store, edition: Edition, name: str) -> None:
    with pytest.raises(InputError, match="approval_name"):
        approvals.approve(store, KEYS[0], edition, by=name, now=NOW)
    assert list_approvers(store, edition) == ([], [])

"""Earlier campaigns of an issue: a rehearsal does not count as received, and nobody gets an issue twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from example_edition import EDITION_WITH_TOKEN

from newsletter.campaigns import planning
from newsletter.errors import Refused
from newsletter.model.campaign import ChunkState, Part
from newsletter.model.subscribers import OptIn
from newsletter.storage.campaigns import campaigns, chunks
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists
from newsletter.subscribers.lists import add_list

BEGIN = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
Enlist = Callable[..., list[int]]
SENT, OPEN = True, False


@pytest.fixture
def store_with_lists(store: Store, enlist: Enlist) -> Store:
    """A store with two lists that share one person, and a test list with a person of the first list."""
    enlist(store, "a@exemple.fr", "b@exemple.fr", list_name="tous")
    enlist(store, "b@exemple.fr", "c@exemple.fr", list_name="autres")
    enlist(store, "a@exemple.fr", "moi@exemple.fr", list_name="essai")
    add_list(store, "essai", 1, opt_in=None, is_test=True)
    return store


def plan_campaign(
    store: Store, provider: str, list_name: str, *, sent: bool = False, missing: bool = False
) -> planning.Planned:
    audience = planning.Audience(list_name, only_missing=missing)
    planned = planning.plan(store, EDITION_WITH_TOKEN, audience, planning.PlanOptions(provider, 10), now=BEGIN)
    if sent:
        with store.write() as tx:
            claim = chunks.claim(tx, planned.campaign, 0, chunks.Claimant("w:1:1", "t", 2_000_000_000_000, 0))
            assert claim
            chunks.record(tx, claim, [Part(ChunkState.ACCEPTED)], [], 2_000_000_000_000)
    return planned


EARLIER_CAMPAIGNS = [
    # provider and list of the earlier campaign, whether it is finished; provider and list of the next campaign; result
    (("outbox", "autres", SENT), ("sendgrid", "tous"), "new"),
    (("outbox", "autres", OPEN), ("sendgrid", "tous"), "new"),
    (("outbox", "autres", SENT), ("outbox", "tous"), "sent_to_another_list"),
    (("outbox", "autres", OPEN), ("outbox", "tous"), "sent_to_another_list"),
    (("sendgrid", "autres", SENT), ("outbox", "tous"), "sent_to_another_list"),
    (("outbox", "essai", SENT), ("outbox", "tous"), "new"),
    (("outbox", "tous", SENT), ("outbox", "essai"), "new"),
    (("outbox", "tous", SENT), ("outbox", "tous"), "the same"),
    (("outbox", "tous", SENT), ("sendgrid", "tous"), "new"),
    (("outbox", "tous", OPEN), ("sendgrid", "tous"), "the same"),
    (("outbox", "essai", SENT), ("sendgrid", "essai"), "new"),
    (("sendgrid", "essai", SENT), ("sendgrid", "tous"), "new"),
    (("sendgrid", "essai", OPEN), ("smtp", "tous"), "new"),
    (("sendgrid", "essai", SENT), ("sendgrid", "essai"), "the same"),
    (("sendgrid", "essai", SENT), ("smtp", "essai"), "the same"),
    (("sendgrid", "tous", SENT), ("sendgrid", "essai"), "new"),
    (("sendgrid", "tous", SENT), ("smtp", "tous"), "the same"),
    (("sendgrid", "tous", SENT), ("outbox", "tous"), "the same"),
    (("sendgrid", "autres", SENT), ("sendgrid", "tous"), "sent_to_another_list"),
    (("sendgrid", "autres", OPEN), ("smtp", "tous"), "sent_to_another_list"),
]


@pytest.mark.parametrize(("before", "now", "wanted"), EARLIER_CAMPAIGNS)
def test_an_earlier_campaign_allows_continues_or_refuses_the_next_one(
    store_with_lists: Store, before: tuple[str, str, bool], now: tuple[str, str], wanted: str
) -> None:
    provider, list_name, sent = before
    first = plan_campaign(store_with_lists, provider, list_name, sent=sent).campaign
    if wanted == "sent_to_another_list":
        with pytest.raises(Refused, match=wanted) as refusal:
            plan_campaign(store_with_lists, *now)
        assert refusal.value.facts["number"] == first.id
        return
    planned = plan_campaign(store_with_lists, *now)
    assert planned.is_new == (wanted == "new")
    assert (planned.campaign.id == first.id) == (wanted == "the same")
    assert not plan_campaign(store_with_lists, *now).is_new


def test_only_missing_includes_recipients_of_rehearsals_but_not_of_real_sendings(store_with_lists: Store) -> None:
    plan_campaign(store_with_lists, "sendgrid", "essai", sent=True)
    plan_campaign(store_with_lists, "outbox", "autres", sent=True)
    with pytest.raises(Refused, match="round_without_first"):
        plan_campaign(store_with_lists, "sendgrid", "tous", missing=True)
    assert plan_campaign(store_with_lists, "sendgrid", "tous", sent=True).campaign.recipients == 2
    assert (
        plan_campaign(store_with_lists, "sendgrid", "autres", missing=True).campaign.recipients == 1
    )  # b received the issue, c did not


def test_only_missing_in_the_outbox_skips_people_who_are_already_in_the_outbox(store_with_lists: Store) -> None:
    plan_campaign(store_with_lists, "outbox", "autres", sent=True)
    assert (
        plan_campaign(store_with_lists, "outbox", "tous", missing=True).campaign.recipients == 1
    )  # b received the issue, a did not


def test_campaigns_to_the_outbox_or_a_test_list_are_marked_as_rehearsals(store_with_lists: Store) -> None:
    wanted = {("outbox", "tous"): True, ("sendgrid", "essai"): True, ("sendgrid", "tous"): False}
    for (provider, list_name), is_one in wanted.items():
        planned = plan_campaign(store_with_lists, provider, list_name, sent=True).campaign
        with store_with_lists.read() as tx:
            found = campaigns.find_by_id(tx, planned.id)
        assert found
        assert (planned.rehearsal, found.rehearsal) == (is_one, is_one)


def test_a_list_that_received_an_issue_cannot_become_a_test_list(store_with_lists: Store) -> None:
    """The readers of the list would get the issue a second time."""
    plan_campaign(store_with_lists, "outbox", "autres", sent=True)
    assert add_list(store_with_lists, "autres", 1, opt_in=None, is_test=True).is_test
    plan_campaign(store_with_lists, "sendgrid", "tous", sent=True)
    with pytest.raises(Refused, match="list_has_readers"):
        add_list(store_with_lists, "tous", 1, opt_in=OptIn.DOUBLE, is_test=True)
    with store_with_lists.read() as tx:
        found = lists.find(tx, "tous")
    assert found
    assert (found.is_test, found.opt_in) == (False, OptIn.SINGLE)


def test_a_test_list_stays_a_test_list_until_changed_explicitly(store_with_lists: Store) -> None:
    assert add_list(store_with_lists, "essai", 1, opt_in=OptIn.DOUBLE, is_test=None).is_test
    assert not add_list(store_with_lists, "essai", 1, opt_in=None, is_test=False).is_test


def test_rehearsed_or_planned_issues_are_not_published(store_with_lists: Store) -> None:
    def list_published() -> list[str]:
        with store_with_lists.read() as tx:
            return campaigns.list_published(tx, 2_000_000_000_000)

    plan_campaign(store_with_lists, "outbox", "autres", sent=True)
    plan_campaign(store_with_lists, "sendgrid", "essai", sent=True)
    plan_campaign(store_with_lists, "sendgrid", "tous")
    assert list_published() == []
    plan_sent = plan_campaign(store_with_lists, "sendgrid", "tous", sent=True)
    assert not plan_sent.is_new
    assert list_published() == [EDITION_WITH_TOKEN.digest]
    with store_with_lists.read() as tx:
        assert campaigns.find_published(tx, EDITION_WITH_TOKEN.slug, 2_000_000_000_000) == EDITION_WITH_TOKEN.digest
        assert campaigns.find_published(tx, "autre", 2_000_000_000_000) is None

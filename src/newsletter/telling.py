"""The operator is told by mail when a campaign is finished, or waits for them: once each, the way everything goes.

No address of a reader stands in it, and nothing that only a provider should see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter import moments
from newsletter.compose.notice import Words, notice
from newsletter.messages import say
from newsletter.model.campaign import NOTICE, Accepted, Attempt, Campaign, InDoubt, Outcome, Recipient
from newsletter.model.publication import Publication
from newsletter.providers import Provider
from newsletter.reporting import Account, said
from newsletter.store import campaigns
from newsletter.store.engine import Store

_WORTH_TELLING = frozenset({"done", "handed", "unsure", "held"})


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever is told: an address, a language, how it goes out and what it looks like."""

    address: str
    language: str
    provider: Provider
    publication: Publication
    look: Mapping[str, str]
    now: dt.datetime


def tell(store: Store, operator: Operator, account: Account) -> Outcome | None:
    """Says where a campaign stands, if that is news; None where it is not."""
    if not operator.address or account.phase not in _WORTH_TELLING:
        return None
    with store.write() as tx:
        if not campaigns.tell(tx, account.campaign.id, account.phase):
            return None
    words = _words(operator.language, account.campaign, account)
    edition = notice(operator.publication, operator.look, words)
    domain = operator.publication.sender.domain
    message_id = f"<campaign.{account.campaign.id}.{account.phase}.{int(operator.now.timestamp())}@{domain}>"
    attempt = Attempt(NOTICE, 0, 1, operator.now)
    recipient = Recipient(0, operator.address, message_id, {})
    outcome = operator.provider.submit(operator.provider.build(edition, [recipient], attempt))
    if not isinstance(outcome, Accepted | InDoubt):
        with store.write() as tx:  # the next dispatch tries again
            campaigns.tell(tx, account.campaign.id, "")
    return outcome


def _words(language: str, campaign: Campaign, account: Account) -> Words:
    at = moments.moment(campaign.orders.release_at)
    first = say(language, f"told_{account.phase}", number=campaign.id, at=at)
    sentences = [first, said(language, campaign, account.tally)]
    return Words(language, say(language, f"told_{account.phase}_subject", issue=campaign.slug), sentences)

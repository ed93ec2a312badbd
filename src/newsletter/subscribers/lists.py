"""Create a mailing list, or change its opt-in and whether it is a test list."""

from __future__ import annotations

from newsletter.errors import Refused
from newsletter.model.subscribers import MailingList, OptIn
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists


def add_list(store: Store, name: str, now_ms: int, *, opt_in: OptIn | None, is_test: bool | None) -> MailingList:
    """Create or change a list, and return it; None leaves a setting as it is.

    Raise Refused if a list that readers received campaigns from would become a test list: readers would get the same
    issue a second time.
    """
    with store.write() as tx:
        mailing_list = lists.get_or_create(tx, name, now_ms, opt_in or OptIn.SINGLE)
        campaign_ids = [
            campaign.id for campaign in campaigns.list_of_list(tx, mailing_list.id) if not campaign.rehearsal
        ]
        if is_test and campaign_ids:
            raise Refused("list_has_readers", list=name, number=campaign_ids[0])
        lists.set_opt_in(tx, mailing_list.id, opt_in or mailing_list.opt_in)
        lists.set_test(tx, mailing_list.id, is_test=mailing_list.is_test if is_test is None else is_test)
        changed = lists.find(tx, name)
    assert changed is not None  # noqa: S101 - the list was created in this transaction
    return changed

"""Create a mailing list, or change its opt-in and whether it is a test list."""

from __future__ import annotations

from newsletter.errors import Refused
from newsletter.model.subscribers import MailingList, OptIn
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists


def add_list(store: Store, name: str, now: int, *, opt_in: OptIn | None, is_test: bool | None) -> MailingList:
    """Create or change a list, and return it; None leaves a setting as it is.

    Raise Refused if a list that readers received campaigns from would become a test list: readers would get the same
    issue a second time.
    """
    with store.write() as tx:
        found = lists.get_or_create(tx, name, now, opt_in or OptIn.SINGLE)
        sent = [one.id for one in campaigns.list_of_list(tx, found.id) if not one.rehearsal]
        if is_test and sent:
            raise Refused("list_has_readers", list=name, number=sent[0])
        lists.set_opt_in(tx, found.id, opt_in or found.opt_in)
        lists.set_test(tx, found.id, is_test=found.is_test if is_test is None else is_test)
        changed = lists.find(tx, name)
    assert changed is not None  # noqa: S101 - the list was created in this transaction
    return changed

"""Make a list, or change how people get onto it and whether it is for tests."""

from __future__ import annotations

from newsletter.errors import Refused
from newsletter.model.subscribers import MailingList, OptIn
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists


def add_list(store: Store, name: str, now: int, *, opt_in: OptIn | None, is_test: bool | None) -> MailingList:
    """Return the list as it is now; None leaves what it is.

    Refused where a list for readers would become one for tests: whoever has an issue would get it a second time.
    """
    with store.write() as tx:
        found = lists.make(tx, name, now, opt_in or OptIn.SINGLE)
        sent = [one.id for one in campaigns.to_list(tx, found.id) if not one.rehearsal]
        if is_test and sent:
            raise Refused("list_has_readers", list=name, number=sent[0])
        lists.set_opt_in(tx, found.id, opt_in or found.opt_in)
        lists.set_test(tx, found.id, is_test=found.is_test if is_test is None else is_test)
        changed = lists.find(tx, name)
    assert changed is not None  # noqa: S101 - it was made in this transaction
    return changed

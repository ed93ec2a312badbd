"""A database that was put back or copied: notice it, and let nothing go before the operator has decided."""

from __future__ import annotations

from newsletter.errors import Refused
from newsletter.model.campaign import Campaign, CampaignState
from newsletter.storage import host_memory, host_recovery
from newsletter.storage.campaigns import campaigns
from newsletter.storage.campaigns.campaigns import LostSending
from newsletter.storage.database import Store


def require_own_database(store: Store) -> None:
    """Refuse to send from a folder that was copied, or a database that was put back, until `adopt` was called."""
    if store.memory and store.memory.is_elsewhere():
        raise Refused("folder_is_a_copy", path=store.memory.home.path)
    if not is_own_database(store):
        raise Refused("database_restored")


def is_own_database(store: Store) -> bool:
    """Whether folder and database are the ones that were used last."""
    with store.read() as tx:
        return not (store.memory and store.memory.is_elsewhere()) and not host_memory.restored_at(tx)


def lost_sendings(store: Store) -> list[LostSending]:
    """Return the campaigns that went out, and of which only the folder knows."""
    with store.read() as tx:
        return campaigns.lost(tx)


def held(store: Store) -> list[Campaign]:
    """Return the campaigns that wait for their operator."""
    with store.read() as tx:
        return [one for one in campaigns.unfinished(tx) if one.state is CampaignState.HELD]


def adopt(store: Store, now: int) -> None:
    """Make folder and database the ones that send from now on."""
    if store.memory and store.memory.is_elsewhere():
        store.memory.adopt()
        host_recovery.recover(store, now)
    with store.write() as tx:
        host_memory.accept_restored(tx)

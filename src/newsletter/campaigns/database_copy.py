"""Detection of a restored or copied database; nothing is sent from it before the operator has decided."""

from __future__ import annotations

from newsletter.errors import Refused
from newsletter.model.campaign import Campaign, CampaignState
from newsletter.storage import host_memory, host_recovery
from newsletter.storage.campaigns import campaigns
from newsletter.storage.campaigns.campaigns import LostSending
from newsletter.storage.database import Store


def require_own_database(store: Store) -> None:
    """Raise Refused if the folder was copied or the database was restored, and `adopt` was not called since."""
    if store.memory and store.memory.is_elsewhere():
        raise Refused("folder_is_a_copy", path=store.memory.home.path)
    if not is_own_database(store):
        raise Refused("database_restored")


def is_own_database(store: Store) -> bool:
    """Return True if the folder is not a copy and the database is not a restored older one."""
    with store.read() as tx:
        return not (store.memory and store.memory.is_elsewhere()) and not host_memory.find_restored_at(tx)


def list_lost_sendings(store: Store) -> list[LostSending]:
    """Return the campaigns that went out and that only the folder knows, not the database."""
    with store.read() as tx:
        return campaigns.list_lost(tx)


def list_held(store: Store) -> list[Campaign]:
    """Return the unfinished campaigns that wait for the operator's decision."""
    with store.read() as tx:
        return [campaign for campaign in campaigns.list_unfinished(tx) if campaign.state is CampaignState.HELD]


def adopt(store: Store, now_ms: int) -> None:
    """Accept this folder and this database as the ones that send from now on."""
    if store.memory and store.memory.is_elsewhere():
        store.memory.adopt()
        host_recovery.recover(store, now_ms)
    with store.write() as tx:
        host_memory.accept_restored(tx)

"""Operations on one subscriber: find, add, remove, edit, tag, show, erase; and prune the long inactive ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.errors import InputError, Refused
from newsletter.model.campaign import Delivery
from newsletter.model.subscribers import (
    Attribute,
    Method,
    Provenance,
    Record,
    Status,
    Subscriber,
    SubscriberUpsert,
    Suppression,
    SuppressionReason,
    UpsertCounts,
)
from newsletter.storage import Transaction, delivery_events
from newsletter.storage.address_hash import address_mac
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, records, segments, subscribers, tags, upsert
from newsletter.subscribers.addresses import AddressError, normalize
from newsletter.subscribers.importing.row_mapping import clean_label
from newsletter.subscribers.selection import build_condition, get_list

BY_HAND = Provenance(Method.OPERATOR)
PRUNE_BATCH = 2_000
"""People who are erased in one transaction."""


@dataclass(frozen=True, slots=True)
class SubscriberContext:
    """What a change of subscribers needs: the database, the key of the address hashes, the current time (ms)."""

    store: Store
    suppression_key: str
    now_ms: int

    def mac(self, email: str) -> bytes:
        """Return the hash under which a suppression of that address is stored."""
        return address_mac(self.suppression_key, email)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything stored about one person, with their deliveries."""

    record: Record
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """The result of an erasure: number of deleted rows by kind, and number of deleted files of the provider."""

    rows: Mapping[str, int]
    files: int


def normalize_provider_address(address: str) -> str:
    """Normalise an address reported by a provider; lower-case an invalid address, which bounced for that reason."""
    try:
        return normalize_address(address)
    except InputError:
        return address.strip().lower()


def normalize_address(address: str) -> str:
    """Normalise an address. Raise InputError, with the reason, if it is invalid."""
    try:
        return normalize(address)
    except AddressError as error:
        raise InputError(error.key, value=address) from error


def get_subscriber(store: Store, address: str) -> Subscriber:
    """Return the subscriber with that address, in any spelling. Raise InputError if there is none."""
    email = normalize_address(address)
    with store.read() as tx:
        return _require_subscriber(tx, email)


def _require_subscriber(tx: Transaction, email: str) -> Subscriber:
    person = subscribers.find_by_email(tx, email)
    if person is None:
        raise InputError("subscriber_unknown", address=email)
    return person


def add(
    context: SubscriberContext,
    change: SubscriberUpsert,
    list_name: str,
    *,
    words: str = "",
    confirmed: bool = False,
    again: bool = False,
) -> UpsertCounts:
    """Add one person to a list for the operator; `confirmed` means that the double opt-in is already done.

    Raise Refused if the person unsubscribed or is suppressed, unless they asked to come back: `again`, with their
    `words`. Raise InputError if `again` or `confirmed` is given without `words`.
    """
    if (again or confirmed) and not words:
        raise InputError("consent_missing")
    provenance = Provenance(Method.OPERATOR, words=words)
    with context.store.write() as tx:
        subscribers.lock_subscribers(tx)
        target = lists.get_or_create(tx, list_name, context.now_ms)
        reason = subscribers.find_suppression(tx, change.address_mac)
        has_left = _find_status(tx, change.email, list_name) is Status.UNSUBSCRIBED
        if (reason or has_left) and not again:
            raise Refused("came_and_left", address=change.email, list=list_name)
        if reason:
            subscribers.release(tx, change.email, change.address_mac, provenance, context.now_ms)
        change.subscriptions = {target.id: Status.CONFIRMED if confirmed else target.opt_in.first_status}
        return upsert.upsert_subscribers(tx, [change], provenance, context.now_ms)


def _find_status(tx: Transaction, email: str, list_name: str) -> Status | None:
    person = subscribers.find_by_email(tx, email)
    return records.list_records(tx, [person.id])[0].lists.get(list_name) if person else None


def remove(context: SubscriberContext, address: str, list_name: str = "") -> int:
    """Unsubscribe a person from one list, or from all and suppress the address; return how many subscriptions ended."""
    email, mac = normalize_address(address), context.mac(normalize_address(address))
    with context.store.write() as tx:
        subscribers.lock_subscribers(tx)
        if list_name:
            from_list = get_list(tx, list_name).id
            return subscribers.unsubscribe(
                tx, [_require_subscriber(tx, email).id], [from_list], BY_HAND, context.now_ms
            )
        person = subscribers.find_by_email(tx, email)
        before = records.list_records(tx, [person.id])[0].lists if person else {}
        subscribers.suppress(
            tx, email, mac=mac, reason=SuppressionReason.MANUAL, provenance=BY_HAND, now_ms=context.now_ms
        )
        return sum(status is not Status.UNSUBSCRIBED for status in before.values())


def edit(
    context: SubscriberContext, address: str, values: Mapping[str, str], attributes: Mapping[str, Attribute]
) -> None:
    """Change names, language, attributes (an empty value removes the attribute) or the address.

    Raise Refused if the new address is another subscriber's, or if the old or the new one is suppressed.
    """
    email = normalize_address(address)
    with context.store.write() as tx:
        subscribers.lock_subscribers(tx)
        person = _require_subscriber(tx, email)
        record = records.list_records(tx, [person.id])[0]
        kept = {name: value for name, value in {**record.attributes, **attributes}.items() if value != ""}
        texts = {name: value for name, value in values.items() if name != "email"}
        subscribers.update_fields(tx, person.id, {**texts, "attributes": kept})
        if "email" in values:
            _readdress(tx, context, record, normalize_address(values["email"]))


def _readdress(tx: Transaction, context: SubscriberContext, record: Record, new: str) -> None:
    """Change the address, and suppress the old one, so that an old file does not import it again beside the new one."""
    if new == record.email:
        return
    if subscribers.find_by_email(tx, new):
        raise Refused("address_taken", address=new)
    mac = context.mac(new)
    if record.suppressed or subscribers.find_suppression(tx, mac) not in {None, SuppressionReason.MOVED}:
        raise Refused("address_suppressed", address=new)
    subscribers.release(tx, new, mac, BY_HAND, context.now_ms)
    subscribers.change_address(tx, record.id, email=new, address_mac=mac, provenance=BY_HAND, now_ms=context.now_ms)
    subscribers.suppress_many(tx, {context.mac(record.email): Suppression(SuppressionReason.MOVED, context.now_ms)})


@dataclass(frozen=True, slots=True)
class SubscriberSelection:
    """One address, or everybody whom a filter, or the segment of that name, matches."""

    address: str = ""
    where: str = ""
    zone: dt.tzinfo = dt.UTC


def tag(context: SubscriberContext, selection: SubscriberSelection, name: str, *, off: bool = False) -> int:
    """Add a tag to the selected people, or remove it (`off`); return how many people changed."""
    tag_name = clean_label(name)
    if not tag_name:
        raise InputError("tag_missing")
    with context.store.write() as tx:
        if selection.address:
            chosen = segments.matches_subscriber(_require_subscriber(tx, normalize_address(selection.address)).id)
        else:
            chosen = build_condition(tx, selection.where, selection.zone)
        subscribers.lock_subscribers(tx)
        return tags.tag_many(tx, chosen, tag_name, off=off)


def read_dossier(store: Store, address: str) -> Dossier:
    """Return everything that is stored about a person, as the person may ask to see it."""
    email = normalize_address(address)
    with store.read() as tx:
        person = _require_subscriber(tx, email)
        (record,) = records.list_records(tx, [person.id], with_journal=True)
        return Dossier(record, records.list_deliveries(tx, person.id))


def erase_subscriber(
    context: SubscriberContext, address: str, delete_files: Callable[[Sequence[int]], int]
) -> ErasureCounts:
    """Erase a person everywhere and keep only the hash of the address; `delete_files` deletes the provider's files.

    An address that is not in the database is suppressed too: a request for erasure holds for later imports.
    `delete_files` runs twice: before the commit, so that a crash leaves no files of a person who is already erased,
    and at the end, because a chunk claimed in the meantime may have written new files.
    """
    email = normalize_address(address)
    with context.store.write() as tx:
        subscribers.lock_subscribers(tx)
        person = subscribers.find_by_email(tx, email)
        ids = [person.id] if person else []
        subscribers.suppress_many(tx, {context.mac(email): Suppression(SuppressionReason.ERASED, context.now_ms)})
        files = delete_files(ids)
        rows = subscribers.erase(tx, ids)
    rows["reports"] = _erase_reports(context, ids)
    context.store.flush()
    return ErasureCounts(rows, files + delete_files(ids))


def _erase_reports(context: SubscriberContext, ids: Sequence[int]) -> int:
    with context.store.events.write() as tx:
        return delivery_events.erase(tx, ids)


def prune(context: SubscriberContext, before_ms: int, delete_files: Callable[[Sequence[int]], int]) -> int:
    """Erase everybody whose last contact was before `before_ms`, in batches; return how many.

    The addresses of people who had unsubscribed stay suppressed, by their hashes.
    """
    erased = 0
    while ids := _prune_some(context, before_ms, delete_files):
        delete_files(ids)
        erased += len(ids)
    context.store.flush()
    return erased


def _prune_some(context: SubscriberContext, before_ms: int, delete_files: Callable[[Sequence[int]], int]) -> list[int]:
    unsubscribed = Suppression(SuppressionReason.UNSUBSCRIBED_ALL, context.now_ms)
    with context.store.write() as tx:
        subscribers.lock_subscribers(tx)
        ids = subscribers.list_inactive(tx, before_ms, PRUNE_BATCH)
        leavers = [record for record in records.list_records(tx, ids) if Status.UNSUBSCRIBED in record.lists.values()]
        subscribers.suppress_many(tx, {context.mac(record.email): unsubscribed for record in leavers})
        delete_files(ids)
        subscribers.erase(tx, ids)
    _erase_reports(context, ids)
    return ids

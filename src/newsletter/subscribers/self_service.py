"""What readers do for themselves, by a link in a mail: unsubscribe, choose, confirm, see their data, be erased.

Every change has the method `Method.FORM` (the reader's own wish), and counts as a contact.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.errors import Refused
from newsletter.model.subscribers import (
    Action,
    Method,
    Provenance,
    Record,
    Status,
    SubscriberUpsert,
    Suppression,
    SuppressionReason,
)
from newsletter.storage import Transaction
from newsletter.storage.database import Store
from newsletter.storage.subscribers import consent_journal, lists, records, subscribers, upsert
from newsletter.subscribers import exporting
from newsletter.subscribers.importing import row_mapping
from newsletter.subscribers.service import SubscriberContext, erase_subscriber

EVERY_LIST = 0
MAX_NAME = 80
_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners; Persian and Indian names need them."""
_NO_JOINERS = dict.fromkeys(map(ord, _JOINERS))
_ADDRESS = re.compile(r"://|www[.。]|@|\w[.。](?:\w{2}|\d)", re.IGNORECASE)
_SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """An unsubscription from one list, or from `EVERY_LIST` permanently; `source` names the way it came."""

    subscriber_id: int
    list_id: int
    source: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A reader's answers on the preferences page; None for a field that the page did not show."""

    shown: frozenset[str]
    """Lists whose checkboxes were on the page."""
    ticked: frozenset[str]
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ChoiceResult:
    """The record after a choice, and the lists (id and name) that need a confirmation mail first."""

    record: Record
    asking: Sequence[tuple[int, str]]
    refused_name: bool = False
    """True if a name was refused because it contains an address or a link."""


def unsubscribe(tx: Transaction, unsubscriptions: Sequence[Unsubscription], now_ms: int) -> None:
    """Unsubscribe many people at once; skip a person who has unsubscribed already or was never on the list."""
    grouped: dict[tuple[int, str], set[int]] = defaultdict(set)
    for leave in unsubscriptions:
        grouped[leave.list_id, leave.source].add(leave.subscriber_id)
    for (list_id, source), ids in sorted(grouped.items()):
        provenance, people = Provenance(Method.FORM, source), sorted(ids)
        if list_id == EVERY_LIST:
            _unsubscribe_from_all(tx, people, provenance, now_ms)
        else:
            subscribers.unsubscribe(tx, people, [list_id], provenance, now_ms)
    subscribers.record_contacts(tx, dict.fromkeys((leave.subscriber_id for leave in unsubscriptions), now_ms))


def _unsubscribe_from_all(tx: Transaction, ids: Sequence[int], provenance: Provenance, now_ms: int) -> None:
    hashes = subscribers.find_hashes(tx, ids)
    gone = Suppression(SuppressionReason.UNSUBSCRIBED_ALL, now_ms)
    fresh = subscribers.suppress_many(tx, dict.fromkeys(hashes.values(), gone))
    subscribers.unsubscribe_from_all(tx, ids, provenance, now_ms)
    line_builder = consent_journal.LineBuilder(tx, provenance)
    consent_journal.insert_lines(
        tx,
        [
            line_builder.build(subscriber_id, now_ms, Action.SUPPRESSED)
            for subscriber_id, mac in sorted(hashes.items())
            if mac in fresh
        ],
    )


def find_record(store: Store, subscriber_id: int) -> Record | None:
    """Return the record of a subscriber; None if the subscriber no longer exists."""
    with store.read() as tx:
        found = records.list_records(tx, [subscriber_id])
    return found[0] if found else None


def apply_choice(context: SubscriberContext, subscriber_id: int, choice: Choice) -> ChoiceResult | None:
    """Apply a reader's choice; return None if the subscriber no longer exists.

    An unsubscription takes effect at once. A new subscription needs a confirmation mail: the link to the page is
    forwarded with the newsletter, and nobody else may subscribe a person again who unsubscribed. Raise Refused if a
    list is asked for and the address is suppressed for another reason than an unsubscription from everything.
    """
    with context.store.write() as tx:
        subscribers.lock_subscribers(tx)
        found = records.list_records(tx, [subscriber_id])
        if not found:
            return None
        (record,) = found
        refused_name = _update_fields(tx, record, choice)
        list_ids = {mailing_list.name: mailing_list.id for mailing_list in lists.list_all(tx)}
        confirmed = {name for name, status in record.lists.items() if status is Status.CONFIRMED}
        ended = sorted(confirmed & choice.shown - choice.ticked)
        asked_names = sorted(choice.ticked & choice.shown & record.lists.keys() - confirmed)
        if asked_names and record.suppressed not in {None, SuppressionReason.UNSUBSCRIBED_ALL}:
            raise Refused("reader_suppressed")
        subscribers.unsubscribe(tx, [record.id], [list_ids[name] for name in ended], _PAGE, context.now_ms)
        subscribers.record_contacts(tx, {record.id: context.now_ms})
        return ChoiceResult(
            records.list_records(tx, [record.id])[0], [(list_ids[name], name) for name in asked_names], refused_name
        )


_PAGE = Provenance(Method.FORM, "preferences")


def _update_fields(tx: Transaction, record: Record, choice: Choice) -> bool:
    """Store the names and the language; return True if a name was refused.

    The page does not show the stored name, so an empty field changes nothing. A name appears in the salutation of later
    issues, and the link to the page is forwarded with the newsletter: another person who has the link must not be able
    to write a message there.
    """
    stored = {"first_name": record.first_name, "last_name": record.last_name, "language": record.language}
    typed = {"first_name": clean_name(choice.first_name or ""), "last_name": clean_name(choice.last_name or "")}
    refused = [name for name, value in typed.items() if _holds_address(value)]
    changed = {name: value for name, value in typed.items() if value and name not in refused}
    if choice.language is not None:
        changed["language"] = row_mapping.clean_language(choice.language) or (
            record.language if choice.language else ""
        )
    if stored | changed != stored:
        subscribers.update_fields(tx, record.id, changed)
    return bool(refused)


def clean_name(typed: str) -> str:
    """Clean a name from a public page: one line of at most 80 characters, NFKC form, no invisible characters."""
    usual = unicodedata.normalize("NFKC", typed)
    visible = "".join(char for char in usual if char in _JOINERS or unicodedata.category(char) != "Cf")
    return row_mapping.clean(visible)[:MAX_NAME].strip()


def _holds_address(name: str) -> bool:
    """Return True if a mail program might turn part of the name into a link."""
    return _ADDRESS.search(name.translate(_NO_JOINERS)) is not None


def find_list_name(store: Store, list_id: int) -> str:
    """Return the name of a list; empty if the list no longer exists."""
    with store.read() as tx:
        return _find_name(tx, list_id)


def _find_name(tx: Transaction, list_id: int) -> str:
    return next((mailing_list.name for mailing_list in lists.list_all(tx) if mailing_list.id == list_id), "")


def confirm(context: SubscriberContext, subscriber_id: int, list_id: int, asked_at: int) -> str | None:
    """Confirm a subscription and return the list's name; None if there is no longer anything to confirm.

    `asked_at` is the time at which the mail with the link was sent, in milliseconds, rounded down to the second: the
    link does not subscribe a person again who unsubscribed after that second.
    """
    with context.store.write() as tx:
        subscribers.lock_subscribers(tx)
        found_records = records.list_records(tx, [subscriber_id], with_journal=True)
        name = _find_name(tx, list_id)
        if not found_records or name not in found_records[0].lists:
            return None
        (record,) = found_records
        if record.lists[name] is Status.CONFIRMED and not record.suppressed:
            return name
        if (
            record.suppressed not in {None, SuppressionReason.UNSUBSCRIBED_ALL}
            or _find_left_ms(record, name) >= asked_at + _SECOND_MS
        ):
            return None
        provenance, mac = Provenance(Method.FORM, "confirmation"), context.mac(record.email)
        if record.suppressed:
            subscribers.release(tx, record.email, mac, provenance, context.now_ms)
        upsert.upsert_subscribers(
            tx,
            [SubscriberUpsert(record.email, mac, subscriptions={list_id: Status.CONFIRMED})],
            provenance,
            context.now_ms,
        )
        return name


def _find_left_ms(record: Record, name: str) -> int:
    """Return when the person last left this list or everything, in milliseconds; 0 for never."""
    leaving_actions = {Action.UNSUBSCRIBED, Action.SUPPRESSED}
    entries = (entry for entry in record.journal if entry.action in leaving_actions and entry.list_name in {"", name})
    return max((entry.at for entry in entries), default=0)


def read_own_data(store: Store, subscriber_id: int) -> dict[str, object] | None:
    """Return everything that is stored about a subscriber, as JSON values; None if the subscriber does not exist."""
    with store.read() as tx:
        found = records.list_records(tx, [subscriber_id], with_journal=True)
        return exporting.dossier_facts(found[0], records.list_deliveries(tx, subscriber_id)) if found else None


def erase_own_data(
    context: SubscriberContext, subscriber_id: int, delete_files: Callable[[Sequence[int]], int]
) -> bool:
    """Erase a subscriber everywhere; return False if the subscriber no longer existed."""
    record = find_record(context.store, subscriber_id)
    if record is not None:
        erase_subscriber(context, record.email, delete_files)
    return record is not None

"""Recovery from the host memory: bring the database up to date, after a crash or after an older copy was restored.

    departures     people who left since then are taken off their lists, or suppressed, again
    claims         chunks that were claimed since then are claimed again: their worker records them, or is found dead
    sendings       campaigns that the database lacks are listed: their issues must not go out as new ones
    campaigns      active campaigns are held if the database is an older copy

Nobody is put back on a list: for people who came back since then, there is no proof of consent any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsletter.model.campaign import CampaignState, Claim
from newsletter.model.subscribers import (
    VOLUNTARY_REASONS,
    Action,
    Method,
    Provenance,
    Record as PersonRecord,
    Status,
    SubscriberUpsert,
    Suppression,
    SuppressionReason,
)
from newsletter.storage import dialects, host_memory, schema
from newsletter.storage.campaigns import attempts, campaigns
from newsletter.storage.host_memory import Line, Memory, Record
from newsletter.storage.memory_location import MemoryLocation
from newsletter.storage.subscribers import consent_journal, lists, records, subscribers, upsert

if TYPE_CHECKING:
    from newsletter.storage.database import Store

_SPARE_IDS = 1_000_000
"""Number of ids to skip after a restore: people whom the copy lacks may have them, and mailed links contain them."""
_HOW = Provenance(Method.IMPORT, host_memory.FILE)

_REPLAY = sa.text("""
    UPDATE chunk SET state = 'claimed', lease_until = :lease_until, since = :at, attempt = :number,
        claim_token = CASE WHEN recipients = :members THEN :token ELSE '' END, claimed_by = :worker
    WHERE campaign_id = :campaign_id AND sequence = :sequence AND attempt <= :number
        AND state IN ('ready', 'claimed', 'in_doubt', 'held')
    RETURNING recipients
""")


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a recovery brought up to date."""

    departures: int = 0
    """People taken off a list, or suppressed."""
    claims: int = 0
    """Chunks that were claimed after the database was copied, and are claimed again."""
    sendings: int = 0
    """Campaigns that the database did not know."""
    held: tuple[int, ...] = ()
    """Ids of the active campaigns that are held now."""
    lacks_people: bool = False
    """True if people were added whom the database lacks; their number is not known."""
    is_older: bool = False
    """True if the database is an older copy; False if a process died between the append to the file and the commit."""


@dataclass(slots=True)
class _Missing:
    """Records that the database lacks, by kind; of each person and list only the last departure."""

    left: dict[tuple[str, str], Record] = field(default_factory=dict)
    plans: dict[int, Record] = field(default_factory=dict)
    claims: list[Record] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    is_older: bool = False


def recover(store: Store, now_ms: int) -> Recovered | None:
    """Bring the database up to date with its host memory; return None if it lacked nothing."""
    while store.memory is not None:
        behind = _find_behind(store, store.memory)
        if behind is None:
            return None
        with store.write(remember=False) as tx:
            subscribers.lock_subscribers(tx)
            if host_memory.set_position(tx, behind.home, behind.position, behind.size):
                recovered = _apply(tx, behind, now_ms)
                if recovered.is_older or (behind.position is None and behind.lines):
                    _keep_ids_apart(tx, store.memory, behind)
                return recovered if recovered != Recovered() else None
    return None


@dataclass(frozen=True, slots=True)
class _Behind:
    """Lines of a file beyond the database's position; `position` is None if the database does not know the file."""

    home: MemoryLocation
    position: int | None
    size: int
    lines: Sequence[Line]


def _find_behind(store: Store, memory: Memory) -> _Behind | None:
    """Read the lines that the database lacks; return None if it lacks none.

    The file is locked meanwhile, so no process is between its append and its commit.
    """
    home = memory.home
    with store.read() as tx:
        position = host_memory.read_position(tx, home)
    if position is not None and host_memory.is_up_to_date(position, memory.file.stat().st_size):
        return None
    with memory.locked() as file, store.read() as tx:
        position = host_memory.read_position(tx, file.home)
        if position is not None and host_memory.is_up_to_date(position, file.size):
            return None
        file.settle()
        return _Behind(home=file.home, position=position, size=file.size, lines=list(memory.lines(position or 0)))


def _collect_missing(lines: Iterable[Line]) -> _Missing:
    missing = _Missing()
    for line in lines:
        missing.is_older |= line.committed and any("ids" not in record for record in line.records)
        for record in line.records:
            if "left" in record:
                missing.left[record["left"], record["list"]] = record
            elif line.committed and "back" in record:
                _undo_departure(missing, record)
            elif line.committed and "plan" in record:
                missing.plans[record["plan"]] = record
            elif line.committed and "claim" in record:
                missing.claims.append(record)
            elif line.committed and "ids" in record:
                missing.ids.append(record["ids"])
    return missing


def _undo_departure(missing: _Missing, back: Record) -> None:
    """Drop the departure that a return undoes: from one list, or of the address from all mail."""
    missing.left.pop((back["back"], back["list"]), None)


def _apply(tx: Connection, behind: _Behind, now_ms: int) -> Recovered:
    missing = _collect_missing(behind.lines)
    departures = _apply_departures(tx, missing.left, now_ms)
    sendings = _store_lost_sendings(tx, missing)
    claims = [claim for claim in missing.claims if claim["claim"][0] not in sendings]
    replayed = sum(_replay(tx, claim) for claim in claims)
    last_id = dialects.last_id(tx, schema.subscriber)
    is_new = behind.position is None and not last_id  # an empty database for a folder that had another one
    lacks_people = not is_new and any(number > last_id for number in missing.ids)
    is_older = missing.is_older or lacks_people or (behind.position is None and _was_elsewhere(tx, behind.home))
    if is_older:
        dialects.raise_ids(tx, schema.campaign, max(sendings, default=0))
        host_memory.note_restored(tx, now_ms)
    held = _hold_active(tx, now_ms) if is_older else ()
    return Recovered(departures, replayed, len(sendings), held, lacks_people, is_older)


def _was_elsewhere(tx: Connection, home: MemoryLocation) -> bool:
    """Return True if the database is a file that was used in other folders only; a server has many hosts."""
    others = [other for other in host_memory.list_homes(tx) if other.id != home.id]
    was_used_here = any((other.machine, other.path) == (home.machine, home.path) for other in others)
    return dialects.is_file(tx) and bool(others) and not was_used_here


def _apply_departures(tx: Connection, left: Mapping[tuple[str, str], Record], now_ms: int) -> int:
    """Apply the departures that the consent journal does not know; return the number of people changed."""
    known = records.find_by_hash(tx, sorted({bytes.fromhex(mac) for mac, _ in left}))
    list_names, suppressed = dict[bytes, list[str]](), dict[bytes, Suppression]()
    for (mac, list_name), departure in left.items():
        person = known.get(bytes.fromhex(mac))
        if person and _came_back(person, list_name, departure["at"]):
            continue
        if list_name and person:
            if person.lists.get(list_name) is not Status.UNSUBSCRIBED:
                list_names.setdefault(bytes.fromhex(mac), []).append(list_name)
        else:
            suppressed[bytes.fromhex(mac)] = Suppression(SuppressionReason(departure["why"]), departure["at"])
    fresh = subscribers.suppress_many(tx, suppressed)
    people = {mac: person for mac, person in known.items() if mac in fresh | list_names.keys()}
    changes = [
        SubscriberUpsert(
            record.email,
            mac,
            subscriptions={lists.get_or_create(tx, name, now_ms).id: Status.UNSUBSCRIBED for name in list_names[mac]},
        )
        for mac, record in people.items()
        if mac in list_names
    ]
    upsert.upsert_subscribers(tx, changes, _HOW, now_ms)
    _repeat_suppressions(tx, people, {mac: suppressed[mac] for mac in fresh}, now_ms)
    return len(fresh | list_names.keys())


def _came_back(person: PersonRecord, list_name: str, left_at: int) -> bool:
    """Return True if the journal has a return later than that departure."""
    return_actions = {Action.CONFIRMED, Action.PENDING} if list_name else {Action.RELEASED, Action.UNBLOCKED}
    return any(
        entry.at > left_at and entry.action in return_actions and entry.list_name == list_name
        for entry in person.journal
    )


def _repeat_suppressions(
    tx: Connection, people: Mapping[bytes, PersonRecord], fresh: Mapping[bytes, Suppression], now_ms: int
) -> None:
    """Repeat for people on file what their suppression did before: end subscriptions, or erase the person."""
    reasons = {people[mac].id: suppression.reason for mac, suppression in fresh.items() if mac in people}
    line_builder = consent_journal.LineBuilder(tx, _HOW)
    consent_journal.insert_lines(
        tx, [line_builder.build(number, now_ms, Action.SUPPRESSED) for number in sorted(reasons)]
    )
    subscribers.unsubscribe_from_all(
        tx, sorted(number for number, reason in reasons.items() if reason in VOLUNTARY_REASONS), _HOW, now_ms
    )
    subscribers.erase(tx, sorted(number for number, reason in reasons.items() if reason is SuppressionReason.ERASED))


def _store_lost_sendings(tx: Connection, missing: _Missing) -> set[int]:
    """Store the campaigns that went out and that the database does not know; return their ids."""
    claimed = {claim["claim"][0] for claim in missing.claims}
    lost = [plan for number, plan in missing.plans.items() if number in claimed and not campaigns.is_stored(tx, plan)]
    for plan in lost:
        campaigns.add_lost(tx, plan)
    return {plan["plan"] for plan in lost}


def _replay(tx: Connection, record: Record) -> bool:
    """Claim a chunk again for its worker, which records the result or is found dead; False if nothing changed."""
    campaign_id, sequence, number, token = record["claim"]
    attempt = attempts.find(tx, campaign_id, sequence, number)
    if attempt is not None and attempt.token == token:
        return False
    return _claim_again(tx, record)


def _claim_again(tx: Connection, record: Record) -> bool:
    """Claim a chunk as the host memory has it; return False if the chunk has ended, or was tried more often.

    A chunk that was split since the copy is larger here than the one that went out. It gets no token, so that no
    report can speak for all of it.
    """
    campaign_id, sequence, number, token = record["claim"]
    facts = {"campaign_id": campaign_id, "sequence": sequence, "number": number, "token": token}
    claim_facts = {
        "worker": record["by"],
        "lease_until": record["until"],
        "at": record["at"],
        "members": record["members"],
    }
    row = tx.execute(_REPLAY, facts | claim_facts).first()
    if row is None:
        return False
    is_whole = row.recipients == record["members"]
    claimed = Claim(campaign_id, sequence, token if is_whole else "", number, "", (), record["fence"])
    attempts.insert(tx, claimed, record["at"], record["release_at"], recipients=record["people"])
    return True


def _hold_active(tx: Connection, now_ms: int) -> tuple[int, ...]:
    active = [campaign for campaign in campaigns.list_unfinished(tx) if campaign.state is CampaignState.ACTIVE]
    return tuple(campaign.id for campaign in active if campaigns.change_state(tx, campaign, CampaignState.HELD, now_ms))


def _keep_ids_apart(tx: Connection, memory: Memory, behind: _Behind) -> None:
    """Skip the ids of people whom the database lacks, so that nobody else gets them: mailed links contain these ids.

    The file records the last skipped id, since the same copy may be restored again: ids that were given after the
    first time were mailed too.
    """
    given_ids = [
        max(record.get("ids", 0), record.get("reserved", 0)) for line in behind.lines for record in line.records
    ]
    last_id = max([dialects.last_id(tx, schema.subscriber), *given_ids]) + _SPARE_IDS
    dialects.raise_ids(tx, schema.subscriber, last_id)
    with memory.locked() as file:
        host_memory.append(tx, file, [host_memory.make_reserved(last_id)], behind.size)

"""The folder's memory: after a crash, after a restored backup, after a copy."""

from __future__ import annotations

import datetime as dt
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import commands
import pytest
import sqlalchemy as sa
from commands import Program
from example_edition import EDITION_WITH_TOKEN
from identity import IDENTITY, KEY, NOW

from newsletter.campaigns import database_copy, planning
from newsletter.errors import DatabaseBehind, Refused
from newsletter.model.campaign import ChunkState, Part, SendOptions
from newsletter.model.edition import Edition
from newsletter.model.subscribers import Method, Provenance, Status, SubscriberUpsert, SuppressionReason
from newsletter.storage import database as database_, dialects, host_memory, memory_location, schema
from newsletter.storage.address_hash import address_mac
from newsletter.storage.campaigns import attempts, campaigns, chunks
from newsletter.storage.campaigns.chunks import Claimant
from newsletter.storage.database import Store
from newsletter.storage.host_memory import Memory
from newsletter.storage.host_recovery import Recovered
from newsletter.storage.subscribers import lists, records, subscribers, upsert

AUDIENCE = planning.Audience("tous")
BEGIN = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
PEOPLE = [f"p{number:02d}@exemple.fr" for number in range(12)]
BY_FORM = Provenance(Method.FORM, "one-click")
Enlist = Callable[..., list[int]]


class PublicationFolder:
    """A folder of a publication; its database can be backed up and restored."""

    def __init__(self, url: str, folder: Path, postgres: Callable[[], str] | None) -> None:
        self.url, self.path, self._new = url, folder, postgres
        self.recoveries: list[Recovered] = []
        self.store = self._open()

    def _open(self) -> Store:
        store = database_.open_store(self.url, IDENTITY, NOW, Memory(self.path / host_memory.FILE))
        store.on_recovered = self.recoveries.append
        store.recover()
        return store

    def reopen(self) -> None:
        self.store.close()
        self.store = self._open()

    def back_up(self) -> str:
        """Copy the database and return the address of the copy."""
        if self._new is None:
            copy = self.path / f"backup-{len(list(self.path.iterdir()))}.db"
            database_.backup_store(self.url, copy)
            return f"sqlite:///{copy}"
        self.store.close()
        name = self.url.partition("?")[0].rpartition("/")[2]
        copied = self._new()
        target = copied.partition("?")[0].rpartition("/")[2]
        maintenance = sa.create_engine(
            sa.make_url(self.url).set(drivername="postgresql+psycopg", database="postgres"),
            isolation_level="AUTOCOMMIT",
        )
        with maintenance.connect() as tx:
            tx.exec_driver_sql(f'DROP DATABASE "{target}"')
            tx.exec_driver_sql(f'CREATE DATABASE "{target}" TEMPLATE "{name}"')
        maintenance.dispose()
        self.store = self._open()
        return copied

    def restore(self, copy: str) -> None:
        self.store.close()
        self.url = copy
        self.store = self._open()

    def unsubscribe(self, *emails: str, list_name: str = "tous") -> None:
        with self.store.write() as tx:
            target = lists.find(tx, list_name)
            assert target
            ids = [person.id for email in emails if (person := subscribers.find_by_email(tx, email))]
            subscribers.unsubscribe(tx, ids, [target.id], BY_FORM, NOW + 10)

    def suppress(self, email: str, reason: SuppressionReason) -> None:
        with self.store.write() as tx:
            mac = address_mac(KEY, email)
            subscribers.suppress(tx, email, mac=mac, reason=reason, provenance=BY_FORM, now_ms=NOW + 10)

    def subscribe(
        self, *emails: str, list_name: str = "tous", method: Method = Method.FORM, at: int = NOW + 20
    ) -> None:
        with self.store.write() as tx:
            target = lists.get_or_create(tx, list_name, NOW)
            people = [
                SubscriberUpsert(email, address_mac(KEY, email), subscriptions={target.id: Status.CONFIRMED})
                for email in emails
            ]
            upsert.upsert_subscribers(tx, people, Provenance(method), at)

    def list_mailable(self, list_name: str = "tous") -> list[str]:
        """Return the addresses of a list that may be mailed."""
        with self.store.read() as tx:
            found = [
                records.list_records(tx, [number])[0]
                for page in records.list_id_pages(tx, sa.true())
                for number in page
            ]
        return [
            record.email
            for record in found
            if record.lists.get(list_name) is Status.CONFIRMED and not record.suppressed
        ]


@pytest.fixture
def folder(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PublicationFolder]:
    new = None if database.startswith("sqlite") else request.getfixturevalue("postgres")
    made = PublicationFolder(database, tmp_path, new)
    made.subscribe(*PEOPLE, at=NOW)
    yield made
    made.store.close()


def people_except(*numbers: int) -> list[str]:
    return [email for number, email in enumerate(PEOPLE) if number not in numbers]


def test_the_memory_file_is_private_and_contains_no_address(folder: PublicationFolder) -> None:
    folder.unsubscribe(PEOPLE[3])
    text = (folder.path / host_memory.FILE).read_text("utf-8")
    assert (folder.path / host_memory.FILE).stat().st_mode & 0o777 == 0o600
    assert "exemple.fr" not in text
    assert address_mac(KEY, PEOPLE[3]).hex() in text


DEPARTURES: list[tuple[str, Callable[[PublicationFolder], object]]] = [
    ("a click", lambda folder: folder.unsubscribe(PEOPLE[3])),
    ("a complaint", lambda folder: folder.suppress(PEOPLE[3], SuppressionReason.COMPLAINT)),
    ("a bounce", lambda folder: folder.suppress(PEOPLE[3], SuppressionReason.BOUNCE)),
    ("the operator", lambda folder: folder.suppress(PEOPLE[3], SuppressionReason.MANUAL)),
    ("erasure", lambda folder: folder.suppress(PEOPLE[3], SuppressionReason.ERASED)),
    ("everything at once", lambda folder: folder.suppress(PEOPLE[3], SuppressionReason.UNSUBSCRIBED_ALL)),
]


@pytest.mark.parametrize(("way", "depart"), DEPARTURES, ids=[way for way, _ in DEPARTURES])
def test_a_departure_after_the_backup_is_recovered(
    folder: PublicationFolder, way: str, depart: Callable[[PublicationFolder], object]
) -> None:
    copy = folder.back_up()
    depart(folder)
    folder.restore(copy)
    assert folder.list_mailable() == people_except(3)
    assert folder.recoveries == [Recovered(departures=1, is_older=True)]
    with folder.store.read() as tx:
        person = subscribers.find_by_email(tx, PEOPLE[3])
    assert (person is None) == (way == "erasure")
    folder.subscribe(PEOPLE[3], method=Method.IMPORT)
    assert folder.list_mailable() == people_except(3)
    folder.reopen()
    assert len(folder.recoveries) == 1


def test_a_person_who_left_and_came_back_stays_subscribed(folder: PublicationFolder) -> None:
    copy = folder.back_up()
    folder.unsubscribe(PEOPLE[3], PEOPLE[4])
    folder.subscribe(PEOPLE[3])
    folder.restore(copy)
    assert folder.list_mailable() == people_except(4)


def test_a_return_recorded_in_the_consent_journal_is_not_undone(folder: PublicationFolder) -> None:
    """The person came back through another host, so only the memory file of this host is behind."""
    folder.unsubscribe(PEOPLE[3])
    with folder.store.write(remember=False) as tx:
        target = lists.find(tx, "tous")
        assert target
        back = SubscriberUpsert(PEOPLE[3], address_mac(KEY, PEOPLE[3]), subscriptions={target.id: Status.CONFIRMED})
        upsert.upsert_subscribers(tx, [back], BY_FORM, NOW + 30)
        tx.execute(sa.text("UPDATE host_memory SET position = 0"))
    folder.reopen()
    assert folder.list_mailable() == PEOPLE


def test_an_import_does_not_add_a_person_who_joined_and_left_after_the_backup(folder: PublicationFolder) -> None:
    copy = folder.back_up()
    folder.subscribe("nouvelle@exemple.fr")
    folder.unsubscribe("nouvelle@exemple.fr")
    folder.restore(copy)
    folder.subscribe("nouvelle@exemple.fr", method=Method.IMPORT)
    assert folder.list_mailable() == PEOPLE


def test_a_departure_from_one_list_keeps_the_other_subscription(folder: PublicationFolder) -> None:
    folder.subscribe(*PEOPLE, list_name="autre")
    copy = folder.back_up()
    folder.unsubscribe(PEOPLE[3])
    folder.restore(copy)
    assert (folder.list_mailable(), folder.list_mailable("autre")) == (people_except(3), PEOPLE)


def test_ids_of_people_lost_by_the_restore_are_not_reused(folder: PublicationFolder) -> None:
    copy = folder.back_up()
    folder.subscribe("nouvelle@exemple.fr")
    with folder.store.read() as tx:
        lost = subscribers.find_by_email(tx, "nouvelle@exemple.fr")
    folder.unsubscribe(PEOPLE[0])
    folder.restore(copy)
    folder.subscribe("autre@exemple.fr")
    with folder.store.read() as tx:
        other = subscribers.find_by_email(tx, "autre@exemple.fr")
    assert lost
    assert other
    assert other.id > lost.id


def test_restoring_the_same_backup_twice_reuses_no_id(folder: PublicationFolder) -> None:
    first, second = folder.back_up(), folder.back_up()
    ids: list[int] = []
    for copy in (first, second, ""):
        folder.subscribe(f"new{len(ids)}@exemple.fr")
        with folder.store.read() as tx:
            person = subscribers.find_by_email(tx, f"new{len(ids)}@exemple.fr")
        assert person
        ids.append(person.id)
        if copy:
            folder.restore(copy)
    assert all(recovered.lacks_people for recovered in folder.recoveries)
    assert ids == sorted(set(ids))
    assert ids[2] - ids[1] > 1000


def test_an_empty_database_in_a_used_folder_reuses_no_id(folder: PublicationFolder, tmp_path: Path) -> None:
    with folder.store.read() as tx:
        last = dialects.last_id(tx, schema.subscriber)
    folder.restore(f"sqlite:///{tmp_path / 'other.db'}")
    folder.subscribe("nouvelle@exemple.fr")
    with folder.store.read() as tx:
        person = subscribers.find_by_email(tx, "nouvelle@exemple.fr")
    assert person
    assert person.id > last
    assert folder.recoveries == []


def plan_campaign(
    folder: PublicationFolder, edition: Edition = EDITION_WITH_TOKEN, **terms: object
) -> planning.Planned:
    given = planning.PlanOptions("post", 4, SendOptions(), **terms)  # type: ignore[arg-type] # its fields
    return planning.plan(folder.store, edition, AUDIENCE, given, now=BEGIN)


def claim_chunk(folder: PublicationFolder, number: int, sequence: int, *, accept: bool = True) -> str:
    """Claim a chunk, record it as accepted, and return the token of the attempt."""
    with folder.store.write() as tx:
        campaign = campaigns.find_by_id(tx, number)
        assert campaign
        claimant = Claimant("h:1:1", f"{sequence:032d}", NOW, NOW + 600_000)
        held = chunks.claim(tx, campaign, sequence, claimant)
        assert held
    if accept:
        with folder.store.write() as tx:
            assert chunks.record(tx, held, [Part(ChunkState.ACCEPTED)], [], NOW)
    return held.token


def test_chunks_sent_after_the_backup_are_claimed_and_the_campaign_is_held(folder: PublicationFolder) -> None:
    campaign = plan_campaign(folder).campaign
    claim_chunk(folder, campaign.id, 0)
    copy = folder.back_up()
    token = claim_chunk(folder, campaign.id, 1)
    folder.restore(copy)
    assert folder.recoveries == [Recovered(claims=1, held=(campaign.id,), is_older=True)]
    with folder.store.read() as tx:
        states = {chunk.sequence: chunk.state for chunk in chunks.list_chunks(tx, campaign.id, *ChunkState)}
        again = attempts.find(tx, campaign.id, 1, 1)
    assert states == {0: ChunkState.ACCEPTED, 1: ChunkState.CLAIMED, 2: ChunkState.READY}
    assert again
    assert again.token == token
    with pytest.raises(Refused, match="database_restored"):
        database_copy.require_own_database(folder.store)
    database_copy.adopt(folder.store, NOW)
    database_copy.require_own_database(folder.store)


def test_evidence_does_not_resolve_a_chunk_that_was_split_after_the_backup(folder: PublicationFolder) -> None:
    campaign = plan_campaign(folder).campaign
    copy = folder.back_up()
    with folder.store.write() as tx:
        chunks.limit_size(tx, campaign.id, 0, 1, NOW)
    name = f"{campaign.id}.0.1.{claim_chunk(folder, campaign.id, 0)[:8]}"
    folder.restore(copy)
    with folder.store.read() as tx:
        assert attempts.find_by_names(tx, [name]) == []
        states = {chunk.sequence: chunk.state for chunk in chunks.list_chunks(tx, campaign.id, *ChunkState)}
    assert states[0] is ChunkState.CLAIMED


def test_a_campaign_lost_by_the_restore_cannot_be_sent_again_as_new(folder: PublicationFolder) -> None:
    copy = folder.back_up()
    campaign = plan_campaign(folder).campaign
    claim_chunk(folder, campaign.id, 0)
    folder.restore(copy)
    assert folder.recoveries == [Recovered(sendings=1, is_older=True)]
    assert [lost.slug for lost in database_copy.list_lost_sendings(folder.store)] == ["un"]
    with folder.store.read() as tx:
        brought = campaigns.find_campaign_list(tx, campaign.id)  # whoever has the message leaves by its link
    assert brought
    assert brought.list_name == "tous"
    database_copy.adopt(folder.store, NOW)
    for edition in (
        EDITION_WITH_TOKEN,
        replace(EDITION_WITH_TOKEN, issue_id="other"),
        replace(EDITION_WITH_TOKEN, issue_id="x", digest="f" * 64),
    ):
        with pytest.raises(Refused, match="went_out"):
            plan_campaign(folder, edition)
    again = plan_campaign(folder, intended_repeats=(campaign.id,))
    assert again.is_new
    assert again.campaign.id > campaign.id


def test_a_lost_campaign_that_never_began_is_not_reported_as_sent(folder: PublicationFolder) -> None:
    copy = folder.back_up()
    plan_campaign(folder)
    folder.restore(copy)
    assert database_copy.list_lost_sendings(folder.store) == []
    assert folder.recoveries == [Recovered(is_older=True)]


def test_the_next_claim_notices_a_database_restored_during_sending(folder: PublicationFolder) -> None:
    campaign = plan_campaign(folder).campaign
    with folder.store.write(remember=False) as tx:
        before = tx.execute(sa.text("SELECT position FROM host_memory")).scalar_one()
    folder.unsubscribe(PEOPLE[3])
    with folder.store.write(remember=False) as tx:  # as the older copy would have it
        tx.execute(sa.text("UPDATE host_memory SET position = :before"), {"before": before})
        tx.execute(sa.text("UPDATE subscription SET status = 'confirmed'"))
        tx.execute(sa.text("DELETE FROM journal WHERE action = 'unsubscribed'"))
    with pytest.raises(DatabaseBehind):
        claim_chunk(folder, campaign.id, 0)

    def work(tx: sa.Connection) -> object:
        found = campaigns.find_by_id(tx, campaign.id)
        assert found
        return chunks.claim(tx, found, 0, Claimant("h:1:1", "t", NOW, NOW + 600_000))

    assert folder.store.change(work) is None  # it is held now
    assert folder.list_mailable() == people_except(3)
    assert [recovered.departures for recovered in folder.recoveries] == [1]


KILLED = """
import os, signal, sys
from newsletter.storage import address_hash, database, host_memory
from newsletter.storage.subscribers import subscribers, lists
from newsletter.storage.campaigns import chunks, campaigns
from newsletter.storage.campaigns.chunks import Claimant
from newsletter.model.subscribers import Method, Provenance
url, folder, key, what, point = sys.argv[1:]
stamp = database.PublicationIdentity("lettre.example.org", address_hash.fingerprint(key))
store = database.open_store(url, stamp, 0, host_memory.Memory(host_memory.Path(folder) / host_memory.FILE))
honest = getattr(host_memory.OpenFile, point)
def dying(*arguments, **options):
    if point == "append":
        honest(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(host_memory.OpenFile, point, dying)
with store.write() as tx:
    if what == "leave":
        person, target = subscribers.find_by_email(tx, "p03@exemple.fr"), lists.find(tx, "tous")
        subscribers.unsubscribe(tx, [person.id], [target.id], Provenance(Method.FORM), 1795000000010)
    else:
        chunks.claim(tx, campaigns.find_by_id(tx, 1), 0, Claimant("h:1:1", "t", 1795000000000, 1795000600000))
"""


@pytest.mark.parametrize("point", ["append", "confirm"])
@pytest.mark.parametrize("action", ["leave", "claim"])
def test_a_kill_between_memory_file_and_commit_loses_nothing(
    folder: PublicationFolder, action: str, point: str
) -> None:
    """`append`: the change is in the file and not committed. `confirm`: it is committed and not confirmed in the file."""
    campaign = plan_campaign(folder).campaign
    folder.store.close()
    killed = Program((folder.url, str(folder.path), KEY, action, point), code=KILLED)
    child = commands.run(killed, cwd=folder.path)
    assert child.returncode == -signal.SIGKILL, child.stderr
    folder.reopen()
    database_copy.require_own_database(folder.store)  # a crash is no copy
    assert folder.list_mailable() == (people_except(3) if action == "leave" else PEOPLE)
    assert folder.recoveries == ([Recovered(departures=1)] if (action, point) == ("leave", "append") else [])
    with folder.store.read() as tx:
        (first, *_) = chunks.list_chunks(tx, campaign.id, *ChunkState)
    wanted = ChunkState.CLAIMED if (action, point) == ("claim", "confirm") else ChunkState.READY
    assert first.state is wanted
    folder.unsubscribe(PEOPLE[5])
    folder.reopen()
    assert len(folder.recoveries) == (1 if (action, point) == ("leave", "append") else 0)


def test_an_incomplete_line_of_the_memory_file_is_ignored(folder: PublicationFolder) -> None:
    copy = folder.back_up()
    with (folder.path / host_memory.FILE).open("ab") as file:
        file.write(b'[{"left": "00')
    folder.reopen()
    folder.unsubscribe(PEOPLE[3])
    folder.restore(copy)
    assert folder.list_mailable() == people_except(3)


def test_a_copied_folder_is_refused_until_adopted(folder: PublicationFolder, tmp_path: Path) -> None:
    database_copy.require_own_database(folder.store)
    copied = tmp_path.parent / f"{tmp_path.name}-copy"
    shutil.copytree(tmp_path, copied)
    folder.path = copied
    folder.reopen()
    with pytest.raises(Refused, match="folder_is_a_copy"):
        database_copy.require_own_database(folder.store)
    database_copy.adopt(folder.store, NOW)
    database_copy.require_own_database(folder.store)
    folder.unsubscribe(PEOPLE[3])
    folder.reopen()
    database_copy.require_own_database(folder.store)


@pytest.mark.parametrize("how", ["moved", "another machine", "put back as a file"])
def test_a_moved_or_restored_memory_file_is_recognised_as_a_copy(
    folder: PublicationFolder, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / host_memory.FILE
    if how == "moved":
        moved = tmp_path.parent / f"{tmp_path.name}-moved"
        moved.mkdir()
        file = file.rename(moved / host_memory.FILE)
    elif how == "another machine":
        other = tmp_path / "machine-id"
        other.write_text("0123456789abcdef")
        monkeypatch.setattr(memory_location, "_MACHINE", other)
    else:
        shutil.copy(file, f"{file}.bak")
        Path(f"{file}.bak").replace(file)
    folder.path = file.parent
    folder.reopen()
    with pytest.raises(Refused, match="folder_is_a_copy"):
        database_copy.require_own_database(folder.store)


def test_a_database_moved_to_a_folder_without_memory_is_refused(tmp_path: Path) -> None:
    """The folder has no memory, and the SQLite file was used in another folder."""
    made = PublicationFolder(f"sqlite:///{tmp_path / 'newsletter.db'}", tmp_path, None)
    made.subscribe(*PEOPLE, at=NOW)
    other = tmp_path / "elsewhere"
    other.mkdir()
    copy = made.back_up()
    made.path = other
    made.restore(copy)
    with pytest.raises(Refused, match="database_restored"):
        database_copy.require_own_database(made.store)
    made.store.close()


def test_a_deleted_memory_file_is_created_again(folder: PublicationFolder) -> None:
    (folder.path / host_memory.FILE).unlink()
    with pytest.raises(DatabaseBehind):
        folder.unsubscribe(PEOPLE[3])
    folder.unsubscribe(PEOPLE[3])
    folder.reopen()
    database_copy.require_own_database(folder.store)
    assert folder.list_mailable() == people_except(3)


def test_a_full_disk_rolls_back_the_change_of_the_database(
    folder: PublicationFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(host_memory.OpenFile, "append", full)
        with pytest.raises(OSError, match="No space"):
            folder.unsubscribe(PEOPLE[3])
    assert folder.list_mailable() == PEOPLE
    folder.unsubscribe(PEOPLE[3])
    folder.reopen()
    assert (folder.list_mailable(), folder.recoveries) == (people_except(3), [])


TEXT = (
    "Les ateliers rouvrent doucement, et leurs portes donnent sur la rue. On y vient le soir, quand la lampe est"
    " allumée, pour réparer une roue, recoller une chaise, et parler de tout ce qui casse."
)
OTHER = (
    "Cette semaine, rien ne rouvre. Le fleuve est monté jusqu’aux marches, et l’on a rangé les vélos au premier"
    " étage, parmi les livres, en attendant que l’eau redescende."
)
FIRST = replace(EDITION_WITH_TOKEN, slug="ateliers", subject="Les ateliers", text=TEXT)
SAME: list[tuple[str, Edition, str | None]] = [
    ("another id", replace(FIRST, issue_id="2"), "went_out_edition"),
    ("another id and text", replace(FIRST, issue_id="2", digest="2" * 64, text=OTHER), "went_out_slug"),
    ("renamed", replace(FIRST, issue_id="2", slug="x", digest="2" * 64), "went_out_text"),
    (
        "renamed and mended",
        replace(FIRST, issue_id="2", slug="x", digest="2" * 64, text=TEXT.replace("roue", "jante")),
        "went_out_text",
    ),
    (
        "renamed, with more in it",
        replace(FIRST, issue_id="2", slug="x", digest="2" * 64, subject="les  ATELIERS", text=f"{OTHER} {TEXT}"),
        "went_out_text",
    ),
    ("the subject alone", replace(FIRST, issue_id="2", slug="x", digest="2" * 64, text=OTHER), None),
    ("another issue", replace(FIRST, issue_id="2", slug="x", digest="2" * 64, subject="Le fleuve", text=OTHER), None),
]


@pytest.mark.parametrize(("how", "edition", "refused"), SAME, ids=[how for how, *_ in SAME])
def test_an_issue_that_resembles_a_sent_one_is_refused_until_confirmed(
    folder: PublicationFolder, how: str, edition: Edition, refused: str | None
) -> None:
    first = plan_campaign(folder, FIRST).campaign
    if refused is None:
        alike = planning.require_new(folder.store, edition, AUDIENCE)
        assert [similar.campaign_id for similar in alike] == ([first.id] if how == "the subject alone" else [])
        assert plan_campaign(folder, edition).is_new
        return
    with pytest.raises(Refused, match=refused):
        planning.require_new(folder.store, edition, AUDIENCE)
    with pytest.raises(Refused, match=refused):
        plan_campaign(folder, edition, intended_repeats=(first.id + 1,))
    assert plan_campaign(folder, edition, intended_repeats=(first.id,)).is_new


def test_an_issue_cancelled_before_delivery_may_be_sent_under_another_id(folder: PublicationFolder) -> None:
    first = plan_campaign(folder, FIRST).campaign
    with folder.store.write() as tx:
        chunks.cancel_ready(tx, first.id, NOW)
    assert plan_campaign(folder, replace(FIRST, issue_id="2")).is_new


def test_planning_one_issue_under_two_ids_makes_one_campaign(folder: PublicationFolder) -> None:
    """The check is repeated in the transaction that plans."""
    assert planning.require_new(folder.store, replace(FIRST, issue_id="2"), AUDIENCE) == []
    plan_campaign(folder, FIRST)
    with pytest.raises(Refused, match="went_out"):
        plan_campaign(folder, replace(FIRST, issue_id="2"))


def test_raise_ids_never_lowers_the_next_id(folder: PublicationFolder) -> None:
    with folder.store.write() as tx:
        (before,) = dialects.next_ids(tx, schema.subscriber, 1)
        dialects.raise_ids(tx, schema.subscriber, before + 5)
        (after,) = dialects.next_ids(tx, schema.subscriber, 1)
        dialects.raise_ids(tx, schema.subscriber, 1)
        (again,) = dialects.next_ids(tx, schema.subscriber, 1)
    assert after == before + 6
    assert again >= after

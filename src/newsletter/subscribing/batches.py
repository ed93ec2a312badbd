"""One batch of a table: its rows read, put where they belong, and taken in, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy.engine import Connection

from newsletter.model.people import (
    Arrival,
    MailingList,
    Method,
    OptIn,
    Provenance,
    RejectedRow,
    Status,
    Suppression,
    SuppressionReason,
    Taken,
)
from newsletter.store import arrivals, lists, subscribers
from newsletter.store.engine import Store, address_mac, fingerprint
from newsletter.subscribing import addresses, origins, rows
from newsletter.subscribing.job import KEPT, Door, Report, Wanted
from newsletter.subscribing.origins import Origin, State
from newsletter.subscribing.reading import Row, Table
from newsletter.subscribing.rejects import Rejects
from newsletter.subscribing.rows import Layout, RowError


class _Undone(Exception):  # noqa: N818 - how a rehearsal's transaction is undone
    pass


@dataclass(slots=True)
class Batches:
    """Takes the batches of one table in."""

    store: Store
    wanted: Wanted
    door: Door
    origin: Origin
    table: Table
    rejects: Rejects
    report: Report
    people: dict[str, Arrival] = field(default_factory=dict)
    hashes: dict[bytes, Suppression] = field(default_factory=dict)
    lists: dict[str, MailingList] = field(default_factory=dict)
    shape: Layout = field(init=False)

    def __post_init__(self) -> None:
        escaped = self.origin.escapes or origins.REASON in self.table.columns  # a file of rejects
        origin = replace(self.origin, escapes=escaped and not self.table.is_json)
        self.shape = rows.layout(self.table.columns, origin, self.wanted.columns)

    def take(self, batch: tuple[Row, ...]) -> None:
        """One transaction, which begins when the rows are read: others want to write too."""
        self.people, self.hashes = {}, {}
        read = [(row, self._read(row)) for row in batch]
        try:
            with self.store.write() as tx:
                self._look(tx)
                for row, person in read:
                    self._row(tx, row, person)
                fresh = subscribers.suppress_many(tx, self.hashes)
                taken = arrivals.take_in(tx, list(self.people.values()), self._provenance(), self.door.now)
                if self.wanted.rehearsal:
                    raise _Undone  # noqa: TRY301 - a rehearsal ends here, whatever it wrote
        except _Undone:
            pass
        self._count(taken, len(batch), len(fresh))

    def _provenance(self) -> Provenance:
        file, member = self.wanted.path.name, self.table.name
        source = rows.clean(file if member == file else f"{file}/{member}")
        return Provenance(Method.IMPORT, source, rows.exact(self.wanted.words))

    def _look(self, tx: Connection) -> None:
        self.lists = {one.name: one for one in lists.every(tx)}
        if self.wanted.list_name:
            self._list(tx, self.wanted.list_name)

    def _list(self, tx: Connection, name: str, opt_in: OptIn = OptIn.SINGLE) -> MailingList:
        if name not in self.lists:
            self.lists[name] = lists.make(tx, name, self.door.now, opt_in)
        return self.lists[name]

    def _count(self, taken: Taken, rows_: int, fresh: int) -> None:
        report = self.report
        report.rows += rows_
        report.added += taken.added
        report.updated += taken.updated
        report.unchanged += taken.unchanged + len(self.hashes) - fresh
        report.kept_out += taken.kept_out
        report.suppressed += taken.suppressed + fresh

    def _read(self, row: Row) -> tuple[Arrival, State] | None:
        """Who a row is about; None for a note, or where it is refused."""
        if self._is_note(row):
            return None
        try:
            return rows.person(row, self.shape, self._mac)
        except RowError as error:
            self._refuse(row, str(error))
            return None

    def _is_note(self, row: Row) -> bool:
        return self.origin is origins.OURS and "email" not in row.cells and not row.problem

    def _row(self, tx: Connection, row: Row, read: tuple[Arrival, State] | None) -> None:
        try:
            if read:
                self._place(tx, row, *read)
                self._add(row, read[0])
            elif self._is_note(row):
                self._note(tx, row)
        except RowError as error:
            self._refuse(row, str(error))

    def _add(self, row: Row, arrival: Arrival) -> None:
        meant = addresses.probably_meant(arrival.email)
        if meant:
            self._doubt(RejectedRow(row.line, "row_probably_mistyped", meant, self._member()))
        before = self.people.get(arrival.email)
        self.report.unchanged += before is not None
        self.people[arrival.email] = _merged(before, arrival) if before else arrival

    def _mac(self, email: str) -> bytes:
        return address_mac(self.door.suppression_key, email)

    def _note(self, tx: Connection, row: Row) -> None:
        """What our exports say besides people: lists, and hashes of who is not on file any more."""
        try:
            if "opt_in" in row.cells:
                self._list(tx, rows.label(str(row.cells["list"])), OptIn(str(row.cells["opt_in"])))
                return
            if row.cells["key"] != fingerprint(self.door.suppression_key):
                raise RowError("row_hash_of_another_key")
            mac = bytes.fromhex(str(row.cells["suppressed_hash"]))
            reason, at = SuppressionReason(str(row.cells["reason"])), rows.when(row.cells.get("at", ""))
            self.hashes[mac] = Suppression(reason, at or self.door.now)
        except (ValueError, KeyError) as error:
            raise RowError("row_export_broken") from error

    def _place(self, tx: Connection, row: Row, arrival: Arrival, state: State) -> None:
        """Puts an arrival where it belongs: its own lists, or the one that was asked for."""
        if not state.is_clear:
            raise RowError("row_state_unclear")
        arrival.tags = tuple(dict.fromkeys((*arrival.tags, *self.wanted.tags)))
        if self.origin is origins.OURS:
            statuses, state = rows.restored(row, arrival, self.shape)
            arrival.subscriptions = {
                self._list(tx, rows.label(name)).id: status for name, status in statuses.items() if rows.label(name)
            }
        elif self.wanted.list_name and not self.origin.only_columns:
            target = self.lists[self.wanted.list_name]
            arrival.subscriptions = {target.id: state.status or target.opt_in.first_status}
        arrival.suppressed = state.suppressed
        arrival.on_file = (bool(arrival.subscriptions) and state.suppressed is None) or self.origin is origins.OURS
        if not arrival.on_file:
            arrival.tags = ()

    def _member(self) -> str:
        return "" if self.table.name == self.wanted.path.name else self.table.name

    def _refuse(self, row: Row, code: str) -> None:
        value = next((str(cell) for column, cell in row.cells.items() if self._is_address(column)), "")
        shown = rows.clean(value or str(next(iter(row.cells.values()), "")))[:200]
        self.report.refused += 1
        if len(self.report.rejected) < KEPT:
            self.report.rejected.append(RejectedRow(row.line, code, shown, self._member()))
        self.rejects.add(row, code, shown)

    def _is_address(self, column: str) -> bool:
        return self.shape.fields.get(column) == "email"

    def _doubt(self, typo: RejectedRow) -> None:
        self.report.doubtful += 1
        if len(self.report.typos) < KEPT:
            self.report.typos.append(typo)


def _merged(first: Arrival, second: Arrival) -> Arrival:
    """One person from two rows: the later one knows better, but whoever left in either has left."""
    second.first_name = second.first_name or first.first_name
    second.last_name = second.last_name or first.last_name
    second.language = second.language or first.language
    second.attributes = {**first.attributes, **second.attributes}
    second.tags = tuple(dict.fromkeys((*first.tags, *second.tags)))
    gone = {list_id: status for list_id, status in first.subscriptions.items() if status is Status.UNSUBSCRIBED}
    second.subscriptions = {**first.subscriptions, **second.subscriptions, **gone}
    second.suppressed = first.suppressed or second.suppressed
    second.on_file = first.on_file and second.on_file
    second.at = min(filter(None, (first.at, second.at)), default=0)
    return second

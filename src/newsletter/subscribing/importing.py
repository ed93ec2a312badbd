"""Rows to people, in batches that stand alone.

A killed import has taken a whole number of batches and is simply run again: nothing is taken twice,
nobody who left is brought back, and what was taken before is counted as unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from more_itertools import batched
from sqlalchemy.engine import Connection

from newsletter.errors import InputError, SubscribersError
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
from newsletter.subscribing import addresses, origins, reading, rows
from newsletter.subscribing.origins import Origin, State
from newsletter.subscribing.reading import Row, Table
from newsletter.subscribing.rejects import Rejects
from newsletter.subscribing.rows import Layout, RowError

BATCH = 20_000
"""Rows a transaction."""
KEPT = 1_000
"""Refused rows and probable typing mistakes that a report holds; the file of rejects has them all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to import, and how."""

    path: Path
    list_name: str = ""
    """Where people go whose table does not say; needed but for exports of ours and of suppressions."""
    tags: tuple[str, ...] = ()
    words: str = ""
    """What these people agreed to, exactly as it was shown to them."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column → field, where names do not tell."""
    origin: str = ""
    """Whose export it is, where that cannot be seen."""
    rehearsal: bool = False
    """Everything is done and undone again, batch by batch."""


@dataclass(slots=True)
class Report:
    """What became of the rows; `rejected` and `typos` hold `KEPT` at most."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept_out: int = 0
    suppressed: int = 0
    refused: int = 0
    doubtful: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    typos: list[RejectedRow] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    """Of rejects."""
    origins: list[str] = field(default_factory=list)
    """Whose exports the tables were taken for."""


@dataclass(frozen=True, slots=True)
class Door:
    """Whoever imports: the key of the hashes, the clock, the words for a refusal, and who watches."""

    suppression_key: str
    now: int
    explain: Callable[[str, str], str]
    notify: Callable[[int], None] = lambda _rows: None
    expect: Callable[[int], None] = lambda _rows: None


class _Undone(Exception):  # noqa: N818 - how a rehearsal's transaction is undone
    pass


def import_file(store: Store, wanted: Wanted, door: Door) -> Report:
    """Takes the people of a file in; InputError where the file, a column or the list cannot be used."""
    report = Report()
    for table in _tables(wanted):  # all of them, before the first one is taken in
        report.origins.append(_checked(wanted, table).name)
        door.expect(table.lines)
    if not report.origins:
        raise SubscribersError("archive_without_tables", path=wanted.path)
    for table in _tables(wanted):
        _import_table(store, wanted, door, table, report)
    if report.rows >= BATCH and not wanted.rehearsal:
        store.learn()
    return report


def _tables(wanted: Wanted) -> Iterator[Table]:
    return reading.tables(wanted.path, lambda columns: rows.recognises(columns, wanted.columns))


def _checked(wanted: Wanted, table: Table) -> Origin:
    """Whose export a table is; an error where it cannot be taken in as it is."""
    origin = origins.recognised(table.columns, table.name, wanted.origin)
    rows.require_fields(wanted.columns, table.columns, wanted.path)
    if not rows.recognises(table.columns, wanted.columns):
        found, known = ", ".join(table.columns)[:100] or "—", ", ".join(origins.COLUMNS["email"][:8])
        raise SubscribersError("csv_without_address_column", path=wanted.path, found=found, wanted=known)
    if origin is origins.OURS and wanted.list_name:
        raise InputError("import_list_given", list=wanted.list_name)
    if origin is not origins.OURS and not origin.only_columns and not wanted.list_name:
        raise InputError("import_list_missing")
    if not wanted.origin and origins.is_bare_suppression(table.columns, origin):
        raise InputError("import_suppression_unclear", file=table.name)
    doubt = origins.unclear([name for name in table.columns if not _mapped(wanted, name)], origin)
    if doubt:
        raise InputError("import_state_unclear", file=table.name, column=doubt)
    return origin


def _mapped(wanted: Wanted, column: str) -> bool:
    return origins.folded(column) in map(origins.folded, wanted.columns)


def _import_table(store: Store, wanted: Wanted, door: Door, table: Table, report: Report) -> None:
    origin = origins.recognised(table.columns, table.name, wanted.origin)
    rejects = Rejects(wanted.path, table, door.explain)
    batches = _Batches(store, wanted, door, origin, table, rejects, report)
    finished = False
    try:
        for batch in batched(table.rows, BATCH):
            batches.take(batch)
            door.notify(len(batch))
        finished = True
    finally:
        place = rejects.close(keep=finished and not wanted.rehearsal)
        report.files += [place] if place else []


@dataclass(slots=True)
class _Batches:
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
        """One transaction."""
        self.people, self.hashes = {}, {}
        try:
            with self.store.write() as tx:
                self._look(tx)
                for row in batch:
                    self._row(tx, row)
                taken = arrivals.take_in(tx, list(self.people.values()), self._provenance(), self.door.now)
                fresh = subscribers.suppress_many(tx, self.hashes)
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

    def _row(self, tx: Connection, row: Row) -> None:
        try:
            if self.origin is origins.OURS and "email" not in row.cells:
                self._note(tx, row)
                return
            arrival, state = rows.person(row, self.shape, self._mac)
            self._place(tx, row, arrival, state)
        except RowError as error:
            self._refuse(row, str(error))
            return
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

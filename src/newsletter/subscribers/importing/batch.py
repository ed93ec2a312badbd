"""One batch of a table: read its rows, assign lists and tags, and upsert the people in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from newsletter.model.subscribers import (
    STATUS_MOVES,
    MailingList,
    Method,
    OptIn,
    Provenance,
    RejectedRow,
    Status,
    SubscriberUpsert,
    Suppression,
    SuppressionReason,
    UpsertCounts,
)
from newsletter.storage import Transaction
from newsletter.storage.address_hash import address_mac, fingerprint
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, subscribers, upsert
from newsletter.subscribers import addresses
from newsletter.subscribers.importing import row_mapping, source_formats
from newsletter.subscribers.importing.dates import DateReader
from newsletter.subscribers.importing.layout import TablePlan
from newsletter.subscribers.importing.options import KEPT, ImportCallbacks, ImportOptions, Report
from newsletter.subscribers.importing.rejects import Rejects
from newsletter.subscribers.importing.row_mapping import RowError
from newsletter.subscribers.importing.source_formats import Origin, State
from newsletter.subscribers.importing.table import Row, Table


class _RollBack(Exception):  # noqa: N818 - not an error: rolls back the transaction of a dry run
    pass


_NO_LISTS: Mapping[str, Status] = MappingProxyType({})
_Read = tuple[SubscriberUpsert, State, Mapping[str, Status]]
"""A person, their state, and their statuses by list name if the row gives them."""


@dataclass(slots=True)
class Batches:
    """The import of one table, batch by batch."""

    store: Store
    options: ImportOptions
    callbacks: ImportCallbacks
    plan: TablePlan
    table: Table
    report: Report
    people: dict[str, SubscriberUpsert] = field(default_factory=dict)
    hashes: dict[bytes, Suppression] = field(default_factory=dict)
    lists: dict[str, MailingList] = field(default_factory=dict)
    opt_ins: dict[str, OptIn] = field(default_factory=dict)
    """List name → opt-in, from the table."""
    rejects: Rejects = field(init=False)

    def __post_init__(self) -> None:
        self.rejects = Rejects(self.options.path, self.table, self.callbacks.explain, self.options.permissions)

    @property
    def origin(self) -> Origin:
        """Return the program that exported the table."""
        return self.plan.origin

    def import_rows(self, batch: Iterable[Row]) -> int:
        """Import rows and return how many.

        The transaction begins after all rows are read, so that other writers wait as little as possible.
        """
        self.people, self.hashes = {}, {}
        before = self.report.rows
        mapped_rows = [mapped for row in batch if (mapped := self._read_row(row))]
        if self.report.rows == before:
            return 0
        try:
            with self.store.write() as tx:
                self._load_lists(tx)
                for mapped in mapped_rows:
                    self._add(self._assign_lists(tx, *mapped))
                fresh = subscribers.suppress_many(tx, self.hashes)
                counts = upsert.upsert_subscribers(
                    tx, list(self.people.values()), self._provenance(), self.callbacks.now_ms
                )
                if self.options.rehearsal:
                    raise _RollBack  # noqa: TRY301 - a dry run rolls back everything it wrote
        except _RollBack:
            pass
        self._add_counts(counts, len(fresh))
        return self.report.rows - before

    def _provenance(self) -> Provenance:
        file, member = self.options.path.name, self.table.name
        source = row_mapping.clean(file if member == file else f"{file}/{member}")
        return Provenance(Method.IMPORT, source, row_mapping.remove_broken(self.options.words))

    def _load_lists(self, tx: Transaction) -> None:
        self.lists = {mailing_list.name: mailing_list for mailing_list in lists.list_all(tx)}
        for name in filter(None, (self.options.list_name, *self.opt_ins)):
            self._get_list(tx, name)

    def _get_list(self, tx: Transaction, name: str) -> MailingList:
        if name not in self.lists:
            self.lists[name] = lists.get_or_create(
                tx, name, self.callbacks.now_ms, self.opt_ins.get(name, OptIn.SINGLE)
            )
        return self.lists[name]

    def _add_counts(self, counts: UpsertCounts, fresh: int) -> None:
        report = self.report
        report.added += counts.added
        report.updated += counts.updated
        report.unchanged += counts.unchanged + len(self.hashes) - fresh
        report.kept_out += counts.kept_out
        report.suppressed += counts.suppressed + fresh

    def _read_row(self, row: Row) -> _Read | None:
        """Return the person in a row; None if the row is a note (a list or a hash), or is refused."""
        self.report.rows += 1
        try:
            if self.origin is source_formats.OURS and "email" not in row.cells and not row.problem:
                self._read_note(row)
                return None
            found = self._map_own_export(row) if self.origin is source_formats.OURS else self._map_row(row)
        except RowError as error:
            self._refuse(row, error)
            return None
        meant = addresses.suggest_correction(found[0].email)
        if meant:
            self._add_typo(RejectedRow(row.line, "row_probably_mistyped", meant, self._member_name()))
        return found

    def _map_row(self, row: Row) -> _Read:
        change, state, unread = row_mapping.map_row(row, self.plan.layout, self._mac)
        if not state.is_clear:
            raise RowError("row_state_unclear")
        if unread and len(self.report.unread_dates) < KEPT:
            self.report.unread_dates.append(RejectedRow(row.line, "row_date_unread_gone", unread, self._member_name()))
        return change, state, _NO_LISTS

    def _map_own_export(self, row: Row) -> _Read:
        change, _, _ = self._map_row(row)
        statuses, state = row_mapping.map_own_export(row, change, self.plan.layout)
        return (
            change,
            state,
            {name: status for typed, status in statuses.items() if (name := row_mapping.clean_label(typed))},
        )

    def _read_note(self, row: Row) -> None:
        """Read a row of our own exports that is not a person: a list, or the hash of a suppressed address.

        Raise RowError if the row is broken, or if the hash was made with another key.
        """
        try:
            if "opt_in" in row.cells:
                self.opt_ins[row_mapping.clean_label(str(row.cells["list"]))] = OptIn(str(row.cells["opt_in"]))
                return
            if row.cells["key"] != fingerprint(self.callbacks.suppression_key):
                raise RowError("row_hash_of_another_key")
            mac = bytes.fromhex(str(row.cells["suppressed_hash"]))
            reason, at = SuppressionReason(str(row.cells["reason"])), DateReader().read(row.cells.get("at", ""))
            self.hashes[mac] = Suppression(reason, at or self.callbacks.now_ms)
        except (ValueError, KeyError) as error:
            raise RowError("row_export_broken") from error

    def _mac(self, email: str) -> bytes:
        return address_mac(self.callbacks.suppression_key, email)

    def _assign_lists(
        self, tx: Transaction, change: SubscriberUpsert, state: State, named: Mapping[str, Status]
    ) -> SubscriberUpsert:
        """Set the lists, tags and suppression of a person: the lists of the row, or the list that the operator gave."""
        if self.options.tags:
            change.tags = tuple(dict.fromkeys((*change.tags, *self.options.tags)))
        if named:
            change.subscriptions = {self._get_list(tx, name).id: status for name, status in named.items()}
        elif self.options.list_name and not self.origin.only_columns:
            target = self.lists[self.options.list_name]
            change.subscriptions = {target.id: state.status or target.opt_in.first_status}
        change.suppressed = state.suppressed
        change.on_file = self.origin is source_formats.OURS or (bool(change.subscriptions) and state.suppressed is None)
        if not change.on_file:
            change.tags = ()
        return change

    def _add(self, change: SubscriberUpsert) -> None:
        before = self.people.setdefault(change.email, change)
        if before is not change:
            _merge(before, change)
            self.report.unchanged += 1

    def _member_name(self) -> str:
        return "" if self.table.name == self.options.path.name else self.table.name

    def _refuse(self, row: Row, error: RowError) -> None:
        value = next((str(cell) for column, cell in row.cells.items() if self._is_address(column)), "")
        shown = error.value or row_mapping.clean(value or str(next(iter(row.cells.values()), "")))[:200]
        self.report.refused += 1
        self.report.reasons[error.code] += 1
        if len(self.report.rejected) < KEPT:
            self.report.rejected.append(RejectedRow(row.line, error.code, shown, self._member_name()))
        self.rejects.add(self._spell_out_dates(row), error.code, shown)

    def _spell_out_dates(self, row: Row) -> Row:
        """Spell out a row's dates for the file of rejects, which may lack the rows that prove the order of a date."""
        layout = self.plan.layout
        dates = {column: row.cells[column] for column in layout.find("created_at") if column in row.cells}
        if not self.plan.has_figures or not dates:
            return row
        return row._replace(
            cells={**row.cells, **{column: layout.dates.spell_out(cell) for column, cell in dates.items()}}
        )

    def _is_address(self, column: str) -> bool:
        return self.plan.layout.fields.get(column) == "email"

    def _add_typo(self, typo: RejectedRow) -> None:
        self.report.doubtful += 1
        if len(self.report.typos) < KEPT:
            self.report.typos.append(typo)


def _merge(first: SubscriberUpsert, second: SubscriberUpsert) -> None:
    """Merge a later row of the same person into an earlier one, with the result of two imports one after the other.

    So it does not matter whether one batch contains both rows. Existing values are completed and not replaced, but
    attributes are replaced; a person who unsubscribed in either row is unsubscribed.
    """
    first.on_file = first.on_file or (second.on_file and first.suppressed is None)
    first.first_name = first.first_name or second.first_name
    first.last_name = first.last_name or second.last_name
    first.language = first.language or second.language
    first.attributes = {**first.attributes, **second.attributes}
    first.tags = tuple(dict.fromkeys((*first.tags, *second.tags)))
    first.suppressed = first.suppressed or second.suppressed
    moves = {
        list_id: status
        for list_id, status in second.subscriptions.items()
        if Method.IMPORT in STATUS_MOVES.get((first.subscriptions.get(list_id), status), ())
    }
    first.subscriptions = {**first.subscriptions, **moves}

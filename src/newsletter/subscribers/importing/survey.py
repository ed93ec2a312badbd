"""Survey a table before anything is imported: decide what its columns become, by the header and, if needed, the cells.

For most files the header is enough. If a column contains dates, or may say who refused, every row is read once: one
order of day and month holds for the whole column, and a single « non » at the end of a file counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from newsletter.subscribers import exporting
from newsletter.subscribers.importing import source_formats
from newsletter.subscribers.importing.dates import DateOrder, DateReader, find_numeric_date
from newsletter.subscribers.importing.layout import TablePlan, build_layout
from newsletter.subscribers.importing.opinions import Answers, Opinion, judge_name
from newsletter.subscribers.importing.options import ImportOptions
from newsletter.subscribers.importing.source_formats import Origin, fold
from newsletter.subscribers.importing.table import Row, Table

_PERSONAL = ("email", "first_name", "last_name", "name", "language", "tags")
_MONTHS, _DAYS = 12, 31


@dataclass(slots=True)
class DateEvidence:
    """Evidence in the dates of one column about the order of day and month."""

    day_first: int = 0
    """Number of rows that can only be day first."""
    month_first: int = 0
    """Number of rows that can only be month first."""
    example: str = ""
    """A date that can be read in both orders."""

    def add(self, cell: object) -> None:
        """Count a cell that is not empty."""
        first, second = find_numeric_date(cell) or (0, 0)
        if _DAYS >= first > _MONTHS >= second > 0:
            self.day_first += 1
        elif _DAYS >= second > _MONTHS >= first > 0:
            self.month_first += 1
        elif not self.example and first != second and max(first, second) <= _MONTHS:
            self.example = str(cell)

    def find_order(self, usual: DateOrder) -> DateOrder:
        """Return the order that most rows prove; `usual` if as many rows prove the one as the other, or no row does."""
        if self.day_first == self.month_first:
            return usual
        return DateOrder.DAY_FIRST if self.day_first > self.month_first else DateOrder.MONTH_FIRST

    @property
    def is_undecided(self) -> bool:
        """Return True if as many rows prove one order as the other, and at least one date needs the decision."""
        return self.day_first == self.month_first and bool(self.example or self.day_first)

    @property
    def is_open(self) -> bool:
        """Return True if no row proves an order, and at least one date is ambiguous."""
        return bool(self.example) and not self.day_first and not self.month_first


@dataclass(slots=True)
class Survey:
    """What was found in one table so far."""

    options: ImportOptions
    origin: Origin
    columns: dict[str, None] = field(default_factory=dict)
    says: list[str] = field(default_factory=list)
    """Columns that may say who refused, by their name alone."""
    answers: dict[str, Answers] = field(default_factory=dict)
    dates: dict[str, DateEvidence] = field(default_factory=dict)

    def add_column(self, column: str) -> None:
        """Record a column, and whether its cells must be read."""
        self.columns[column] = None
        name, chosen = fold(column), _choose(self.options.columns, column)
        if chosen == "created_at" or (chosen is None and name in source_formats.COLUMNS["created_at"]):
            self.dates[column] = DateEvidence()
        if chosen is None and _is_silent(self.origin) and not self._is_known(name):
            opinion = judge_name(column)
            if opinion is Opinion.SAYS:
                self.says.append(column)
            elif opinion is Opinion.ANSWERS:
                self.answers[column] = Answers()

    def _is_known(self, name: str) -> bool:
        return self.origin.ignored.fullmatch(name) is not None or any(
            name in source_formats.COLUMNS[field_] for field_ in _PERSONAL
        )

    def add_row(self, row: Row) -> None:
        """Read the cells of a row that decide something; record columns that are new."""
        for column in row.cells.keys() - self.columns.keys() if not row.problem else ():
            self.add_column(column)
        for watched in (self.answers, self.dates):
            for column, seen in watched.items():
                cell = row.cells.get(column)
                if cell is not None and cell != "":
                    seen.add(cell)

    def find_opinions(self) -> tuple[str, ...]:
        """Return the columns that may say who refused, by their name or by their cells."""
        return (*self.says, *(column for column, seen in self.answers.items() if seen.decide))


def survey_table(table: Table, origin: Origin, options: ImportOptions) -> TablePlan:
    """Survey a table, and return the plan for its import."""
    survey = Survey(options=options, origin=origin)
    for column in table.columns:
        survey.add_column(column)
    if origin is source_formats.OURS:
        survey.columns |= dict.fromkeys(exporting.COLUMNS)
    elif table.is_json or survey.answers or survey.dates:
        for row in table.rows:
            survey.add_row(row)
    layout = build_layout([*survey.columns], _choose_escapes(table, survey), options.columns)
    dates = next(
        (survey.dates[column] for column in layout.find("created_at") if column in survey.dates), DateEvidence()
    )
    return TablePlan(
        name=table.name,
        lines=table.lines,
        origin=origin,
        layout=replace(layout, dates=_choose_reader(survey, dates)),
        opinions=survey.find_opinions(),
        has_figures=bool(dates.example or dates.day_first or dates.month_first),
        open_date=dates.example if dates.is_open else "",
    )


def _choose_escapes(table: Table, survey: Survey) -> Origin:
    """Return the origin, with `escapes` set if the table has apostrophes before formulas."""
    escaped = survey.origin.escapes or source_formats.REASON in survey.columns  # a file of rejects
    return replace(survey.origin, escapes=escaped and not table.is_json)


def _choose_reader(survey: Survey, dates: DateEvidence) -> DateReader:
    """Return the date reader; an hour without a zone is local in a generic file, UTC in a known program's export."""
    zone = survey.options.zone
    usual = find_usual_order(survey.options.language) if dates.is_undecided else DateOrder.DAY_FIRST
    clock = zone if survey.origin is source_formats.GENERIC else dt.UTC
    return DateReader(order=dates.find_order(usual), zone=zone, clock=clock)


def find_usual_order(language: str) -> DateOrder:
    """Return the order in which a language writes dates; day first, as in French, if the language is unknown."""
    from babel import Locale, UnknownLocaleError

    try:
        pattern = str(Locale.parse(language.replace("-", "_")).date_formats["short"].pattern)
    except (UnknownLocaleError, ValueError):
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if pattern.lstrip("y./- ").startswith("M") else DateOrder.DAY_FIRST


def _choose(mapping: Mapping[str, str], column: str) -> str | None:
    """Return the field that the operator gave to a column; None if the operator did not name the column."""
    return next((field_ for typed, field_ in mapping.items() if fold(typed) == fold(column)), None)


def _is_silent(origin: Origin) -> bool:
    """Return True if it is unknown how the origin's exports say who unsubscribed."""
    return origin.state is source_formats.says_nothing and origin is not source_formats.OURS

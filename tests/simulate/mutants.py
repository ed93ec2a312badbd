"""Defects that the program had, put back while it runs: the judge must notice each of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest.mock import patch

import operating
import readers
from simulation import Step

from newsletter.model.subscribers import Subscriber
from newsletter.storage import host_recovery
from newsletter.storage.campaigns import delivery_exceptions, repeats


@dataclass(frozen=True, slots=True)
class Mutant:
    """A function of the program, the broken one, and a life in which that shows."""

    owner: ModuleType
    attribute: str
    broken: Callable[..., Any]
    seed: int
    weights: dict[Step, int]

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Break the program for a while."""
        with patch.object(self.owner, self.attribute, self.broken):
            yield


def partition_by_number_of_rows(tx: Any, list_id: int, ids: Sequence[int]) -> Any:
    """F1: take everybody of the range where they are as many as the wanted ones."""
    rows = delivery_exceptions._read_rows(tx, list_id, ids)
    wanted = set(ids)
    if len(rows) != len(ids):
        rows = [row for row in rows if row[0] in wanted]
    allowed = [*map(Subscriber._make, rows)]
    return allowed, delivery_exceptions._find_reasons(tx, sorted(wanted - {row[0] for row in rows})) if len(rows) < len(
        ids
    ) else []


def find_no_repeats(tx: Any, edition: Any) -> Any:
    """F2: notice only what a folder remembers, not an issue that went out under another id."""
    return [*repeats._list_lost(tx, edition)]


def apply_no_departures(*_: Any) -> int:
    """F7: leave those on the lists who left after the backup was made."""
    return 0


def store_no_lost_sendings(*_: Any) -> set[int]:
    """F8: forget which issues went out after the backup was made."""
    return set()


SENDING: dict[Step, int] = {operating.send: 6, operating.dispatch: 1, operating.wait_for_the_next: 3}
RESTORING: dict[Step, int] = {operating.back_up: 3, operating.restore: 2, operating.adopt: 3}
MUTANTS = {
    "F1": Mutant(
        delivery_exceptions, "partition_deliverable", partition_by_number_of_rows, 5,
        {**SENDING, operating.send_to_the_rest: 4, readers.unsubscribe_by_link: 3, readers.remove_person: 9, readers.come_back: 6},
    ),
    "F2": Mutant(repeats, "find_earlier", find_no_repeats, 3, {**SENDING, operating.edit_issue: 4, operating.send_anything: 6}),
    "F7": Mutant(host_recovery, "_apply_departures", apply_no_departures, 3, {**SENDING, **RESTORING, readers.unsubscribe_by_link: 4, readers.remove_person: 4}),
    "F8": Mutant(
        host_recovery, "_store_lost_sendings", store_no_lost_sendings, 2, {**SENDING, **RESTORING, operating.send_anything: 6}
    ),
}  # fmt: skip

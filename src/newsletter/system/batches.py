"""Batches of equal size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(values: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield tuples of `size` values; the last one may be shorter. `itertools.batched` of Python 3.12."""
    remaining = iter(values)
    while batch := tuple(islice(remaining, size)):
        yield batch

"""Keys that come twice: the ids of all rows so far, sorted in runs, 24 bytes a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

from localstore.vectors.codes import Ids

RUNS = 8
"""Sorted runs that are searched before they are merged into one."""


class Repeat(NamedTuple):
    """A row whose key stood before: its position in its batch, and the number of the first row with that key."""

    row: int
    first: int


class Repeats:
    """Remembers what was seen."""

    def __init__(self) -> None:
        self._runs: list[tuple[Ids, NDArray[numpy.int64]]] = []

    def add(self, ids: Ids, numbers: Sequence[int]) -> list[Repeat]:
        """Note rows; return those whose id was seen before, in their order."""
        rows = numpy.asarray(numbers, dtype=numpy.int64)
        order = numpy.argsort(ids, kind="stable")
        ordered, ranked = ids[order], rows[order]
        again = numpy.zeros(len(ids), dtype=bool)
        again[1:] = ordered[1:] == ordered[:-1]
        first = ranked[numpy.maximum.accumulate(numpy.where(again, 0, numpy.arange(len(ids))))]
        for known, where in self._runs:
            at = numpy.minimum(numpy.searchsorted(known, ordered), len(known) - 1)
            there = known[at] == ordered
            first[there] = where[at[there]]
            again |= there
        self._keep(ordered[~again], ranked[~again])
        found = [Repeat(int(order[at]), int(first[at])) for at in numpy.flatnonzero(again)]
        return sorted(found)

    def _keep(self, ids: Ids, numbers: NDArray[numpy.int64]) -> None:
        if len(ids):
            self._runs.append((ids, numbers))
        if len(self._runs) > RUNS:
            joined = numpy.concatenate([ids for ids, _ in self._runs])
            rows = numpy.concatenate([rows for _, rows in self._runs])
            order = numpy.argsort(joined, kind="stable")
            self._runs = [(joined[order], rows[order])]

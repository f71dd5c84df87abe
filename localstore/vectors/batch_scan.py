"""Batch scan: which rows can be among the nearest of each of many queries, one product of matrices a chunk.

As ``scan``, with a threshold for each query; these are raised as the rows that were seen double in number.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from localstore.vectors import kernels
from localstore.vectors.codes import Estimate, Float64, Ids
from localstore.vectors.scan import ALONE, LOWEST, Part, Wanted, pool, products

CHUNK = 1_024
"""Rows estimated at a time: their keys for a hundred queries stay in a core's cache."""
Rows = NDArray[np.intp]


class Pairs(NamedTuple):
    """Rows that may be among the nearest of a query: ``query``, ``row`` of all parts' rows, bounds of the key (m)."""

    query: Rows
    row: Rows
    lower: Float64
    upper: Float64

    @classmethod
    def joined(cls, several: Sequence[Pairs]) -> Pairs:
        """Return several as one."""
        if not several:
            return cls(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0), np.empty(0))
        query, row, lower, upper = (np.concatenate(column) for column in zip(*several, strict=True))
        return cls(query, row, lower, upper)

    def above(self, thresholds: Float64) -> Pairs:
        """Return those whose upper bound reaches their query's threshold."""
        return self.taken(np.flatnonzero(self.upper >= thresholds[self.query]))

    def taken(self, at: Rows) -> Pairs:
        """Return some of them, in this order."""
        return Pairs(self.query[at], self.row[at], self.lower[at], self.upper[at])


class Candidates(NamedTuple):
    """For each pair its query and its row's id (m)."""

    query: Rows
    ids: Ids


def batch_candidates(parts: Sequence[Part], wanted: Sequence[Wanted], threads: int) -> Candidates:
    """Return the rows that can be among those wanted for each query."""
    small = [part.few() for part in parts]
    batch = _Batch(small, wanted)
    thresholds = np.array([one.floor for one in wanted])
    kept = Pairs.joined([])
    for number, part in enumerate(small):
        found = _scan(batch, part, batch.offsets[number], thresholds, threads)
        kept = Pairs.joined([kept, *found])
        thresholds = batch.raised(kept, thresholds)
        kept = kept.above(thresholds)
    kept = batch.narrowed(kept, thresholds)
    return Candidates(kept.query, batch.ids_of(kept.row))


def _scan(batch: _Batch, part: Part, offset: int, thresholds: Float64, threads: int) -> list[Pairs]:
    if threads < 2 or part.codes.size < ALONE // 8:
        return [batch.scan(part, offset, thresholds)]
    several = part.split(threads)
    offsets = [offset + before for before in accumulate((len(one.ids) for one in several), initial=0)]
    return list(pool(threads).map(batch.scan, several, offsets[:-1], [thresholds] * threads))


class _Batch:
    """The queries of a batch and the parts they are asked of; its methods may run in several threads."""

    def __init__(self, parts: Sequence[Part], wanted: Sequence[Wanted]) -> None:
        self.parts = parts
        self.wanted = wanted
        self.k = wanted[0].k
        self.offsets = list(accumulate((len(part.ids) for part in parts), initial=0))
        self.packed = kernels.packed(np.stack([one.query.code for one in wanted]))
        columns = np.array([one.coded for one in wanted]).T
        self.gain, self.slope, self.base, self.constant = columns

    def scan(self, part: Part, offset: int, thresholds: Float64) -> Pairs:
        """Return the pairs of one part, whose first row is row *offset* of all."""
        kept: list[Pairs] = []
        thresholds = self._first(part, thresholds)
        due = 1
        for number, start in enumerate(range(0, len(part.ids), CHUNK), 1):
            found = self._chunk(part, slice(start, start + CHUNK), offset + start, thresholds)
            if found is not None:
                kept.append(found)
            if number == due and kept:
                due *= 2
                whole = Pairs.joined(kept)
                thresholds = self.raised(whole, thresholds)
                kept = [whole.above(thresholds)]
        return Pairs.joined(kept)

    def _first(self, part: Part, thresholds: Float64) -> Float64:
        """Raise the thresholds by the first rows, while there are too many pairs to sort them."""
        if self.k is None or len(part.ids) < self.k:
            return thresholds
        rows = slice(0, max(self.k, CHUNK))
        share = part.estimate.taken(rows)
        keys = self._keys(part, rows, share)
        if share.offset is None:
            keys *= self.gain
        slack = share.slope[:, None] * self.slope + self.constant
        if share.base is not None:
            slack += share.base[:, None] * self.base
        at = len(keys) - self.k
        reached = np.partition(keys - slack, at, axis=0)[at]
        return np.maximum(thresholds, np.where(np.isfinite(reached), reached, LOWEST))

    def _keys(self, part: Part, rows: slice, share: Estimate) -> Float64:
        """Return the keys of some rows ``(n, q)``, less each query's gain where rows have no offset."""
        keys: Float64 = kernels.dots_of(part.codes[rows], self.packed) * share.gain[:, None]
        if share.offset is not None:
            keys *= self.gain
            keys += share.offset[:, None]
        if part.open is not None:
            keys[~part.open[rows]] = -np.inf
        return keys

    def _chunk(self, part: Part, rows: slice, offset: int, thresholds: Float64) -> Pairs | None:
        share = part.estimate.taken(rows)
        keys = self._keys(part, rows, share)
        most = share.slope.max() * self.slope + self.constant
        if share.base is not None:
            most = most + share.base.max() * self.base
        cut = thresholds - most
        if share.offset is None:  # the query's gain is on the other side of the comparison
            with np.errstate(over="ignore"):  # no threshold yet: any row will do
                cut = np.divide(cut, self.gain, out=np.full_like(cut, LOWEST), where=self.gain > 0)
        flat = np.flatnonzero(keys >= np.maximum(cut, LOWEST))
        if not len(flat):
            return None
        row, query = np.divmod(flat, keys.shape[1])
        near = keys.reshape(-1)[flat]
        if share.offset is None:
            near = near * self.gain[query]
        slack = share.slope[row] * self.slope[query] + self.constant[query]
        if share.base is not None:
            slack = slack + share.base[row] * self.base[query]
        return Pairs(query, row + offset, near - slack, near + slack)

    def raised(self, pairs: Pairs, thresholds: Float64) -> Float64:
        """Return each query's k-th best lower bound where it has so many."""
        if self.k is None or not len(pairs.query):
            return thresholds
        order = np.argsort(pairs.lower)[::-1]  # twice as quick as lexsort: the second sort is of small integers
        order = order[np.argsort(pairs.query[order].astype(np.uint16), kind="stable")]
        bounds = np.searchsorted(pairs.query[order], np.arange(len(thresholds) + 1))
        enough = np.flatnonzero(np.diff(bounds) >= self.k)
        found = thresholds.copy()
        reached = pairs.lower[order[bounds[enough] + self.k - 1]]
        found[enough] = np.maximum(found[enough], reached)
        return found

    # -- what is left ---------------------------------------------------------------------------------------

    def narrowed(self, pairs: Pairs, thresholds: Float64) -> Pairs:
        """Compare the queries themselves, not their codes, with the codes that are left."""
        pairs = pairs.taken(np.argsort(pairs.query, kind="stable"))
        bounds = np.searchsorted(pairs.query, np.arange(len(self.wanted) + 1))
        columns = [self._close(one, pairs.row[bounds[at] : bounds[at + 1]]) for at, one in enumerate(self.wanted)]
        lower, upper = (np.concatenate(column) for column in zip(*columns, strict=True))
        fresh = Pairs(pairs.query, pairs.row, lower, upper)
        return fresh.above(self.raised(fresh, thresholds))

    def _close(self, wanted: Wanted, rows: Rows) -> tuple[Float64, Float64]:
        """Return closer bounds of the keys of some rows, in their order."""
        lower, upper = np.empty(len(rows)), np.empty(len(rows))
        weights = wanted.whole
        for part, offset in zip(self.parts, self.offsets, strict=False):
            at = np.flatnonzero((rows >= offset) & (rows < offset + len(part.ids)))
            own = rows[at] - offset
            share = part.estimate.taken(own)
            keys = products(part.codes[own], wanted.query.exact) * share.gain * weights.gain
            if share.offset is not None:
                keys += share.offset
            slack = share.slope * weights.slope + weights.constant
            if share.base is not None:
                slack = slack + share.base * weights.base
            lower[at], upper[at] = keys - slack, keys + slack
        return lower, upper

    def ids_of(self, rows: Rows) -> Ids:
        """Return the ids of rows."""
        found = np.empty(len(rows), dtype="S16")
        for part, offset in zip(self.parts, self.offsets, strict=False):
            at = np.flatnonzero((rows >= offset) & (rows < offset + len(part.ids)))
            found[at] = part.ids[rows[at] - offset]
        return found

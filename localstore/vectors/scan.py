"""Scan: which rows can be among the nearest, by their codes alone. No SQL, no float32 rows.

Every row gets an estimate of its score and a slack within which the true one lies (``codes``). The k-th best lower
bound seen so far is the *threshold*; rows whose upper bound reaches it are kept. The threshold only rises, so what
was dropped stays dropped, and what is left at the end holds the k nearest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from localstore.vectors import kernels
from localstore.vectors.codes import Bits, Estimate, Factors, Float64, Ids, Int8, Query

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

CHUNK = 16_384
"""Rows estimated at a time: their keys stay in a core's cache."""
LOWEST = float(-np.finfo(np.float64).max)
"""Rows left out have the key -inf, and no threshold is as low."""
ALONE = 2**22
"""Numbers below which a scan is over before a second thread has begun."""


class Part(NamedTuple):
    """Rows to scan: ``codes`` int8 (n, d), their share of the estimates, and which rows count (all when None)."""

    ids: Ids
    codes: Int8
    estimate: Estimate
    open: NDArray[np.bool_] | None = None

    def split(self, pieces: int) -> list[Part]:
        """Return it in *pieces* of about equal length."""
        bounds = np.linspace(0, len(self.ids), pieces + 1).astype(int)
        return [self._rows(slice(a, b)) for a, b in pairwise(bounds)]

    def _rows(self, rows: slice) -> Part:
        opened = None if self.open is None else self.open[rows]
        return Part(self.ids[rows], self.codes[rows], self.estimate.taken(rows), opened)

    def few(self) -> Part:
        """Return it with only the rows that count, when these are so few that gathering them pays."""
        if self.open is None or np.count_nonzero(self.open) * 4 > len(self.ids):
            return self
        rows = np.flatnonzero(self.open)
        return Part(self.ids[rows], self.codes[rows], self.estimate.taken(rows))


@dataclass(slots=True)
class Threshold:
    """The k-th best lower bound seen so far; *value* starts at the least that is wanted."""

    k: int | None
    value: float = LOWEST
    best: Float64 = field(default_factory=lambda: np.empty(0))

    def add(self, lower: Float64) -> None:
        """Raise the threshold by more lower bounds."""
        if self.k is None:
            return
        best = np.concatenate([self.best, lower[lower > self.value]])
        if len(best) > self.k:
            best = np.partition(best, len(best) - self.k)[len(best) - self.k :]
        self.best = best
        if len(best) == self.k:
            self.value = max(self.value, float(best.min()))


class Kept(NamedTuple):
    """Rows that may be among the nearest: ids, codes, share of the estimates, and the most their keys can be."""

    ids: Ids
    upper: Float64
    codes: Int8
    share: Estimate

    def above(self, threshold: float) -> Kept:
        """Return those whose upper bound reaches the threshold."""
        rows = np.flatnonzero(self.upper >= threshold)
        return Kept(self.ids[rows], self.upper[rows], self.codes[rows], self.share.taken(rows))


class Wanted(NamedTuple):
    """What a scan looks for: a query by its code and by itself, the *k* nearest (all when None), a least key."""

    query: Query
    coded: Factors
    whole: Factors
    k: int | None
    floor: float


def candidates(parts: Iterable[Part], wanted: Wanted, threads: int) -> Ids:
    """Return the ids of all rows that can be among those that are wanted."""
    threshold = Threshold(wanted.k, wanted.floor)
    kept: list[Kept] = []
    for part in parts:
        kept += _scan(part.few(), wanted, threshold, threads)
    kept = [some for found in kept if len((some := found.above(threshold.value)).ids)]
    chosen = [found.ids for found in (_narrowed(kept, wanted) if kept else kept)]
    return np.concatenate(chosen) if chosen else np.empty(0, dtype="S16")


def _narrowed(kept: list[Kept], wanted: Wanted) -> list[Kept]:
    """Compare the query itself, not its code, with the codes that are left: about half of them go."""
    threshold = Threshold(wanted.k, wanted.floor)
    weights, query = wanted.whole, wanted.query.exact
    uppers = []
    for found in kept:
        keys = (found.codes.astype(np.float64) @ query) * found.share.gain * weights.gain
        if found.share.offset is not None:
            keys += found.share.offset
        slack = _slack(found.share.slope, found.share.base, weights)
        threshold.add(keys - slack)
        uppers.append(keys + slack)
    return [f._replace(upper=u).above(threshold.value) for f, u in zip(kept, uppers, strict=True)]


def _scan(part: Part, wanted: Wanted, threshold: Threshold, threads: int) -> list[Kept]:
    if threads < 2 or part.codes.size < ALONE:
        return list(_scanned(part, wanted, threshold))
    own = [Threshold(threshold.k, threshold.value) for _ in range(threads)]

    def act(pair: tuple[Part, Threshold]) -> list[Kept]:
        return list(_scanned(pair[0], wanted, pair[1]))

    found = [one for several in pool(threads).map(act, zip(part.split(threads), own, strict=True)) for one in several]
    for each in own:
        threshold.add(each.best)
    return found


def _scanned(part: Part, wanted: Wanted, threshold: Threshold) -> Iterator[Kept]:
    query, weights = wanted.query, wanted.coded
    for start in range(0, len(part.ids), CHUNK):
        rows = slice(start, start + CHUNK)
        share = part.estimate.taken(rows)
        keys = kernels.dots(part.codes[rows], query.code)
        keys = keys * share.gain
        keys *= weights.gain
        if share.offset is not None:
            keys += share.offset
        if part.open is not None:
            keys[~part.open[rows]] = -np.inf
        slack = float(_slack(share.slope.max(), None if share.base is None else share.base.max(), weights))
        picked = np.flatnonzero(keys >= max(threshold.value - slack, LOWEST))
        if not len(picked):
            continue
        near = keys[picked]
        slacks = _slack(share.slope[picked], None if share.base is None else share.base[picked], weights)
        threshold.add(near - slacks)
        upper = near + slacks
        still = upper >= threshold.value
        kept = picked[still]
        yield Kept(part.ids[rows][kept], upper[still], part.codes[rows][kept], share.taken(kept))


def _slack(slope: Float64, base: Float64 | None, weights: Factors) -> Float64:
    found = slope * weights.slope + weights.constant
    return found if base is None else found + base * weights.base


@cache
def pool(threads: int) -> ThreadPoolExecutor:
    """Return the threads that scan; started once."""
    from concurrent.futures import ThreadPoolExecutor  # not needed for a single cold lookup

    return ThreadPoolExecutor(threads, "localstore-scan")


# -- sign bits --------------------------------------------------------------------------------------------------


def nearest_bits(
    bits: Bits, query: Bits, open: NDArray[np.bool_] | None, wanted: int
) -> tuple[NDArray[np.intp], NDArray[np.uint16]]:
    """Return at least *wanted* rows of the smallest Hamming distances (all of the last distance), and these."""
    found = kernels.distances(bits, query)
    if open is not None:
        found[~open] = np.iinfo(np.uint16).max
    limit = nth_smallest(found, wanted) if len(found) > wanted else np.iinfo(np.uint16).max
    rows = np.flatnonzero(found <= min(limit, np.iinfo(np.uint16).max - 1))
    return rows, found[rows]


def nth_smallest(distances: NDArray[np.uint16], n: int) -> int:
    """Return the *n*-th smallest distance, by a sample's guess and one partition of what is below it."""
    sample = distances[:: max(1, len(distances) // 4096)]
    share = min(len(sample) - 1, int(2 * n * len(sample) / len(distances)) + 8)
    guess = int(np.partition(sample, share)[share])
    below = distances[distances <= guess]
    if len(below) < n:
        below = distances
    return int(np.partition(below, n - 1)[n - 1])


# -- many queries -----------------------------------------------------------------------------------------------

BATCH_CHUNK = 1_024
"""Rows estimated at a time for many queries."""


class Pairs(NamedTuple):
    """Rows that may be among the nearest of a query: ``query`` (m), ``ids`` (m), and bounds of their keys."""

    query: NDArray[np.intp]
    ids: Ids
    lower: Float64
    upper: Float64

    @classmethod
    def joined(cls, several: Sequence[Pairs]) -> Pairs:
        """Return several as one."""
        if not several:
            return cls(np.empty(0, dtype=np.intp), np.empty(0, dtype="S16"), np.empty(0), np.empty(0))
        return cls(
            np.concatenate([one.query for one in several]),
            np.concatenate([one.ids for one in several]),
            np.concatenate([one.lower for one in several]),
            np.concatenate([one.upper for one in several]),
        )

    def above(self, thresholds: Float64) -> Pairs:
        """Return those whose upper bound reaches their query's threshold."""
        keep = self.upper >= thresholds[self.query]
        return Pairs(self.query[keep], self.ids[keep], self.lower[keep], self.upper[keep])


def batch_candidates(
    parts: Iterable[Part],
    queries: Sequence[Query],
    weights: Sequence[Factors],
    k: int | None,
    floors: Float64,
    threads: int,
) -> Pairs:
    """Return (query, id) of all rows that can be among a query's *k* nearest (all above its floor when None)."""
    batch = _Batch(queries, weights, k)
    thresholds = floors.copy()
    kept: list[Pairs] = []
    for part in parts:
        small = part.few()
        several = small.split(threads) if threads > 1 and small.codes.size >= ALONE // 8 else [small]
        if len(several) == 1:
            found = [batch.scan(small, thresholds)]
        else:
            found = list(pool(threads).map(batch.scan, several, [thresholds] * len(several)))
        kept = [Pairs.joined([*kept, *found])]
        thresholds = batch.raised(kept[0], thresholds)
        kept = [kept[0].above(thresholds)]
    return Pairs.joined(kept)


class _Batch:
    """Many queries at once: one product of matrices a chunk, thresholds raised as the rows seen double."""

    def __init__(self, queries: Sequence[Query], weights: Sequence[Factors], k: int | None) -> None:
        self.k = k
        self.packed = kernels.packed(np.stack([query.code for query in queries]))
        columns = np.array([(w.gain, w.slope, w.base, w.constant) for w in weights]).T
        self.gain, self.slope, self.base, self.constant = columns

    def scan(self, part: Part, thresholds: Float64) -> Pairs:
        kept: list[Pairs] = []
        thresholds = self._first(part, thresholds)
        due = 1
        for number, start in enumerate(range(0, len(part.ids), BATCH_CHUNK), 1):
            found = self._chunk(part, slice(start, start + BATCH_CHUNK), thresholds)
            if found is not None:
                kept.append(found)
            if number == due and kept:
                due *= 2
                kept = [Pairs.joined(kept)]
                thresholds = self.raised(kept[0], thresholds)
                kept = [kept[0].above(thresholds)]
        return Pairs.joined(kept)

    def _first(self, part: Part, thresholds: Float64) -> Float64:
        """Raise the thresholds by the first rows, while there are too many pairs to sort them."""
        if self.k is None or len(part.ids) < self.k:
            return thresholds
        rows = slice(0, max(self.k, BATCH_CHUNK))
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
        keys: Float64 = kernels.dots_of(part.codes[rows], self.packed) * share.gain[:, None]
        if share.offset is not None:
            keys *= self.gain
            keys += share.offset[:, None]
        if part.open is not None:
            keys[~part.open[rows]] = -np.inf
        return keys

    def _chunk(self, part: Part, rows: slice, thresholds: Float64) -> Pairs | None:
        share = part.estimate.taken(rows)
        keys = self._keys(part, rows, share)
        most = share.slope.max() * self.slope + self.constant
        if share.base is not None:
            most = most + share.base.max() * self.base
        cut = thresholds - most
        if share.offset is None:  # the query's gain is on the other side of the comparison
            with np.errstate(over="ignore"):  # no threshold yet: any row will do
                cut = np.divide(cut, self.gain, out=np.full_like(cut, LOWEST), where=self.gain > 0)
        row, query = np.nonzero(keys >= np.maximum(cut, LOWEST))
        if not len(row):
            return None
        near = keys[row, query]
        if share.offset is None:
            near = near * self.gain[query]
        slack = share.slope[row] * self.slope[query] + self.constant[query]
        if share.base is not None:
            slack = slack + share.base[row] * self.base[query]
        return Pairs(query, part.ids[rows][row], near - slack, near + slack)

    def raised(self, pairs: Pairs, thresholds: Float64) -> Float64:
        """Return each query's k-th best lower bound where it has so many."""
        if self.k is None or not len(pairs.query):
            return thresholds
        order = np.lexsort((-pairs.lower, pairs.query))
        sorted_queries = pairs.query[order]
        first = np.searchsorted(sorted_queries, np.arange(len(thresholds)))
        end = np.searchsorted(sorted_queries, np.arange(len(thresholds)), side="right")
        enough = np.flatnonzero(end - first >= self.k)
        found = thresholds.copy()
        reached = pairs.lower[order[first[enough] + self.k - 1]]
        found[enough] = np.maximum(found[enough], reached)
        return found

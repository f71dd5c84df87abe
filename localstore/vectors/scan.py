"""Scan: which rows can be among the nearest, by their codes alone. No SQL, no float32 rows.

Every row gets an estimate of its score and a slack within which the true one lies (``codes``). The k-th best lower
bound seen so far is the *threshold*; rows whose upper bound reaches it are kept. The threshold only rises, so what
was dropped stays dropped, and what is left at the end holds the k nearest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

    @property
    def counted(self) -> int:
        """How many rows count."""
        return len(self.ids) if self.open is None else int(np.count_nonzero(self.open))

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
        keys = products(found.codes, query) * found.share.gain * weights.gain
        if found.share.offset is not None:
            keys += found.share.offset
        slack = _slack(found.share.slope, found.share.base, weights)
        threshold.add(keys - slack)
        uppers.append(keys + slack)
    return [f._replace(upper=u).above(threshold.value) for f, u in zip(kept, uppers, strict=True)]


def products(codes: Int8, query: Float64) -> Float64:
    """Return ``codes @ query`` of a few rows ``(n,)``; waking a BLAS library's threads would take longer."""
    found: Float64 = np.einsum("nd,d->n", codes.astype(np.float64), query)
    return found


def _scan(part: Part, wanted: Wanted, threshold: Threshold, threads: int) -> list[Kept]:
    if threads < 2 or part.codes.size < ALONE:
        return list(_scanned(part, wanted, threshold))
    own = [Threshold(threshold.k, threshold.value) for _ in range(threads)]

    def act(some: Part, its: Threshold) -> list[Kept]:
        return list(_scanned(some, wanted, its))

    several = part.split(threads)
    others = [pool(threads).submit(act, *pair) for pair in zip(several[1:], own[1:], strict=True)]
    found = act(several[0], own[0])
    for other in others:
        found += other.result()
    for each in own:
        threshold.add(each.best)
    return found


def _scanned(part: Part, wanted: Wanted, threshold: Threshold) -> Iterator[Kept]:
    query, weights = wanted.query, wanted.coded
    for start in range(0, len(part.ids), CHUNK):
        rows = slice(start, start + CHUNK)
        share = part.estimate.taken(rows)
        keys = kernels.dots(part.codes[rows], query.code)
        keys *= share.gain
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

"""Duplicates: pairs of vectors of one model that are nearly the same, found exactly, without a list of all pairs.

Every block of rows is compared with itself and those after it. A float32 product of vectors scaled to length 1 is
off by at most about ``(d + 4) * 2**-24`` (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1:
``d`` roundings of a sum of products whose magnitudes add up to 1 at most, and one of each factor); pairs that come
so near to the score wanted are worked out again in float64, so none is missed and none is taken by mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from localstore.errors import Interrupted, InvalidValue
from localstore.vectors.insight import sampling
from localstore.vectors.insight.pairs import Pair, named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from localstore.filters import Filter
    from localstore.store import Store

BLOCK = 2_048
HELD = 128_000_000
"""Bytes of vectors kept while those after them are read; below that, each vector is read once."""
DIGITS = 12
"""Decimals of a score: beyond them float64 itself is in doubt, and equal vectors would differ from 1."""
CHUNK = 500


class _Found(NamedTuple):
    """Pairs as positions in the list of rows, best first, equal scores in order of id."""

    scores: NDArray[numpy.float64]
    a: NDArray[numpy.intp]
    b: NDArray[numpy.intp]

    def take(self, some: Any) -> _Found:
        return _Found(self.scores[some], self.a[some], self.b[some])

    def ordered(self) -> _Found:
        return self.take(numpy.lexsort((self.b, self.a, -self.scores)))


@dataclass(frozen=True)
class _Block:
    """Rows of one block: positions in the list of rows, the vectors, and those scaled to length 1 as float32."""

    at: NDArray[numpy.intp]
    rows: NDArray[numpy.float32]
    scaled: NDArray[numpy.float32]


class Duplicates:
    """An iterator of pairs that tells, once it is through, what it compared.

    ``model`` as ``provider/name@version``; ``total`` vectors, of which ``zeros`` have no length and ``bad`` hold NaN
    or have another number of dimensions: both were left out.
    """

    def __init__(
        self,
        store: Store,
        chosen: sampling.Chosen,
        rows: NDArray[numpy.int64],
        min_score: float,
        limit: int | None,
        progress: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.model, self.model_id = chosen.name, chosen.id
        self.min_score, self.limit = min_score, limit
        self.total, self.zeros, self.bad = len(rows), 0, 0
        self._store, self._rows, self._dim = store, rows, None if len(rows) == 0 else self._length(store, rows)
        self._progress, self._cancelled = progress, cancelled
        self._pairs = self._best() if limit is not None else self._all()

    def __iter__(self) -> Iterator[Pair]:
        return self

    def __next__(self) -> Pair:
        return next(self._pairs)

    @staticmethod
    def _length(store: Store, rows: NDArray[numpy.int64]) -> int:
        return int(sampling.read(store, sampling.sample(rows, 99, 0)).rows.shape[1])

    # -- blocks -------------------------------------------------------------------------------------------

    def _blocks(self) -> Iterator[tuple[_Block, _Block]]:
        """Yield every two blocks, and each with itself, holding as many as fit."""
        count = -(-self.total // BLOCK)
        held = max(1, HELD // (BLOCK * 8 * (self._dim or 1)))
        done = 0
        for first in range(0, count, held):
            slab = [self._read(number, counted=True) for number in range(first, min(first + held, count))]
            for number in range(first, count):
                right = slab[number - first] if number < first + held else self._read(number)
                for left in slab[: number - first + 1]:
                    self._check()
                    yield left, right
                    same = left is right
                    done += len(left.at) * (len(left.at) - 1) // 2 if same else len(left.at) * len(right.at)
                    self._tell(done)

    def _check(self) -> None:
        if self._cancelled and self._cancelled():
            raise Interrupted("Stopped.")

    def _tell(self, done: int) -> None:
        kept = self.total - self.zeros - self.bad
        if self._progress:
            self._progress(done, max(done, kept * (kept - 1) // 2))

    def _read(self, number: int, *, counted: bool = False) -> _Block:
        wanted = self._rows[number * BLOCK : (number + 1) * BLOCK]
        found = sampling.read(self._store, wanted, self._dim)
        good = sampling.finite(found)
        kept = good.where(numpy.atleast_1d(good.rows.any(axis=1)))
        if counted:
            self.zeros += len(good.ids) - len(kept.ids)
            self.bad += len(wanted) - len(good.ids)
        return _Block(kept.at + number * BLOCK, kept.rows, sampling.unit(kept.rows).astype(numpy.float32))

    def _near(self, left: _Block, right: _Block, least: float) -> _Found:
        """Return the pairs of two blocks whose score is at least *least*, none twice."""
        slack = 1.1 * ((self._dim or 0) + 4) * 2.0**-24
        rough = left.scaled @ right.scaled.T
        if left is right:
            rough[numpy.tril_indices(len(rough))] = -2
        i, j = numpy.nonzero(rough >= least - slack)
        if not i.size:
            return _Found(numpy.zeros(0), i, j)
        some_i, of_i = numpy.unique(i, return_inverse=True)
        some_j, of_j = numpy.unique(j, return_inverse=True)
        scores = sampling.unit(left.rows[some_i]) @ sampling.unit(right.rows[some_j]).T
        exact = numpy.clip(numpy.round(scores[of_i, of_j], DIGITS), -1.0, 1.0)
        return _Found(exact, left.at[i], right.at[j]).take(exact >= least)

    # -- pairs --------------------------------------------------------------------------------------------

    def _all(self) -> Iterator[Pair]:
        for left, right in self._blocks():
            yield from self._named(self._near(left, right, self.min_score).ordered())

    def _best(self) -> Iterator[Pair]:
        limit = self.limit or 0
        best = _Found(numpy.zeros(0), numpy.zeros(0, dtype=numpy.intp), numpy.zeros(0, dtype=numpy.intp))
        for left, right in self._blocks():
            full = best.scores.size >= limit
            found = self._near(left, right, float(best.scores[-1]) if full else self.min_score)
            if full:
                earlier = (found.a < best.a[-1]) | ((found.a == best.a[-1]) & (found.b < best.b[-1]))
                found = found.take((found.scores > best.scores[-1]) | earlier)
            both = (numpy.concatenate(parts) for parts in zip(best, found, strict=True))
            best = _Found(*both).ordered().take(slice(limit))
        yield from self._named(best)

    def _named(self, found: _Found) -> Iterator[Pair]:
        for start in range(0, found.scores.size, CHUNK):
            some = found.take(slice(start, start + CHUNK))
            rows = zip(self._rows[some.a].tolist(), self._rows[some.b].tolist(), strict=True)
            yield from named(self._store, list(zip(some.scores.tolist(), rows, strict=True)))


def duplicates(
    store: Store,
    model: str | None = None,
    min_score: float = 0.95,
    where: Filter | None = None,
    limit: int | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Duplicates:
    """Return the pairs of a model's vectors whose cosine is at least *min_score*, each once.

    Without *limit* they come as they are found, best first within a block; with it, the best of all come at the end.
    ``progress`` takes (pairs compared, pairs in all). Raises InvalidValue for a score that is no cosine and where a
    model must be named, Interrupted when *cancelled* says so.
    """
    if not -1.0 <= min_score <= 1.0:
        raise InvalidValue(f"{min_score} is no cosine: give a number from -1 to 1", "min_score")
    if limit is not None and limit < 1:
        raise InvalidValue(f"{limit} pairs are none: ask for one at least", "limit")
    chosen = sampling.choose(store, model)
    rows = sampling.rowids(store, chosen.id, where, by_id=True)
    return Duplicates(store, chosen, rows, min_score, limit, progress, cancelled)

"""Recall: how much of the truth an approximate lookup finds on the vectors that are there, and how fast it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean, median
from typing import TYPE_CHECKING

import numpy

from localstore.errors import Interrupted, InvalidValue
from localstore.vectors.insight import sampling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from localstore.store import Store
    from localstore.vectors.matches import Match, Nearest


@dataclass(frozen=True)
class Recall:
    """Recall@k of approximate lookups: the part of the true nearest k that they found.

    ``recall`` is the mean over ``sampled`` of ``total`` vectors used as queries, ``worst`` the least; ``exact_ms`` and
    ``fast_ms`` are medians of one query each.
    """

    model: str
    model_id: str
    metric: str
    k: int
    sampled: int
    total: int
    recall: float
    worst: float
    exact_ms: float
    fast_ms: float


def recall(
    store: Store,
    model: str | None = None,
    k: int = 10,
    sample: int = 200,
    seed: int = 0,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Recall:
    """Ask for the nearest *k* of sampled vectors, themselves left out, exactly and approximately.

    A neighbour that is as near as the k-th of the truth counts as found: equal scores are equally right. Raises
    InvalidValue when there are fewer than two vectors to compare, Interrupted when *cancelled* says so.
    """
    for name, value in (("k", k), ("sample", sample)):
        if value < 1:
            raise InvalidValue(f"{value} is too few: give 1 at least", name)
    chosen = sampling.choose(store, model)
    rows = sampling.rowids(store, chosen.id)
    queries = sampling.finite(sampling.read(store, sampling.sample(rows, sample, seed)))
    queries = queries.where(numpy.atleast_1d(queries.rows.any(axis=1)))
    if len(rows) < 2 or not queries.ids:
        raise InvalidValue(f"{chosen.name} has {len(rows):,} vectors, {len(queries.ids):,} fit to ask by: too few")
    _both(store, queries.ids[0], queries.rows[0], chosen, k)  # what is made when first needed is made here
    parts, exact_ms, fast_ms = [], [], []
    for done, (pk, vector) in enumerate(zip(queries.ids, queries.rows, strict=True), 1):
        if cancelled and cancelled():
            raise Interrupted("Stopped.")
        exact, fast = _both(store, pk, vector, chosen, k)
        parts.append(_found(_others(exact, pk, k), _others(fast, pk, k)))
        exact_ms.append(exact.elapsed_ms)
        fast_ms.append(fast.elapsed_ms)
        if progress:
            progress(done, len(queries.ids))
    return Recall(
        chosen.name,
        chosen.id,
        chosen.metric,
        k,
        len(parts),
        len(rows),
        mean(parts),
        min(parts),
        median(exact_ms),
        median(fast_ms),
    )


def _both(
    store: Store, pk: str, vector: NDArray[numpy.float32], chosen: sampling.Chosen, k: int
) -> tuple[Nearest, Nearest]:
    exact = store.embeddings.nearest(vector, k=k + 1, model=chosen.id, metric=chosen.metric)
    return exact, store.embeddings.nearest(vector, k=k + 1, model=chosen.id, metric=chosen.metric, exact=False)


def _others(nearest: Nearest, pk: str, k: int) -> list[Match]:
    return [match for match in nearest.matches if match.embedding_id != pk][:k]


def _found(truth: list[Match], fast: list[Match]) -> float:
    if not truth:
        return 1.0
    least, ids = truth[-1].score, {match.embedding_id for match in truth}
    right = sum(match.embedding_id in ids or match.score >= least for match in fast)
    return min(right / len(truth), 1.0)

"""Scores: what is true of float32 rows, in float64, the same for a row whatever stands beside it.

``cosine`` and ``dot`` as they are; ``l2`` is minus the Euclidean distance, so that nearer is larger for every metric.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localstore.errors import InvalidValue
from localstore.vectors.codes import Float32, Float64, Ids

STEP = 4_096


def scores(metric: str, matrix: Float32, query: Float64) -> Float64:
    """Return the scores of float32 rows ``(n, d)`` for a float64 query ``(d,)``.

    A zero row's cosine is NaN, and so is any score of a row whose numbers are not finite.
    """
    found = [_scores(metric, matrix[at : at + STEP], query) for at in range(0, len(matrix), STEP)]
    return np.concatenate(found) if found else np.empty(0)


def _scores(metric: str, matrix: Float32, query: Float64) -> Float64:
    exact = matrix.astype(np.float64)
    with np.errstate(invalid="ignore"):  # rows of another program may hold NaN and infinity
        finite = np.isfinite(exact.sum(axis=1))
        found = _finite_scores(metric, exact if finite.all() else np.where(finite[:, None], exact, 0.0), query)
    found[~finite] = np.nan
    return found


def _finite_scores(metric: str, exact: Float64, query: Float64) -> Float64:
    if metric == "l2":
        distances: Float64 = np.sqrt(np.square(exact - query).sum(axis=1))
        return -distances
    dots: Float64 = (exact * query).sum(axis=1)
    if metric == "dot":
        return dots
    norms = np.sqrt(np.square(exact).sum(axis=1)) * np.sqrt(np.square(query).sum())
    found: Float64 = np.divide(dots, norms, out=np.full_like(dots, np.nan), where=norms > 0)
    return found


def best(ids: Ids, found: Float64, k: int | None, floor: float | None) -> NDArray[np.intp]:
    """Return the rows of the best *k* scores, best first, equal ones by id; NaN and what is below *floor* left out."""
    rows = np.flatnonzero(~np.isnan(found) if floor is None else found >= floor)
    if k is not None and len(rows) > 4 * k:
        least = np.partition(found[rows], len(rows) - k)[len(rows) - k]
        rows = rows[found[rows] >= least]
    order = np.lexsort((ids[rows], -found[rows]))
    return rows[order][:k]


def key_floor(metric: str, floor: float | None, norm: float) -> float:
    """Return the least key (``codes.Estimate``) of a score that is at least *floor*."""
    from localstore.vectors.scan import LOWEST

    if floor is None:
        return LOWEST
    if metric != "l2":
        return floor
    return norm**2 - floor**2 * (1 + 1e-12) if floor <= 0 else float(np.inf)


def check_query(vector: NDArray[np.float64], metric: str, path: str = "query") -> None:
    """Refuse numbers that are none, and a zero vector whose cosine is asked; InvalidValue."""
    bad = np.flatnonzero(~np.isfinite(vector))
    if len(bad):
        raise InvalidValue(f"{vector[bad[0]]} at {bad[0]} is no number to compare: mend the query", path)
    if metric != "cosine" and np.abs(vector).max(initial=0.0) > np.finfo(np.float32).max:
        raise InvalidValue(f"{np.abs(vector).max():g} is larger than any float32: scale the query down", path)
    if metric == "cosine" and not vector.any():
        raise InvalidValue("a zero vector has no direction, so no cosine: ask by dot or l2", path)

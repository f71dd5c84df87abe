"""Vectors of every kind that a lookup must be right about, and the plain float64 answer to compare with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localstore import Store

Matrix = NDArray[np.float32]
ROWS = 2_600
"""Enough for codes, in a full block and a part of one."""


def gaussian(rng: np.random.Generator, dim: int) -> Matrix:
    return rng.standard_normal((ROWS, dim), dtype=np.float32)


def unit(rng: np.random.Generator, dim: int) -> Matrix:
    found = gaussian(rng, dim)
    unit: Matrix = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def clustered(rng: np.random.Generator, dim: int) -> Matrix:
    centres = rng.standard_normal((12, dim), dtype=np.float32)
    return centres[rng.integers(0, 12, ROWS)] + 0.05 * gaussian(rng, dim)


def near_ties(rng: np.random.Generator, dim: int) -> Matrix:
    one = rng.standard_normal(dim)
    return (one + 1e-7 * rng.standard_normal((ROWS, dim))).astype(np.float32)


def duplicated(rng: np.random.Generator, dim: int) -> Matrix:
    return gaussian(rng, dim)[rng.integers(0, 40, ROWS)]


def with_zeros(rng: np.random.Generator, dim: int) -> Matrix:
    found = gaussian(rng, dim)
    found[::7] = 0
    return found


def of_all_sizes(rng: np.random.Generator, dim: int) -> Matrix:
    return (gaussian(rng, dim) * 10.0 ** rng.integers(-36, 36, (ROWS, 1))).astype(np.float32)


def denormal(rng: np.random.Generator, dim: int) -> Matrix:
    return (gaussian(rng, dim) * 1e-43).astype(np.float32)


def spiky(rng: np.random.Generator, dim: int) -> Matrix:
    found = 1e-3 * gaussian(rng, dim)
    found[np.arange(ROWS), rng.integers(0, dim, ROWS)] = 100.0
    return found


KINDS: dict[str, Callable[[np.random.Generator, int], Matrix]] = {
    made.__name__: made
    for made in (gaussian, unit, clustered, near_ties, duplicated, with_zeros, of_all_sizes, denormal, spiky)
}


def filled(path: Path, matrix: Matrix, name: str = "test/m") -> Store:
    """Make a store with an item for each row of a matrix."""
    store = Store.open(path, email="ada@example.org")
    store.embeddings.put(name, [f"row {number}" for number in range(len(matrix))], matrix)
    return store


def true_scores(metric: str, matrix: Matrix, query: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores of all rows by plain float64 arithmetic; NaN for a zero row's cosine."""
    exact = matrix.astype(np.float64)
    if metric == "l2":
        found: NDArray[np.float64] = -np.sqrt(((exact - query) ** 2).sum(axis=1))
        return found
    dots: NDArray[np.float64] = (exact * query).sum(axis=1)
    if metric == "dot":
        return dots
    lengths = np.sqrt((exact**2).sum(axis=1)) * np.sqrt((query**2).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines: NDArray[np.float64] = dots / lengths
    return cosines


def expected(ids: NDArray[np.str_], found: NDArray[np.float64], k: int | None) -> list[str]:
    """Return the ids of the best, equal scores by id."""
    rows = np.flatnonzero(~np.isnan(found))
    order = np.lexsort((ids[rows], -found[rows]))
    return [str(pk) for pk in ids[rows[order]][:k]]

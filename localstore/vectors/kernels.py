"""Kernels: sums of int8 products, and Hamming distances, at the speed of memory.

numpy has no int8 products; ``numkong`` has, for what each processor offers, and lets other threads run meanwhile.
Without it the products are computed in float32, where such sums are exact while they stay below 2²⁴: the same
integers, more slowly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from localstore.vectors.codes import Bits, Float64, Int8

try:
    import numkong
except ImportError:  # an odd platform
    numkong = None  # type: ignore[assignment]

EXACT_TERMS = 2**24 // 127**2
"""Products of int8 numbers that a float32 sum takes without rounding: 1,040."""
STEP = 8_192
"""Rows converted at a time."""


def dots(codes: Int8, query: Int8) -> Float64:
    """Return ``codes @ query`` as float64 ``(n,)`` of its own memory; every number is an exact integer."""
    if numkong is None or not len(codes):
        return _products(codes, query[None, :])[:, 0].astype(np.float64)
    found: Float64 = np.asarray(numkong.dot(query, codes)).reshape(-1)
    return found


def packed(queries: Int8) -> Any:
    """Return queries ``(q, d)`` in the form ``dots_of`` takes."""
    return queries if numkong is None else numkong.dots_pack(queries)


def dots_of(codes: Int8, packed_queries: Any) -> NDArray[Any]:
    """Return ``codes @ queries.T`` as integers ``(n, q)``."""
    if numkong is None or not len(codes):
        queries = packed_queries if numkong is None else np.empty((0, codes.shape[1]), dtype=np.int8)
        return _products(codes, queries)
    return np.asarray(numkong.dots_packed(codes, packed_queries))


def _products(codes: Int8, queries: Int8) -> NDArray[Any]:
    found = np.zeros((len(codes), len(queries)), dtype=np.int32)
    for column in range(0, codes.shape[1], EXACT_TERMS):
        few = slice(column, column + EXACT_TERMS)
        wanted = queries[:, few].astype(np.float32).T
        for row in range(0, len(codes), STEP):
            part = codes[row : row + STEP, few].astype(np.float32) @ wanted
            found[row : row + STEP] += part.astype(np.int32)
    return found


def distances(bits: Bits, query: Bits) -> NDArray[np.uint16]:
    """Return the Hamming distances of sign bits ``(words, n)`` to those of a query ``(words,)``: uint16 ``(n,)``."""
    counts = np.bitwise_count(bits ^ query[:, None])
    found: NDArray[np.uint16] = np.add.reduce(counts, axis=0, dtype=np.uint16)
    return found

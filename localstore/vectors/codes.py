"""Codes: vectors in a quarter of their bytes, with a bound on what that loses.

A vector ``x`` is kept as ``x̂ = s·c``: int8 numbers ``c`` and one scale ``s``, with its norm ``‖x‖`` and its loss
``‖x − x̂‖``. A query ``q`` becomes ``q̂ = a·u`` in the same way. Then

    q·x = q̂·x̂ + (q − q̂)·x̂ + q·(x − x̂)

and by Cauchy–Schwarz ``|q·x − q̂·x̂| ≤ ‖q − q̂‖·(‖x‖ + loss) + ‖q‖·loss``. ``q̂·x̂ = a·s·(u·c)`` where ``u·c`` is a sum of
integers, so exact; what float64 rounds in the rest, and in the true score itself, is at most ``(d + 16)·2⁻⁵²`` of the
terms it is made of (Higham, "Accuracy and Stability of Numerical Algorithms", §3.1). ``Estimate`` adds both up:
the true score of a row lies within ``slack`` of its estimate, so a row whose estimate plus slack is below the k-th
best estimate minus slack is not among the k nearest. Whatever is left is scored from its float32 numbers.

Sign bits are a code of one bit a dimension: Hamming distance of signs follows the angle (Charikar, "Similarity
estimation techniques from rounding algorithms", 2002). They are taken of the direction less the model's mean direction,
after a random rotation, so that no bit is worth less than another however the variance lies: random signs and a Fourier
transform do what a random matrix would, at the cost of sorting (Ailon and Chazelle, "The fast Johnson–Lindenstrauss
transform", 2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import shake_256
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int8 = NDArray[np.int8]
Bits = NDArray[np.uint64]
Ids = NDArray[np.bytes_]
"""Sixteen bytes an id, in the order of the written ids."""

LEVELS = 127
MAX_DIM = 32_768
"""Longer vectors have no codes: their sums of products would leave int32 at 133,000 dimensions."""
EPSILON = 2.0**-52
TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of ``n`` vectors of ``d`` numbers, in order of id.

    ``ids`` (n), ``codes`` int8 (n, d), ``scales`` and ``losses`` float32 (n), ``norms`` float64 (n; NaN for a row whose
    numbers are not finite), ``bits`` uint64 (⌈d/64⌉, n): a column a vector, so that distances are summed along
    contiguous rows.
    """

    ids: Ids
    codes: Int8
    scales: Float32
    losses: Float32
    norms: Float64
    bits: Bits

    def __len__(self) -> int:
        return len(self.ids)

    def taken(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Codes:
        """Return the codes of some rows."""
        return Codes(
            self.ids[rows], self.codes[rows], self.scales[rows], self.losses[rows], self.norms[rows], self.bits[:, rows]
        )


def encode(ids: Ids, matrix: Float32, mean: Float32) -> Codes:
    """Return the codes of float32 vectors ``(n, d)``, sorted by id; *mean* is the model's mean direction ``(d,)``."""
    order = np.argsort(ids)
    ids, matrix = ids[order], matrix[order]
    finite = np.asarray(np.isfinite(matrix).all(axis=1))
    if not finite.all():  # a program wrote NaN or infinity: such a row has no norm, and is no match of anything
        matrix = np.where(finite[:, None], matrix, np.float32(0))
    exact = matrix.astype(np.float64)
    norms = np.sqrt(np.einsum("nd,nd->n", exact, exact))
    scales = (np.abs(matrix).max(axis=1, initial=0.0) / np.float32(LEVELS)).astype(np.float32)
    scales[scales < TINY] = 0.0
    codes = quantized(exact, scales.astype(np.float64))
    exact_loss = exact - scales.astype(np.float64)[:, None] * codes
    losses = above(np.sqrt(np.einsum("nd,nd->n", exact_loss, exact_loss)), matrix.shape[1])
    bits = sign_bits(exact, norms, mean)
    return Codes(ids, codes, scales, losses, np.where(finite, norms, np.nan), bits)


def quantized(exact: Float64, scales: Float64) -> Int8:
    """Return the nearest multiples of the scales; zero where there is no scale."""
    divisor = np.where(scales > 0, scales, 1.0)[:, None]
    steps = np.rint(exact / divisor)
    steps[scales == 0] = 0
    return np.clip(steps, -LEVELS, LEVELS).astype(np.int8)


def above(values: Float64, dim: int) -> Float32:
    """Return float32 numbers no smaller than what float64 sums of *dim* squares stand for."""
    raised = (values * (1 + (dim + 16) * EPSILON)).astype(np.float32)
    found: Float32 = np.nextafter(raised, np.float32(np.inf))
    return found


def sign_bits(exact: Float64, norms: Float64, mean: Float32) -> Bits:
    """Return the signs of the directions less the mean one, rotated, as words ``(⌈d/64⌉, n)``."""
    lengths = np.where(norms > 0, norms, 1.0)[:, None]
    packed = np.packbits(_rotated((exact / lengths - mean).astype(np.float32)) > 0, axis=1)
    words = np.zeros((len(exact), 8 * words_of(exact.shape[1])), dtype=np.uint8)
    words[:, : packed.shape[1]] = packed
    return np.ascontiguousarray(words.view(np.uint64).T)


def _rotated(directions: Float32) -> Float32:
    """Return directions ``(n, d)`` in coordinates that share their variance: the same ones wherever this runs."""
    dim = directions.shape[1]
    turned = np.fft.rfft(directions * _flips(dim), axis=1)
    found: Float32 = np.concatenate([turned.real, turned.imag[:, 1 : (dim + 1) // 2]], axis=1)
    return found


@cache
def _flips(dim: int) -> Float32:
    """Return a random sign for each dimension, from a digest."""
    drawn = np.frombuffer(shake_256(b"localstore").digest(-(-dim // 8)), dtype=np.uint8)
    return np.where(np.unpackbits(drawn, count=dim), 1, -1).astype(np.float32)


def words_of(dim: int) -> int:
    """Return how many 64-bit words hold the sign bits of *dim* coordinates."""
    return -(-dim // 64)


def mean_direction(matrix: Float32) -> Float32:
    """Return the mean of the vectors' directions ``(d,)``: what they all share says nothing of their distances."""
    finite = np.asarray(np.isfinite(matrix).all(axis=1))
    exact = matrix[finite].astype(np.float64)
    norms = np.sqrt(np.einsum("nd,nd->n", exact, exact))
    directions = exact[norms > 0] / norms[norms > 0, None]
    if not len(directions):
        return np.zeros(matrix.shape[1], dtype=np.float32)
    mean: Float32 = directions.mean(axis=0).astype(np.float32)
    return mean


class Query(NamedTuple):
    """A query in float64 ``(d,)``, its code ``a·u``, its norm and what the code loses of it."""

    exact: Float64
    code: Int8
    scale: float
    norm: float
    loss: float


def encode_query(vector: Float64) -> Query:
    """Return the code of a query."""
    norm = float(np.sqrt(vector @ vector))
    scale = float(np.abs(vector).max(initial=0.0)) / LEVELS
    code = quantized(vector[None, :], np.array([scale]))[0]
    rest = vector - scale * code
    margin = 1 + (len(vector) + 16) * EPSILON
    return Query(vector, code, scale, norm, float(np.sqrt(rest @ rest)) * margin)


class Estimate(NamedTuple):
    """How one metric reads the sums of products: ``key = gain·a·(u·c) + offset``, within ``slack``.

    ``gain`` and ``offset`` (n, or None for 0) hold for all queries; ``slope`` and ``base`` (n) make a query's slack:
    ``slack = q_slope·slope + q_base·base``. The key grows with nearness and orders rows as the true score does.
    """

    gain: Float64
    offset: Float64 | None
    slope: Float64
    base: Float64 | None

    def taken(self, rows: NDArray[np.intp] | slice) -> Estimate:
        """Return it for some rows."""
        offset = None if self.offset is None else self.offset[rows]
        base = None if self.base is None else self.base[rows]
        return Estimate(self.gain[rows], offset, self.slope[rows], base)


class Factors(NamedTuple):
    """A query's share of the estimate: see ``Estimate``; ``constant`` is added to every slack."""

    gain: float
    slope: float
    base: float
    constant: float


def estimate(metric: str, scales: Float32, losses: Float32, norms: Float64) -> Estimate:
    """Return the rows' share of the estimates by *metric*."""
    exact_scales, exact_losses, norms = scales.astype(np.float64), losses.astype(np.float64), np.nan_to_num(norms)
    if metric == "cosine":
        inverse = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
        return Estimate(exact_scales * inverse, None, exact_losses * inverse, None)
    if metric == "dot":
        return Estimate(exact_scales, None, exact_losses, norms)
    return Estimate(2 * exact_scales, -np.square(norms), 2 * exact_losses, norms)


def factors(metric: str, query: Query, dim: int, largest: float) -> Factors:
    """Return a query's share of the estimates by *metric*; *largest* is the largest norm of the rows."""
    rounding = (dim + 16) * EPSILON
    if metric == "cosine":
        lost = query.loss / query.norm
        return Factors(query.scale / query.norm, 1 + lost, 0.0, lost + 8 * rounding)
    if metric == "dot":
        slack = query.loss + 8 * rounding * query.norm
        return Factors(query.scale, query.norm + query.loss, slack, 0.0)
    slack = 2 * query.loss + 8 * rounding * query.norm
    return Factors(query.scale, query.norm + query.loss, slack, 8 * rounding * (largest + query.norm) ** 2)


def whole_factors(metric: str, query: Query, dim: int, largest: float) -> Factors:
    """Return a query's share of estimates ``key = gain·(q·c) + offset`` that use the query itself, not its code."""
    found = factors(metric, query._replace(loss=0.0), dim, largest)
    return found._replace(gain=1 / query.norm if metric == "cosine" else 1.0)

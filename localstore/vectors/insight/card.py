"""Cards: one vector in numbers and a strip, and two vectors beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy

from localstore.errors import InvalidValue

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIP = 64
"""Cells of a strip, at most; fewer dimensions have a cell each."""
DIFFERING = 10
"""Dimensions named in which two vectors differ most."""


@dataclass(frozen=True)
class VectorCard:
    """One vector: its size, its length, how its numbers are spread, and a strip to look at.

    ``bad`` says in words what is not a number (``3 NaN, 1 infinite``; empty when all is well), and the numbers are
    of the rest. ``strip`` holds the signed means of consecutive dimensions, scaled so that the largest is 1 or -1.
    """

    dim: int
    bytes: int
    norm: float
    mean: float
    sd: float
    min: float
    max: float
    zeros: int
    bad: str = ""
    strip: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class PairCard:
    """Two vectors compared; ``cosine`` is None when one of them has no length.

    ``differing`` names the dimensions in which they differ most, as (dimension, of a, of b).
    """

    cosine: float | None
    dot: float
    l2: float
    differing: list[tuple[int, float, float]] = field(default_factory=list)


def card(vector: Sequence[float] | NDArray[Any]) -> VectorCard:
    """Describe a vector of shape ``(d,)``; numbers are worked out in float64. Raises InvalidValue when it is none."""
    given = _wide(vector, "vector")
    good = given[numpy.isfinite(given)]
    some = good if good.size else numpy.zeros(1)
    return VectorCard(
        dim=given.size,
        bytes=given.size * 4,
        norm=float(numpy.linalg.norm(some)),
        mean=float(some.mean()),
        sd=float(some.std()),
        min=float(some.min()),
        max=float(some.max()),
        zeros=int((given == 0).sum()),
        bad=_bad(given),
        strip=_strip(numpy.where(numpy.isfinite(given), given, 0.0)),
    )


def compare(a: Sequence[float] | NDArray[Any], b: Sequence[float] | NDArray[Any]) -> PairCard:
    """Compare two vectors of one length; InvalidValue, with both numbers, for different lengths."""
    one, other = _wide(a, "a"), _wide(b, "b")
    if one.size != other.size:
        raise InvalidValue(f"{one.size} and {other.size} numbers: vectors of different models cannot be compared")
    for name, vector in (("a", one), ("b", other)):
        if bad := _bad(vector):
            raise InvalidValue(f"holds {bad}: store it again before comparing it", name)
    dot, norms = float(one @ other), float(numpy.linalg.norm(one) * numpy.linalg.norm(other))
    most = numpy.argsort(-numpy.abs(one - other), kind="stable")[:DIFFERING]
    return PairCard(
        cosine=max(-1.0, min(1.0, dot / norms)) if norms else None,
        dot=dot,
        l2=float(numpy.linalg.norm(one - other)),
        differing=[(int(at), float(one[at]), float(other[at])) for at in most if one[at] != other[at]],
    )


def _wide(vector: Sequence[float] | NDArray[Any], path: str) -> NDArray[numpy.float64]:
    try:
        wide = numpy.asarray(vector).astype(numpy.float64)
    except (TypeError, ValueError):
        raise InvalidValue("expected a list of numbers", path) from None
    if wide.ndim != 1 or not wide.size:
        raise InvalidValue(f"expected a list of numbers, got an array of shape {wide.shape}", path)
    return wide


def _bad(vector: NDArray[numpy.float64]) -> str:
    counts = {"NaN": int(numpy.isnan(vector).sum()), "infinite": int(numpy.isinf(vector).sum())}
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)


def _strip(vector: NDArray[numpy.float64]) -> list[float]:
    means = numpy.array([part.mean() for part in numpy.array_split(vector, min(STRIP, vector.size))])
    peak = float(numpy.abs(means).max())
    return [float(value) for value in means / peak] if peak else [0.0] * means.size

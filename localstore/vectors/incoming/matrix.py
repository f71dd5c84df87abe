"""The matrix at the door: two dimensions of numbers, finite as float32, read block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from numpy.typing import NDArray

from localstore import values
from localstore.errors import InvalidValue
from localstore.fields import to_vector

Matrix = NDArray[numpy.float32]


def as_matrix(value: Any, path: str = "matrix") -> NDArray[Any]:
    """Return *value* as an array of shape (n, d) of floats or integers, not copied when it is one.

    Raises InvalidValue for another shape, for texts, and for arrays of objects with the advice how to make numbers
    of them.
    """
    try:
        found = numpy.asarray(value)
    except (TypeError, ValueError):
        raise InvalidValue("its rows are not all of one length: give n rows of d numbers", path) from None
    if found.dtype.kind == "O":
        raise InvalidValue("an array of objects, not of numbers: convert it, np.asarray(x, dtype=np.float32)", path)
    if found.dtype.kind not in "fiu" and found.size:
        raise InvalidValue(f"an array of {found.dtype}: give floats, np.asarray(x, dtype=np.float32)", path)
    if found.ndim != 2 and not (found.ndim == 1 and not found.size):
        raise InvalidValue(f"an array of shape {found.shape}: give n rows of d numbers, shape (n, d)", path)
    if found.ndim == 2 and len(found) and not found.shape[1]:
        raise InvalidValue(f"an array of shape {found.shape}: its vectors have no numbers", path)
    return found.reshape(0, 0) if found.ndim == 1 else found


def to_float32(block: NDArray[Any]) -> tuple[Matrix, list[int]]:
    """Return rows as float32, little-endian, -0.0 as 0.0, and the numbers of those that hold what does not fit."""
    with numpy.errstate(over="ignore", invalid="ignore"):
        rows: Matrix = block.astype("<f4", order="C")
    rows += numpy.float32(0)
    if not numpy.isfinite(rows).all():
        return rows, numpy.flatnonzero(~numpy.isfinite(rows).all(axis=1)).tolist()
    if block.dtype.kind != "f" or block.dtype.itemsize > 4:  # one number of float64 is not rounded as numpy does
        rows = numpy.array(to_vector(block.reshape(-1))).reshape(block.shape) if block.size else rows
    return rows, []


def fault(row: NDArray[Any]) -> tuple[int, str]:
    """Return the column of a row's first number that does not fit float32, and what is wrong with it."""
    with numpy.errstate(over="ignore", invalid="ignore"):
        column = int(numpy.flatnonzero(~numpy.isfinite(row.astype(numpy.float32)))[0])
    number = row[column]
    why = "does not fit float32 (at most 3.4e38)" if numpy.isfinite(number) else "is no finite number"
    return column, f"{number} {why}"


def check_width(width: int, wanted: int | None, model: str, path: str) -> None:
    """Refuse vectors of another length than the model's, with both numbers."""
    if wanted is not None and wanted != width:
        raise InvalidValue(f"vectors of {width} numbers, but those of {model} have {wanted}", path)


def as_keys(given: Sequence[Any] | Any) -> Sequence[Any]:
    """Return keys as plain Python values; an array's are read at once."""
    if isinstance(given, str | bytes):
        raise InvalidValue(f"expected a list of keys, got {values.shown(given)}", "keys")
    found: Sequence[Any] = given.tolist() if isinstance(given, numpy.ndarray) else given
    return found if isinstance(found, list | tuple) else list(found)

"""Replies: what an embedding service answered, checked before anything of it is kept. Pure functions."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localstore.errors import InvalidValue
from localstore.values import shown

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

SAID = 200
"""Characters shown of what a service says of an error."""


def document(body: bytes) -> Any:
    """Return the JSON of a reply; InvalidValue shows how it begins when it is something else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidValue(f"the reply is not JSON; it begins {shown(body[:60].decode(errors='replace'))}") from None


def vectors(reply: Any, count: int, dim: int | None) -> NDArray[numpy.float32]:
    """Return the vectors of a reply in the order of the texts, float32 of shape ``(count, d)``.

    Raises InvalidValue for another count, an order that is none, vectors of several lengths or of another than
    *dim*, and a number that is none (row and number named).
    """
    import numpy

    rows = _in_order(_rows(reply), count)
    lengths = sorted({len(row) for row in rows})
    if len(lengths) != 1 or lengths[0] == 0:
        raise InvalidValue(f"the reply has vectors of several lengths: {', '.join(map(str, lengths[:5]))}")
    if dim is not None and lengths[0] != dim:
        raise InvalidValue(f"the reply has vectors of {lengths[0]} numbers, but this model's have {dim}")
    made = numpy.stack(rows)
    bad = numpy.argwhere(~numpy.isfinite(made))
    if len(bad):
        row, column = map(int, bad[0])
        raise InvalidValue(f"number {column + 1} of vector {row + 1} in the reply is {made[row, column]}")
    return made


def _rows(reply: Any) -> list[Any]:
    rows = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidValue('the reply has no list "data" of vectors: is this an address of embeddings (…/v1)?')
    return rows


def _in_order(rows: Sequence[Any], count: int) -> list[NDArray[numpy.float32]]:
    """Put rows where their ``index`` says; without any index, the order they came in is the texts'."""
    if len(rows) != count:
        raise InvalidValue(f"the reply has {len(rows)} vectors for {count} texts")
    given = [row.get("index") for row in rows]
    order = list(range(count)) if all(index is None for index in given) else given
    if not all(isinstance(index, int) for index in order) or sorted(order) != list(range(count)):
        raise InvalidValue(f"the reply numbers its vectors {shown(given)}: which text has which cannot be told")
    placed: list[Any] = [None] * count
    for index, row in zip(order, rows, strict=True):
        placed[index] = _vector(row.get("embedding"), index)
    return placed


def _vector(given: Any, index: int) -> NDArray[numpy.float32]:
    """Return one vector, of numbers or of base64 of little-endian float32."""
    import numpy

    if isinstance(given, str):
        try:
            blob = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            blob = b"?"
        if len(blob) % 4:
            raise InvalidValue(f"vector {index + 1} in the reply is a text that is no base64 of float32")
        return numpy.frombuffer(blob, dtype="<f4")
    if not isinstance(given, list) or not all(type(number) in (int, float) for number in given):
        raise InvalidValue(f"vector {index + 1} in the reply is no list of numbers: {shown(given)}")
    try:
        with numpy.errstate(over="ignore"):
            return numpy.asarray(given, dtype=numpy.float64).astype(numpy.float32)
    except OverflowError:
        raise InvalidValue(f"vector {index + 1} in the reply holds a number beyond float32") from None


def said(body: bytes) -> str:
    """Return what a service says of an error, on one line; empty when that is not JSON with a message."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    for name in ("error", "detail", "message"):
        if isinstance(found, dict) and found.get(name) is not None:
            found = found[name]
    if isinstance(found, dict):
        found = found.get("message")
    return one_line(found) if isinstance(found, str) else ""


def one_line(text: str) -> str:
    """Return a text without breaks and control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def model_names(reply: Any) -> list[str]:
    """Return the names of ``GET /models``; InvalidValue when it is something else."""
    return [row["id"] for row in _rows(reply) if isinstance(row.get("id"), str) and row["id"].strip()]

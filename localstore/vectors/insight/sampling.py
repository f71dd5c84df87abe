"""Sampling: which embeddings a model has, and the vectors of some of them, read in short readings.

Rows are named by their rowid, eight bytes each, so that a million of them are a small array. A row that another
process deletes meanwhile is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from localstore.ai_models import METRICS, spelled
from localstore.models import AIModel
from localstore.tables import need
from localstore.vectors.question import choose_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from localstore.connection import Connection
    from localstore.filters import Filter
    from localstore.store import Store

CHUNK = 1_000
"""Rows read by one statement."""


class Chosen(NamedTuple):
    """An AI model: its id, ``provider/name@version``, and how nearness is measured with it."""

    id: str
    name: str
    metric: str


class Vectors(NamedTuple):
    """Some embeddings: ids and vectors, float32 of shape ``(n, d)``; ``at`` tells which of the rows asked for."""

    ids: list[str]
    rows: NDArray[numpy.float32]
    at: NDArray[numpy.intp]

    def where(self, good: NDArray[numpy.bool_]) -> Vectors:
        """Return those for which *good* holds."""
        if good.all():
            return self
        return Vectors([self.ids[at] for at in numpy.flatnonzero(good)], self.rows[good], self.at[good])


def described(connection: Connection, pk: str) -> Chosen:
    """Return what a model is called and how it measures."""
    row = need(connection, AIModel, pk)
    parameters: Any = json.loads(row["parameters"])
    metric = parameters.get("metric") if isinstance(parameters, dict) else None
    return Chosen(pk, spelled(row), metric if metric in METRICS else METRICS[0])


def choose(store: Store, model: str | None) -> Chosen:
    """Return the model called *model*, or the only one with vectors; Ambiguous names them when there are several."""
    with store.reading() as connection:
        return described(connection, choose_model(store, connection, model))


def rowids(store: Store, model_id: str, where: Filter | None = None, *, by_id: bool = False) -> NDArray[numpy.int64]:
    """Return which rows are vectors of a model, in the order of the file or *by_id*."""
    with store.reading() as connection:
        condition, bindings = store.embeddings.condition(connection, where or None)
        order = "id" if by_id else "rowid"
        sql = f"SELECT t.rowid FROM embeddings t WHERE t.model_id = ? AND {condition} ORDER BY t.{order}"
        rows = connection.execute(sql, (model_id, *bindings))
        return numpy.fromiter((row[0] for row in rows), dtype=numpy.int64)


def sample(rows: NDArray[numpy.int64], size: int, seed: int) -> NDArray[numpy.int64]:
    """Return *size* of the rows, each as likely as any other, in order; the same for the same *seed*."""
    if len(rows) <= size:
        return rows
    taken = numpy.random.default_rng(seed).choice(len(rows), size, replace=False)
    return numpy.sort(rows[taken])


def read(store: Store, rows: NDArray[numpy.int64], dim: int | None = None) -> Vectors:
    """Return the vectors of some rows that have *dim* numbers (those of the commonest length when None)."""
    with store.reading() as connection:
        found = list(_read(connection, rows))
    size = dim * 4 if dim else common_length([len(blob) for _, _, blob in found])
    kept = [each for each in found if len(each[2]) == size]
    flat = numpy.frombuffer(b"".join(blob for _, _, blob in kept), dtype="<f4")
    at = numpy.array([at for at, _, _ in kept], dtype=numpy.intp)
    return Vectors([pk for _, pk, _ in kept], flat.reshape(len(kept), size // 4), at)


def _read(connection: Connection, rows: NDArray[numpy.int64]) -> Iterator[tuple[int, str, bytes]]:
    sql = "SELECT j.key + ?, e.id, e.vector FROM json_each(?) j CROSS JOIN embeddings e ON e.rowid = j.value"
    for start in range(0, len(rows), CHUNK):
        yield from connection.execute(sql, (start, json.dumps(rows[start : start + CHUNK].tolist())))


def common_length(lengths: list[int]) -> int:
    """Return the commonest of some lengths; 0 for none."""
    return max(set(lengths), key=lengths.count) if lengths else 0


def finite(vectors: Vectors) -> Vectors:
    """Return the vectors without those that hold NaN or infinity (other programs can write them)."""
    good: NDArray[numpy.bool_] = numpy.atleast_1d(numpy.isfinite(vectors.rows).all(axis=1))
    return vectors.where(good)


def unit(rows: NDArray[numpy.float32]) -> NDArray[numpy.float64]:
    """Return rows scaled to length 1, in float64; rows without length stay zero."""
    wide = rows.astype(numpy.float64)
    norms = numpy.sqrt(numpy.einsum("ij,ij->i", wide, wide))
    wide /= numpy.where(norms > 0, norms, 1.0)[:, None]
    return wide

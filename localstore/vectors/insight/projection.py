"""Projection: a map of vectors on two axes, by principal components of a sample.

The axes are those along which the sampled vectors differ most (Pearson 1901); ``explained`` says which part of all
variance each of them shows. Neighbours are never looked up here: a map of two axes cannot keep them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy

from localstore.errors import Interrupted, InvalidValue
from localstore.vectors.insight import labels as labelling
from localstore.vectors.insight import sampling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from localstore.filters import Filter
    from localstore.store import Store

SAMPLE = 5_000
SMALL = 512
"""Up to so many dimensions the whole covariance matrix is taken apart; above, only the two axes are sought."""
STEP = 500
SPARE, ROUNDS, SETTLED = 10, 60, 1e-9


@dataclass(frozen=True)
class Projection:
    """Points of a map, in the order of their embeddings; the lists are of one length.

    ``sampled`` of ``total`` vectors are shown; ``bad`` ones of another length, or with NaN, were left out.
    """

    model: str
    model_id: str
    embedding_ids: list[str]
    item_ids: list[str]
    titles: list[str]
    points: list[tuple[float, float]]
    explained: tuple[float, float]
    sampled: int
    total: int
    bad: int = 0
    store: Store | None = field(default=None, repr=False, compare=False)

    def labels(self, kind: labelling.Kind) -> list[str]:
        """Return what each point is coloured by, read when asked."""
        assert self.store is not None
        return labelling.labels(self.store, self.item_ids, kind)


def project(
    store: Store,
    model: str | None = None,
    where: Filter | None = None,
    sample: int = SAMPLE,
    seed: int = 0,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Projection:
    """Place a uniform sample of a model's vectors on two axes; the same *seed* takes the same sample.

    Raises InvalidValue when the store has several models and none is named, Interrupted when *cancelled* says so.
    """
    if sample < 1:
        raise InvalidValue(f"a sample of {sample} shows nothing: take 1 at least", "sample")
    chosen = sampling.choose(store, model)
    every = sampling.rowids(store, chosen.id, where)
    taken = sampling.sample(every, sample, seed)
    parts = []
    for start in range(0, len(taken), STEP):
        if cancelled and cancelled():
            raise Interrupted("Stopped.")
        parts.append(sampling.read(store, taken[start : start + STEP]))
        if progress:
            progress(min(start + STEP, len(taken)), len(taken))
    embedding_ids, rows = _joined(parts)
    items, titles = _items(store, embedding_ids)
    points, explained = principal(rows)
    return Projection(
        chosen.name,
        chosen.id,
        embedding_ids,
        items,
        titles,
        [(float(x), float(y)) for x, y in points],
        explained,
        sampled=len(embedding_ids),
        total=len(every),
        bad=len(taken) - len(embedding_ids),
        store=store,
    )


def _joined(parts: list[sampling.Vectors]) -> tuple[list[str], NDArray[numpy.float32]]:
    """Return the ids and rows of all parts that are of one length, without bad ones."""
    dim = sampling.common_length([part.rows.shape[1] for part in parts])
    same = [sampling.finite(part) for part in parts if part.rows.shape[1] == dim]
    rows = numpy.concatenate([part.rows for part in same]) if same else numpy.zeros((0, 0), dtype=numpy.float32)
    return [pk for part in same for pk in part.ids], rows


def _items(store: Store, pks: list[str]) -> tuple[list[str], list[str]]:
    """Return the items that embeddings belong to, and their titles."""
    sql = (
        "SELECT e.id, i.id, i.title FROM json_each(?) j JOIN embeddings e ON e.id = j.value"
        " LEFT JOIN contents c ON c.id = e.content_id LEFT JOIN items i ON i.id = COALESCE(e.item_id, c.item_id)"
    )
    with store.reading() as connection:
        rows: Any = connection.execute(sql, (json.dumps(pks),)).fetchall()
    found = {pk: (item or "", title or "") for pk, item, title in rows}
    placed = [found.get(pk, ("", "")) for pk in pks]
    return [item for item, _ in placed], [title for _, title in placed]


def principal(rows: NDArray[numpy.float32]) -> tuple[NDArray[numpy.float64], tuple[float, float]]:
    """Return the points of rows ``(n, d)`` on their two main axes ``(n, 2)``, and the part of the variance on each.

    The sign of an axis is free: it is the one that makes its largest weight positive.
    """
    count, dim = rows.shape
    points = numpy.zeros((count, 2))
    if count < 2 or not dim:
        return points, (0.0, 0.0)
    centred = rows.astype(numpy.float64)
    centred -= centred.mean(axis=0)
    scale = float(numpy.abs(centred).max())
    if scale == 0 or scale < 1e-7 * float(numpy.abs(rows).max()):
        return points, (0.0, 0.0)  # all the same, but for the rounding of the mean
    centred /= scale
    axes = _axes(centred)
    largest = axes[numpy.abs(axes).argmax(axis=0), numpy.arange(axes.shape[1])]
    placed = centred @ (axes * numpy.where(largest < 0, -1.0, 1.0))
    points[:, : placed.shape[1]] = placed * scale
    whole = float(numpy.einsum("ij,ij->", centred, centred))
    parts = [*(numpy.einsum("ij,ij->j", placed, placed) / whole), 0.0]
    return points, (float(parts[0]), float(parts[1]))


def _axes(centred: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Return the two main axes as columns (one when there is one dimension)."""
    if centred.shape[1] <= SMALL:
        _, vectors = numpy.linalg.eigh(centred.T @ centred)
        found: NDArray[numpy.float64] = vectors[:, ::-1][:, :2]
        return found
    if centred.shape[0] <= SMALL:
        _, _, axes = numpy.linalg.svd(centred, full_matrices=False)
        return numpy.asarray(axes[:2].T)
    return _sought(centred)


def _sought(centred: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Find two axes among many dimensions by subspace iteration from a fixed start (Halko, Martinsson, Tropp 2011)."""
    start = numpy.random.default_rng(0).standard_normal((centred.shape[1], 2 + SPARE))
    basis, _ = numpy.linalg.qr(start)
    before = numpy.zeros(2)
    for _ in range(ROUNDS):
        basis, _ = numpy.linalg.qr(centred.T @ (centred @ basis))
        seen = numpy.linalg.svd(centred @ basis, compute_uv=False)[:2]
        if numpy.allclose(seen, before, rtol=SETTLED, atol=0):
            break
        before = seen
    _, _, turned = numpy.linalg.svd(centred @ basis, full_matrices=False)
    return numpy.asarray(basis @ turned[:2].T)

"""Compare: do two models see the same neighbours? Overlap@k on the texts that both have a vector of.

Each model measures as it is registered to. Cosines are told apart to six decimals; texts that are as near as that are
taken in one order for both models, so that equal texts do not look like a disagreement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy

from localstore.errors import InvalidValue
from localstore.vectors.insight import sampling
from localstore.vectors.insight.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from localstore.store import Store

BLOCK = 4_096
WORST = 10
DIGITS = 6


@dataclass(frozen=True)
class ModelComparison:
    """How alike two models see the texts that both have a vector of.

    ``overlap`` is the mean, over ``sampled`` texts, of the part of the nearest k by one model that is among the
    nearest k by the other (themselves left out, only shared texts looked at). ``worst`` are the texts they disagree
    on most, as (item id, title, overlap).
    """

    model_a: str
    model_b: str
    k: int
    texts_shared: int
    sampled: int
    overlap: float
    worst: list[tuple[str, str, float]] = field(default_factory=list)


def compare(
    store: Store,
    a: str,
    b: str,
    k: int = 10,
    sample: int = 200,
    seed: int = 0,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ModelComparison:
    """Compare the neighbours that two models give to a sample of texts.

    Raises InvalidValue when they share fewer than three texts or are the same model, Interrupted when *cancelled*
    says so.
    """
    for name, value in (("k", k), ("sample", sample)):
        if value < 1:
            raise InvalidValue(f"{value} is too few: give 1 at least", name)
    one, other = sampling.choose(store, a), sampling.choose(store, b)
    if one.id == other.id:
        raise InvalidValue(f"{a!r} and {b!r} are one model: name two")
    texts, rows = _shared(store, one.id, other.id)
    if len(texts) < 3:
        raise InvalidValue(
            f"{one.name} and {other.name} have vectors of {len(texts)} texts in common: embed more with both"
        )
    k = min(k, len(texts) - 1)
    asked = sampling.sample(numpy.arange(len(texts)), sample, seed)
    walk = Walk(2 * len(texts), progress, cancelled)
    found = [
        _neighbours(store, chosen.metric, rows[:, side], asked, k, walk) for side, chosen in enumerate((one, other))
    ]
    parts = numpy.array([len(numpy.intersect1d(x[x >= 0], y)) / k for x, y in zip(*found, strict=True)])
    worst = numpy.argsort(parts, kind="stable")[:WORST]
    named = _named(store, [str(texts[asked[at]], "ascii") for at in worst])
    shown = [(*name, float(parts[at])) for at, name in zip(worst, named, strict=True) if name]
    return ModelComparison(one.name, other.name, k, len(texts), len(asked), float(parts.mean()), shown)


def _shared(store: Store, a: str, b: str) -> tuple[NDArray[numpy.bytes_], NDArray[numpy.int64]]:
    """Return the texts (ids of contents, of items for whole ones) that both have, and their rows ``(n, 2)``."""
    with store.reading() as connection:
        (texts_a, rows_a), (texts_b, rows_b) = (_texts(connection, pk) for pk in (a, b))
    texts, at_a, at_b = numpy.intersect1d(texts_a, texts_b, return_indices=True)
    return texts, numpy.column_stack([rows_a[at_a], rows_b[at_b]])


def _texts(connection: Any, model_id: str) -> tuple[NDArray[numpy.bytes_], NDArray[numpy.int64]]:
    sql = (
        "SELECT COALESCE(content_id, json_extract(meta_data, '$.content_id'), item_id, ''), rowid"
        " FROM embeddings WHERE model_id = ? ORDER BY updated_at DESC"
    )
    found = [(str(text).encode("ascii", "replace"), row) for text, row in connection.execute(sql, (model_id,))]
    texts = numpy.array([text for text, _ in found], dtype="S36")
    return texts, numpy.array([row for _, row in found], dtype=numpy.int64)


def _neighbours(
    store: Store, metric: str, rows: NDArray[numpy.int64], asked: NDArray[numpy.int64], k: int, walk: Walk
) -> NDArray[numpy.int64]:
    """Return the nearest *k* texts of each asked one ``(queries, k)``, reading every vector once."""
    queries = sampling.read(store, rows[asked])
    dim = queries.rows.shape[1]
    looked = _ready(metric, queries.rows)
    best = numpy.full((len(asked), k), -numpy.inf)
    who = numpy.full((len(asked), k), -1, dtype=numpy.int64)
    for start in range(0, len(rows), BLOCK):
        block = sampling.finite(sampling.read(store, rows[start : start + BLOCK], dim))
        walk.check()
        walk.tell(min(BLOCK, len(rows) - start))
        at = block.at + start
        scores = numpy.full((len(asked), len(at)), -numpy.inf)
        scores[queries.at] = _scores(metric, looked, _ready(metric, block.rows))
        scores[asked[:, None] == at[None, :]] = -numpy.inf
        best, who = _merged(best, who, scores, at, k)
    return who


def _ready(metric: str, rows: NDArray[numpy.float32]) -> NDArray[Any]:
    """Return rows to multiply: of length 1 in float32 for the cosine, else in float64, which huge numbers need."""
    return sampling.unit(rows).astype(numpy.float32) if metric == "cosine" else rows.astype(numpy.float64)


def _scores(metric: str, queries: NDArray[Any], rows: NDArray[Any]) -> NDArray[numpy.float64]:
    dots: NDArray[numpy.float64] = (queries @ rows.T).astype(numpy.float64)
    if metric == "l2":
        squares = numpy.einsum("ij,ij->i", rows, rows)
        return numpy.asarray(2 * dots - squares)  # what is left of minus the squared distance for one query
    return numpy.round(dots, DIGITS) if metric == "cosine" else dots


def _merged(
    best: NDArray[numpy.float64],
    who: NDArray[numpy.int64],
    scores: NDArray[numpy.float64],
    at: NDArray[numpy.intp],
    k: int,
) -> tuple[NDArray[numpy.float64], NDArray[numpy.int64]]:
    """Keep the best *k* of each row, equal ones in the order of texts (a stable sort; those kept came before)."""
    both = numpy.concatenate([best, scores], axis=1)
    names = numpy.concatenate([who, numpy.broadcast_to(at, scores.shape)], axis=1)
    order = numpy.argsort(-both, axis=1, kind="stable")[:, :k]
    return numpy.take_along_axis(both, order, axis=1), numpy.take_along_axis(names, order, axis=1)


def _named(store: Store, texts: list[str]) -> list[tuple[str, str] | None]:
    """Return the item and title of texts, None for what is gone."""
    sql = "SELECT id, title FROM items WHERE id = COALESCE((SELECT item_id FROM contents WHERE id = ?1), ?1)"
    with store.reading() as connection:
        return [connection.execute(sql, (text,)).fetchone() for text in texts]

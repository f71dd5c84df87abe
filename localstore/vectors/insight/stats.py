"""Stats: what the vectors of each AI model look like, and how well they are in step with the texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy

from localstore.ai_models import dimension
from localstore.freshness import Freshness
from localstore.tables import to_json
from localstore.vectors.insight.sampling import described
from localstore.vectors.insight.walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from localstore.connection import Connection
    from localstore.store import Store

BLOCK = 4_096
BINS = 20
EVEN = 1e-4
"""Lengths that differ by less than this part are one bar: of vectors scaled to 1 a histogram shows rounding only."""


@dataclass(frozen=True)
class VectorStats:
    """The vectors of one AI model.

    ``lengths`` counts vectors by their number of dimensions: more than one is a fault. ``norm_*`` and
    ``norm_histogram`` (lower, upper, count) are of vectors without NaN or infinity, which ``bad`` counts; they are
    None and empty when there are none, or when only counts were asked for (``measured`` is False; ``lengths``,
    ``zeros``, ``bad`` and ``truncated`` are not counted either). ``pending`` texts changed and could not be looked
    at yet; ``without`` counts items that have no vector of this model.
    """

    model: str
    model_id: str
    metric: str
    count: int = 0
    dim: int | None = None
    fresh: int = 0
    stale: int = 0
    unknown: int = 0
    pending: int = 0
    without: int = 0
    measured: bool = False
    lengths: dict[int, int] = field(default_factory=dict)
    norm_min: float | None = None
    norm_mean: float | None = None
    norm_max: float | None = None
    norm_histogram: list[tuple[float, float, int]] = field(default_factory=list)
    zeros: int = 0
    bad: int = 0
    truncated: int = 0

    @property
    def bytes(self) -> int:
        """Bytes of the vectors themselves."""
        return 4 * (sum(dim * count for dim, count in self.lengths.items()) or self.count * (self.dim or 0))


def stats(
    store: Store,
    model: str | None = None,
    *,
    norms: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[VectorStats]:
    """Return the figures of one model, or of every registered one by name.

    Without *norms* only what indexes know is counted, at once. With them every vector is read once, a block at a
    time; what is kept is eight bytes a vector. Raises Interrupted when *cancelled* says so.
    """
    store.catch_up()
    with store.reading() as connection:
        if model is None:
            keys = [row[0] for row in connection.execute("SELECT id FROM ai_models")]
        else:
            keys = [store.ai_models.resolve(model)]
        found = sorted((_counted(connection, pk) for pk in keys), key=lambda each: each.model)
        if not norms:
            return found
        walk = Walk(sum(each.count for each in found), progress, cancelled)
        return [_measured(connection, each, walk) for each in found]


def _counted(connection: Connection, pk: str) -> VectorStats:
    chosen = described(connection, pk)
    count = int(connection.execute("SELECT count(*) FROM embeddings WHERE model_id = ?", (pk,)).fetchone()[0])
    if not count:
        items = connection.execute("SELECT count(*) FROM items").fetchone()[0]
        return VectorStats(chosen.name, pk, chosen.metric, dim=dimension(connection, pk), without=int(items))
    states, without = _states(connection, pk)
    return VectorStats(
        chosen.name,
        pk,
        chosen.metric,
        count=count,
        dim=dimension(connection, pk),
        fresh=states[Freshness.FRESH],
        stale=states[Freshness.STALE],
        unknown=states[Freshness.UNKNOWN],
        pending=states[Freshness.PENDING],
        without=without,
    )


def _states(connection: Connection, pk: str) -> tuple[Counter[int], int]:
    """Count states of freshness, and items without a vector of the model.

    Whose a state is stands beside its vector, which takes a page of the file: a million of them 4 s. So the states
    of the model that has most are all there are, less those of the others.
    """
    sizes: Any = connection.execute("SELECT model_id, count(*) FROM embeddings GROUP BY 1 ORDER BY 2, 1")
    *others, largest = [model for model, _ in sizes]
    if pk != largest:
        return _states_of(connection, [pk]), _number(connection, "items") - _items_of(connection, [pk])
    every: Any = connection.execute("SELECT state, count(*) FROM embedding_states GROUP BY 1")
    return Counter(dict(every.fetchall())) - _states_of(connection, others), _items_without(connection, pk, others)


_OF = (
    "embeddings e CROSS JOIN embedding_states s ON s.embedding_id = e.id"
    " WHERE e.model_id IN (SELECT value FROM json_each(?1))"
)


def _number(connection: Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _states_of(connection: Connection, models: list[str]) -> Counter[int]:
    found: Any = connection.execute(f"SELECT s.state, count(*) FROM {_OF} GROUP BY 1", (to_json(models),))
    return Counter(dict(found.fetchall()))


def _items_of(connection: Connection, models: list[str]) -> int:
    return int(connection.execute(f"SELECT count(DISTINCT s.item_id) FROM {_OF}", (to_json(models),)).fetchone()[0])


def _items_without(connection: Connection, pk: str, others: list[str]) -> int:
    """Count items that have no vector at all, and those of the other models that have none of this one."""
    sql = "SELECT count(*) FROM items i WHERE NOT EXISTS (SELECT 1 FROM embedding_states s WHERE s.item_id = i.id)"
    none = int(connection.execute(sql).fetchone()[0])
    sql = (
        f"SELECT count(*) FROM (SELECT DISTINCT s.item_id FROM {_OF}) o WHERE NOT EXISTS (SELECT 1 FROM"
        " embedding_states s CROSS JOIN embeddings e ON e.id = s.embedding_id WHERE s.item_id = o.item_id"
        " AND +e.model_id = ?2)"
    )
    return none + int(connection.execute(sql, (to_json(others), pk)).fetchone()[0])


def _blocks(connection: Connection, pk: str, walk: Walk) -> Iterator[list[tuple[bytes, Any]]]:
    """Yield vectors with their mark of truncation, in the order in which they lie in the file."""
    sql = "SELECT vector, json_extract(meta_data, '$.truncated') FROM embeddings WHERE model_id = ?"
    rows = iter(connection.execute(sql, (pk,)))
    while block := list(islice(rows, BLOCK)):
        walk.check()
        yield block
        walk.tell(len(block))


def _measured(connection: Connection, found: VectorStats, walk: Walk) -> VectorStats:
    lengths: Counter[int] = Counter()
    norms: list[NDArray[numpy.float64]] = [numpy.zeros(0)]
    truncated = 0
    for block in _blocks(connection, found.model_id, walk):
        truncated += sum(bool(mark) for _, mark in block)
        lengths.update(len(blob) // 4 for blob, _ in block)
        norms += _norms([blob for blob, _ in block])
    every = numpy.concatenate(norms)
    good = every[numpy.isfinite(every)]
    figures: dict[str, Any] = {}
    if good.size:
        least, most = float(good.min()), float(good.max())
        figures = {"norm_min": least, "norm_mean": float(good.mean()), "norm_max": most}
        figures["norm_histogram"] = _histogram(good, least, most)
    return replace(
        found,
        measured=True,
        lengths=dict(sorted(lengths.items())),
        zeros=int((good == 0).sum()),
        bad=int(every.size - good.size),
        truncated=truncated,
        **figures,
    )


def _norms(blobs: list[bytes]) -> list[NDArray[numpy.float64]]:
    """Return the lengths of vectors, those of one number of dimensions at a time."""
    found = []
    for size in {len(blob) for blob in blobs}:
        same = b"".join(blob for blob in blobs if len(blob) == size)
        rows = numpy.frombuffer(same, dtype="<f4").reshape(-1, size // 4)
        found.append(numpy.sqrt(numpy.einsum("ij,ij->i", rows, rows, dtype=numpy.float64)))
    return found


def _histogram(norms: NDArray[numpy.float64], least: float, most: float) -> list[tuple[float, float, int]]:
    if most - least <= EVEN * most:
        return [(least, most, int(norms.size))]
    counts, edges = numpy.histogram(norms, bins=BINS, range=(least, most))
    return [(float(edges[at]), float(edges[at + 1]), int(count)) for at, count in enumerate(counts)]

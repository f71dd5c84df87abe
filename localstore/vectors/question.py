"""Question: what is asked of a nearest lookup, checked before anything is read."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from localstore import values
from localstore.ai_models import METRICS, dimension, spelled
from localstore.connection import Connection
from localstore.errors import Ambiguous, InvalidValue, LocalstoreError, NotFound
from localstore.models import AIModel
from localstore.tables import need
from localstore.vectors import keys, rows
from localstore.vectors.codes import Float64, Ids
from localstore.vectors.scores import check_query

if TYPE_CHECKING:
    from localstore.filters import Filter
    from localstore.store import Store

MEMORY = "LOCALSTORE_VECTOR_MEMORY"
"""Megabytes of a model's codes that are kept in memory; larger ones are read anew for each lookup."""
THREADS = "LOCALSTORE_VECTOR_THREADS"
"""How many threads scan; one a core, up to four, when nobody says."""


class Question(NamedTuple):
    """One lookup: the model and its length, the metric, queries ``(q, d)``, and which vectors count.

    ``k`` None is all; ``floor`` the least score; ``left_out`` ids that do not count. ``where`` is None or a filter.
    """

    model_id: str
    model: str
    dim: int
    metric: str
    queries: Float64
    k: int | None
    floor: float | None
    where: Filter | None
    left_out: Ids
    exact: bool
    lexical: bool = False


def memory() -> int:
    """Return how many bytes of codes may be kept in memory: half of the machine's, or what is said."""
    said = os.environ.get(MEMORY, "")
    if not said:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    if not said.isascii() or not said.isdigit():
        raise InvalidValue(f"{said!r} is no number of megabytes: give a whole number", MEMORY)
    return int(said) * 1_000_000


def threads() -> int:
    """Return how many threads scan."""
    said = os.environ.get(THREADS, "")
    if not said:
        return min(os.cpu_count() or 1, 4)
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= 64:
        raise InvalidValue(f"{said!r} is no number of threads: give one from 1 to 64", THREADS)
    return int(said)


def choose_model(store: Store, connection: Connection, ref: str | None) -> str:
    """Return the id of the model that is asked: when nobody says, the one that has vectors, or was chosen to embed."""
    if ref is not None:
        return store.ai_models.resolve(ref)
    there = rows.models_with_vectors(connection)
    if not there:
        raise NotFound(
            "There are no vectors yet: 'localstore embed setup' chooses what makes them from texts, 'localstore embed' "
            "makes them, 'localstore import' reads those that there are."
        )
    if len(there) > 1 and (usual := _chosen_to_embed(store, there)):
        return usual
    if len(there) > 1:
        names = [(pk, spelled(need(connection, AIModel, pk))) for pk in there]
        some = ", ".join(name for _, name in names[:8])
        raise Ambiguous(f"Which model? There are vectors of {some}: name one with --model.", names)
    return there[0]


def _chosen_to_embed(store: Store, there: Sequence[str]) -> str | None:
    """Return the model that was chosen to embed, when it is one of these."""
    from localstore.embedding.choice import SETTING

    wanted = store.settings.get(SETTING).value
    try:
        found = store.ai_models.resolve(str(wanted)) if wanted else None
    except LocalstoreError:
        return None
    return found if found in there else None


def length_of(connection: Connection, model_id: str, name: str) -> int:
    """Return the length of a model's vectors; NotFound when it has none."""
    if not connection.execute("SELECT 1 FROM embeddings WHERE model_id = ? LIMIT 1", (model_id,)).fetchone():
        raise NotFound(f"The model {name} has no vectors yet: 'localstore embed --model {name}' makes them.")
    found = dimension(connection, model_id)
    assert found is not None
    return found


def chosen_metric(row: dict[str, Any], asked: str | None) -> str:
    """Return the metric asked for, else the model's own, else cosine."""
    parameters = values.from_json(row["parameters"])
    own = parameters.get("metric") if isinstance(parameters, dict) else None
    metric = asked or own or METRICS[0]
    if metric not in METRICS:
        raise InvalidValue(f"there is no metric {values.shown(metric)}: choose {', '.join(METRICS)}", "metric")
    return str(metric)


def checked_k(k: object) -> int | None:
    """Return how many matches are asked for, None for all; any kind of whole number will do."""
    try:
        whole = None if k is None or isinstance(k, bool) else operator.index(k)  # type: ignore[arg-type]
    except TypeError:
        whole = 0
    if (k is not None and not whole) or (whole or 1) < 1:
        raise InvalidValue(f"{k!r} matches cannot be asked for: give a whole number above 0", "k")
    return whole


def checked_floor(floor: object) -> float | None:
    """Return the least score that is wanted."""
    try:
        found = None if floor is None else float(floor)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = math.nan
    if found is not None and not math.isfinite(found):
        raise InvalidValue(f"{floor!r} is no score to reach: give a number", "min_score")
    return found


def checked_filter(where: object) -> Filter | None:
    """Return a filter; a find line is read as one."""
    from localstore.filters import Filter

    found = Filter.parse(where) if isinstance(where, str) else where
    if found is not None and not isinstance(found, Filter):
        raise InvalidValue(f"{values.shown(where)} is no filter: give Filter.parse('type:note #tag')", "where")
    return found or None


def as_queries(given: object, dim: int, metric: str, *, batch: bool) -> Float64:
    """Return queries as float64 ``(q, d)``; InvalidValue says what is wrong with them, with both lengths."""
    path = "queries" if batch else "query"
    if isinstance(given, np.ma.MaskedArray):
        raise InvalidValue("a masked array has numbers that are none: fill it first, as with .filled(0)", path)
    try:
        array = np.asarray(given)
    except ValueError:
        raise InvalidValue("rows of different lengths are no matrix", path) from None
    if array.dtype.kind not in "fiu":
        advice = "np.asarray(x, dtype=np.float32)"
        raise InvalidValue(f"an array of {array.dtype} holds no numbers to compare: make it one with {advice}", path)
    if array.ndim != (2 if batch else 1):
        shape = "2 dimensions (queries, numbers)" if batch else "1 dimension"
        raise InvalidValue(f"an array of shape {array.shape}: expected {shape}", path)
    if array.shape[-1] != dim:
        raise InvalidValue(f"{array.shape[-1]} numbers, but vectors of this model have {dim}", path)
    queries = np.ascontiguousarray(np.atleast_2d(array), dtype=np.float64)
    for number, query in enumerate(queries):
        check_query(query, metric, f"{path}[{number}]" if batch else path)
    return _scaled(queries) if metric == "cosine" else queries


def _scaled(queries: Float64) -> Float64:
    """Return queries of about length 1, whose squares neither vanish nor overflow: by powers of two, so exactly."""
    _, exponents = np.frexp(np.abs(queries).max(axis=1))
    scaled: Float64 = np.ldexp(queries, -exponents[:, None])
    return scaled


class Likeness(NamedTuple):
    """A vector to look for more like, and the ids of the vectors that are it."""

    vector: Float64
    own: Ids


def likeness(store: Store, connection: Connection, ref: str, model_id: str, dim: int) -> Likeness:
    """Return the vector of an item, a content or an embedding by a model.

    An item without a vector of its own stands for the mean direction of its contents' vectors.
    """
    table, pk = _whose(store, connection, ref)
    own = _own(connection, table, pk)
    found = rows.of_ids(connection, model_id, dim, own)
    if not len(found.ids):
        raise NotFound(f"{ref!r} has no vector by this model: 'localstore embed' makes it, or name another model.")
    if table == "items":
        whole = _whole(connection, pk, model_id)
        chosen = found.matrix[keys.among(found.ids, keys.raw(whole))] if whole else found.matrix
    else:
        chosen = found.matrix
    exact = chosen.astype(np.float64)
    if len(exact) == 1:
        return Likeness(exact[0], keys.raw(own))
    norms = np.sqrt(np.square(exact).sum(axis=1))
    directions = exact[norms > 0] / norms[norms > 0, None]
    return Likeness(directions.sum(axis=0) if len(directions) else exact[0], keys.raw(own))


def _whose(store: Store, connection: Connection, ref: str) -> tuple[str, str]:
    """Return the table and id of what *ref* names."""
    problem: Exception | None = None
    for rows_of in (store.items, store.contents, store.embeddings):
        try:
            return rows_of.table, rows_of.resolve(ref)
        except NotFound as error:
            problem = problem or error
    assert problem is not None
    raise NotFound(f"There is no item, content or embedding {ref!r}: give an id, its end, or an item's title.")


_OWN = {
    "items": "SELECT id FROM embeddings WHERE item_id = ?1 UNION SELECT e.id FROM contents c JOIN embeddings e"
    " ON e.content_id = c.id WHERE c.item_id = ?1",
    "contents": "SELECT id FROM embeddings WHERE content_id = ?1 UNION SELECT e.id FROM contents c JOIN embeddings e"
    " ON e.item_id = c.item_id AND +e.content_id IS NULL AND json_extract(e.meta_data, '$.content_id') = c.id"
    " WHERE c.id = ?1",
    "embeddings": "SELECT ?1",
}


def _own(connection: Connection, table: str, pk: str) -> list[str]:
    """Return all vectors of a thing, by any model, in order of id."""
    return sorted(row[0] for row in connection.execute(_OWN[table], (pk,)))


def _whole(connection: Connection, item: str, model_id: str) -> Sequence[str]:
    """Return the vectors that stand for the whole item."""
    sql = (
        "SELECT id FROM embeddings WHERE item_id = ? AND +model_id = ? AND +content_id IS NULL"
        " AND json_extract(meta_data, '$.content_id') IS NULL"
    )
    return sorted(row[0] for row in connection.execute(sql, (item, model_id)))

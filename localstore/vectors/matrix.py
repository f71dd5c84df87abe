"""Matrix: a model's vectors as arrays, for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localstore.ai_models import spelled
from localstore.connection import Connection
from localstore.errors import InvalidValue
from localstore.filters import Filter
from localstore.models import AIModel
from localstore.tables import need
from localstore.vectors import keys, question, rows

if TYPE_CHECKING:
    from localstore.store import Store

Batch = tuple[NDArray[np.str_], NDArray[np.float32]]


def matrix(store: Store, model: str | None, where: Filter | None) -> Batch:
    """Return ids ``(n,)`` and float32 vectors ``(n, d)`` in order of id; see ``Embeddings.matrix``."""
    with store.reading() as connection:
        model_id, dim, sql, bindings = _chosen(store, connection, model, where)
        counted = f"SELECT count(*) FROM embeddings t WHERE t.model_id = ? AND t.dim = ? AND {sql}"
        (count,) = connection.execute(counted, (model_id, dim, *bindings)).fetchone()
        ids, found, at = [], np.empty((count, dim), dtype=np.float32), 0
        for block in rows.stream(connection, model_id, dim, sql, bindings, order="t.id"):
            found[at : at + len(block.ids)] = block.matrix
            ids.append(block.ids)
            at += len(block.ids)
    return keys.texts(keys.written(np.concatenate(ids)) if ids else []), found


def batches(store: Store, model: str | None, where: Filter | None, size: int) -> Iterator[Batch]:
    """Yield ids and vectors, *size* at a time, in order of id, from one snapshot; see ``Embeddings.batches``."""
    if size < 1:
        raise InvalidValue(f"{size} vectors at a time are none: give a whole number above 0", "size")
    with store.reading() as connection:
        model_id, dim, sql, bindings = _chosen(store, connection, model, where)
        for block in rows.stream(connection, model_id, dim, sql, bindings, order="t.id", step=size):
            yield keys.texts(keys.written(block.ids)), block.matrix


def _chosen(
    store: Store, connection: Connection, model: str | None, where: Filter | None
) -> tuple[str, int, str, tuple[Any, ...]]:
    model_id = question.choose_model(store, connection, model)
    dim = question.length_of(connection, model_id, spelled(need(connection, AIModel, model_id)))
    return model_id, dim, *store.embeddings.condition(connection, where)

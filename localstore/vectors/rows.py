"""Rows: the float32 truth as it stands in ``embeddings``, read by id or streamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from localstore import values
from localstore.connection import Connection
from localstore.vectors import keys
from localstore.vectors.codes import Float32, Ids

FEW = 500
"""Ids looked up by one statement."""
STEP = 4_096
_BY_ID = (
    "SELECT e.id, e.vector FROM json_each(?) j CROSS JOIN embeddings e ON e.id = j.value"
    " WHERE e.model_id = ? AND e.dim = ?"
)


class Rows(NamedTuple):
    """Some vectors: ids (n) and float32 ``(n, d)``."""

    ids: Ids
    matrix: Float32


def of_ids(connection: Connection, model_id: str, dim: int, wanted: Sequence[str]) -> Rows:
    """Return the vectors of a model that have these ids; those that are gone are left out."""
    found: list[tuple[str, bytes]] = []
    for at in range(0, len(wanted), FEW):
        bindings = (values.to_json(list(wanted[at : at + FEW])), model_id, dim)
        found += connection.execute(_BY_ID, bindings).fetchall()
    return gathered(found, dim)


def gathered(found: Sequence[tuple[str, bytes]], dim: int) -> Rows:
    """Return rows ``(id, vector)`` as arrays."""
    matrix = np.frombuffer(b"".join([row[1] for row in found]), dtype="<f4").reshape(len(found), dim)
    return Rows(keys.raw([row[0] for row in found]), matrix)


def stream(
    connection: Connection,
    model_id: str,
    dim: int,
    condition: str = "1",
    bindings: Sequence[Any] = (),
    *,
    order: str = "t.rowid",
    step: int = STEP,
) -> Iterator[Rows]:
    """Yield a model's vectors of this length in blocks, in the order they lie unless *order* says another.

    *condition* is over alias ``t``.
    """
    sql = f"SELECT t.id, t.vector FROM embeddings t WHERE t.model_id = ? AND t.dim = ? AND {condition} ORDER BY {order}"
    cursor = connection.execute(sql, (model_id, dim, *bindings))
    while block := list(islice(cursor, step)):
        yield gathered(block, dim)


def ids_where(connection: Connection, model_id: str, condition: str, bindings: Sequence[Any]) -> Ids:
    """Return the sorted ids of a model's vectors for which *condition* holds over alias ``t``."""
    sql = f"SELECT group_concat(replace(t.id, '-', ''), '') FROM embeddings t WHERE t.model_id = ? AND {condition}"
    (digits,) = connection.execute(sql, (model_id, *bindings)).fetchone()
    return np.sort(keys.from_hex(digits or ""))


def ids_of_items(connection: Connection, condition: str, bindings: Sequence[Any]) -> Ids:
    """Return the sorted ids of all vectors, of any model, of the items for which *condition* holds over alias ``i``.

    By the table of states, which knows each vector's item: the rows of the vectors are not touched.
    """
    sql = (
        "SELECT group_concat(replace(s.embedding_id, '-', ''), '') FROM items i"
        f" CROSS JOIN embedding_states s ON s.item_id = i.id WHERE {condition}"
    )
    (digits,) = connection.execute(sql, tuple(bindings)).fetchone()
    return np.sort(keys.from_hex(digits or ""))


def count(connection: Connection, model_id: str) -> int:
    """Return how many vectors a model has."""
    return int(connection.execute("SELECT count(*) FROM embeddings WHERE model_id = ?", (model_id,)).fetchone()[0])


def models_with_vectors(connection: Connection) -> list[str]:
    """Return the ids of the models that have vectors."""
    sql = "SELECT id FROM ai_models m WHERE EXISTS (SELECT 1 FROM embeddings e WHERE e.model_id = m.id) ORDER BY id"
    return [row[0] for row in connection.execute(sql)]

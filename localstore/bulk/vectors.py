"""Vectors of items that are there already: missing ones are added, differing ones replaced when that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from localstore import tables, times, values
from localstore.bulk.rows import INSERT, Named, NewRows
from localstore.bulk.settled import Text, Vector
from localstore.connection import Connection
from localstore.models import Embedding

_EXISTING = (
    "SELECT e.id, e.model_id, COALESCE(e.content_id, json_extract(e.meta_data, '$.content_id')), e.vector,"
    " e.content_id, e.updated_at FROM embeddings e WHERE e.item_id = ?1"
    " UNION ALL SELECT e.id, e.model_id, e.content_id, e.vector, e.content_id, e.updated_at"
    " FROM contents c JOIN embeddings e ON e.content_id = c.id WHERE c.item_id = ?1 AND e.item_id IS NULL"
)


class Written(NamedTuple):
    """How many vectors were written, and how many differ and were kept."""

    written: int
    kept: int


def write_vectors(connection: Connection, named: Named, *, overwrite: bool) -> Written:
    """Bring an item's vectors to what came; the store keeps one for each model and text."""
    item = named.item
    if not item.vectors and not any(text.vectors for text in item.texts):
        return Written(0, 0)
    rows: list[Any] = connection.execute(_EXISTING, (item.id,)).fetchall()
    there = {(model, text): (pk, blob, stamp) for pk, model, text, blob, _, stamp in rows}
    taken = {content for *_, content, _ in rows if content}
    fresh, written, kept = NewRows(), 0, 0
    for vector, text in _all(named):
        stands_for = text.id if text else vector.meta_data.get("content_id")
        found = there.get((named.models[vector.model], stands_for))
        if found is None:
            fresh.vector(vector, named, text, on_text=text is not None and text.id not in taken)
            taken.add(text.id if text else "")
            written += 1
        elif found[1] != vector.blob and overwrite:
            _replace(connection, found, vector)
            written += 1
        else:
            kept += found[1] != vector.blob
    for table in ("embeddings", "embedding_states"):
        connection.executemany(INSERT[table], fresh.tables[table])
    return Written(written, kept)


def _all(named: Named) -> Iterator[tuple[Vector, Text | None]]:
    yield from ((vector, text) for text in named.item.texts for vector in text.vectors)
    yield from ((vector, None) for vector in named.item.vectors)


def _replace(connection: Connection, found: tuple[str, bytes, str], vector: Vector) -> None:
    pk, _, stamp = found
    sql = "SELECT json_extract(meta_data, '$.content_id') FROM embeddings WHERE id = ?"
    (named,) = connection.execute(sql, (pk,)).fetchall()[0]
    meta = vector.meta_data | ({"content_id": named} if named else {})
    columns = {"vector": vector.blob, "dim": vector.dim, "meta_data": values.to_json(meta)}
    tables.update(connection, Embedding, pk, {**columns, "updated_at": times.after(times.now(), stamp)})

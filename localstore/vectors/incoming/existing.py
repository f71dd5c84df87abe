"""Vectors that are there already: the model's own of each text, and the texts that hold another model's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from localstore.connection import Connection
from localstore.vectors.incoming.targets import Targets, among

_ON_TEXTS = "SELECT j.value, e.id, e.model_id FROM json_each(?) j CROSS JOIN embeddings e ON e.content_id = j.value"
_ON_ITEMS = (
    "SELECT e.item_id, json_extract(e.meta_data, '$.content_id'), e.id FROM json_each(?1) j CROSS JOIN embeddings e"
    " ON e.item_id = j.value WHERE +e.content_id IS NULL AND +e.model_id = ?2 ORDER BY e.updated_at, e.id"
)
_ROWS = (
    "SELECT e.id, e.vector, e.dim, e.meta_data, e.updated_at, e.content_id FROM json_each(?) j"
    " CROSS JOIN embeddings e ON e.id = j.value"
)


@dataclass(slots=True)
class Stored:
    """A vector as it is stored."""

    id: str
    vector: bytes
    dim: int
    meta_data: str
    updated_at: str
    content_id: str | None

    @property
    def meta(self) -> dict[str, Any]:
        """Its metadata."""
        read: dict[str, Any] = json.loads(self.meta_data)
        return read


@dataclass(slots=True)
class Existing:
    """``rows`` by position in the batch; ``taken`` are the contents on which a vector sits."""

    rows: dict[int, Stored] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


def find_existing(connection: Connection, model_id: str, targets: Targets, at: Sequence[int]) -> Existing:
    """Find the model's vectors of what these rows stand for; of several that came from elsewhere the newest."""
    found = Existing()
    texts = {str(targets.contents[row]): row for row in at if targets.contents[row]}
    ids: dict[int, str] = {}
    for content, pk, model in connection.execute(_ON_TEXTS, (among(texts),)) if texts else ():
        found.taken.add(content)
        if model == model_id:
            ids[texts[content]] = pk
    left = {(targets.items[row], targets.contents[row]): row for row in at if row not in ids}
    for item, content, pk in _on_items(connection, model_id, {item for item, _ in left}):
        row = left.get((item, content))
        if row is not None:
            ids[row] = pk
    found.rows = _read(connection, ids)
    return found


def _on_items(connection: Connection, model_id: str, items: Iterable[str]) -> Iterable[tuple[str, str | None, str]]:
    rows: Iterable[tuple[str, str | None, str]] = connection.execute(_ON_ITEMS, (among(items), model_id))
    return rows


def metadata_of(connection: Connection, items: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the metadata of items: what came with an item when it was made is not new to its vector."""
    sql = "SELECT i.id, i.meta_data FROM json_each(?) j CROSS JOIN items i ON i.id = j.value"
    return {row[0]: json.loads(row[1]) for row in connection.execute(sql, (among(items),))}


def _read(connection: Connection, ids: dict[int, str]) -> dict[int, Stored]:
    if not ids:
        return {}
    found = {row[0]: Stored(*row) for row in connection.execute(_ROWS, (among(ids.values()),))}
    return {row: found[pk] for row, pk in ids.items()}

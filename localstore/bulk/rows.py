"""Rows of new items: prepared tuples, one ``executemany`` a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from localstore import ids, values
from localstore.bulk.settled import Settled, Text, Vector
from localstore.connection import Connection
from localstore.records import FileRecord

COLUMNS = {
    "items": "id created_at updated_at owner_id organization_id type title description meta_data",
    "contents": "id created_at updated_at item_id role text meta_data",
    "item_tag_links": "item_id tag_id",
    "embeddings": "id created_at updated_at model_id content_id item_id vector dim meta_data",
    "embedding_states": "embedding_id item_id state",
    "file_assets": "id created_at updated_at owner_id item_id filename path mime_type size_bytes checksum meta_data",
}
INSERT = {
    table: f"INSERT INTO {table} ({', '.join(names.split())}) VALUES ({', '.join('?' * len(names.split()))})"
    for table, names in COLUMNS.items()
}
Tuple = tuple[Any, ...]


@dataclass(slots=True)
class Named:
    """A settled item with the ids of what it names."""

    item: Settled
    owner: str
    organization: str | None
    tags: list[str] = field(default_factory=list)
    models: dict[tuple[str, str, str | None], str] = field(default_factory=dict)


class NewRows:
    """Rows by table, gathered and written together."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Tuple]] = {table: [] for table in COLUMNS}

    def add(self, named: Named) -> None:
        """Gather everything of a new item."""
        item = named.item
        self.tables["items"].append(item_row(named))
        self.tables["contents"] += [text_row(text, item.id) for text in item.texts]
        self.tables["item_tag_links"] += [(item.id, tag) for tag in named.tags]
        for text in item.texts:
            for number, vector in enumerate(text.vectors):
                self.vector(vector, named, text, on_text=number == 0)
        for vector in item.vectors:
            self.vector(vector, named)
        self.tables["file_assets"] += [file_row(file, named.owner, item.id) for file in item.files]

    def vector(self, vector: Vector, named: Named, text: Text | None = None, *, on_text: bool = False) -> None:
        """Gather a vector: the first of a text sits on it, others on the item and name the text."""
        model, item = named.models[vector.model], named.item
        meta = vector.meta_data
        if text and not on_text:
            meta = meta | {"content_id": text.id}
        stands_for = text.id if text else str(meta.get("content_id", item.id))
        pk = vector.id or ids.natural_id("embedding", model, stands_for)
        place = (text.id, None) if text and on_text else (None, item.id)
        stamps = (vector.created_at, vector.updated_at)
        row = (pk, *stamps, model, *place, vector.blob, vector.dim, values.to_json(meta))
        self.tables["embeddings"].append(row)
        self.tables["embedding_states"].append((pk, item.id, 0))

    def write(self, connection: Connection) -> None:
        """Insert all, parents first."""
        for table, rows in self.tables.items():
            if rows:
                connection.executemany(INSERT[table], rows)

    @property
    def text_ids(self) -> Iterable[str]:
        """The ids of what full text is about: items and contents."""
        return (row[0] for table in ("items", "contents") for row in self.tables[table])


def item_row(named: Named) -> Tuple:
    """Return the row of an item."""
    item = named.item
    return (
        item.id,
        item.created_at,
        item.updated_at,
        named.owner,
        named.organization,
        item.type,
        item.title,
        item.description,
        values.to_json(item.meta_data),
    )


def text_row(text: Text, item: str) -> Tuple:
    """Return the row of a content."""
    meta_data = values.to_json(text.meta_data) if text.meta_data else "{}"
    return (text.id, text.created_at, text.updated_at, item, text.role, text.text, meta_data)


def file_row(file: FileRecord, owner: str, item: str) -> Tuple:
    """Return the row of a file."""
    stamps = (file.created_at, file.updated_at)
    kind = (file.mime_type, file.size_bytes, file.checksum, values.to_json(file.meta_data))
    return (file.id or ids.natural_id("import", item, file.path), *stamps, owner, item, file.filename, file.path, *kind)

"""Item records from rows: whole items with all that hangs on them, set-wise; for export, comparison and copying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from localstore import ids, values
from localstore.connection import Connection
from localstore.fields import from_bytes
from localstore.freshness import CONTENT_ORDER
from localstore.records import ContentRecord, EmbeddingRecord, FileRecord, ItemRecord, TagRecord

CHUNK = 100
"""Items read at once: few enough that long texts stay within bounds."""
_AMONG = "IN (SELECT value FROM json_each(?1))"
_ITEMS = (
    "SELECT i.id, CASE WHEN i.owner_id IS ?2 THEN NULL ELSE u.email END, o.slug, i.type, i.title, i.description,"
    " i.meta_data, i.created_at, i.updated_at FROM json_each(?1) j JOIN items i ON i.id = j.value"
    " LEFT JOIN users u ON u.id = i.owner_id LEFT JOIN organizations o ON o.id = i.organization_id ORDER BY j.key"
)
_CONTENTS = (
    "SELECT t.item_id, t.id, t.role, t.text, t.meta_data, t.created_at, t.updated_at FROM contents t"
    f" WHERE t.item_id {_AMONG} ORDER BY t.item_id, {CONTENT_ORDER}"
)
_VECTOR = "m.provider, m.name, m.version, e.vector, e.id, e.meta_data, e.created_at, e.updated_at"
_EMBEDDINGS = (
    f"SELECT e.content_id, {_VECTOR} FROM contents c JOIN embeddings e ON e.content_id = c.id"
    f" JOIN ai_models m ON m.id = e.model_id WHERE c.item_id {_AMONG} UNION ALL"
    f" SELECT e.item_id, {_VECTOR} FROM embeddings e JOIN ai_models m ON m.id = e.model_id"
    f" WHERE e.item_id {_AMONG} AND +e.content_id IS NULL ORDER BY 6"
)
_TAGS = (
    "SELECT l.item_id, g.name, g.color FROM item_tag_links l JOIN tags g ON g.id = l.tag_id"
    f" WHERE l.item_id {_AMONG} ORDER BY g.created_at, g.id"
)
_FILES = (
    "SELECT item_id, path, filename, id, mime_type, size_bytes, checksum, meta_data, created_at, updated_at"
    f" FROM file_assets WHERE item_id {_AMONG} ORDER BY id"
)


def load(connection: Connection, pks: Sequence[str], local_user: str | None = None) -> list[ItemRecord]:
    """Return the items with these ids, in this order; those that are gone are left out.

    ``owner`` stays None for items of *local_user*, so that whoever imports them becomes their owner.
    """
    among = values.to_json(list(pks))
    found = {row[0]: _item(row) for row in connection.execute(_ITEMS, (among, local_user))}
    holders: dict[str, ItemRecord | ContentRecord] = {**found}
    for row in connection.execute(_CONTENTS, (among,)):
        content = _content(row)
        found[row[0]].contents.append(content)
        holders[row[1]] = content
    for holder, *vector in connection.execute(_EMBEDDINGS, (among,)):
        holders[holder].embeddings.append(_embedding(vector))
    for item, name, color in connection.execute(_TAGS, (among,)):
        _tag(found[item], name, color)
    for item, *file in connection.execute(_FILES, (among,)):
        found[item].files.append(_file(file))
    return list(found.values())


def stream(
    connection: Connection, condition: str, bindings: Sequence[Any], local_user: str | None = None
) -> Iterator[ItemRecord]:
    """Yield the items for which a condition over ``items i`` holds, in order of id, in bounded memory."""
    cursor = connection.execute(f"SELECT i.id FROM items i WHERE {condition} ORDER BY i.id", bindings)
    chunk: list[str] = []
    for (pk,) in cursor:
        chunk.append(pk)
        if len(chunk) == CHUNK:
            yield from load(connection, chunk, local_user)
            chunk.clear()
    if chunk:
        yield from load(connection, chunk, local_user)


def _object(text: str) -> dict[str, Any]:
    """Return a stored JSON object; other JSON, which only other programs write, stands under ``value``."""
    document = values.from_json(text)
    return document if isinstance(document, dict) else {"value": document}


def _item(row: Sequence[Any]) -> ItemRecord:
    pk, owner, organization, kind, title, description, meta_data, created, updated = row
    return ItemRecord(
        title=title,
        type=kind,
        description=description,
        id=pk,
        meta_data=_object(meta_data),
        organization=organization,
        owner=owner,
        created_at=created,
        updated_at=updated,
    )


def _content(row: Sequence[Any]) -> ContentRecord:
    _, pk, role, text, meta_data, created, updated = row
    return ContentRecord(
        text=text, role=role, id=pk, meta_data=_object(meta_data), created_at=created, updated_at=updated
    )


def _embedding(row: Sequence[Any]) -> EmbeddingRecord:
    provider, name, version, blob, pk, meta_data, created, updated = row
    vector: Any = from_bytes(blob)
    return EmbeddingRecord(
        provider=provider,
        name=name,
        version=version,
        vector=vector,
        id=pk,
        meta_data=_object(meta_data),
        created_at=created,
        updated_at=updated,
    )


def _tag(item: ItemRecord, name: str, color: str | None) -> None:
    """Add a tag once: tags of one name, made twice elsewhere, are one."""
    if all(ids.fold(tag.name) != ids.fold(name) for tag in item.tags):
        item.tags.append(TagRecord(name, color))


def _file(row: Sequence[Any]) -> FileRecord:
    path, filename, pk, mime_type, size, checksum, meta_data, created, updated = row
    return FileRecord(
        path=path,
        filename=filename,
        id=pk,
        mime_type=mime_type,
        size_bytes=size,
        checksum=checksum,
        meta_data=_object(meta_data),
        created_at=created,
        updated_at=updated,
    )

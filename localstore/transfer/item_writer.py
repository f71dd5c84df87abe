"""Our own JSON form of an item, written: equal items give equal bytes.

Keys stand in one fixed order, ``meta_data`` is sorted, and what has no order in a store (tags, embeddings, files) is
sorted too. Vectors are written as the shortest text that reads back to the same float32.
"""

from __future__ import annotations

from typing import Any

import orjson

from localstore import ids
from localstore.fields import to_vector
from localstore.records import ContentRecord, EmbeddingRecord, FileRecord, ItemRecord, TagRecord


def item_line(record: ItemRecord) -> bytes:
    """Return one line of JSON with its newline."""
    return orjson.dumps(item_object(record), option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def item_object(record: ItemRecord) -> dict[str, Any]:
    """Return the object that ``item_line`` writes."""
    return {
        "id": record.id or record.key,
        "type": record.type,
        "title": record.title,
        "description": record.description,
        "meta_data": _sorted(record.meta_data),
        "tags": [_tag(tag) for tag in sorted(record.tags, key=lambda tag: (ids.fold(tag.name), tag.name))],
        "organization": record.organization,
        "owner": record.owner,
        "contents": [_content(content) for content in record.contents],
        "embeddings": _embeddings(record.embeddings),
        "files": [_file(file) for file in sorted(record.files, key=lambda file: (file.id or "", file.path))],
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def _sorted(meta: dict[str, Any]) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(meta, option=orjson.OPT_SORT_KEYS))


def _tag(tag: TagRecord) -> str | dict[str, str]:
    return tag.name if tag.color is None else {"name": tag.name, "color": tag.color}


def _content(content: ContentRecord) -> dict[str, Any]:
    return {
        "id": content.id or content.key,
        "role": content.role,
        "text": content.text,
        "meta_data": _sorted(content.meta_data),
        "created_at": content.created_at,
        "updated_at": content.updated_at,
        "embeddings": _embeddings(content.embeddings),
    }


def _embeddings(embeddings: list[EmbeddingRecord]) -> list[dict[str, Any]]:
    ordered = sorted(embeddings, key=lambda one: (one.id or "", one.provider, one.name, one.version or ""))
    return [_embedding(one) for one in ordered]


def _embedding(embedding: EmbeddingRecord) -> dict[str, Any]:
    return {
        "id": embedding.id,
        "model": {"provider": embedding.provider, "name": embedding.name, "version": embedding.version},
        "vector": to_vector(embedding.vector),
        "meta_data": _sorted(embedding.meta_data),
        "created_at": embedding.created_at,
        "updated_at": embedding.updated_at,
    }


def _file(file: FileRecord) -> dict[str, Any]:
    return {
        "id": file.id,
        "path": file.path,
        "filename": file.filename,
        "mime_type": file.mime_type,
        "size_bytes": file.size_bytes,
        "checksum": file.checksum,
        "meta_data": _sorted(file.meta_data),
        "created_at": file.created_at,
        "updated_at": file.updated_at,
    }

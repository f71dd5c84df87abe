"""The fingerprint of an item: equal when its title, texts, metadata and tags mean the same.

What one device adds on its own stays out: ids, times, owner, vectors, files, and where the item came from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import orjson

from localstore import ids
from localstore.records import ItemRecord

SOURCE = "source"
"""The key of ``meta_data`` that says where an imported item came from."""


class TextLike(Protocol):
    """A content, as a record or ready to be written."""

    role: str
    text: str
    meta_data: dict[str, Any]


def fingerprint(
    kind: str,
    title: str,
    description: str | None,
    meta_data: Mapping[str, Any],
    tags: Iterable[str],
    texts: Iterable[TextLike],
) -> str:
    """Return the SHA-256, in hex, of an item's canonical JSON; the values have passed the door."""
    form = [
        kind,
        title,
        description,
        {key: value for key, value in meta_data.items() if key != SOURCE},
        sorted(ids.fold(name) for name in tags),
        [[text.role, text.text, text.meta_data] for text in texts],
    ]
    return hashlib.sha256(orjson.dumps(form, option=orjson.OPT_SORT_KEYS)).hexdigest()


def of_stored(record: ItemRecord, tags: Iterable[str] | None = None) -> str:
    """Return the fingerprint of an item as it is stored, or as it would be with other tags."""
    names = [tag.name for tag in record.tags] if tags is None else tags
    return fingerprint(record.type or "", record.title, record.description, record.meta_data, names, record.contents)

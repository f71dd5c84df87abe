"""Images: rows as ``sync_dirty`` keeps them, and whether two values of a column mean the same.

A base is kept as JSON without the vector; the bytes of its vector stand beside it once the row's own differ, or its
hash stands in the JSON where only that is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from localstore import tables, values
from localstore.errors import InvalidValue
from localstore.fields import Default
from localstore.models import Row as Model
from localstore.schema import field_type
from localstore.sync_rules import RULES
from sync.shapes import Image, Row, vector_hash


def name_of(model: type[Model]) -> str:
    """Return the name of a model's table."""
    return str(model._meta.table_name)


@cache
def json_columns(model: type[Model]) -> frozenset[str]:
    """Return the columns that hold a document."""
    return frozenset(f.column_name for f in model._meta.sorted_fields if field_type(f) == "JSON")


def image_of(model: type[Model], row: Row) -> Image:
    """Return a row's values by column."""
    return dict(zip(tables.columns(model), row, strict=True))


def image_sql(model: type[Model], row: str) -> str:
    """Return SQL for the JSON image of ``row`` (an alias, ``OLD``), without its vector."""
    raw = tables.blobs(model)
    pairs = (f"'{name}', {row}.{name}" for name in tables.columns(model) if name not in raw)
    return f"json_object({', '.join(pairs)})"


def joined(model: type[Model], pk: str, row: str = "t") -> str:
    """Return the condition that ``row`` is the one with key *pk* (SQL), such that the key's index finds it."""
    if tables.is_stamped(model):
        return f"{row}.id = {pk}"
    first, second = tables.key_columns(model)
    return f"{row}.{first} = substr({pk}, 1, 36) AND {row}.{second} = substr({pk}, 38)"


def identity(value: Any) -> Any:
    """Return a vector as its hash, which is all that a base knows of it."""
    return vector_hash(value) if isinstance(value, bytes) else value


def hashed(model: type[Model], image: Image | None) -> Image | None:
    """Return an image with the hash in place of its vector."""
    raw = tables.blobs(model)
    if image is None or not raw:
        return image
    return {name: identity(value) if name in raw else value for name, value in image.items()}


def packed(model: type[Model], base: Mapping[str, Any], present: Mapping[str, Any] | None) -> tuple[str, bytes | None]:
    """Return a base as (JSON, vector) for ``sync_dirty``; *present* is the row as it is now."""
    document, kept = dict(base), None
    for name in tables.blobs(model):
        vector = document.pop(name, None)
        if vector is None or (present and identity(present[name]) == identity(vector)):
            continue
        if isinstance(vector, bytes):
            kept = vector
        else:
            document[name] = vector
    return values.to_json(document), kept


def unpacked(model: type[Model], base: str, vector: bytes | None, present: Mapping[str, Any] | None) -> Image:
    """Return a base out of ``sync_dirty``, its vector as a hash: the present one unless another was kept."""
    document: Image = json.loads(base)
    for name in tables.blobs(model):
        if name not in document:
            document[name] = identity(vector if vector is not None else present and present[name])
    return document


def same(model: type[Model], name: str, one: Any, other: Any) -> bool:
    """Tell whether two stored values mean the same: documents as documents, vectors by their numbers."""
    if one == other:
        return True
    if one is None or other is None:
        return False
    if name in tables.blobs(model):
        return bool(identity(one) == identity(other))
    return name in json_columns(model) and _document(one) == _document(other)


def _document(text: str) -> str:
    try:
        return values.canonical_json(values.from_json(text))
    except (InvalidValue, ValueError):
        return text


def differing(model: type[Model], one: Image, other: Image, but: frozenset[str] = frozenset()) -> list[str]:
    """Return the columns in which two whole images do not mean the same."""
    return [n for n in tables.columns(model) if n not in but and not same(model, n, one.get(n), other.get(n))]


def unsent(model: type[Model], pk: str, user_id: str | None) -> frozenset[str]:
    """Return the columns of a row that are never pushed."""
    rule = RULES[name_of(model)]
    if not rule.masked or pk == user_id:
        return rule.kept_by_server
    return rule.kept_by_server | rule.masked


def without_defaults(model: type[Model], ours: Image, theirs: Image) -> Image:
    """Return a row made on both sides with theirs where ours is only the default: nobody said that."""
    return {name: theirs[name] if value == _default(model, name) else value for name, value in ours.items()}


@cache
def _default(model: type[Model], name: str) -> Any:
    """Return what a column holds in stored form when nobody gives it a value."""
    field: Any = tables.field_of(model, name)
    given = getattr(field, "server_default", None)
    if isinstance(given, Default) or not getattr(field, "has_server_default", False):
        return None
    return field.db_value(given)


def unmasked(model: type[Model], pk: str, user_id: str | None, theirs: Image, ours: Image | None) -> Image:
    """Return the server's image with our values where somebody else's row arrives empty."""
    masked = RULES[name_of(model)].masked
    if not masked or pk == user_id or ours is None:
        return theirs
    return theirs | {name: ours[name] for name in masked}

"""What the models' metadata says about a row: its columns, key, stored form and image.

A row's *stored form* is a mapping from column to what SQLite holds; its *image* is the same as JSON, blobs in
hex. A key is text: the id, or ``item/tag`` for the link table.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

from localstore import ids, times, values
from localstore.connection import Connection
from localstore.errors import InvalidValue, NotFound
from localstore.fields import checker
from localstore.models import BY_NAME, TABLES, Row, Timestamped
from localstore.orm import peewee
from localstore.schema import field_type

Stored = dict[str, Any]


@cache
def columns(model: type[Row]) -> tuple[str, ...]:
    """Return a model's columns in the order of its table."""
    return tuple(field.column_name for field in model._meta.sorted_fields)


@cache
def field_of(model: type[Row], name: str) -> peewee.Field[Any]:
    """Return the field of a column (``owner_id``) or attribute (``owner``); InvalidValue names the nearest."""
    meta = model._meta
    field = meta.columns.get(name) or meta.fields.get(name)
    if field is None:
        known = ", ".join(columns(model))
        raise InvalidValue(f"{meta.table_name} has no column {name!r}: it has {known}")
    return field  # type: ignore[no-any-return]


@cache
def key_columns(model: type[Row]) -> tuple[str, ...]:
    """Return the columns of the primary key."""
    if model._meta.composite_key:
        return tuple(model._meta.fields[name].column_name for name in model._meta.primary_key.field_names)  # type: ignore[union-attr]
    return ("id",)


@cache
def key_sql(model: type[Row], alias: str = "") -> str:
    """Return the SQL expression of a row's key."""
    prefix = f"{alias}." if alias else ""
    return "||'/'||".join(prefix + name for name in key_columns(model))


@cache
def where_key(model: type[Row]) -> str:
    """Return the condition that finds one row, with a placeholder for each part of its key."""
    return " AND ".join(f"{name} = ?" for name in key_columns(model))


def same_key(model: type[Row], key: str, alias: str = "t") -> str:
    """Return the condition that a row has this key, an expression, column by column, so that its index is used."""
    if is_stamped(model):
        return f"{alias}.id = {key}"
    first, second = key_columns(model)
    return f"{alias}.{first} = substr({key}, 1, 36) AND {alias}.{second} = substr({key}, 38)"


def keys_in(model: type[Row], keys: str) -> str:
    """Return the condition that a row's key is among *keys*, a query of one column called ``value``."""
    if is_stamped(model):
        return f"id IN ({keys})"
    pair = ", ".join(key_columns(model))
    return f"({pair}) IN (SELECT substr(value, 1, 36), substr(value, 38) FROM ({keys}))"


def key_parts(pk: str) -> tuple[str, ...]:
    """Split a key for the placeholders of ``where_key``."""
    return tuple(pk.split("/"))


def key_of(model: type[Row], stored: Mapping[str, Any]) -> str:
    """Return the key of a stored row."""
    return "/".join(str(stored[name]) for name in key_columns(model))


@cache
def is_stamped(model: type[Row]) -> bool:
    """Tell whether a table has an id and the two audit times."""
    return issubclass(model, Timestamped)


@cache
def references(model: type[Row]) -> tuple[tuple[str, type[Row], str], ...]:
    """Return a model's foreign keys as (column, parent, ON DELETE action)."""
    return tuple(
        (field.column_name, field.rel_model, field.on_delete)
        for field in model._meta.sorted_fields
        if isinstance(field, peewee.ForeignKeyField)
    )


@cache
def children(model: type[Row]) -> tuple[tuple[type[Row], str, str], ...]:
    """Return what points to a model, as (child, column, ON DELETE action)."""
    return tuple(
        (child, column, action) for child in TABLES for column, parent, action in references(child) if parent is model
    )


@cache
def blobs(model: type[Row]) -> frozenset[str]:
    """Return the columns that hold bytes."""
    return frozenset(f.column_name for f in model._meta.sorted_fields if field_type(f) == "VECTOR")


def encode(model: type[Row], given: Mapping[str, Any], path: str = "") -> Stored:
    """Check values at the door and return their stored form; InvalidValue names the column."""
    stored: Stored = {}
    for name, value in given.items():
        field = field_of(model, name)
        label = f"{path}{name}"
        stored[field.column_name] = field.db_value(checker(field)(_row_id(value), label))  # type: ignore[no-untyped-call]
    return stored


def _row_id(value: Any) -> Any:
    return value.id if isinstance(value, Timestamped) else value


def decode(model: type[Row], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Python form of stored values."""
    return {name: _python_value(field_of(model, name), value) for name, value in stored.items()}


def _python_value(field: Any, value: Any) -> Any:
    return field.python_value(value)


def with_defaults(model: type[Row], stored: Stored) -> Stored:
    """Add a new id and the times that the caller left out."""
    if not is_stamped(model):
        return stored
    moment = times.now()
    created = stored.get("created_at", moment)
    base = {"id": ids.new_id(), "created_at": created, "updated_at": max(created, moment)}
    if "created_at" in stored:
        base["updated_at"] = created
    return base | stored


def image(model: type[Row], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored row as a JSON document."""
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in stored.items()}


def from_image(model: type[Row], document: Mapping[str, Any]) -> Stored:
    """Return the stored row of an image."""
    raw = blobs(model)
    return {k: bytes.fromhex(v) if k in raw and v is not None else v for k, v in document.items()}


def fetch(connection: Connection, model: type[Row], pk: str) -> Stored | None:
    """Read one stored row."""
    names = columns(model)
    sql = f"SELECT {', '.join(names)} FROM {model._meta.table_name} WHERE {where_key(model)}"
    row = connection.execute(sql, key_parts(pk)).fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def need(connection: Connection, model: type[Row], pk: str) -> Stored:
    """Read one stored row, or raise NotFound."""
    row = fetch(connection, model, pk)
    if row is None:
        raise NotFound(f"{noun(model)} {ids.short(pk)} is gone: somebody deleted it.")
    return row


def insert(connection: Connection, model: type[Row], stored: Mapping[str, Any]) -> None:
    """Insert one stored row."""
    marks = ", ".join("?" * len(stored))
    sql = f"INSERT INTO {model._meta.table_name} ({', '.join(stored)}) VALUES ({marks})"
    connection.execute(sql, tuple(stored.values()))


def update(connection: Connection, model: type[Row], pk: str, stored: Mapping[str, Any]) -> None:
    """Set columns of one row."""
    sets = ", ".join(f"{name} = ?" for name in stored)
    sql = f"UPDATE {model._meta.table_name} SET {sets} WHERE {where_key(model)}"
    connection.execute(sql, (*stored.values(), *key_parts(pk)))


def delete(connection: Connection, model: type[Row], pk: str) -> None:
    """Delete one row; the database follows its foreign keys."""
    connection.execute(f"DELETE FROM {model._meta.table_name} WHERE {where_key(model)}", key_parts(pk))


_NOUNS = {
    "organization_memberships": "membership",
    "ai_models": "model",
    "file_assets": "file",
    "item_tag_links": "tag link",
    "api_keys": "API key",
}


def noun(model: type[Row], count: int = 1) -> str:
    """Return what a person calls a row, or several rows, of a model."""
    table = str(model._meta.table_name)
    word = _NOUNS.get(table, table.removesuffix("s"))
    return word if count == 1 else f"{word}s"


def model_of(table: str) -> type[Row]:
    """Return the model of a table's name."""
    return BY_NAME[table]


def moment(value: Any) -> str | None:
    """Return an ``updated_at`` that a caller holds, as stored text."""
    return times.stamp(value) if isinstance(value, str | datetime.datetime) else None


def to_json(document: Any) -> str:
    """Return the text of an image or a list of changes."""
    return values.to_json(document)

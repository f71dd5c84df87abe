"""Whether a table that was found fits: refusals in one sentence, and differences that are merely told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localstore import tables
from localstore.models import BY_NAME, Row
from localstore.schema import field_type
from sync.errors import SyncError
from sync.postgres.server.adoption import PLAIN_TYPES, ServerColumn, ServerTable
from sync.postgres.server.relations import Column, Relation

_FITTING = {
    "ID": ("uuid",),
    "TEXT": ("text", "character varying", "bpchar", "citext"),
    "UTC": ("timestamp with time zone",),
    "JSON": ("jsonb", "json"),
    "BOOL": ("boolean",),
    "BIGINT": ("bigint", "integer", "smallint"),
    "VECTOR": ("jsonb", "json"),
}
_NAIVE = "timestamp without time zone"


def fitted(name: str, relation: Relation, *, naive: bool) -> ServerTable:
    """Return a table as the server has it; SyncError names the first column that is missing or does not fit."""
    model = BY_NAME[name]
    columns = tuple(_fitted_column(model, column, relation, naive) for column in tables.columns(model))
    _need_unique(relation, tables.key_columns(model))
    return ServerTable(name, relation.schema, relation.table, columns)


def _fitted_column(model: type[Row], name: str, relation: Relation, naive: bool) -> ServerColumn:
    field: Any = tables.field_of(model, name)
    kind, place = field_type(field), f"{relation.place}.{name}"
    column = relation.columns.get(name)
    if column is None:
        raise SyncError(f"{place} is missing: the table needs a column {name} of type {PLAIN_TYPES[kind]}")
    if kind == "UTC" and column.base == _NAIVE and not naive:
        raise SyncError(
            f"{place} is a timestamp without a zone: if what it holds is UTC, say --naive-timestamps utc; "
            "else change its type to timestamptz"
        )
    if not _fits(kind, column):
        raise SyncError(f"{place} has type {column.type}, which cannot hold what ours does: {PLAIN_TYPES[kind]} does")
    return ServerColumn(
        name, name, column.type, kind, column.labels, nullable=not column.required, naive=column.base == _NAIVE
    )


def _fits(kind: str, column: Column) -> bool:
    if kind == "TEXT" and (column.labels is not None or column.base.endswith(".citext")):
        return True
    return column.base in _FITTING[kind] or (kind == "UTC" and column.base == _NAIVE)


def _need_unique(relation: Relation, columns: tuple[str, ...]) -> None:
    if not any(index.unique and set(index.columns) == set(columns) for index in relation.indexes):
        raise SyncError(f"{relation.place} has no primary key over {', '.join(columns)}, by which rows are known")


def differences(table: ServerTable, relation: Relation, parents: Mapping[int, str]) -> list[str]:
    """Return what differs from our own table, in words; none of it stands in the way.

    *parents* has the canonical names of the tables that were found, by their oid.
    """
    model = BY_NAME[table.name]
    return [
        *_column_differences(table, relation),
        *_unknown_columns(table, relation),
        *_key_differences(model, relation, parents),
        *(["is partitioned: a TRUNCATE of one partition alone is not noticed"] if relation.partitioned else []),
    ]


def _column_differences(table: ServerTable, relation: Relation) -> list[str]:
    found = []
    for column in table.columns:
        there = relation.columns[column.name]
        if column.enum is not None:
            found.append(f"{column.name} takes only {', '.join(column.enum)}")
        elif column.type != PLAIN_TYPES[column.kind]:
            found.append(f"{column.name} is {column.type}")
        field: Any = tables.field_of(BY_NAME[table.name], column.name)
        if field.null and there.required:
            found.append(f"{column.name} is NOT NULL: rows without it are refused")
        if not field.null and not there.required:
            found.append(f"{column.name} may be NULL: such rows wait in conflicts")
    return found


def _unknown_columns(table: ServerTable, relation: Relation) -> list[str]:
    known = {column.name for column in table.columns}
    extra = [each for each in relation.columns.values() if each.name not in known]
    must = [each.name for each in extra if each.required and not each.filled]
    told = [f"{', '.join(each.name for each in extra)} left alone"] if extra else []
    return told + [f"{name} is NOT NULL without a default: new rows from devices are refused" for name in must]


def _key_differences(model: type[Row], relation: Relation, parents: Mapping[int, str]) -> list[str]:
    found = []
    keys = {key.column: key for key in relation.foreign_keys}
    for column, parent, action in tables.references(model):
        key, wanted = keys.get(column), str(parent._meta.table_name)
        if key is None or parents.get(key.parent) != wanted:
            found.append(f"{column} has no foreign key to {wanted}")
        elif key.action != action:
            found.append(f"{column} is ON DELETE {key.action}, ours {action}")
    unique = {index.columns for index in relation.indexes if index.unique}
    marked = [f.column_name for f in model._meta.sorted_fields if f.unique and not f.primary_key]
    return found + [f"{column} is not unique" for column in marked if (column,) not in unique]


def missing_indexes(name: str, relation: Relation) -> list[str]:
    """Return the columns that our functions look rows up by and that begin no index."""
    first = {index.columns[0] for index in relation.indexes if index.columns}
    return [column for column, _, _ in tables.references(BY_NAME[name]) if column not in first]

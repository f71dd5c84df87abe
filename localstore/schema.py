"""DDL from the models: the same walk over their metadata for every dialect, and SQLite's own dialect.

The migrations hold frozen SQL; a test holds it equal to what this module makes of the models, ``check`` compares
a file with it, and the server's tables come from it too (``sync.postgres.schema``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localstore import values
from localstore.fields import Default
from localstore.models import SCOPES, TABLES, Row
from localstore.orm import peewee

_HEX = "[0-9a-f]"
ID_GLOB = "-".join(_HEX * count for count in (8, 4, 4, 4, 12))
_D = "[0-9]"
TIME_GLOB = f"{_D * 4}-{_D * 2}-{_D * 2}T{_D * 2}:{_D * 2}:{_D * 2}.{_D * 6}Z"

SQLITE_NOW = "strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z'"
"""SQLite's clock has milliseconds."""
_MILLIS = "printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER))"
SQLITE_NEW_ID = (
    f"substr({_MILLIS},1,8)||'-'||substr({_MILLIS},9,4)"
    "||'-7'||substr(lower(hex(randomblob(2))),2)"
    "||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)"
    "||'-'||lower(hex(randomblob(6)))"
)
"""A UUIDv7 in plain SQL, for programs that insert without a key; every SQLite since 3.9 can compute it."""


@dataclass(frozen=True)
class Dialect:
    """How one database spells the columns."""

    types: Mapping[str, str]
    literal: Callable[[Any], str]
    check: Callable[[peewee.Field[Any]], str | None]
    table_options: str = ""


def field_type(field: peewee.Field[Any]) -> str:
    """Return a column's kind; a foreign key has the kind of what it points to."""
    target = field.rel_field if isinstance(field, peewee.ForeignKeyField) else field
    return str(target.field_type)


def create_table(model: type[Row], dialect: Dialect) -> str:
    """Return ``CREATE TABLE`` for a model."""
    meta = model._meta
    lines = [_column(field, dialect) for field in meta.sorted_fields]
    if meta.composite_key:
        names = meta.primary_key.field_names  # type: ignore[union-attr]
        columns = ", ".join(meta.fields[name].column_name for name in names)
        lines.append(f"PRIMARY KEY ({columns})")
    lines += [_foreign_key(field) for field in meta.sorted_fields if isinstance(field, peewee.ForeignKeyField)]
    lines += table_checks(model)
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {meta.table_name} (\n  {body}\n){dialect.table_options}"


def _column(field: peewee.Field[Any], dialect: Dialect) -> str:
    parts = [field.column_name, dialect.types[field_type(field)]]
    if field.primary_key:
        parts.append("PRIMARY KEY")
    if not field.null:
        parts.append("NOT NULL")
    if getattr(field, "has_server_default", False):
        parts.append(f"DEFAULT {dialect.literal(field.server_default)}")  # type: ignore[attr-defined]
    if check := dialect.check(field):
        parts.append(f"CHECK ({check})")
    return " ".join(parts)


def _foreign_key(field: peewee.ForeignKeyField[Any]) -> str:
    target = field.rel_model._meta.table_name
    return f"FOREIGN KEY ({field.column_name}) REFERENCES {target} (id) ON DELETE {field.on_delete}"


def table_checks(model: type[Row]) -> list[str]:
    """Return the checks over a model's columns that both databases can state."""
    if model._meta.table_name == "settings":
        return [f"CHECK (scope IN ({', '.join(repr(scope) for scope in SCOPES)}))"]
    return []


def create_indexes(model: type[Row]) -> list[str]:
    """Return ``CREATE INDEX`` for a model's marked columns, foreign keys and lists."""
    meta = model._meta
    table = meta.table_name
    found = [
        _index(table, (field.column_name,), field.unique)
        for field in meta.sorted_fields
        if not field.primary_key and (field.index or field.unique)
    ]
    return found + [_index(table, columns, unique) for columns, unique in meta.indexes]


def _index(table: str, columns: tuple[str, ...], unique: bool) -> str:
    kind = "UNIQUE INDEX" if unique else "INDEX"
    return f"CREATE {kind} {table}_{'_'.join(columns)} ON {table} ({', '.join(columns)})"


def _sqlite_literal(value: Any) -> str:
    if value is Default.NEW_ID:
        return f"({SQLITE_NEW_ID})"
    if value is Default.NOW:
        return f"({SQLITE_NOW})"
    if isinstance(value, bool | int):
        return str(int(value))
    text = value if isinstance(value, str) else values.to_json(value)
    return "'" + text.replace("'", "''") + "'"


def _sqlite_check(field: peewee.Field[Any]) -> str | None:
    name = field.column_name
    if isinstance(field, peewee.ForeignKeyField):
        return None
    checks = {
        "ID": f"{name} GLOB '{ID_GLOB}'",
        "UTC": f"{name} GLOB '{TIME_GLOB}'",
        "JSON": f"json_valid({name})",
        "BOOL": f"{name} IN (0, 1)",
        "VECTOR": f"dim > 0 AND length({name}) = 4 * dim",
    }
    return checks.get(field_type(field))


SQLITE = Dialect(
    types={
        "ID": "TEXT",
        "TEXT": "TEXT",
        "UTC": "TEXT",
        "JSON": "TEXT",
        "BOOL": "INTEGER",
        "BIGINT": "INTEGER",
        "VECTOR": "BLOB",
    },
    literal=_sqlite_literal,
    check=_sqlite_check,
    table_options=" STRICT",
)


def statements(dialect: Dialect = SQLITE) -> list[str]:
    """Return the DDL of the thirteen tables and their indexes, parents before children."""
    return [ddl for model in TABLES for ddl in (create_table(model, dialect), *create_indexes(model))]

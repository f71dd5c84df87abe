"""What each database says of its own tables, in one form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import apsw

from sync.postgres.connection import Connection

Columns = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table: ``columns`` as ``type[ null][ = default]``, ``foreign_keys`` as ``table.column, on delete …``."""

    columns: dict[str, str]
    key: Columns = ("id",)
    unique: frozenset[Columns] = frozenset()
    indexes: frozenset[Columns] = frozenset()
    foreign_keys: dict[str, str] = field(default_factory=dict)


def _spec(kind: str, nullable: bool, default: str | None) -> str:
    return f"{kind}{' null' if nullable else ''}{'' if default is None else f' = {default}'}"


def sqlite_tables(connection: apsw.Connection) -> set[str]:
    """The names of all tables."""
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def sqlite_table(connection: apsw.Connection, name: str) -> Table:
    """Read a table through PRAGMAs."""
    columns = list(connection.execute(f"SELECT * FROM pragma_table_xinfo('{name}') WHERE hidden = 0"))
    key = sorted((place, column) for _, column, _, _, _, place, _ in columns if place)
    indexes = {
        (index, unique): _sqlite_index(connection, index)
        for _, index, unique, origin, partial in connection.execute(f"PRAGMA index_list('{name}')")
        if origin != "pk" and not partial
    }
    return Table(
        {
            column: _spec(kind, not needed, _sqlite_default(default))
            for _, column, kind, needed, default, _, _ in columns
        },
        tuple(column for _, column in key),
        frozenset(columns for (_, unique), columns in indexes.items() if unique),
        frozenset(columns for (_, unique), columns in indexes.items() if not unique),
        {
            column: f"{table}.{target}, on delete {on_delete.lower()}"
            for _, _, table, column, target, _, on_delete, _ in connection.execute(f"PRAGMA foreign_key_list('{name}')")
        },
    )


def _sqlite_index(connection: apsw.Connection, index: str) -> Columns:
    rows = connection.execute(f"PRAGMA index_xinfo('{index}')").fetchall()
    return tuple(
        f"{column}{' desc' if descending else ''}{'' if collation == 'BINARY' else f' {collation}'}"
        for _, _, column, descending, collation, part_of_key in rows
        if part_of_key
    )


def _sqlite_default(text: str | None) -> str | None:
    if text and "randomblob" in text:
        return "new id"
    if text and text.startswith("strftime("):
        return "now"
    return text and _unquoted(text)


def _unquoted(text: str) -> str:
    return re.sub(r"^'(.*)'(::\w+)?$", r"\1", text)


_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull, pg_get_expr(adbin, adrelid)
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"""
_INDEXES = """
SELECT indisprimary, indisunique, pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = %s::regclass AND indisvalid"""
_FOREIGN_KEYS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX \w+ ON [\w.]+ USING btree \((.*)\)")
_FOREIGN_KEY = re.compile(r"FOREIGN KEY \((\w+)\) REFERENCES (\w+)\((\w+)\)(?: ON DELETE ([A-Z ]+))?")


def postgres_tables(connection: Connection) -> set[str]:
    """The names of all tables of the application's schema."""
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in rows}


def postgres_table(connection: Connection, name: str) -> Table:
    """Read a table through pg_catalog."""
    columns = connection.execute(_COLUMNS, [name])
    indexes = [
        (primary, unique, _parts(_INDEX, definition))
        for primary, unique, definition in connection.execute(_INDEXES, [name])
    ]
    keys = [_parts(_FOREIGN_KEY, definition) for (definition,) in connection.execute(_FOREIGN_KEYS, [name])]
    return Table(
        {column: _spec(kind, null, _postgres_default(default)) for column, kind, null, default in columns},
        next(_listed(columns) for primary, _, (columns,) in indexes if primary),
        frozenset(_listed(columns) for primary, unique, (columns,) in indexes if unique and not primary),
        frozenset(_listed(columns) for _, unique, (columns,) in indexes if not unique),
        {column: f"{table}.{target}, on delete {action.lower()}" for column, table, target, action in keys},
    )


def _parts(pattern: re.Pattern[str], definition: str) -> Columns:
    match = pattern.fullmatch(definition)
    assert match, definition
    return match.groups(default="no action")


def _listed(columns: str) -> Columns:
    return tuple(columns.split(", "))


def _postgres_default(text: str | None) -> str | None:
    if text == "gen_random_uuid()":
        return "new id"
    if text == "now()":
        return "now"
    return text and _unquoted(text)

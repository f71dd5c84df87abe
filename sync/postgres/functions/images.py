"""Rows as select lists: as texts, with what is masked, and as the hash of all columns."""

from __future__ import annotations

from localstore import tables
from localstore.quoting import quoted
from sync.postgres.functions import columns
from sync.postgres.functions.policies import Table
from sync.postgres.server.adoption import ServerColumn


def texts(table: Table, alias: str, *, hashed_vectors: bool = False) -> list[str]:
    """Return the texts of all columns of a row."""
    return [_masked(table, each, alias, _text(each, alias, hashed_vectors)) for each in table.server.columns]


def _text(column: ServerColumn, alias: str, hashed_vectors: bool) -> str:
    if column.kind == "VECTOR" and hashed_vectors:
        return columns.vector_hash(column, alias)
    return columns.text(column, alias)


def _masked(table: Table, column: ServerColumn, alias: str, expression: str) -> str:
    """Return the expression, or what others than oneself get in its place."""
    if column.name not in table.rule.masked:
        return expression
    return f'CASE WHEN {alias}."id" = me THEN {expression} ELSE {columns.EMPTY[column.kind]} END'


def hashes(table: Table, alias: str) -> list[str]:
    """Return the texts of all columns that go into a row's hash."""
    return [_masked(table, each, alias, columns.hashed(each, alias)) for each in table.server.columns]


def key_only(table: Table, alias: str) -> list[str]:
    """Return a row's key in its columns, NULL in all others."""
    keys = tables.key_columns(table.model)
    return [
        f"{alias}.{quoted(each.name)}::text" if each.name in keys else "NULL::text" for each in table.server.columns
    ]


def names(table: Table) -> list[str]:
    """Return the quoted names of all columns."""
    return [quoted(each.name) for each in table.server.columns]


def places(table: Table, alias: str) -> str:
    """Return all columns of a row as they are, for a subquery."""
    return ", ".join(columns.place(each, alias) for each in table.server.columns)

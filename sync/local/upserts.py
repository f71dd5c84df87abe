"""Rows of the server that nothing here stands in the way of, written set-wise.

The whole page goes or none of it: a row that SQLite refuses, a value that another row holds, or a parent that is
missing sends it to ``arrivals``, which takes its rows one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import apsw

from localstore import tables, values
from localstore.connection import Connection
from localstore.models import Content
from localstore.models import Row as Model
from sync.local import derived
from sync.local.images import joined, name_of
from sync.shapes import Row


def upsert(connection: Connection, model: type[Model], rows: dict[str, Row]) -> list[str] | None:
    """Write rows by key; return the keys of new and changed ones, None when the page does not go in whole."""
    connection.execute("SAVEPOINT page")
    try:
        changed = _write(connection, model, rows)
        whole = not connection.status(apsw.SQLITE_DBSTATUS_DEFERRED_FKS)[0]
    except (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError):
        whole = False
    if not whole:
        connection.execute("ROLLBACK TO page")
    connection.execute("RELEASE page")
    return changed if whole else None


def _write(connection: Connection, model: type[Model], rows: dict[str, Row]) -> list[str]:
    there = _present(connection, model, list(rows))
    new = [row for pk, row in rows.items() if pk not in there] if there else list(rows.values())
    connection.executemany(insert_sql(model), new)
    written = [pk for pk in rows if pk not in there]
    if not there:
        derived.note_written(connection, model, written)
        return written
    items = derived.items_of_texts(connection, list(there)) if model is Content else []
    known = [row for pk, row in rows.items() if pk in there]
    written += [pk for (pk,) in connection.executemany(_update_sql(model), known)] if _update_sql(model) else []
    derived.note_written(connection, model, written, items)
    return written


def _present(connection: Connection, model: type[Model], keys: Sequence[str]) -> set[str]:
    """Return which rows are here."""
    table = name_of(model)
    if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None:
        return set()
    sql = f"SELECT j.value FROM json_each(?) j WHERE EXISTS (SELECT 1 FROM {table} t WHERE {joined(model, 'j.value')})"
    return {pk for (pk,) in connection.execute(sql, (values.to_json(list(keys)),))}


@cache
def insert_sql(model: type[Model]) -> str:
    """Return the INSERT of a whole row."""
    names = tables.columns(model)
    return f"INSERT INTO {name_of(model)} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


@cache
def _update_sql(model: type[Model]) -> str:
    """Return what changes a row that is there and differs; empty where rows are their keys."""
    key = tables.key_columns(model)
    data = [name for name in tables.columns(model) if name not in key]
    if not data:
        return ""
    sets = ", ".join(f"{name} = excluded.{name}" for name in data)
    table = name_of(model)
    differs = " OR ".join(f"{table}.{name} IS NOT excluded.{name}" for name in data)
    return f"{insert_sql(model)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets} WHERE {differs} RETURNING {key[0]}"

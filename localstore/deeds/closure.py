"""What a deletion takes with it, and what it sets free.

Foreign keys say it for a plain deletion: CASCADE takes the child, SET NULL sets it free. A deletion with
``cascade`` follows the relations instead, of which all take. The result stands in two temporary tables, so that
a preview and a deletion of a million rows cost memory only in SQLite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from localstore import tables
from localstore.connection import Connection
from localstore.models import CASCADE, TABLES, Row


@dataclass(frozen=True)
class Preview:
    """What a deletion would do: rows per table that go, rows per table that are set free."""

    deleted: dict[str, int] = field(default_factory=dict)
    freed: dict[str, int] = field(default_factory=dict)
    vector_bytes: int = 0


@contextmanager
def closure(connection: Connection, roots: Iterable[tuple[str, str]], *, cascade: bool) -> Iterator[Preview]:
    """Fill ``temp.doomed(tbl, pk)`` and ``temp.freed(tbl, pk, col)`` for the block; yield the counts."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS doomed (tbl TEXT, pk TEXT, level INTEGER, PRIMARY KEY (tbl, pk))"
        " WITHOUT ROWID;"
        "CREATE TEMP TABLE IF NOT EXISTS freed (tbl TEXT, pk TEXT, col TEXT, PRIMARY KEY (tbl, pk, col))"
        " WITHOUT ROWID;"
        "DELETE FROM temp.doomed; DELETE FROM temp.freed"
    )
    connection.executemany("INSERT OR IGNORE INTO temp.doomed VALUES (?, ?, 0)", roots)
    _drop_absent(connection)
    level = 0
    while _spread(connection, level, cascade=cascade):
        level += 1
    connection.execute(_OTHER_MODELS, (level,))
    _free(connection, cascade=cascade)
    try:
        yield _count(connection)
    finally:
        connection.execute("DELETE FROM temp.doomed; DELETE FROM temp.freed")


_OTHER_MODELS = (
    "INSERT OR IGNORE INTO temp.doomed SELECT 'embeddings', e.id, ?1 FROM temp.doomed d"
    " CROSS JOIN contents c ON c.id = d.pk CROSS JOIN embeddings e ON e.item_id = c.item_id"
    " WHERE d.tbl = 'contents' AND json_extract(e.meta_data, '$.content_id') = c.id"
)
"""A second model's vector of a text sits on the item and names the text: it goes with it."""


def _drop_absent(connection: Connection) -> None:
    """Forget roots that are gone already: nothing is counted that is not there."""
    for (table,) in connection.execute("SELECT DISTINCT tbl FROM temp.doomed").fetchall():
        keys = tables.key_sql(tables.model_of(table))
        connection.execute(
            f"DELETE FROM temp.doomed WHERE tbl = ?1 AND pk NOT IN (SELECT {keys} FROM {table} WHERE {keys} IN"
            " (SELECT pk FROM temp.doomed WHERE tbl = ?1))",
            (table,),
        )


def _spread(connection: Connection, level: int, *, cascade: bool) -> bool:
    """Add the children of the rows found last; tell whether there were any."""
    found = 0
    for parent in TABLES:
        name = parent._meta.table_name
        if not connection.execute(
            "SELECT 1 FROM temp.doomed WHERE tbl = ? AND level = ? LIMIT 1", (name, level)
        ).fetchone():
            continue
        for child, column, action in tables.children(parent):
            if cascade or action == CASCADE:
                connection.execute(
                    f"INSERT OR IGNORE INTO temp.doomed SELECT '{child._meta.table_name}',"
                    f" {tables.key_sql(child)}, ? FROM {child._meta.table_name} WHERE {column} IN"
                    " (SELECT pk FROM temp.doomed WHERE tbl = ? AND level = ?)",
                    (level + 1, name, level),
                )
                found += connection.changes()
    return found > 0


def _free(connection: Connection, *, cascade: bool) -> None:
    if cascade:
        return
    for parent in TABLES:
        for child, column, action in tables.children(parent):
            if action != CASCADE:
                table = child._meta.table_name
                connection.execute(
                    f"INSERT OR IGNORE INTO temp.freed SELECT '{table}', id, '{column}' FROM {table}"
                    f" WHERE {column} IN (SELECT pk FROM temp.doomed WHERE tbl = ?)"
                    " AND id NOT IN (SELECT pk FROM temp.doomed WHERE tbl = ?)",
                    (parent._meta.table_name, table),
                )


def _count(connection: Connection) -> Preview:
    deleted = dict(connection.execute("SELECT tbl, count(*) FROM temp.doomed GROUP BY tbl").fetchall())
    freed = dict(connection.execute("SELECT tbl, count(DISTINCT pk) FROM temp.freed GROUP BY tbl").fetchall())
    size = connection.execute(
        "SELECT COALESCE(sum(length(vector)), 0) FROM embeddings"
        " WHERE id IN (SELECT pk FROM temp.doomed WHERE tbl = 'embeddings')"
    ).fetchone()[0]
    return Preview(_in_order(deleted), _in_order(freed), size)


def _in_order(counts: dict[str, int]) -> dict[str, int]:
    return {name: counts[name] for model in TABLES if (name := str(model._meta.table_name)) in counts}


def doomed_models(connection: Connection) -> list[type[Row]]:
    """Return the models that have rows to delete, children before parents."""
    names = {row[0] for row in connection.execute("SELECT DISTINCT tbl FROM temp.doomed")}
    return [model for model in reversed(TABLES) if model._meta.table_name in names]

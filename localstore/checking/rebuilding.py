"""Making anew what is derived from rows: indexes, full text, states and codes of vectors, whose pages are damaged.

A tree of which SQLite cannot read the root can neither be filled again nor dropped. It is forgotten (its line in
``sqlite_schema`` deleted), made anew, and the pages it leaves behind are swept out by writing the file anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from localstore import freshness, text
from localstore.checking.expected import Schema, expected_schema
from localstore.connection import Connection, opened

if TYPE_CHECKING:
    from localstore.store import Store

_CODES = ("vector_dead", "vector_blocks", "vector_changes", "vector_item_changes", "vector_models")
DERIVED = ("text_index", "text_rows", "text_pending", "embedding_states", *_CODES)
"""Tables of which everything can be made from rows."""
_FRESH = "check_fresh_index"
_TIMEOUT = 10_000


def reindex(store: Store, table: str) -> None:
    """Fill the indexes of a table anew; one that cannot be filled is left to ``make_anew``."""
    with _alone(store) as connection:
        try:
            connection.execute(f'REINDEX "{table}"')
        except apsw.CorruptError:
            return


def make_anew(store: Store, table: str) -> None:
    """Make the indexes of a table again without reading what they are; ``vacuum`` sweeps out what they were."""
    with _alone(store) as connection:
        sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?"
        found = connection.execute(sql, (table,)).fetchall()
        _forget(connection, [name for name, statement in found if statement])
        for name, statement in found:
            if statement:
                connection.execute(statement)
            else:
                _replace(connection, table, name)


def _replace(connection: Connection, table: str, name: str) -> None:
    """Give the index of a key, which belongs to its table, the pages of another one that is just the same."""
    columns = ", ".join(f'"{row[2]}"' for row in connection.execute(f'PRAGMA index_info("{name}")'))
    connection.execute(f'DROP INDEX IF EXISTS "{_FRESH}"')  # of a repair that was killed
    connection.execute(f'CREATE UNIQUE INDEX "{_FRESH}" ON "{table}" ({columns})')
    with _schema_open(connection):
        sql = "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = ?) WHERE name = ?"
        connection.execute(sql, (_FRESH, name))
        connection.execute("DELETE FROM sqlite_schema WHERE name = ?", (_FRESH,))


def make_derived_anew(store: Store, table: str) -> None:
    """Make a derived table, with its indexes, anew and fill it; ``vacuum`` sweeps out what it was."""
    together = _CODES if table in _CODES else (table,)
    expected = expected_schema()
    with _alone(store) as connection:
        for each in together:
            _make_table(connection, each, expected)
    with store.database.writing() as connection:
        if table.startswith("text_"):
            text.rebuild(connection)
        elif table == "embedding_states":
            freshness.rebuild(connection)


def vacuum(store: Store) -> None:
    """Write the file anew, without pages that belong to nothing."""
    with _alone(store) as connection:
        connection.execute("VACUUM")


def _make_table(connection: Connection, table: str, expected: Schema) -> None:
    """Forget a table, the tables that hold a virtual one's content, and their indexes; make them again, empty.

    In one transaction: killed at any moment, the table is there, damaged or new.
    """
    sql = "SELECT name FROM sqlite_schema WHERE tbl_name = ? AND type IN ('table', 'index')"
    found = [str(name) for (name,) in connection.execute(sql, (table,))]
    within = f"SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '{table}_*' AND rootpage > 0"
    shadows = [str(name) for (name,) in connection.execute(within)] if table == "text_index" else []
    with _schema_open(connection):
        connection.executemany("DELETE FROM sqlite_schema WHERE name = ?", [(name,) for name in [*found, *shadows]])
        _read_anew(connection)
        connection.execute("PRAGMA writable_schema = RESET")
        connection.execute(expected["table", table])
        for each, statement in expected.items():
            if each[0] == "index" and f" ON {table} " in statement:
                connection.execute(statement)


def _forget(connection: Connection, names: list[str]) -> None:
    """Delete lines of ``sqlite_schema``: their pages stay, and belong to nothing."""
    with _schema_open(connection):
        connection.executemany("DELETE FROM sqlite_schema WHERE name = ?", [(name,) for name in names])


@contextmanager
def _schema_open(connection: Connection) -> Iterator[None]:
    """Let ``sqlite_schema`` be written in one transaction, after which every connection reads it anew."""
    connection.execute("PRAGMA writable_schema = ON; BEGIN IMMEDIATE")
    try:
        yield
        _read_anew(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA writable_schema = RESET")


def _read_anew(connection: Connection) -> None:
    """Have every connection read the schema anew."""
    connection.pragma("schema_version", int(connection.pragma("schema_version")) + 1)


@contextmanager
def _alone(store: Store) -> Iterator[Connection]:
    """Open a connection of its own: what is done with it is outside of any transaction, and foreign keys are off."""
    connection = opened(str(store.path), apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(_TIMEOUT)
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)  # the schema is what is written here
        connection.pragma("synchronous", "FULL")
        yield connection
    finally:
        connection.close()

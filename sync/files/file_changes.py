"""What goes into a change file: the rows that a push would take, chosen by its code, without a lock on the file.

The notes of what is dirty are copied into temporary tables that hide the file's own on this connection; choosing
crosses them off there. The file's notes move only once the change file is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from localstore import tables
from localstore.connection import Connection
from localstore.errors import InvalidValue
from localstore.local_tables import SYNC_TABLES
from localstore.models import User
from localstore.sync_rules import RULES
from sync.local import dirty
from sync.local.images import json_columns, name_of
from sync.shapes import Change, Key

ROWS, BYTES = 5_000, 8_000_000
_NOTES = ("sync_dirty", "sync_kept")


@contextmanager
def copied_notes(connection: Connection) -> Iterator[None]:
    """Let the block change notes that nobody else sees."""
    for table in _NOTES:
        ddl = next(each for each in SYNC_TABLES if each.startswith(f"CREATE TABLE {table} "))
        connection.execute(ddl.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
        connection.execute(f"INSERT INTO temp.{table} SELECT * FROM main.{table}")
    try:
        yield
    finally:
        for table in _NOTES:
            connection.execute(f"DROP TABLE temp.{table}")


def introduce_people(connection: Connection) -> None:
    """Take the people of a store without a server as known to all: else what they own would stay here."""
    table = name_of(User)
    connection.execute(
        f"DELETE FROM sync_dirty WHERE tbl = '{table}' AND base IS NULL; DELETE FROM sync_kept WHERE tbl = '{table}'"
    )


def chosen(connection: Connection) -> Iterator[Change]:
    """Yield all changes in push order; within ``copied_notes``."""
    while changes := dirty.changes(connection, ROWS, BYTES):
        for change in changes:
            dirty.forget(connection, change.key)
        yield from (bare(change) for change in changes if not RULES[change.key.tbl].stays_out_of_files)


def bare(change: Change) -> Change:
    """Return a change without what is masked: a file may be read by anybody it reaches."""
    masked = RULES[change.key.tbl].masked
    if not masked:
        return change
    model = tables.model_of(change.key.tbl)
    empty = {name: "{}" if name in json_columns(model) else "" for name in masked}
    return Change(
        change.key, change.base and change.base | empty, change.ours and change.ours | empty, change.generation
    )


def refuse_secret(change: Change) -> None:
    """Raise InvalidValue for a row that no file of ours has: a key that somebody else knows would let them in."""
    if RULES[change.key.tbl].stays_out_of_files:
        raise InvalidValue(f"a file may not bring a {tables.noun(tables.model_of(change.key.tbl))}: make one here")


class People:
    """Rows of people whom changes refer to: no device makes people on a server, but a file's reader needs them."""

    def __init__(self, connection: Connection, known: list[str]) -> None:
        self.connection = connection
        self.known = set(known)

    def before(self, change: Change) -> Iterator[Change]:
        """Yield the people that a change refers to and no file of this store had, without what is masked."""
        for column, parent, _ in tables.references(tables.model_of(change.key.tbl)):
            pk = (change.ours or {}).get(column)
            if parent is User and pk is not None and pk not in self.known:
                self.known.add(pk)
                if (row := tables.fetch(self.connection, User, pk)) is not None:
                    yield bare(Change(Key(name_of(User), pk), None, row, 0))


def is_person(change: Change) -> bool:
    """Tell whether a line only says who somebody is."""
    return change.key.tbl == name_of(User) and change.base is None and change.generation == 0

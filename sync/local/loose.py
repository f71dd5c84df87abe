"""Foreign keys whose row is not here: emptied where they may be, noted, and tied again once it arrives.

``sync_loose`` holds the id that the server has; a row that cannot be without its parent waits in a conflict, and its
note here names the parent.
"""

from __future__ import annotations

from collections.abc import Sequence

from localstore import tables, values
from localstore.connection import Connection
from localstore.models import Row as Model
from sync.local.images import name_of
from sync.shapes import Image, Key

Missing = tuple[str, type[Model], str]
"""A column, its parent, and the id that is not here."""


class Loose:
    """The notes of one store, in the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._any = connection.execute("SELECT 1 FROM sync_loose LIMIT 1").fetchone() is not None

    def any(self) -> bool:
        """Tell whether anything is loose."""
        return self._any

    def loosen(self, model: type[Model], key: Key, row: Image) -> Missing | None:
        """Empty the keys of *row* whose rows are not here; return the first one that may not be empty."""
        self.forget(key)
        found: dict[str, str] = {}
        for column, parent, _ in tables.references(model):
            value = row.get(column)
            if value is None or self._is_here(parent, value):
                continue
            if not tables.field_of(model, column).null:
                return column, parent, str(value)
            found[column] = str(value)
        for column, value in found.items():
            row[column] = None
            self.wait(key, column, value)
        return None

    def _is_here(self, parent: type[Model], pk: str) -> bool:
        sql = f"SELECT 1 FROM {name_of(parent)} WHERE id = ?"
        return self.connection.execute(sql, (pk,)).fetchone() is not None

    def forget(self, key: Key) -> None:
        """Drop the notes of a row: another version of it comes."""
        if self._any:
            self.connection.execute("DELETE FROM sync_loose WHERE tbl = ? AND pk = ?", key)

    def forget_all(self, table: str, keys: Sequence[str]) -> None:
        """Drop the notes of rows of which other versions came."""
        if self._any:
            sql = "DELETE FROM sync_loose WHERE tbl = ? AND pk IN (SELECT value FROM json_each(?))"
            self.connection.execute(sql, (table, values.to_json(list(keys))))

    def wait(self, key: Key, column: str, value: str) -> None:
        """Note what a row waits for."""
        sql = (
            "INSERT INTO sync_loose (tbl, pk, col, value) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (tbl, pk, col) DO UPDATE SET value = excluded.value"
        )
        self.connection.execute(sql, (*key, column, value))
        self._any = True

    def emptied(self, key: Key) -> dict[str, str]:
        """Return the columns of a row that are empty for want of their rows, with what they held."""
        if not self._any:
            return {}
        sql = "SELECT col, value FROM sync_loose WHERE tbl = ? AND pk = ? ORDER BY col"
        return dict(self.connection.execute(sql, key).fetchall())

    def waiting(self, model: type[Model], keys: Sequence[str]) -> list[tuple[str, str, str, str]]:
        """Return (table, key, column, id) of what waits for these rows."""
        children = {(name_of(child), column) for child, column, _ in tables.children(model)}
        sql = "SELECT l.tbl, l.pk, l.col, l.value FROM json_each(?) j CROSS JOIN sync_loose l ON l.value = j.value"
        found = self.connection.execute(sql, (values.to_json(list(keys)),)).fetchall()
        return [row for row in found if (row[0], row[2]) in children]

    def tied(self, key: Key, column: str) -> None:
        """Drop a note, unless the row was parked again for the want of another."""
        sql = (
            f"DELETE FROM sync_loose WHERE tbl = ?1 AND pk = ?2 AND col = ?3 AND EXISTS"
            f" (SELECT 1 FROM {key.tbl} WHERE {tables.key_sql(tables.model_of(key.tbl))} = ?2)"
        )
        self.connection.execute(sql, (*key, column))

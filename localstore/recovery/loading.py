"""Rows on their way into the new store: the database's own rules decide, and what they refuse is mended once."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import apsw

from localstore import ids
from localstore.connection import Connection
from localstore.models import Row
from localstore.recovery.cells import Record
from localstore.recovery.shapes import fits, mended, shape
from localstore.tables import Stored, columns, is_stamped

ROWS = 20_000
"""Rows of one transaction."""


class Loading:
    """Puts rows into a new store whose triggers and foreign keys rest; of two with one key the later one stays."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.doubtful: Counter[str] = Counter()
        """Rows that were mended, cut short, or found on pages that nothing claims."""
        self.refused: Counter[str] = Counter()
        """Cells that could not be read, or of which nothing could be made."""
        self._since = 0
        connection.execute("BEGIN")

    def put(self, row: Record, hint: type[Row] | None, *, sure: bool) -> None:
        """Put a row: of the table that *hint* says, unless its form says another.

        *sure*: nothing is wrong with the tree of the page, so that a row that fits its table is of it.
        """
        model = hint if sure and hint and fits(hint, row.values) else shape(row.values)
        found = dict(zip(columns(model), row.values, strict=True)) if model else None
        if hint and model is None:
            model, found = hint, mended(hint, row.values)
        if model is None:
            return  # noise, or a row of another program
        if found is None or not self._settle(model, found):
            self.refused[_name(model)] += 1
        elif not row.whole or model is not hint or list(found.values()) != row.values:
            self.doubtful[_name(model)] += 1

    def finish(self) -> None:
        """Commit what is left."""
        self.connection.execute("COMMIT")

    def _write(self, model: type[Row], values: list[object]) -> bool:
        try:
            self.connection.execute(_insert(model), values)
        except (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError):
            return False
        self._since += 1
        if self._since >= ROWS:
            self._since = 0
            self.connection.execute("COMMIT; BEGIN")
        return True

    def _settle(self, model: type[Row], row: Stored) -> bool:
        """Write a row; when another holds its unique value, under one that says so, or not at all."""
        if self._write(model, list(row.values())):
            return True
        freed = _freed(model, row)
        return freed is not None and self._write(model, list(freed.values()))


def _freed(model: type[Row], row: Stored) -> Stored | None:
    """Return a row whose unique text differs from every other; None where the value cannot be another."""
    for field in model._meta.sorted_fields:
        if field.unique and not field.primary_key:
            if field.column_name not in ("email", "slug", "path"):
                return None
            row = row | {field.column_name: f"{row[field.column_name]}-recovered-{ids.short(row['id'])}"}
    return row


@cache
def _insert(model: type[Row]) -> str:
    names = columns(model)
    marks = ", ".join("?" * len(names))
    sql = f"INSERT INTO {_name(model)} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT "
    if not is_stamped(model):
        return f"{sql}DO NOTHING"
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    return f"{sql}(id) DO UPDATE SET {sets} WHERE excluded.updated_at > {_name(model)}.updated_at"


def _name(model: type[Row]) -> str:
    return str(model._meta.table_name)


def stored(connection: Connection, table: str) -> int:
    """Return how many rows a table has."""
    row: Any = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0])

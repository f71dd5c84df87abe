"""The SQLite file of another program, read-only: tables and columns are looked for, none is taken for granted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localstore.connection import Connection
from localstore.errors import InvalidValue
from localstore.transfer.foreign_database import foreign_database

_COLUMNS = (
    "SELECT name FROM pragma_table_info(?) WHERE EXISTS"
    " (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE)"
)
RowOfText = dict[str, bytes | None]


class LogDatabase:
    """Rows as bytes by column name; what is missing reads as None.

    Values are cast to BLOB, so that text which is no UTF-8 spoils its own record only.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._columns: dict[str, frozenset[str]] = {}

    def columns(self, table: str) -> frozenset[str]:
        """Return the columns of a table, none when it is missing, or a view: one can be made that never ends."""
        if table not in self._columns:
            rows = self._connection.execute(_COLUMNS, (table, table))
            self._columns[table] = frozenset(str(name) for (name,) in rows)
        return self._columns[table]

    def has(self, table: str, *columns: str) -> bool:
        """Tell whether a table has these columns."""
        return frozenset(columns) <= self.columns(table) if columns else bool(self.columns(table))

    def select(
        self, table: str, columns: tuple[str, ...], where: tuple[str, bytes] | None = None, order: tuple[str, ...] = ()
    ) -> Iterator[RowOfText]:
        """Yield the rows of *table*, those where a column has a value, ordered by those columns that exist."""
        there = self.columns(table)
        chosen = ", ".join(f'CAST("{name}" AS BLOB)' if name in there else "NULL" for name in columns)
        condition = f'WHERE "{where[0]}" = CAST(? AS TEXT)' if where else ""
        sorting = ", ".join(f'"{name}"' for name in order if name in there) or "rowid"
        sql = f'SELECT {chosen} FROM "{table}" {condition} ORDER BY {sorting}'  # names are ours, never the file's
        for row in self._connection.execute(sql, (where[1],) if where else ()):
            yield dict(zip(columns, row, strict=True))


@contextmanager
def log_database(path: Path) -> Iterator[LogDatabase]:
    """Open a file for reading; raises TransferError for one that SQLite cannot read, also in the middle."""
    with foreign_database(path) as connection:
        yield LogDatabase(connection)


def text_of(value: bytes | None, path: str) -> str:
    """Return a column's text, empty for NULL; raises InvalidValue when it is no UTF-8."""
    try:
        return "" if value is None else value.decode()
    except UnicodeDecodeError as error:
        raise InvalidValue(f"byte {error.object[error.start]:#04x} is not UTF-8", path) from None


def number_of(value: bytes | None) -> int | None:
    """Return a column's whole number, or None."""
    return int(value) if value is not None and value.isdigit() and len(value) < 19 else None

"""Vectors in any SQLite file: ``vec0`` tables of sqlite-vec, and plain columns of float32 BLOBs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import apsw

from localstore.connection import Connection
from localstore.errors import TransferError
from localstore.quoting import quoted
from localstore.transfer.foreign_database import foreign_database
from localstore.transfer.format import STREAM, Format, ReadOptions
from localstore.transfer.sample import Sample
from localstore.transfer.vector_database import BlobRows, columns_of
from localstore.transfer.vector_rows import IDS, TEXTS, TITLES, VECTORS, VectorRead, usual_name

MISSING = "a vec0 table is read by its extension, which is not installed: pip install sqlite-vec"
_VEC0 = re.compile(r"\bUSING\s+vec0\b", re.IGNORECASE)
_FLOATS = re.compile(r'[(,]\s*["\'`\[]?(\w+)["\'`\]]?\s+(?:float|f32)\s*\[', re.IGNORECASE)
_TABLES = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table that may hold vectors: its columns, and those of them that could be vectors."""

    name: str
    vec0: bool
    columns: list[str]
    vectors: list[str]


def recognise(sample: Sample) -> int:
    """An SQLite file with a vec0 table, or with a column of BLOBs that may be float32 numbers."""
    if sample.kind != "sqlite":
        return 0
    try:
        with foreign_database(sample.path) as connection:
            found = _tables(connection)
            return 80 if any(table.vec0 for table in found) else 20 if any(table.vectors for table in found) else 0
    except TransferError:
        return 0


def read(source: Path, options: ReadOptions) -> Iterator[VectorRead]:
    """Yield the vectors of one table, without writing to the file."""
    if source == STREAM:
        raise TransferError("an SQLite file cannot be read from a stream: name the file")
    with foreign_database(source) as connection:
        table = _chosen(_tables(connection), source, options)
        if table.vec0:
            _load_extension(connection)
            columns = [name for name, _ in columns_of(connection, table.name)]
            table = _Table(table.name, True, columns, table.vectors)
        options.report.files += 1
        options.report.saw_keys(table.columns)
        yield from _rows(connection, table, source, options)


def _tables(connection: Connection) -> list[_Table]:
    """Return the tables of the file but for those in which vec0 keeps its own."""
    rows = [(str(name), str(sql or "")) for name, sql in connection.execute(_TABLES)]
    virtual = [name for name, sql in rows if _VEC0.search(sql)]
    found = []
    for name, sql in rows:
        if name in virtual:
            found.append(_Table(name, True, [], _FLOATS.findall(sql[sql.find("(") :])))
        elif not any(name.startswith(f"{each}_") for each in virtual) and "VIRTUAL" not in sql[:20].upper():
            columns = columns_of(connection, name)
            found.append(_Table(name, False, [each for each, _ in columns], _blobs(connection, name, columns)))
    return found


def _blobs(connection: Connection, table: str, columns: list[tuple[str, str]]) -> list[str]:
    """Return the columns whose first value is a BLOB of whole float32 numbers, at least two."""
    found = []
    for name, kind in columns:
        if kind not in ("BLOB", ""):
            continue
        sql = f"SELECT {quoted(name)} FROM {quoted(table)} WHERE {quoted(name)} IS NOT NULL LIMIT 1"
        row = connection.execute(sql).fetchone()
        if row and isinstance(row[0], bytes) and len(row[0]) >= 8 and len(row[0]) % 4 == 0:
            found.append(name)
    return found


def _chosen(tables: list[_Table], source: Path, options: ReadOptions) -> _Table:
    if options.table is not None:
        named = [table for table in tables if table.name == options.table]
        if not named:
            names = ", ".join(table.name for table in tables[:12]) or "none"
            raise TransferError(f"{source}: there is no table {options.table!r}; there are {names}")
        return named[0]
    wanted = options.vector_column
    fitting = [table for table in tables if (wanted in table.columns + table.vectors if wanted else table.vectors)]
    fitting = [table for table in fitting if table.vec0] or fitting
    if len(fitting) != 1:
        what = "several tables with vectors" if fitting else "no table with a column of float32 BLOBs"
        names = ", ".join(table.name for table in (fitting or tables)[:12]) or "none"
        raise TransferError(f"{source} has {what}; there are {names}: say which with --table and --vector-column")
    return fitting[0]


def _load_extension(connection: Connection) -> None:
    try:
        import sqlite_vec  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        raise TransferError(MISSING) from None
    try:
        connection.enable_load_extension(True)
        connection.load_extension(sqlite_vec.loadable_path())
        connection.enable_load_extension(False)
    except (apsw.Error, AttributeError) as error:
        raise TransferError(f"the extension of sqlite-vec cannot be loaded ({error}): install it anew") from None


def _rows(connection: Connection, table: _Table, source: Path, options: ReadOptions) -> Iterator[VectorRead]:
    place = f"{source.name}:{table.name}"
    vector = _vector_column(table, place, options)
    names = [name for name in table.columns if name != vector]
    key = _column(names, options.id_column, IDS, place) or _primary_key(connection, table, vector)
    text = _column(names, options.text_column, TEXTS, place)
    title = _column(names, options.title_column, TITLES, place)
    others = [name for name in names if name not in (key, text, title, "rowid")]
    picked = [_picked(name) for name in (key, vector, text, title, *others)]
    rows = connection.execute(f"SELECT {', '.join(picked)} FROM {quoted(table.name)}")
    yield from BlobRows(place, partial(_metadata, others) if others else None).read(rows, options)


def _picked(name: str | None) -> str:
    return "NULL" if name is None else "rowid" if name == "rowid" else quoted(name)


def _metadata(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return the other columns as JSON; BLOBs and what is missing are left out."""
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value is not None and not isinstance(value, bytes)}


def _primary_key(connection: Connection, table: _Table, vector: str) -> str:
    """Return the only column of the primary key, else the number of the row."""
    sql = "SELECT name FROM pragma_table_xinfo(?) WHERE pk > 0"
    found = [str(name) for (name,) in connection.execute(sql, (table.name,)) if name != vector]
    return found[0] if len(found) == 1 else "rowid"


def _vector_column(table: _Table, place: str, options: ReadOptions) -> str:
    wanted = options.vector_column
    if wanted is not None:
        if wanted not in table.columns:
            raise TransferError(f"{place}: there is no column {wanted!r}; there are {', '.join(table.columns[:12])}")
        return wanted
    name = usual_name(table.vectors, VECTORS) or (table.vectors[0] if len(table.vectors) == 1 else None)
    if name is None:
        what = f"several columns of vectors ({', '.join(table.vectors)})" if table.vectors else "no float32 BLOBs"
        raise TransferError(f"{place} has {what}: say which with --vector-column")
    return name


def _column(names: list[str], wanted: str | None, usual: tuple[str, ...], place: str) -> str | None:
    if wanted is not None and wanted not in (*names, "rowid"):
        raise TransferError(f"{place}: there is no column {wanted!r}; there are {', '.join(names[:12])}")
    return wanted or usual_name(names, usual)


FORMAT = Format(
    name="sqlite-vec",
    summary="vec0 tables, and float32 BLOBs of any SQLite file",
    extensions=(),
    recognise=recognise,
    vector_reader=read,
)

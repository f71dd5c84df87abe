"""The store as plain PostgreSQL: a file that ``psql`` loads without us, into an empty database or over an older load.

One transaction: the tables and indexes that are missing, then upserts, parents before children. They are INSERTs of
many rows ON CONFLICT DO UPDATE, not COPY: COPY updates nothing without a second table, and every client can run an
INSERT. Deleted rows are not in it. Hashes of passwords, and API keys with theirs, are in it only when asked for: loaded
over an older load, a file without them leaves those of the database as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from localstore import __version__, schema, tables, times
from localstore.connection import Connection
from localstore.errors import InvalidValue, TransferError
from localstore.models import TABLES
from localstore.models import Row as Model
from localstore.sync_rules import RULES
from localstore.transfer.destination import writing
from localstore.transfer.format import WriteOptions
from sync.errors import Cancelled
from sync.postgres.schema import POSTGRES
from sync.postgres.values import Sent, to_postgres
from sync.shapes import Cancelled as Asked
from sync.shapes import Progress, Report, Row

if TYPE_CHECKING:
    from localstore.store import Store

ROWS = 500
BYTES = 1_000_000
"""Of one INSERT; a single row may be larger."""


@dataclass(slots=True)
class SqlExport:
    """What was written: rows by table; rows that PostgreSQL would refuse, each with the reason."""

    path: Path
    rows: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def export_sql(
    store: Store,
    path: str | Path,
    since: str | None = None,
    *,
    with_secrets: bool = False,
    stream: BinaryIO | None = None,
    report: Report | None = None,
    cancelled: Asked | None = None,
) -> SqlExport:
    """Write the store as of one moment to *path* (``-`` is *stream*), mode 0600, whole or not at all.

    With *since*, a date or an age such as ``7d``, only rows changed since then, and the tags of items changed since
    then; their parents must be in the database already. API keys and hashes of passwords are written only
    *with_secrets*. Raises InvalidValue, TransferError, Cancelled.
    """
    floor = times.since(since) if since else None
    done = SqlExport(Path(path))
    if stream is None and done.path.exists():
        raise TransferError(f"{done.path} is there already: name a new file, or remove it first.")
    with writing(Path(path), WriteOptions(stream)) as out, store.reading() as connection:
        out.write(_prologue(store, floor).encode())
        writer = _Tables(connection, floor, done, with_secrets=with_secrets)
        for model in TABLES if with_secrets else filter(_goes, TABLES):
            for statement in writer.statements(model, report, cancelled):
                out.write(statement.encode())
        out.write(b"\nCOMMIT;\n")
    return done


def _prologue(store: Store, floor: str | None) -> str:
    what = f"what changed since {floor}" if floor else "everything"
    lines = [
        f"-- localstore {__version__}: {what}, written {times.now()}.",
        "-- Load it with: psql --set ON_ERROR_STOP=1 --file FILE DATABASE",
        "BEGIN;",
        "SET LOCAL client_encoding TO 'UTF8';",
        "SET LOCAL standard_conforming_strings TO on;",
        "SET LOCAL client_min_messages TO warning;",
        *(f"{ddl};" for ddl in ddl_statements()),
    ]
    return "\n".join(lines) + "\n"


def ddl_statements() -> list[str]:
    """Return the DDL of the thirteen tables and their indexes, for what is missing of them."""
    found = schema.statements(POSTGRES)
    for plain in ("CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX "):
        found = [ddl.replace(plain, f"{plain}IF NOT EXISTS ", 1) if ddl.startswith(plain) else ddl for ddl in found]
    return found


class _Tables:
    """Writes one table after the other; remembers which rows it had to leave out, for what points to them."""

    def __init__(self, connection: Connection, floor: str | None, done: SqlExport, *, with_secrets: bool) -> None:
        self.connection, self.floor, self.done = connection, floor, done
        self.with_secrets = with_secrets
        self._lost: dict[str, set[str]] = {}

    def statements(self, model: type[Model], report: Report | None, cancelled: Asked | None) -> Iterator[str]:
        """Yield the upserts of a table."""
        table = str(model._meta.table_name)
        head, tail = _upsert(model, self._columns(model))
        written = 0
        for values in _batched(self._values(model)):
            if cancelled and cancelled():
                raise Cancelled("Stopped: no file was written.")
            written += len(values)
            yield f"{head}\n" + ",\n".join(values) + f"\n{tail};\n"
            self.done.rows[table] = written
            if report:
                report(Progress("export", table, written, None))

    def _values(self, model: type[Model]) -> Iterator[str]:
        names = self._columns(model)
        convert = [to_postgres(tables.field_of(model, name)) for name in names]
        for row in self.connection.execute(*_selected(model, names, self.floor)):
            with suppress(_LeftOut):
                yield self._literals(model, convert, row)

    def _literals(self, model: type[Model], convert: list[Callable[..., Sent]], row: Row) -> str:
        stored = dict(zip(self._columns(model), row, strict=True))
        try:
            self._drop_lost(model, stored)
            return f"({', '.join(_literal(send(value)) for send, value in zip(convert, stored.values(), strict=True))})"
        except InvalidValue as error:
            pk = tables.key_of(model, stored)
            self._lost.setdefault(str(model._meta.table_name), set()).add(pk)
            self.done.left_out.append(f"{tables.noun(model)} {pk}: {error}")
            raise _LeftOut from None

    def _columns(self, model: type[Model]) -> list[str]:
        secret = frozenset() if self.with_secrets else RULES[str(model._meta.table_name)].secret
        return [name for name in tables.columns(model) if name not in secret]

    def _drop_lost(self, model: type[Model], stored: dict[str, object]) -> None:
        """Empty a foreign key whose row was left out; InvalidValue where it is needed."""
        for column, parent, _ in tables.references(model) if self._lost else ():
            if stored[column] in self._lost.get(str(parent._meta.table_name), ()):
                if not tables.field_of(model, column).null:
                    raise InvalidValue(f"it belongs to {tables.noun(parent)} {stored[column]}, which is left out")
                stored[column] = None


class _LeftOut(Exception):
    """A row cannot be written."""


def _goes(model: type[Model]) -> bool:
    return not RULES[str(model._meta.table_name)].stays_out_of_files


def _selected(model: type[Model], names: list[str], floor: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the query of a table's rows; a link has no time of its own and goes with its item."""
    sql = f"SELECT {', '.join(names)} FROM {model._meta.table_name}"
    if floor is None:
        return sql, ()
    if tables.is_stamped(model):
        return f"{sql} WHERE updated_at >= ?", (floor,)
    column, parent, _ = tables.references(model)[0]
    return f"{sql} WHERE {column} IN (SELECT id FROM {parent._meta.table_name} WHERE updated_at >= ?)", (floor,)


def _upsert(model: type[Model], names: list[str]) -> tuple[str, str]:
    """Return what stands before and behind the rows of an INSERT."""
    keys = tables.key_columns(model)
    rest = [name for name in names if name not in keys]
    then = f"UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in rest)}" if rest else "NOTHING"
    head = f"INSERT INTO {model._meta.table_name} ({', '.join(names)}) VALUES"
    return head, f"ON CONFLICT ({', '.join(keys)}) DO {then}"


def _literal(value: Sent) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


def _batched(values: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for each in values:
        if batch and (len(batch) == ROWS or size + len(each) > BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += len(each)
    if batch:
        yield batch

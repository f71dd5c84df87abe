"""How models reach a file: peewee's Database, routed to the store that is current.

Models are bound once, for the whole process, to the dispatcher; several stores may be open. A block that reads
or writes makes its connection current for its thread (a context variable). Outside such a block a row's
relations open a reader of the store that the row came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import apsw

from localstore.connection import Connection
from localstore.errors import LocalstoreError
from localstore.orm import APSWDatabase, peewee

if TYPE_CHECKING:
    from localstore.models import Row


M = TypeVar("M")
T = TypeVar("T")


class Owner(Protocol):
    """What a connection belongs to: something that lends readers."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection whose reads see one state of the file."""
        ...


_current: ContextVar[tuple[Owner, Connection] | None] = ContextVar("current connection", default=None)


@contextmanager
def using(owner: Owner, connection: Connection) -> Iterator[Connection]:
    """Make *connection* the one that models use in this thread."""
    token = _current.set((owner, connection))
    try:
        yield connection
    finally:
        _current.reset(token)


def current_owner() -> Owner | None:
    """Return whose connection is current, if any."""
    current = _current.get()
    return current[0] if current else None


def current_connection(owner: Owner) -> Connection | None:
    """Return the current connection when it belongs to *owner*."""
    current = _current.get()
    return current[1] if current and current[0] is owner else None


class _Fetched:
    """Rows already read, in the shape of a cursor."""

    def __init__(self, description: Any, rows: list[Any]) -> None:
        self.description = description
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def close(self) -> None:
        """Hold nothing."""


class StoreDatabase(APSWDatabase):  # type: ignore[misc]
    """Runs peewee's SQL on the connection that is current in this thread."""

    def execute_sql(self, sql: str, params: Any = None, *_: Any, **__: Any) -> Any:
        """Run one statement and read all its rows."""
        current = _current.get()
        if current is None:
            raise LocalstoreError("No store is open here: read through store.items and the like.")
        cursor = current[1].cursor()
        names: list[Any] = []

        def note(cursor: apsw.Cursor, *_: Any) -> bool:
            names.extend(cursor.get_description())
            return True

        cursor.exec_trace = note
        return _Fetched(names, cursor.execute(sql, params or ()).fetchall())


dispatcher = StoreDatabase(None, autoconnect=False)
"""The one database that all models are bound to."""


class Related(Generic[M]):
    """The rows on the other side of a relation, read from the store of the row when asked for."""

    def __init__(self, owner: Owner | None, query: Any) -> None:
        self._owner = owner
        self.query = query

    def _run(self, read: Callable[[], T]) -> T:
        if self._owner is None or current_connection(self._owner):
            return read()
        with self._owner.reading():
            return read()

    def __iter__(self) -> Iterator[M]:
        return iter(self._run(lambda: list(self.query.clone())))

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        return self._run(lambda: bool(self.query.exists()))

    def count(self) -> int:
        """Count the rows, in SQL."""
        return self._run(lambda: int(self.query.count()))

    def first(self) -> M | None:
        """Return the first row, or None."""
        found: M | None = self._run(lambda: self.query.first())
        return found

    def where(self, *conditions: Any) -> Related[M]:
        """Narrow by peewee expressions."""
        return Related(self._owner, self.query.where(*conditions))

    def order_by(self, *columns: Any) -> Related[M]:
        """Order by peewee columns."""
        return Related(self._owner, self.query.order_by(*columns))

    def limit(self, count: int) -> Related[M]:
        """Take the first rows only."""
        return Related(self._owner, self.query.limit(count))


class _ForeignKeyAccessor(peewee.ForeignKeyAccessor):
    """Reads the row a key points to from the store of its row."""

    def get_rel_instance(self, instance: Row) -> Any:
        owner = instance._owner
        if owner is None or current_connection(owner) or self.name in instance.__rel__:
            return super().get_rel_instance(instance)  # type: ignore[no-untyped-call]
        with owner.reading():
            return super().get_rel_instance(instance)  # type: ignore[no-untyped-call]


class _BackrefAccessor(peewee.BackrefAccessor):
    """Reads the rows that point to a row from the store of that row."""

    def __get__(self, instance: Row | None, instance_type: Any = None) -> Any:
        query = super().__get__(instance, instance_type)  # type: ignore[no-untyped-call]
        return query if instance is None else Related(instance._owner, query)


if TYPE_CHECKING:
    ForeignKey = peewee.ForeignKeyField
else:

    class ForeignKey(peewee.ForeignKeyField):
        """A foreign key to a UUID, indexed, with relations that know their store."""

        accessor_class = _ForeignKeyAccessor
        backref_accessor_class = _BackrefAccessor

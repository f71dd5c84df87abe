"""A list of one noun as a screen shows it: light rows by a condition, in keyset order, however many there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from localstore.connection import Connection
from localstore.errors import InvalidValue
from localstore.rows import Page, check_limit

if TYPE_CHECKING:
    from localstore.store import Store

R = TypeVar("R")


class Where(Protocol):
    """Which rows."""

    def sql(self, store: Store, connection: Connection) -> tuple[str, list[Any]]:
        """Return a condition over alias ``t`` and its bindings."""


@dataclass(frozen=True)
class Listing(Generic[R]):
    """``table`` is the SQL of the rows, ``columns`` what is read of each (``t.id`` first), ``make`` makes a row of it.

    ``sorts`` name columns of ``table``; the ids and sort values of a page are found before the columns are read, so
    that a sort never reads what it does not show.
    """

    store: Store
    table: str
    columns: str
    make: Callable[[Sequence[Any]], R]
    sorts: Mapping[str, str]

    def page(self, where: Where, sort: str, after: str | None = None, limit: int = 100) -> Page[R]:
        """Return up to *limit* rows after a cursor."""
        column, way, sign = self._order(sort)
        check_limit(limit)
        with self.store.database.reading() as connection:
            condition, bindings = where.sql(self.store, connection)
            if after is not None:
                condition += f" AND (t.{column}, t.id) {sign} (?, ?)" if column != "id" else f" AND t.id {sign} ?"
                bindings += _read(after)[column == "id" :]
            inner = (
                f"SELECT t.id, t.{column} AS sort_key FROM {self.table} t WHERE {condition}"
                f" ORDER BY t.{column} {way}, t.id {way} LIMIT ?"
            )
            found = connection.execute(
                f"SELECT {self.columns}, p.sort_key FROM ({inner}) p CROSS JOIN {self.table} t ON t.id = p.id"
                f" ORDER BY p.sort_key {way}, p.id {way}",
                (*bindings, limit + 1),
            ).fetchall()
        more = _cursor(found[limit - 1][-1], found[limit - 1][0]) if len(found) > limit else None
        return Page([self.make(values) for values in found[:limit]], more)

    def anchors(self, where: Where, sort: str, step: int = 128) -> list[str]:
        """Return the cursor before every *step*-th row but the first; one scan, interruptible."""
        column, way, _ = self._order(sort)
        with self.store.database.reading() as connection:
            condition, bindings = where.sql(self.store, connection)
            sql = f"SELECT t.{column}, t.id FROM {self.table} t WHERE {condition} ORDER BY t.{column} {way}, t.id {way}"
            rows = connection.execute(sql, bindings)
            return [_cursor(value, pk) for value, pk in islice(rows, step - 1, None, step)]

    def count(self, where: Where) -> int:
        """Return how many rows there are."""
        with self.store.database.reading() as connection:
            condition, bindings = where.sql(self.store, connection)
            sql = f"SELECT count(*) FROM {self.table} t WHERE {condition}"
            return int(connection.execute(sql, bindings).fetchone()[0])

    def _order(self, sort: str) -> tuple[str, str, str]:
        """Return column, direction, and the sign of what comes after a row; InvalidValue names what is known."""
        name = sort.lstrip("-")
        if name not in self.sorts:
            raise InvalidValue(f"cannot sort by {name!r}: choose {', '.join(self.sorts)}", "sort")
        return (self.sorts[name], "DESC", "<") if sort.startswith("-") else (self.sorts[name], "ASC", ">")


def _cursor(value: str, pk: str) -> str:
    return json.dumps([value, pk], ensure_ascii=False, separators=(",", ":"))


def _read(cursor: str) -> list[str]:
    try:
        value, pk = json.loads(cursor)
    except (ValueError, TypeError, RecursionError):
        raise InvalidValue(f"{cursor[:60]!r} is no cursor: take it from 'next' of the page before") from None
    return [str(value), str(pk)]

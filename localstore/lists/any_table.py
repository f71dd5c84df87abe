"""Any of the thirteen tables, by its name and columns: lists in any order, one row, its writing.

What is special about a noun stays with the noun; here its words are matched to the columns of its table::

    users = store.table("users")
    users.page(TableFilter.parse("users", "ada is_active=true"), sort="-created_at")
    users.edit(key, updated_at, full_name="Ada Lovelace")
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import ids, tables, values
from localstore.by_columns import NOUNS, Added, add, edit
from localstore.deeds.closure import Preview
from localstore.errors import InvalidValue, NotFound
from localstore.events import SECRET
from localstore.finding.table_filters import TableFilter, part_of
from localstore.lists import labels
from localstore.lists.labels import LABELS, LONGEST
from localstore.rows import CHUNK, Page, check_limit
from localstore.schema import field_type

if TYPE_CHECKING:
    from localstore.deeds.trash import TrashEntry
    from localstore.store import Store


class Listed(NamedTuple):
    """What a list shows of a row: its key and some columns, texts cut, the names of what foreign keys point to."""

    key: str
    values: dict[str, Any]


class Named(NamedTuple):
    """A row to choose: its key, what it is called, a few words more."""

    key: str
    name: str
    note: str


class StoredRow(NamedTuple):
    """One whole row: ``columns`` without its secrets, of which ``secrets`` tells whether there is one."""

    key: str
    columns: dict[str, Any]
    secrets: dict[str, bool]
    names: dict[str, str]
    """What the foreign keys point to, by column."""


class AnyTable:
    """``store.table(name)``."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        if name not in NOUNS:
            raise InvalidValue(f"there is no table {values.shown(name)}: one of {', '.join(sorted(NOUNS))}", "table")
        self.name = name
        self.model = tables.model_of(name)
        self.noun: Any = getattr(store, NOUNS[name])
        self._key = tables.key_sql(self.model, "t")

    # -- lists --------------------------------------------------------------------------------------------

    def page(
        self,
        where: TableFilter | None = None,
        *,
        columns: Sequence[str] = (),
        sort: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Listed]:
        """Return up to *limit* rows after a cursor, in the order of any column (``-`` in front turns it round).

        Without a *sort* in the order of the key, which costs the same however many rows there are.
        """
        check_limit(limit)
        order = _Order(self, sort)
        condition, bindings = (where or TableFilter(self.name)).sql()
        keyset, at = order.after(after)
        keys = tables.key_columns(self.model)
        shown = ", ".join(self._shown(name) for name in columns) or "1"
        inner = f"SELECT {', '.join(f't.{k} AS {k}' for k in keys)}, {order.value} AS v FROM {self.name} t"
        sql = (
            f"SELECT k.v, {self._key}, {shown} FROM"
            f" ({inner} WHERE {condition}{keyset} ORDER BY {order.sql('t', 'v')} LIMIT ?) k"
            f" CROSS JOIN {self.name} t ON {' AND '.join(f't.{k} = k.{k}' for k in keys)}"
            f" ORDER BY {order.sql('k', 'k.v')}"
        )
        with self.store.database.reading() as connection:
            found = connection.execute(sql, (*bindings, *at, limit + 1)).fetchall()
        rows = [Listed(row[1], dict(zip(columns, row[2:], strict=False))) for row in found[:limit]]
        return Page(rows, _cursor(*found[limit - 1][:2]) if len(found) > limit else None)

    def _shown(self, column: str) -> str:
        kind = field_type(tables.field_of(self.model, column))
        if column in SECRET or kind == "VECTOR":
            raise InvalidValue(f"{column} is not for lists", self.name)
        if column in labels.parents(self.model):
            return labels.name_of_parent(self.model, column)
        return f"substr(t.{column}, 1, {LONGEST})" if kind in ("TEXT", "JSON") else f"t.{column}"

    def rows(self, keys: Sequence[str], columns: Sequence[str]) -> list[Listed]:
        """Return these rows as ``page`` does, those that are gone left out."""
        shown = ", ".join(self._shown(name) for name in columns)
        found: list[Listed] = []
        with self.store.database.reading() as connection:
            for start in range(0, len(keys), CHUNK):
                some = tuple(keys[start : start + CHUNK])
                sql = f"SELECT {self._key}, {shown} FROM {self.name} t WHERE {self._key} IN ({_marks(some)})"
                rows = connection.execute(sql, some)
                found += [Listed(row[0], dict(zip(columns, row[1:], strict=True))) for row in rows]
        return found

    def anchors(self, where: TableFilter | None = None, *, sort: str = "", step: int = 128) -> list[str]:
        """Return the cursor before every *step*-th row but the first; one scan, interruptible."""
        order = _Order(self, sort)
        condition, bindings = (where or TableFilter(self.name)).sql()
        sql = f"SELECT {order.value} AS v, {self._key} FROM {self.name} t WHERE {condition}"
        with self.store.database.reading() as connection:
            rows = connection.execute(f"{sql} ORDER BY {order.sql('t', 'v')}", bindings)
            return [_cursor(value, key) for n, (value, key) in enumerate(rows, 1) if n % step == 0]

    def count(self, where: TableFilter | None = None) -> int:
        """Return how many rows match."""
        condition, bindings = (where or TableFilter(self.name)).sql()
        with self.store.database.reading() as connection:
            sql = f"SELECT count(*) FROM {self.name} t WHERE {condition}"
            return int(connection.execute(sql, bindings).fetchone()[0])

    def keys(self, where: TableFilter | None = None) -> list[str]:
        """Return the keys of all rows that match; for actions on all of them."""
        condition, bindings = (where or TableFilter(self.name)).sql()
        with self.store.database.reading() as connection:
            sql = f"SELECT {self._key} FROM {self.name} t WHERE {condition}"
            return [str(row[0]) for row in connection.execute(sql, bindings)]

    # -- names --------------------------------------------------------------------------------------------

    def search(self, words: str, limit: int = 50) -> list[Named]:
        """Return rows whose name or note has all *words* in it, or whose id ends so; the likeliest first."""
        name, note, order = (sql.format(t="t") for sql in LABELS[self.name])
        conditions, bindings = ["1"], []
        for word in words.split():
            sql, bound = part_of(f"({name} || ' ' || COALESCE({note}, ''))", word)
            ends = f" OR substr({self._key}, -length(?)) = ?" if len(word) >= 4 else ""
            conditions.append(f"({sql}{ends})")
            bindings += [*bound, *([word.lower()] * 2 if ends else [])]
        sql = f"SELECT {self._key}, {name}, {note} FROM {self.name} t WHERE {' AND '.join(conditions)}"
        with self.store.database.reading() as connection:
            rows = connection.execute(f"{sql} ORDER BY {order} LIMIT ?", (*bindings, limit))
            return [Named(key, str(name or ""), str(note or "")) for key, name, note in rows]

    def name_of(self, key: str) -> str:
        """Return what a row is called; NotFound when it is gone."""
        sql = f"SELECT {labels.name(self.model)} FROM {self.name} t WHERE {self._key} = ?"
        with self.store.database.reading() as connection:
            row = connection.execute(sql, (key,)).fetchone()
        if row is None:
            raise NotFound(f"The {tables.noun(self.model)} {ids.short(key)} is gone: somebody deleted it.")
        return str(row[0] or "")

    def known(self, column: str, limit: int = 50) -> list[str]:
        """Return values that a text column has; of an indexed one, however many rows there are."""
        field = tables.field_of(self.model, column)
        if not (field.index or field.unique):
            sql = f"SELECT DISTINCT {column} FROM (SELECT {column} FROM {self.name} LIMIT 5000) LIMIT ?"
        else:
            following = f"SELECT min({column}) FROM {self.name} WHERE {column} > x"
            walk = f"SELECT min({column}) FROM {self.name} UNION ALL SELECT ({following}) FROM v WHERE x IS NOT NULL"
            sql = f"WITH RECURSIVE v(x) AS ({walk}) SELECT x FROM v LIMIT ?"
        with self.store.database.reading() as connection:
            return sorted(str(row[0]) for row in connection.execute(sql, (limit,)) if row[0])

    # -- one row ------------------------------------------------------------------------------------------

    def get(self, key: str) -> StoredRow:
        """Return one row in its Python form, without its secrets; NotFound when it is gone."""
        with self.store.database.reading() as connection:
            stored = tables.need(connection, self.model, key)
            names = {
                column: self.store.table(str(parent._meta.table_name)).name_of(stored[column])
                for column, parent in labels.parents(self.model).items()
                if stored[column] is not None
            }
        plain = {name: value for name, value in stored.items() if name not in SECRET}
        secrets = {name: bool(stored[name]) for name in stored if name in SECRET}
        return StoredRow(key, tables.decode(self.model, plain), secrets, names)

    def add(self, **columns: Any) -> Added:
        """Add a row by its columns; return its key, and the secret when it has one that is shown this once."""
        return add(self.store, self.name, columns)

    def edit(self, key: str, expected: Any = None, **columns: Any) -> str:
        """Set only the given columns; return the row's key, which a tag link changes with its columns."""
        return edit(self.store, self.name, key, expected, columns)

    def preview(self, *keys: str, cascade: bool = False) -> Preview:
        """Return what ``delete`` would take and set free."""
        return self.store.trash.preview([(self.name, key) for key in keys], cascade=cascade)

    def delete(self, *keys: str, cascade: bool = False) -> TrashEntry:
        """Move rows to the trash with what hangs on them."""
        entry: TrashEntry = self.noun.delete(*keys, cascade=cascade)
        return entry


class _Order:
    """A sort order: the value of a row in it, then its key. Null is less than everything, as in SQLite."""

    def __init__(self, table: AnyTable, sort: str) -> None:
        sort = "" if sort == "-" else sort
        model = table.model
        self.keys = tables.key_columns(model)
        name = sort.lstrip("-") or self.keys[0]
        self.descending = sort.startswith("-")
        field = tables.field_of(model, name)
        if name in SECRET or name in tables.blobs(model):
            raise InvalidValue(f"cannot sort by {name!r}: it is not for lists", "sort")
        plain = not sort or field.index or field.unique or field_type(field) not in ("TEXT", "JSON")
        self.value = f"t.{name}" if plain else f"substr(t.{name}, 1, {LONGEST})"
        if sort and name in labels.parents(model):
            self.value = labels.name_of_parent(model, name)
        self.nullable = field.null or name in labels.parents(model)

    def sql(self, alias: str, value: str) -> str:
        """Return the ORDER BY terms."""
        way = " DESC" if self.descending else ""
        return ", ".join(f"{term}{way}" for term in (value, *(f"{alias}.{key}" for key in self.keys)))

    def after(self, cursor: str | None) -> tuple[str, tuple[Any, ...]]:
        """Return the condition that starts after a cursor, and its bindings."""
        if cursor is None:
            return "", ()
        value, key = _read_cursor(cursor)
        parts = tables.key_parts(key)
        sign = "<" if self.descending else ">"
        keys = ", ".join(f"t.{name}" for name in self.keys)
        marks = _marks(parts)
        if value is None:
            following = f"{self.value} IS NULL AND ({keys}) {sign} ({marks})"
            more = "" if self.descending else f" OR {self.value} IS NOT NULL"
            return f" AND ({following}{more})", parts
        more = f" OR {self.value} IS NULL" if self.descending and self.nullable else ""
        return f" AND (({self.value}, {keys}) {sign} (?, {marks}){more})", (value, *parts)


def _marks(parts: Sequence[Any]) -> str:
    return ", ".join("?" * len(parts))


def _cursor(value: Any, key: str) -> str:
    return values.to_json([value, key])


def _read_cursor(cursor: str) -> tuple[Any, str]:
    try:
        value, key = json.loads(cursor)
    except (ValueError, TypeError, RecursionError):
        raise InvalidValue(f"{cursor[:60]!r} is no cursor: take it from 'next' of the page before") from None
    return value, str(key)

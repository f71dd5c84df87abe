"""Rows: what every noun behind the Store's door can do: add, get, edit, delete, page, count."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from localstore import ids, tables
from localstore.connection import Connection
from localstore.deeds.closure import Preview
from localstore.errors import Ambiguous, InvalidValue, NotFound
from localstore.filters import Filter
from localstore.models import Row

if TYPE_CHECKING:
    from localstore.deeds.trash import TrashEntry
    from localstore.store import Store

M = TypeVar("M", bound=Row)
R = TypeVar("R")
SORTS = {"updated": "updated_at", "created": "created_at", "id": "id"}
MIN_PART = 4
CHUNK = 500
"""Ids bound to one statement."""


@dataclass(frozen=True)
class Page(Generic[R]):
    """Some rows in order, and the cursor after the last one (None at the end)."""

    rows: list[R]
    next: str | None


class Rows(Generic[M]):
    """One noun. Subclasses name the model, the column people know a row by, and what is special."""

    model: ClassVar[type[Row]]
    label: ClassVar[str] = "id"
    finding: ClassVar[str] = ""
    """A sentence, with a blank before it, for whoever named a row that there is not: how to find it."""
    default_sort: ClassVar[str] = "-updated"
    sorts: ClassVar[Mapping[str, str]] = SORTS

    def __init__(self, store: Store) -> None:
        self.store = store
        self.table = str(self.model._meta.table_name)
        self.noun = tables.noun(self.model)

    # -- reading ------------------------------------------------------------------------------------------

    def get(self, ref: str) -> M:
        """Return the row with this id, or a unique prefix or suffix of it (4 characters and more).

        Raises NotFound or Ambiguous (with the candidates).
        """
        with self.store.database.reading() as connection:
            return self.load(connection, self.resolve(ref))

    def load(self, connection: Connection, pk: str) -> M:
        """Return the row with this whole id, or raise NotFound."""
        found = self._model.select().where(self._model.id == pk).first()
        if found is None:
            raise NotFound(f"There is no {self.noun} {pk!r}: see 'localstore list'.")
        return found  # type: ignore[no-any-return]

    def load_all(self, connection: Connection, pks: Sequence[str]) -> list[M]:
        """Return the rows with these ids, in this order; those that are gone are left out."""
        found: dict[str, M] = {}
        for start in range(0, len(pks), CHUNK):
            query = self._model.select().where(self._model.id.in_(pks[start : start + CHUNK]))
            found |= {row.id: row for row in query}
        return [found[pk] for pk in pks if pk in found]

    @property
    def _model(self) -> Any:
        return self.model

    def resolve(self, ref: str) -> str:
        """Return the whole id that *ref* stands for: an id, or a unique prefix or suffix of one."""
        wanted = ref.strip().lower()
        with self.store.database.reading() as connection:
            if ids.is_id(wanted):
                known = connection.execute(f"SELECT id FROM {self.table} WHERE id = ?", (wanted,)).fetchall()
            else:
                known = self._matching(connection, wanted)
            if len(known) == 1:
                return str(known[0][0])
            if not known:
                known = self.named(connection, ref)
            if len(known) == 1:
                return str(known[0][0])
            raise self._unresolved(connection, ref, [row[0] for row in known])

    def _matching(self, connection: Connection, wanted: str) -> list[tuple[str]]:
        """Ids that begin or end so; the front through the index, the end by one scan of it."""
        if len(wanted) < MIN_PART or not set(wanted) <= set("0123456789abcdef-"):
            return []
        sql = (
            f"SELECT id FROM {self.table} WHERE id >= ?1 AND id < ?1 || 'g'"
            f" UNION SELECT id FROM {self.table} WHERE substr(id, -length(?1)) = ?1 LIMIT 10"
        )
        return list(connection.execute(sql, (wanted,)))

    def named(self, connection: Connection, ref: str) -> list[tuple[str]]:
        """Ids of rows that people call so (a title, an e-mail); nouns with names override it."""
        if self.label == "id":
            return []
        sql = f"SELECT id FROM {self.table} WHERE {self.label} = ? LIMIT 10"
        return list(connection.execute(sql, (ref,)))

    def _unresolved(self, connection: Connection, ref: str, found: list[str]) -> Exception:
        if not found:
            return NotFound(f"There is no {self.noun} {ref!r}: give an id, its end, or its {self.label}.{self.finding}")
        sql = f"SELECT {self.label} FROM {self.table} WHERE id = ?"
        named = [(pk, str(connection.execute(sql, (pk,)).fetchone()[0])) for pk in found]
        some = "; ".join(f"{ids.short(pk)} {label[:40]!r}" for pk, label in named[:5])
        return Ambiguous(f"{ref!r} fits {len(found)} {self.noun}s: {some}. Give more of the id.", named)

    def page(
        self,
        where: Filter | Mapping[str, Any] | None = None,
        *,
        sort: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Page[M]:
        """Return up to *limit* rows after the cursor *after*.

        ``where`` is a Filter of items (rows of matching items) or columns with the values they must have;
        ``sort`` is ``updated``, ``created`` or ``id``, with ``-`` in front for newest first.
        """
        order = Order.parse(sort or self.default_sort, self.sorts)
        check_limit(limit)
        with self.store.database.reading() as connection:
            condition, bindings = self.condition(connection, where)
            keyset, at = order.after(after)
            sql = (
                f"SELECT t.id, {order.selected} FROM {self.table} t WHERE {condition}{keyset}"
                f" ORDER BY {order.sql} LIMIT ?"
            )
            found = connection.execute(sql, (*bindings, *at, limit + 1)).fetchall()
            rows = self.load_all(connection, [pk for pk, *_ in found[:limit]])
        more = order.cursor(found[limit - 1][1:], found[limit - 1][0]) if len(found) > limit else None
        return Page(rows, more)

    def all(self, where: Filter | Mapping[str, Any] | None = None, *, sort: str = "") -> list[M]:
        """Return every row that matches; for nouns of which there are few."""
        return self.page(where, sort=sort, limit=1_000_000).rows

    def count(self, where: Filter | Mapping[str, Any] | None = None) -> int:
        """Return how many rows match."""
        with self.store.database.reading() as connection:
            condition, bindings = self.condition(connection, where)
            sql = f"SELECT count(*) FROM {self.table} t WHERE {condition}"
            return int(connection.execute(sql, bindings).fetchone()[0])

    def condition(
        self, connection: Connection, where: Filter | Mapping[str, Any] | None
    ) -> tuple[str, tuple[Any, ...]]:
        """Return a WHERE condition over alias ``t`` and its bindings."""
        if where is None:
            return "1", ()
        if isinstance(where, Filter):
            inner, bindings = where.sql(connection)
            return f"t.item_id IN (SELECT i.id FROM items i WHERE {inner})", tuple(bindings)
        stored = tables.encode(self.model, where)
        return " AND ".join(f"t.{name} IS ?" for name in stored) or "1", tuple(stored.values())

    # -- writing ------------------------------------------------------------------------------------------

    def add(self, **columns: Any) -> M:
        """Add one row; unknown columns and refused values raise InvalidValue."""
        with self.store.action(f"{self.noun}.added", f"add {self.noun}") as action:
            stored = action.insert(self.model, columns)
            action.about |= self.about(stored)
            action.payload = {"id": stored["id"]}
            return self.load(action.connection, stored["id"])

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> M:
        """Set only the given columns; ``expected`` is the ``updated_at`` the caller started from.

        Raises EditConflict, with both versions, when the row changed since.
        """
        pk = self.resolve(ref)
        with self.store.action(f"{self.noun}.edited", f"edit {self.noun}") as action:
            action.update(self.model, pk, columns, expected)
            stored = tables.need(action.connection, self.model, pk)
            action.about |= self.about(stored)
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def about(self, stored: Mapping[str, Any]) -> dict[str, str | None]:
        """Return which item, organization and model an event of this row concerns."""
        own = {"items": "item_id", "organizations": "organization_id", "ai_models": "model_id"}
        keys = {name: stored[name] for name in ("item_id", "organization_id", "model_id") if stored.get(name)}
        return keys | ({own[self.table]: stored["id"]} if self.table in own else {})

    def preview(self, *refs: str, cascade: bool = False) -> Preview:
        """Return what ``delete`` would take and set free, in rows per table."""
        return self.store.trash.preview(self._roots(refs), cascade=cascade)

    def delete(self, *refs: str, cascade: bool = False) -> TrashEntry:
        """Move rows to the trash with what hangs on them: by the foreign keys, or all owned with *cascade*."""
        with self.store.database.writing():
            roots = self._roots(refs)
            label = self.describe(roots)
            return self.store.trash.delete(roots, cascade=cascade, label=label, kind=f"{self.noun}.deleted")

    def _roots(self, refs: Sequence[str]) -> list[tuple[str, str]]:
        if not refs:
            raise InvalidValue(f"no {self.noun} named: give at least one id")
        return [(self.table, pk) for pk in dict.fromkeys(self.resolve(ref) for ref in refs)]

    def describe(self, roots: Sequence[tuple[str, str]]) -> str:
        """Return what the trash and undo call a deletion."""
        with self.store.database.reading() as connection:
            sql = f"SELECT {self.label} FROM {self.table} WHERE id = ?"
            first = str(connection.execute(sql, (roots[0][1],)).fetchone()[0])
        more = f" and {len(roots) - 1} more" if len(roots) > 1 else ""
        return f"delete {self.noun} {first[:60]!r}{more}"


@dataclass(frozen=True)
class Order:
    """A sort order with the id as the last word, so that a page can start after any row (keyset).

    Several columns, one way all of them, where an index has them so: ``type updated_at`` is one such.
    """

    name: str
    columns: tuple[str, ...]
    descending: bool

    @classmethod
    def parse(cls, text: str, known: Mapping[str, str]) -> Order:
        """Read ``updated`` or ``-updated``; InvalidValue names what is known."""
        name = text.lstrip("-+")
        if name not in known:
            raise InvalidValue(f"cannot sort by {name!r}: choose {', '.join(known)}", "sort")
        return cls(name, tuple(known[name].split()), text.startswith("-"))

    @property
    def _keys(self) -> list[str]:
        return [f"t.{column}" for column in dict.fromkeys((*self.columns, "id"))]

    @property
    def selected(self) -> str:
        """Return the columns over alias ``t`` that a cursor holds besides the id."""
        return ", ".join(f"t.{column}" for column in self.columns)

    @property
    def sql(self) -> str:
        """Return the ORDER BY terms over alias ``t``."""
        way = "DESC" if self.descending else "ASC"
        return ", ".join(f"{key} {way}" for key in self._keys)

    def after(self, cursor: str | None) -> tuple[str, tuple[Any, ...]]:
        """Return the condition that starts after a cursor, and its bindings."""
        if cursor is None:
            return "", ()
        *values, pk = read_cursor(cursor, len(self.columns) + 1)
        return self.beyond((*values, pk), "<" if self.descending else ">")

    def beyond(self, row: Sequence[str], sign: str) -> tuple[str, tuple[Any, ...]]:
        """Return the condition of lying on one side of a row, given as its columns and id, and its bindings."""
        keys = self._keys
        at = tuple(row[-len(keys) :])
        if len(keys) == 1:
            return f" AND {keys[0]} {sign} ?", at
        return f" AND ({', '.join(keys)}) {sign} ({', '.join('?' * len(keys))})", at

    def cursor(self, values: Sequence[Any], pk: str) -> str:
        """Return the cursor of a row."""
        return json.dumps([*values, pk], ensure_ascii=False, separators=(",", ":"))


def check_limit(limit: int) -> None:
    """Refuse a page of no rows: it would have no end."""
    if limit < 1:
        raise InvalidValue(f"{limit} rows are no page: ask for one at least", "limit")


def read_cursor(cursor: str, length: int = 2) -> tuple[str, ...]:
    """Return the sort values and id of a cursor, *length* texts, or raise InvalidValue."""
    try:
        document = json.loads(cursor)
        if not (isinstance(document, list) and len(document) == length and all(isinstance(v, str) for v in document)):
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise InvalidValue(f"{cursor[:60]!r} is no cursor: take it from 'next' of the page before") from None
    return tuple(document)

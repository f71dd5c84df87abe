"""Items: what a person keeps; lists of them, and everything that hangs on one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from localstore import tables, tags
from localstore.connection import Connection
from localstore.contents import append
from localstore.errors import InvalidValue, NotFound
from localstore.filters import Filter
from localstore.freshness import Freshness
from localstore.models import Item
from localstore.rows import Order, Page, Rows, check_limit

COLUMNS = (
    "t.id, t.type, t.title, t.updated_at, t.organization_id,"
    " (SELECT json_group_array(g.name ORDER BY g.name) FROM item_tag_links l JOIN tags g ON g.id = l.tag_id"
    " WHERE l.item_id = t.id),"
    " COALESCE((SELECT max(s.state) FROM embedding_states s WHERE s.item_id = t.id), -1), t.created_at"
)


INDEXED = (("updated_at",), ("type", "updated_at"))
"""Orders that an index has to the last word, the id."""
SHOWN = 8
"""Columns of a row that a list shows; those of its order come after them."""


class ItemRow(NamedTuple):
    """What a list shows of an item; no texts, no vectors."""

    id: str
    type: str
    title: str
    updated_at: str
    organization_id: str | None
    tags: tuple[str, ...]
    freshness: Freshness
    created_at: str = ""


_COUNT = "SELECT 0, count(*) FROM items i WHERE {}"


class Items(Rows[Item]):
    """``store.items``: datasets, prompts, notes, conversations, references to models."""

    model = Item
    label = "title"
    finding = " 'localstore search' finds it by words."
    default_sort = "-updated"
    sorts = {  # noqa: RUF012
        "updated": "updated_at",
        "created": "created_at",
        "title": "title",
        "type": "type updated_at",
        "id": "id",
    }

    # -- reading ------------------------------------------------------------------------------------------

    def resolve(self, ref: str) -> str:
        """Return the whole id of an id, a unique part of one, an exact unique title, or ``@last``."""
        if ref.strip() == "@last":
            return self._last()
        return super().resolve(ref)

    def _last(self) -> str:
        with self.store.database.reading() as connection:
            sql = "SELECT id FROM items ORDER BY updated_at DESC, id DESC LIMIT 1"
            row = connection.execute(sql).fetchone()
        if row is None:
            raise NotFound("There is no item yet: add one with 'localstore add TITLE'.")
        return str(row[0])

    def rows(
        self,
        where: Filter | None = None,
        *,
        sort: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Page[ItemRow]:
        """Return what a list shows of up to *limit* items after a cursor, in keyset order.

        Costs the same on the first page and on the nine-thousandth.
        """
        order = Order.parse(sort or self.default_sort, self.sorts)
        check_limit(limit)
        with self.store.database.reading() as connection:
            condition, bindings = (where or Filter()).sql(connection)
            keyset, at = order.after(after)
            sql = (
                f"SELECT {COLUMNS}, {order.selected} FROM (SELECT * FROM items i WHERE {condition}) t"
                f" WHERE 1{keyset} ORDER BY {order.sql} LIMIT ?"
            )
            found = connection.execute(sql, (*bindings, *at, limit + 1)).fetchall()
        more = order.cursor(found[limit - 1][SHOWN:], found[limit - 1][0]) if len(found) > limit else None
        return Page([row_of(values) for values in found[:limit]], more)

    def anchors(self, where: Filter | None = None, *, sort: str = "", step: int = 128) -> list[str]:
        """Return the cursor before every *step*-th item but the first: where each block of a list begins.

        One scan of an index, in the order of the list; interruptible. ``len(anchors) * step`` is close below
        the count.
        """
        order = Order.parse(sort or self.default_sort, self.sorts)
        with self.store.database.reading() as connection:
            if not where and order.columns in INDEXED:
                return list(_hops(connection, order, step))
            condition, bindings = (where or Filter()).sql(connection)
            cursor = connection.execute(
                f"SELECT {order.selected}, t.id FROM (SELECT * FROM items i WHERE {condition}) t ORDER BY {order.sql}",
                bindings,
            )
            return [order.cursor(row[:-1], row[-1]) for row in islice(cursor, step - 1, None, step)]

    def position(self, pk: str, where: Filter | None = None, *, sort: str = "") -> int | None:
        """Return how many items come before one in a list, None when it is not in it."""
        order = Order.parse(sort or self.default_sort, self.sorts)
        with self.store.database.reading() as connection:
            condition, bindings = (where or Filter()).sql(connection)
            own = f"SELECT {order.selected}, t.id FROM (SELECT * FROM items i WHERE {condition}) t WHERE t.id = ?"
            row = connection.execute(own, (*bindings, pk)).fetchone()
            if row is None:
                return None
            before, at = order.beyond(row, ">" if order.descending else "<")
            sql = f"SELECT count(*) FROM (SELECT * FROM items i WHERE {condition}) t WHERE 1{before}"
            return int(connection.execute(sql, (*bindings, *at)).fetchone()[0])

    def condition(
        self, connection: Connection, where: Filter | Mapping[str, Any] | None
    ) -> tuple[str, tuple[Any, ...]]:
        """Return a WHERE condition over alias ``t`` and its bindings."""
        if isinstance(where, Filter):
            inner, bindings = where.sql(connection)
            return (f"t.id IN (SELECT i.id FROM items i WHERE {inner})" if where else "1"), tuple(bindings)
        return super().condition(connection, where)

    def count(self, where: Filter | Mapping[str, Any] | None = None, *, up_to: int = 0) -> int:
        """Return how many items match; with *up_to*, no more than that, found the sooner."""
        if where is not None and not isinstance(where, Filter):
            return super().count(where)
        sql = f"SELECT 0, count(*) FROM (SELECT 1 FROM items i WHERE {{}} LIMIT {up_to:d})" if up_to else _COUNT
        return next(iter(self._facet(sql, where).values()))

    def types(self, where: Filter | None = None) -> dict[str, int]:
        """Return how many items there are of each type, most first."""
        sql = "SELECT i.type, count(*) n FROM items i WHERE {} GROUP BY i.type ORDER BY n DESC, i.type"
        return self._facet(sql, where)

    def tag_counts(self, where: Filter | None = None, limit: int = 200) -> dict[str, int]:
        """Return how many items carry each tag, most first; tags of one name are one."""
        with self.store.database.reading() as connection:
            condition, bindings = (where or Filter()).sql(connection)
            links = "FROM item_tag_links l WHERE 1"
            if where:
                links += f" AND l.item_id IN (SELECT i.id FROM items i WHERE {condition})"
            same = "SELECT h.id FROM tags h WHERE fold(h.name) = fold(g.name)"
            sql = (
                "SELECT min(g.name), CASE count(*) WHEN 1 THEN sum(k.n) ELSE"
                f" (SELECT count(DISTINCT l.item_id) {links} AND l.tag_id IN ({same})) END n"
                f" FROM (SELECT l.tag_id, count(*) n {links} GROUP BY l.tag_id) k JOIN tags g ON g.id = k.tag_id"
                " GROUP BY fold(g.name) ORDER BY n DESC, 1 LIMIT ?"
            )
            return dict(connection.execute(sql, (*bindings, *bindings, limit)).fetchall())

    def organization_counts(self, where: Filter | None = None) -> dict[str, int]:
        """Return how many items each organization has, by slug, most first; ``-`` has those of none."""
        sql = (
            "SELECT COALESCE(o.slug, '-'), k.n FROM (SELECT i.organization_id, count(*) n FROM items i WHERE {}"
            " GROUP BY 1) k LEFT JOIN organizations o ON o.id = k.organization_id ORDER BY 2 DESC, 1"
        )
        return self._facet(sql, where)

    def state_counts(self, where: Filter | None = None) -> dict[Freshness, int]:
        """Return how many items have vectors in each state; an item's is the worst of its vectors'."""
        if not where:  # one walk of an index, and no look at the items
            known = "SELECT max(state) s FROM embedding_states WHERE item_id IS NOT NULL GROUP BY item_id"
            found = self._facet(f"SELECT s, count(*) FROM ({known}) WHERE {{}} GROUP BY s", None)
            rest = {Freshness.NONE: self.count() - sum(found.values())}
        else:
            state = "(SELECT max(s.state) FROM embedding_states s WHERE s.item_id = i.id)"
            sql = f"SELECT COALESCE({state}, {Freshness.NONE:d}), count(*) FROM items i WHERE {{}} GROUP BY 1"
            found, rest = self._facet(sql, where), {}
        return rest | {Freshness(int(state)): count for state, count in found.items()}

    def count_with_files(self, where: Filter | None = None) -> int:
        """Return how many items have a file."""
        within = " AND f.item_id IN (SELECT i.id FROM items i WHERE {})" if where else " AND {}"
        sql = f"SELECT 0, count(DISTINCT f.item_id) FROM file_assets f WHERE f.item_id IS NOT NULL{within}"
        return next(iter(self._facet(sql, where).values()))

    def _facet(self, sql: str, where: Filter | None) -> dict[str, int]:
        with self.store.database.reading() as connection:
            condition, bindings = (where or Filter()).sql(connection)
            return dict(connection.execute(sql.format(condition), bindings).fetchall())

    # -- writing ------------------------------------------------------------------------------------------

    def add(  # type: ignore[override]
        self,
        title: str,
        *,
        type: str = "note",
        text: str | None = None,
        role: str = "user",
        tags: Iterable[str] = (),
        organization: str | None = None,
        contents: Sequence[Mapping[str, Any]] = (),
        **columns: Any,
    ) -> Item:
        """Add an item with its texts and tags; one action.

        ``text`` is short for one content; ``organization`` is a slug or id; the owner is the local user
        unless ``owner_id`` says otherwise. Raises InvalidValue, Taken or NotFound.
        """
        with self.store.action("item.added", f"add {title[:60]!r}") as action:
            given = {"title": title, "type": type, "owner_id": self.store.local_user_id, **columns}
            given["organization_id"] = columns.get("organization_id") or self._home(organization)
            stored = action.insert(Item, given)
            pk = stored["id"]
            first = [{"text": text, "role": role}] if text is not None else []
            for content in (*first, *contents):
                append(action, pk, dict(content))
            self._tag(action, pk, tags)
            action.about = {"item_id": pk, "organization_id": stored["organization_id"]}
            action.payload = {"id": pk, "title": title[:200], "type": stored["type"]}
            return self.load(action.connection, pk)

    def _home(self, organization: str | None) -> str | None:
        """Return the id of an organization by slug or id; without one, this store's default."""
        if organization is None:
            return self.store.organizations.default_id()
        return self.store.organizations.resolve(organization) if organization != "-" else None

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> Item:
        """Set only the given columns; ``organization`` takes a slug, an id, or ``-`` for none.

        ``expected`` is the ``updated_at`` the caller started from; EditConflict carries both versions when the
        item changed since.
        """
        pk = self.resolve(ref)
        if "organization" in columns:
            named = columns.pop("organization")
            columns["organization_id"] = self._home(named) if named else None
        with self.store.action("item.edited", "edit item") as action:
            action.update(Item, pk, columns, expected)
            stored = tables.need(action.connection, Item, pk)
            action.label = f"edit {stored['title'][:60]!r}"
            action.about = {"item_id": pk, "organization_id": stored["organization_id"]}
            return self.load(action.connection, pk)

    def edit_meta(self, ref: str, changes: Mapping[str, Any], remove: Iterable[str] = ()) -> Item:
        """Set and remove keys of ``meta_data``, keeping the others."""
        pk = self.resolve(ref)
        with self.store.action("item.edited", "edit metadata") as action:
            stored = tables.need(action.connection, Item, pk)
            meta_data = json.loads(stored["meta_data"]) | dict(changes)
            for key in remove:
                meta_data.pop(key, None)
            action.update(Item, pk, {"meta_data": meta_data})
            action.about = {"item_id": pk}
            return self.load(action.connection, pk)

    def tag(self, names: Iterable[str], *refs: str) -> int:
        """Put tags on items, making tags that do not exist; return how many links were new. One action."""
        return self._each("item.tagged", "tag", list(names), refs, self._tag)

    def untag(self, names: Iterable[str], *refs: str) -> int:
        """Take tags off items; return how many links went. One action."""
        return self._each("item.untagged", "untag", list(names), refs, self._untag)

    def _each(self, kind: str, word: str, names: list[str], refs: Sequence[str], act: Any) -> int:
        items = list(dict.fromkeys(self.resolve(ref) for ref in refs))
        if not items or not names:
            raise InvalidValue(f"nothing to {word}: name at least one tag and one item")
        with self.store.action(kind, f"{word} {', '.join(names)[:60]}") as action:
            done = 0
            for pk in items:
                changed = act(action, pk, names)
                done += changed
                if changed:
                    action.touch(pk)
            action.about = {"item_id": items[0] if len(items) == 1 else None}
            action.payload = {"tags": names[:50], "items": len(items)}
            return done

    @staticmethod
    def _tag(action: Any, pk: str, names: Iterable[str]) -> int:
        return sum(tags.link(action, pk, name) for name in names)

    @staticmethod
    def _untag(action: Any, pk: str, names: Iterable[str]) -> int:
        return sum(tags.unlink(action, pk, name) for name in names)


def _hops(connection: Connection, order: Order, step: int) -> Iterator[str]:
    """Yield the cursor of every *step*-th item by hops through the index.

    SQLite passes over the rows between without coming back to Python for each: half the time, and other threads run.
    """
    at: str | None = None
    while True:
        keyset, bindings = order.after(at)
        sql = f"SELECT {order.selected}, t.id FROM items t WHERE 1{keyset} ORDER BY {order.sql} LIMIT 1 OFFSET ?"
        row = connection.execute(sql, (*bindings, step - 1)).fetchone()
        if row is None:
            return
        at = order.cursor(row[:-1], row[-1])
        yield at


def row_of(values: Sequence[Any]) -> ItemRow:
    """Return the row of the columns a list shows."""
    pk, kind, title, updated, organization, names, state, created = values[:SHOWN]
    return ItemRow(pk, kind, title, updated, organization, _unique(json.loads(names)), Freshness(state), created)


def _unique(names: list[str]) -> tuple[str, ...]:
    """Tags of one name, made twice elsewhere, are shown as one."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(tags.fold(name), name)
    return tuple(found.values())

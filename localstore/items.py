"""Items: what a person keeps; lists of them, and everything that hangs on one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
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
    " COALESCE((SELECT max(s.state) FROM embedding_states s WHERE s.item_id = t.id), -1)"
)


class ItemRow(NamedTuple):
    """What a list shows of an item; no texts, no vectors."""

    id: str
    type: str
    title: str
    updated_at: str
    organization_id: str | None
    tags: tuple[str, ...]
    freshness: Freshness


class Items(Rows[Item]):
    """``store.items``: datasets, prompts, notes, conversations, references to models."""

    model = Item
    label = "title"
    default_sort = "-updated"
    sorts = {  # noqa: RUF012
        "updated": "updated_at",
        "created": "created_at",
        "title": "title",
        "type": "type",
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
                f"SELECT {COLUMNS}, t.{order.column} FROM (SELECT * FROM items i WHERE {condition}) t"
                f" WHERE 1{keyset} ORDER BY {order.sql} LIMIT ?"
            )
            found = connection.execute(sql, (*bindings, *at, limit + 1)).fetchall()
        more = order.cursor(found[limit - 1][-1], found[limit - 1][0]) if len(found) > limit else None
        return Page([_row(values) for values in found[:limit]], more)

    def anchors(self, where: Filter | None = None, *, sort: str = "", step: int = 128) -> list[str]:
        """Return the cursor before every *step*-th item but the first: where each block of a list begins.

        One scan of an index, in the order of the list; interruptible. ``len(anchors) * step`` is close below
        the count.
        """
        order = Order.parse(sort or self.default_sort, self.sorts)
        with self.store.database.reading() as connection:
            condition, bindings = (where or Filter()).sql(connection)
            cursor = connection.execute(
                f"SELECT t.{order.column}, t.id FROM (SELECT * FROM items i WHERE {condition}) t ORDER BY {order.sql}",
                bindings,
            )
            return [order.cursor(v, pk) for n, (v, pk) in enumerate(cursor, 1) if n % step == 0]

    def condition(
        self, connection: Connection, where: Filter | Mapping[str, Any] | None
    ) -> tuple[str, tuple[Any, ...]]:
        """Return a WHERE condition over alias ``t`` and its bindings."""
        if isinstance(where, Filter):
            inner, bindings = where.sql(connection)
            return (f"t.id IN (SELECT i.id FROM items i WHERE {inner})" if where else "1"), tuple(bindings)
        return super().condition(connection, where)

    def count(self, where: Filter | Mapping[str, Any] | None = None) -> int:
        """Return how many items match."""
        if where is not None and not isinstance(where, Filter):
            return super().count(where)
        return next(iter(self._facet("SELECT 0, count(*) FROM items i WHERE {}", where).values()))

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


def _row(values: Sequence[Any]) -> ItemRow:
    pk, kind, title, updated, organization, names, state = values[:7]
    return ItemRow(pk, kind, title, updated, organization, _unique(json.loads(names)), Freshness(state))


def _unique(names: list[str]) -> tuple[str, ...]:
    """Tags of one name, made twice elsewhere, are shown as one."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(tags.fold(name), name)
    return tuple(found.values())

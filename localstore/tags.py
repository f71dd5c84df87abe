"""Tags: one per name whatever its case; rename, recolour, merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import ids, tables
from localstore.connection import Connection
from localstore.errors import InvalidValue, NotFound, Taken
from localstore.filters import tag_ids
from localstore.ids import fold
from localstore.models import ItemTagLink, Tag
from localstore.rows import Rows

if TYPE_CHECKING:
    from localstore.deeds.actions import Action

__all__ = ["TagCount", "Tags", "fold", "link", "unlink"]


class TagCount(NamedTuple):
    """A tag and how many items carry it."""

    id: str
    name: str
    color: str | None
    items: int


class Tags(Rows[Tag]):
    """``store.tags``."""

    model = Tag
    label = "name"
    sorts = {"name": "name", "updated": "updated_at", "created": "created_at"}  # noqa: RUF012
    default_sort = "name"

    def named(self, connection: Connection, ref: str) -> list[tuple[str]]:
        """Find a tag by name, with or without ``#``, whatever the case; of equal ones the oldest."""
        found = tag_ids(connection, [ref.removeprefix("#")])
        oldest = "SELECT id FROM tags WHERE id IN ({}) ORDER BY created_at, id LIMIT 1"
        return list(connection.execute(oldest.format(", ".join("?" * len(found))), found))

    def add(self, name: str, color: str | None = None, **columns: Any) -> Tag:  # type: ignore[override]
        """Add a tag; Taken when there is one of that name, in any case."""
        with self.store.action("tag.added", f"add tag {name[:60]!r}") as action:
            found = tag_ids(action.connection, [clean(name)])
            if found:
                raise Taken(f"the tag {name!r} is there already ({ids.short(found[0])})", "name", found[0])
            stored = _insert(action, name, color, **columns)
            action.payload = {"id": stored["id"], "name": name}
            return self.load(action.connection, stored["id"])

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> Tag:
        """Set name or colour; a name by the rules of ``rename``."""
        pk = self.resolve(ref)
        with self.store.action("tag.edited", "edit tag") as action:
            if "name" in columns:
                columns["name"] = clean(columns["name"])
                self._check_free(action, pk, columns["name"])
            action.update(Tag, pk, columns, expected)
            action.payload = {"id": pk, "name": columns.get("name")}
            return self.load(action.connection, pk)

    @staticmethod
    def _check_free(action: Action, pk: str, name: str) -> None:
        own = tables.need(action.connection, Tag, pk)["name"]
        clash = [other for other in tag_ids(action.connection, [name]) if other != pk]
        if clash and fold(own) != fold(name):
            raise Taken(f"there is a tag {name!r}: merge the two instead", "name", clash[0])

    def rename(self, ref: str, name: str) -> Tag:
        """Rename a tag; Taken, with advice to merge, when another tag has the name."""
        return self.edit(ref, name=name)

    def recolor(self, ref: str, color: str | None) -> Tag:
        """Give a tag a colour (``#f80``, ``teal``), or none."""
        return self.edit(ref, color=color)

    def merge(self, ref: str, into: str) -> int:
        """Move a tag's items to another tag and delete it; return how many items moved."""
        source, target = self.resolve(ref), self.resolve(into)
        if source == target:
            raise InvalidValue(f"{ref!r} and {into!r} are one tag")
        with self.store.action("tag.merged", "merge tags") as action:
            moved = merge(action, source, target)
            action.payload = {"id": source, "into": target, "items": moved}
            return moved

    def counts(self) -> list[TagCount]:
        """Return all tags and how many items carry each, by name; of equal ones the oldest stands for all."""
        sql = (
            "WITH f AS (SELECT id, name, color, fold(name) AS folded, count(*) OVER (PARTITION BY fold(name)) AS equal,"
            " row_number() OVER (PARTITION BY fold(name) ORDER BY created_at, id) AS place FROM tags)"
            " SELECT id, name, color, CASE equal WHEN 1 THEN"
            " (SELECT count(*) FROM item_tag_links l WHERE l.tag_id = f.id) ELSE"
            " (SELECT count(DISTINCT l.item_id) FROM item_tag_links l"
            " WHERE l.tag_id IN (SELECT h.id FROM tags h WHERE fold(h.name) = f.folded)) END"
            " FROM f WHERE place = 1 ORDER BY folded"
        )
        with self.store.database.reading() as connection:
            return [TagCount(*row) for row in connection.execute(sql)]


def clean(name: str) -> str:
    """Return a tag's name without ``#`` and outer blanks; an empty one raises InvalidValue."""
    bare = name.strip().removeprefix("#").strip()
    if not bare:
        raise InvalidValue("a tag needs a name", "tag")
    return bare


def _insert(action: Action, name: str, color: str | None = None, **columns: Any) -> tables.Stored:
    given = {"id": ids.tag_id(clean(name)), "name": clean(name), "color": color, **columns}
    if tables.fetch(action.connection, Tag, given["id"]):
        given["id"] = ids.new_id()  # a tag of this first name was renamed since
    return action.insert(Tag, given)


def link(action: Action, item: str, name: str) -> bool:
    """Put a tag on an item, making the tag when needed; tell whether the link is new."""
    found = tag_ids(action.connection, [clean(name)]) or [_insert(action, name)["id"]]
    if any(tables.fetch(action.connection, ItemTagLink, f"{item}/{tag}") for tag in found):
        return False
    action.insert(ItemTagLink, {"item_id": item, "tag_id": found[0]})
    return True


def unlink(action: Action, item: str, name: str) -> bool:
    """Take a tag, and others of the same name, off an item; tell whether there was one."""
    found = tag_ids(action.connection, [clean(name)])
    if not found:
        raise NotFound(f"There is no tag {name!r}: see 'localstore tags list'.")
    gone = [f"{item}/{tag}" for tag in found if tables.fetch(action.connection, ItemTagLink, f"{item}/{tag}")]
    for pk in gone:
        action.remove(ItemTagLink, pk)
    return bool(gone)


def merge(action: Action, source: str, target: str) -> int:
    """Move all links from one tag to another, then delete it; within an action."""
    sql = "SELECT item_id FROM item_tag_links WHERE tag_id = ?"
    items = [row[0] for row in action.connection.execute(sql, (source,)).fetchall()]
    for item in items:
        action.remove(ItemTagLink, f"{item}/{source}")
        if tables.fetch(action.connection, ItemTagLink, f"{item}/{target}") is None:
            action.insert(ItemTagLink, {"item_id": item, "tag_id": target})
        action.touch(item)
    action.remove(Tag, source)
    return len(items)

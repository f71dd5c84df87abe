"""Tag links: that an item carries a tag, as a row of its own. Its key is ``item/tag``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localstore import ids, tables
from localstore.connection import Connection
from localstore.deeds.closure import Preview
from localstore.errors import InvalidValue, NotFound, Taken
from localstore.models import ItemTagLink

if TYPE_CHECKING:
    from localstore.deeds.actions import Action
    from localstore.deeds.trash import TrashEntry
    from localstore.store import Store

TABLE = "item_tag_links"


class TagLinks:
    """``store.tag_links``; tags by name go through ``store.items.tag``."""

    model = ItemTagLink

    def __init__(self, store: Store) -> None:
        self.store = store

    def get(self, ref: str) -> ItemTagLink:
        """Return the link of a key; NotFound when there is none."""
        with self.store.database.reading() as connection:
            return self.load(connection, ref)

    def load(self, connection: Connection, pk: str) -> ItemTagLink:
        """Return the link of a key, or raise NotFound."""
        item, _, tag = pk.partition("/")
        model: Any = ItemTagLink
        found = model.select().where((model.item == item) & (model.tag == tag)).first()
        if found is None:
            raise NotFound("There is no such tag link: somebody took the tag off.")
        return found  # type: ignore[no-any-return]

    def add(self, item: str, tag: str) -> ItemTagLink:
        """Put a tag on an item; Taken when it carries it already."""
        pair = self.store.items.resolve(item), self.store.tags.resolve(tag)
        with self.store.action("item.tagged", "add tag link") as action:
            return self._link(action, *pair)

    def _link(self, action: Action, item: str, tag: str) -> ItemTagLink:
        if tables.fetch(action.connection, ItemTagLink, f"{item}/{tag}"):
            raise Taken("the item carries this tag already: choose another", "tag_id")
        action.insert(ItemTagLink, {"item_id": item, "tag_id": tag})
        action.touch(item)
        action.about = {"item_id": item}
        return self.load(action.connection, f"{item}/{tag}")

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> ItemTagLink:
        """Put another item or tag in the place of this link; links have no time, so nothing is ``expected``."""
        item, _, tag = ref.partition("/")
        for column in columns.keys() - {"item_id", "tag_id"}:
            raise InvalidValue("a tag link has an item and a tag, and nothing else", column)
        pair = str(columns.get("item_id") or item), str(columns.get("tag_id") or tag)
        if pair == (item, tag):
            return self.get(ref)
        with self.store.action("item.tagged", "edit tag link") as action:
            self.load(action.connection, ref)
            action.remove(ItemTagLink, ref)
            action.touch(item)
            return self._link(action, *pair)

    def preview(self, *refs: str, cascade: bool = False) -> Preview:
        """Return what ``delete`` would take: the links, for nothing hangs on them."""
        return self.store.trash.preview(self._roots(refs), cascade=cascade)

    def delete(self, *refs: str, cascade: bool = False) -> TrashEntry:
        """Move links to the trash; the items and tags stay."""
        label = f"delete tag link {ids.short(refs[0])!r}" if len(refs) == 1 else f"delete {len(refs)} tag links"
        return self.store.trash.delete(self._roots(refs), cascade=cascade, label=label, kind="item.untagged")

    @staticmethod
    def _roots(refs: Sequence[str]) -> list[tuple[str, str]]:
        if not refs:
            raise InvalidValue("no tag link named: give at least one")
        return [(TABLE, ref) for ref in dict.fromkeys(refs)]

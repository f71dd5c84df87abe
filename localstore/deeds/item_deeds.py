"""What is done to many items: tag, move, give another type, restore; each as one deed, with one undo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from localstore import tables, tags
from localstore.deeds.deeds import Act, Deed, Part, Told
from localstore.ids import short
from localstore.models import Item
from localstore.values import to_json

if TYPE_CHECKING:
    from localstore.store import Store


def tag(store: Store, keys: Sequence[str], add: Iterable[str], remove: Iterable[str], told: Told) -> int:
    """Put tags on items and take others off; return how many items changed. Items that are gone are left out."""
    on, off = list(add), list(remove)
    words = [f"#{name}" for name in on] + [f"-#{name}" for name in off]
    deed = Deed(store, "item.tagged", f"tag {', '.join(words)[:60]} on {len(keys):,} items")
    deed.payload = {"tags": words[:50]}

    def act(part: Part, some: list[str]) -> int:
        changed = 0
        for pk in _there(part, some):
            done = [tags.link(part, pk, name) for name in on] + [tags.unlink(part, pk, name) for name in off]
            if any(done):
                changed += 1
                part.touch(pk)
        return changed

    return deed.do(keys, act, told)


def move(store: Store, keys: Sequence[str], organization: str | None, told: Told) -> int:
    """Move items to an organization (slug or id), or to none; return how many were elsewhere."""
    home = store.organizations.get(organization) if organization else None
    slug = str(home.slug) if home else "no organization"
    deed = Deed(store, "item.edited", f"move {_many(keys)} to {slug}")
    deed.payload = {"columns": ["organization_id"]}
    return deed.do(keys, _setting({"organization_id": home.id if home else None}), told)


def retype(store: Store, keys: Sequence[str], kind: str, told: Told) -> int:
    """Give items another type; return how many had another one. Raises InvalidValue for a type that cannot be."""
    tables.encode(Item, {"type": kind})
    deed = Deed(store, "item.edited", f"make {_many(keys)} {kind[:60]}")
    deed.payload = {"columns": ["type"]}
    return deed.do(keys, _setting({"type": kind}), told)


def _setting(columns: dict[str, Any]) -> Act:
    def act(part: Part, some: list[str]) -> int:
        return sum(bool(part.update(Item, pk, columns)) for pk in _there(part, some))

    return act


def restore(store: Store, parts: Sequence[str], label: str, told: Told) -> int:
    """Put back a deletion that lies in the trash in *parts* (their ids); return how many parts.

    Raises Taken or InvalidValue as ``store.trash.restore`` does; parts restored before stay restored.
    """
    deed = Deed(store, "trash.restored", f"restore {label}")

    def act(part: Part, some: list[str]) -> int:
        for pk in some:
            store.trash.restore_in(part, store.trash.entry(part.connection, pk))
        return len(some)

    return deed.do(parts, act, told, first=1)


def _there(part: Part, some: list[str]) -> list[str]:
    """Return the items that are still there: somebody may have deleted some meanwhile."""
    sql = "SELECT id FROM items WHERE id IN (SELECT value FROM json_each(?))"
    found = {pk for (pk,) in part.connection.execute(sql, (to_json(some),))}
    return [pk for pk in some if pk in found]


def _many(keys: Sequence[str]) -> str:
    return f"{len(keys):,} items" if len(keys) != 1 else f"item {short(keys[0])}"

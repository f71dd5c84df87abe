"""Revision: everything a form changes of one item (columns, tags, first text) as one action.

One undo takes it all back, and ``expected`` guards it all: when the item moved on since it was read, nothing is
written and EditConflict carries both versions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localstore import tables, tags
from localstore.connection import Connection
from localstore.contents import append, order
from localstore.errors import EditConflict
from localstore.ids import fold
from localstore.models import Content, Item

if TYPE_CHECKING:
    from localstore.deeds.actions import Action
    from localstore.store import Store

COLUMNS = ("title", "type", "description")


def written(store: Store, ref: str) -> dict[str, Any]:
    """Return what a form shows of an item: columns, ``tags``, and the first text's ``role`` and ``text``.

    ``organization`` is a slug, ``contents`` how many texts there are,
    ``updated_at`` is the stamp to hand back as ``expected``; ``id`` the whole id.
    """
    with store.reading() as connection:
        return _read(connection, store.items.resolve(ref))


def _read(connection: Connection, pk: str, wanted: str | None = None) -> dict[str, Any]:
    """Read an item with its first text, or with the one that is *wanted*, wherever it stands by now."""
    row = tables.need(connection, Item, pk)
    sql = "SELECT slug FROM organizations WHERE id = ?"
    slug = connection.execute(sql, (row["organization_id"],)).fetchone()
    linked = "SELECT g.name FROM item_tag_links l JOIN tags g ON g.id = l.tag_id WHERE l.item_id = ? ORDER BY g.name"
    names = {fold(name): name for (name,) in connection.execute(linked, (pk,))}
    contents = order(connection, pk)
    first = wanted if wanted in contents else contents[0] if contents else None
    content = tables.need(connection, Content, first) if first else {"role": "user", "text": ""}
    return {
        **{name: row[name] or "" for name in COLUMNS},
        "id": pk,
        "updated_at": row["updated_at"],
        "organization": slug[0] if slug else "",
        "meta_data": json.loads(row["meta_data"]),
        "tags": list(names.values()),
        "content_id": first,
        "contents": len(contents),
        "role": content["role"],
        "text": content["text"],
    }


def revise(store: Store, ref: str, given: Mapping[str, Any], expected: str | None = None) -> str:
    """Write what differs from ``written``; return the item's id.

    ``role`` and ``text`` are those of ``content_id`` when it is given, else of the first text.
    Raises EditConflict when the item moved on since *expected*, InvalidValue or NotFound for values refused.
    """
    pk = store.items.resolve(ref)
    home = store.organizations.resolve(given["organization"]) if given.get("organization") else None
    with store.action("item.edited", "edit item") as action:
        now = _read(action.connection, pk, given.get("content_id"))
        changed = {n: value for n, value in given.items() if n in now and now[n] != value and n != "content_id"}
        if changed and expected is not None and expected != now["updated_at"]:
            raise _conflict(given, now)
        _write_columns(action, pk, changed, home)
        if "tags" in changed:
            _write_tags(action, pk, now["tags"], given["tags"])
        _write_text(action, pk, now, changed)
        title = given.get("title", now["title"])
        action.label = f"edit {title[:60]!r}"
        action.about = {"item_id": pk}
    return pk


def retag(store: Store, items: Sequence[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> int:
    """Put tags on items and take others off, as one action; return how many items changed."""
    on, off = list(add), list(remove)
    words = [f"#{name}" for name in on] + [f"-#{name}" for name in off]
    with store.action("item.tagged", f"tag {', '.join(words)[:60]}") as action:
        changed = 0
        for pk in dict.fromkeys(items):
            done = [tags.link(action, pk, name) for name in on] + [tags.unlink(action, pk, name) for name in off]
            if any(done):
                changed += 1
                action.touch(pk)
        action.about = {"item_id": items[0] if len(items) == 1 else None}
        action.payload = {"tags": words[:50], "items": changed}
    return changed


def _conflict(given: Mapping[str, Any], now: Mapping[str, Any]) -> EditConflict:
    differing = [n for n, value in given.items() if n in now and now[n] != value and n != "content_id"]
    return EditConflict(
        f"The item was changed while you wrote ({', '.join(differing)}): keep yours or take the other version.",
        {name: given[name] for name in differing},
        {name: now[name] for name in differing},
    )


def _write_columns(action: Action, pk: str, changed: Mapping[str, Any], home: str | None) -> None:
    columns = {name: changed[name] for name in ("title", "type", "meta_data") if name in changed}
    if "description" in changed:
        columns["description"] = changed["description"] or None
    if "organization" in changed:
        columns["organization_id"] = home
    action.update(Item, pk, columns)


def _write_tags(action: Action, pk: str, old: Iterable[str], new: Iterable[str]) -> None:
    before, after = {fold(name): name for name in old}, {fold(tags.clean(name)): name for name in new}
    done = [tags.link(action, pk, name) for key, name in after.items() if key not in before]
    done += [tags.unlink(action, pk, name) for key, name in before.items() if key not in after]
    if any(done):
        action.touch(pk)


def _write_text(action: Action, pk: str, now: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    columns = {name: changed[name] for name in ("role", "text") if name in changed}
    if not columns:
        return
    if now["content_id"]:
        action.update(Content, now["content_id"], columns)
    elif columns.get("text"):
        append(action, pk, {"role": now["role"], **columns})
    action.touch(pk)

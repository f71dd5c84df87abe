"""Conflicts to settle, noted as a pull or a push notes them."""

from __future__ import annotations

import json
from typing import Any

from localstore import Store, tables
from localstore.models import Item
from sync.conflicts import conflicts, note
from sync.conflicts import count as counted
from sync.local import capture, dirty
from sync.shapes import Conflict, Image, Key, Kind


def noted(store: Store, *found: Conflict) -> str:
    """Note conflicts; the id of the newest."""
    with store.database.writing() as connection:
        note(connection, found)
    return conflicts(store, 1).rows[0].id


def columns(store: Store, key: Key, base: Image | None, ours: Image, theirs: Image) -> str:
    """Both sides changed these columns of a row: theirs are live, ours wait."""
    put(store, key, theirs)
    return noted(store, Conflict(key, Kind.COLUMNS, base, ours, theirs, "changed here and on the server"))


def titled(store: Store, base: str = "Title", ours: str = "Mine", theirs: str = "Theirs") -> tuple[str, str]:
    """An item and the conflict over its title."""
    pk = store.items.add(base).id
    return pk, columns(store, Key("items", pk), {"title": base}, {"title": ours}, {"title": theirs})


def put(store: Store, key: Key, given: Image) -> None:
    """Change a row as a pull does: nobody's edit."""
    with store.database.writing() as connection, capture.silent(connection):
        tables.update(connection, tables.model_of(key.tbl), key.pk, given)


def row(store: Store, key: Key) -> Image | None:
    """A row as it is stored."""
    with store.reading() as connection:
        return tables.fetch(connection, tables.model_of(key.tbl), key.pk)


def item(store: Store, pk: str) -> Image:
    """An item that is there."""
    found = row(store, Key(Item._meta.table_name, pk))
    assert found is not None
    return found


def deleted_there(store: Store, key: Key, parent_gone: bool = False) -> str:
    """The server deleted a row that was edited, or made, here; ours is kept whole."""
    ours = row(store, key)
    kind = Kind.PARENT_GONE if parent_gone else Kind.DELETED_THERE
    with store.database.writing() as connection, capture.silent(connection):
        tables.delete(connection, tables.model_of(key.tbl), key.pk)
        dirty.forget(connection, key)
    return noted(store, Conflict(key, kind, None if parent_gone else ours, ours, None, "deleted on the server"))


def trashed_there(store: Store, key: Key) -> None:
    """The server deleted rows of mine: they are in the trash with all that hung on them."""
    with store.database.writing() as connection, capture.silent(connection):
        store.trash.take(connection, [key], False, "deleted on the server")
        connection.execute("DELETE FROM sync_dirty")


def refused(store: Store, key: Key, reason: str = "no right") -> str:
    """The server refused what was pushed of a row; it is held."""
    with store.database.writing() as connection:
        change = dirty.read(connection, key)
        assert change is not None
        dirty.hold(connection, key, change.generation, "refused")
        ours = change.ours
    return noted(store, Conflict(key, Kind.REFUSED, change.base, ours, None, reason))


def in_step(store: Store) -> None:
    """Everything is on the server."""
    with store.database.writing() as connection:
        connection.execute("DELETE FROM sync_dirty")


def dirty_keys(store: Store) -> set[tuple[str, str | None]]:
    """The rows that wait to be pushed, with what holds them back; without events."""
    with store.reading() as connection:
        rows = connection.execute("SELECT tbl, held FROM sync_dirty WHERE tbl <> 'events'")
        return set(rows.fetchall())


def open_kinds(store: Store) -> list[Kind]:
    """The kinds of the conflicts that wait, the newest first."""
    return [each.kind for each in conflicts(store).rows]


def left(store: Store) -> int:
    """How many conflicts wait."""
    return counted(store)


def meta(image: Image) -> Any:
    """An item's metadata."""
    return json.loads(image["meta_data"])

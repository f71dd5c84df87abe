"""Rows that the server does not take: tried again, or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localstore import tables
from localstore.connection import Connection
from localstore.deeds.actions import Action
from localstore.errors import InvalidValue
from localstore.models import Row, User
from sync.local import dirty
from sync.merging.prefer import Prefer
from sync.resolution import resolving_columns
from sync.resolution.reviving import Revival, Trash
from sync.shapes import Conflict, Image, Key, Kind

if TYPE_CHECKING:
    from localstore.store import Store


def release(action: Action, key: Key) -> None:
    """Let a row that was held back be pushed again."""
    dirty.release(action.connection, key)


def is_held(connection: Connection, key: Key) -> bool:
    """Tell whether a row waits until it changes."""
    sql = "SELECT 1 FROM sync_dirty WHERE tbl = ? AND pk = ? AND held IS NOT NULL"
    return connection.execute(sql, key).fetchone() is not None


def retry(action: Action, model: type[Row], conflict: Conflict, trash: Trash) -> None:
    """Push a refused row again; one that had to give up a unique value gets it back, if it is free by now."""
    key, ours = conflict.key, conflict.ours
    live = tables.fetch(action.connection, model, key.pk)
    if conflict.kind is Kind.REFUSED or is_held(action.connection, key):
        release(action, key)
    elif live is not None and ours and not _is_whole(model, ours):
        columns = resolving_columns.chosen(model, conflict, live, Prefer.OURS)
        resolving_columns.write(action, model, key.pk, columns)
    elif live is None and ours and _is_whole(model, ours):
        Revival(action, trash).bring_back(model, key.pk, dict(ours))
    elif live is None and ours:
        resolving_columns.need_row(action, model, conflict)


def _is_whole(model: type[Row], image: Any) -> bool:
    return set(tables.columns(model)) <= set(image)


def give_up(store: Store, action: Action, model: type[Row], conflict: Conflict, trash: Trash) -> None:
    """Take the server's side: our edit is undone, our new row goes to the trash, our deletion is taken back."""
    connection, key = action.connection, conflict.key
    change = dirty.read(connection, key)
    if change is None or not is_held(connection, key):
        return
    base = change.base
    if base is None and change.ours is not None:
        _discard(store, action, model, key)
    elif base is not None and change.ours is not None:
        resolving_columns.restore(action, model, key.pk, _known(connection, model, key, base))
    elif base is not None:
        Revival(action, trash).bring_back(model, key.pk, _known(connection, model, key, base))
    release(action, key)


def _known(connection: Connection, model: type[Row], key: Key, base: Image) -> Image:
    """Return a base with the vector that was kept beside it; one that is unchanged is left out."""
    raw = tables.blobs(model)
    found = {name: value for name, value in base.items() if name not in raw or isinstance(value, bytes)}
    row = connection.execute("SELECT base_vector FROM sync_dirty WHERE tbl = ? AND pk = ?", key).fetchone()
    if row and row[0] is not None:
        found |= dict.fromkeys(raw, row[0])
    return found


def _discard(store: Store, action: Action, model: type[Row], key: Key) -> None:
    """Move a row that the server never had to the trash, with what hangs on it."""
    if model is User and key.pk == store.local_user_id:
        raise InvalidValue("this is the store's own user, who owns what is made here: it stays")
    label = f"give up {tables.noun(model)}"
    roots = [(key.tbl, key.pk)]
    entry = store.trash.take(action.connection, roots, False, label)
    action.changes.append({"op": "trash", "trash": entry.id, "roots": roots, "cascade": False, "label": label})

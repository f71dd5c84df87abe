"""Undo and redo: the last 100 actions, kept in the file, put back row by row.

Undoing an edit sets back only columns that still hold what the action wrote; otherwise somebody's later work
would be lost, and EditConflict says so. Undoing an addition sends the rows to the trash, from where redo brings
them back; undoing a deletion restores them exactly.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import tables, times
from localstore.connection import Connection
from localstore.errors import EditConflict, NothingToUndo
from localstore.rules import check_references, check_unique, touch

if TYPE_CHECKING:
    from localstore.store import Store

KEPT = 100


class UndoEntry(NamedTuple):
    """One action as the undo log shows it."""

    seq: int
    at: str
    label: str
    undone: bool


def push(
    connection: Connection,
    actor: str | None,
    label: str,
    changes: list[dict[str, Any]],
    touched: list[str],
) -> None:
    """Note an action; what was undone before it can no longer be redone."""
    connection.execute("DELETE FROM undo_log WHERE undone")
    document = tables.to_json({"changes": changes, "touched": touched})
    sql = "INSERT INTO undo_log (at, actor_id, label, changes) VALUES (?, ?, ?, ?)"
    connection.execute(sql, (times.now(), actor, label, document))
    connection.execute("DELETE FROM undo_log WHERE seq <= (SELECT max(seq) FROM undo_log) - ?", (KEPT,))


def entries(store: Store) -> list[UndoEntry]:
    """Return the undo log, newest first."""
    with store.database.reading() as connection:
        rows = connection.execute("SELECT seq, at, label, undone FROM undo_log ORDER BY seq DESC").fetchall()
    return [UndoEntry(seq, at, label, bool(undone)) for seq, at, label, undone in rows]


def step(store: Store, *, redo: bool) -> str:
    """Undo the newest action, or redo the oldest one undone; return its label.

    Raises NothingToUndo at the end of the log, and EditConflict when a row was changed since.
    """
    order = "undone ORDER BY seq" if redo else "NOT undone ORDER BY seq DESC"
    with store.database.writing() as connection:
        row = connection.execute(f"SELECT seq, label, changes FROM undo_log WHERE {order} LIMIT 1").fetchone()
        if row is None:
            raise NothingToUndo("There is nothing to redo." if redo else "There is nothing to undo.")
        seq, label, text = row
        document = json.loads(text)
        Replay(store, connection, document, redo=redo).run()
        sql = "UPDATE undo_log SET undone = ?, changes = ? WHERE seq = ?"
        connection.execute(sql, (int(not redo), tables.to_json(document), seq))
        if document.get("trash") == "":  # what was added is gone already: there is nothing to bring back
            connection.execute("DELETE FROM undo_log WHERE seq = ?", (seq,))
        store.note_event("action.redone" if redo else "action.undone", {"label": label})
    return str(label)


class Replay:
    """Takes one noted action back, or does it again; the document keeps what the other way needs."""

    def __init__(self, store: Store, connection: Connection, document: dict[str, Any], *, redo: bool) -> None:
        self.store = store
        self.connection = connection
        self.document = document
        self.redo = redo

    def run(self) -> None:
        """Replay all changes, the additions as one deletion."""
        changes = self.document["changes"]
        added = [(c["tbl"], c["pk"]) for c in changes if c["op"] == "insert"]
        if self.redo and added:
            self._bring_back()
        for change in changes if self.redo else reversed(changes):
            getattr(self, f"_{change['op']}")(change)
        if not self.redo and added:
            self._take_away(added)
        for item in self.document.get("touched", ()):
            touch(self.connection, item)

    def _bring_back(self) -> None:
        self.store.trash.put_back(self.connection, self.document.pop("trash"))

    def _take_away(self, added: list[tuple[str, str]]) -> None:
        """Send additions to the trash, but for what somebody deleted already and tags that others use."""
        roots = [root for root in added if self._is_there(*root) and not self._is_used(*root, added)]
        taken = self.store.trash.take(self.connection, roots, False, "undone addition") if roots else None
        self.document["trash"] = taken.id if taken else ""

    def _is_there(self, table: str, pk: str) -> bool:
        return tables.fetch(self.connection, tables.model_of(table), pk) is not None

    def _is_used(self, table: str, pk: str, added: list[tuple[str, str]]) -> bool:
        """Tell whether this is a tag that other items got since: then it stays."""
        if table != "tags":
            return False
        sql = "SELECT item_id FROM item_tag_links WHERE tag_id = ?"
        links = {("item_tag_links", f"{item}/{pk}") for (item,) in self.connection.execute(sql, (pk,))}
        return not links <= set(added)

    def _insert(self, change: dict[str, Any]) -> None:
        """Additions go and come together, in ``run``."""

    def _update(self, change: dict[str, Any]) -> None:
        model = tables.model_of(change["tbl"])
        row = tables.need(self.connection, model, change["pk"])
        old, new = (1, 0) if self.redo else (0, 1)
        images = tables.image(model, row)
        if any(images[name] != pair[new] for name, pair in change["columns"].items()):
            self._refuse(change, images, old)
        back = {name: pair[old] for name, pair in change["columns"].items()}
        stored = tables.from_image(model, back)
        if tables.is_stamped(model):
            stored.setdefault("updated_at", times.after(times.now(), row["updated_at"]))
        self._check(model, change["pk"], stored)
        tables.update(self.connection, model, change["pk"], stored)

    def _refuse(self, change: dict[str, Any], images: dict[str, Any], old: int) -> None:
        ours = {name: pair[old] for name, pair in change["columns"].items()}
        names = ", ".join(n for n, p in change["columns"].items() if images[n] != p[1 - old])
        raise EditConflict(
            f"{names} was changed since: nothing was {'redone' if self.redo else 'undone'}; edit it by hand.",
            ours,
            {name: images[name] for name in change["columns"]},
        )

    def _check(self, model: Any, pk: str, stored: dict[str, Any]) -> None:
        check_references(self.connection, model, stored)
        check_unique(self.connection, model, stored, own=pk)

    def _remove(self, change: dict[str, Any]) -> None:
        model = tables.model_of(change["tbl"])
        exists = tables.fetch(self.connection, model, change["pk"]) is not None
        if self.redo:
            if exists and change.pop("back", True):
                tables.delete(self.connection, model, change["pk"])
            return
        change["back"] = not exists  # what somebody made again meanwhile is theirs, and redo leaves it
        if not exists:
            stored = tables.from_image(model, change["image"])
            self._check(model, change["pk"], stored)
            tables.insert(self.connection, model, stored)

    def _trash(self, change: dict[str, Any]) -> None:
        """A deletion: undo restores it, redo deletes again."""
        if self.redo:
            roots = [(tbl, pk) for tbl, pk in change["roots"]]
            self.store.trash.take(self.connection, roots, change["cascade"], change["label"], change["trash"])
        else:
            self.store.trash.put_back(self.connection, change["trash"])

    def _restore(self, change: dict[str, Any]) -> None:
        """A restoration: the other way round."""
        self.redo = not self.redo
        try:
            self._trash(change)
        finally:
            self.redo = not self.redo

    def _conflict(self, change: dict[str, Any]) -> None:
        """A conflict of sync that was settled waits again; redo settles it again."""
        settled = (times.now(), change["how"]) if self.redo else (None, None)
        sql = "UPDATE sync_conflict SET resolved_at = ?, resolution = ? WHERE id = ?"
        self.connection.execute(sql, (*settled, change["id"]))

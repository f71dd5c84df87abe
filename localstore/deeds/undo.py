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
RUNNING: set[str] = set()
"""When the deeds that run in this program began: what is not done yet is not taken back."""
_NEWEST = "SELECT at, label, max(seq) AS last FROM undo_log GROUP BY at, label ORDER BY last DESC LIMIT ?"
"""Parts of one deed share their time and label, and count as one."""


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
    deed: str = "",
) -> None:
    """Note an action, or a part of the *deed* that began at this time.

    What was undone before it can no longer be redone.
    """
    at = deed or times.now()
    known = "SELECT 1 FROM undo_log WHERE at = ? AND label = ?"
    while not deed and connection.execute(known, (at, label)).fetchone():
        at = times.after(at, at)
    if not deed or not connection.execute(known, (at, label)).fetchone():
        connection.execute("DELETE FROM undo_log WHERE undone")
    document = tables.to_json({"changes": changes, "touched": touched})
    sql = "INSERT INTO undo_log (at, actor_id, label, changes) VALUES (?, ?, ?, ?)"
    connection.execute(sql, (at, actor, label, document))
    older = f"DELETE FROM undo_log WHERE (at, label) NOT IN (SELECT at, label FROM ({_NEWEST}))"
    connection.execute(older, (KEPT,))


def runs(at: str) -> bool:
    """Tell whether the deed that began at this time still runs in this program."""
    return at in RUNNING


def entries(store: Store) -> list[UndoEntry]:
    """Return the undo log, newest first."""
    sql = "SELECT max(seq), at, label, min(undone) FROM undo_log GROUP BY at, label ORDER BY 1 DESC"
    with store.database.reading() as connection:
        rows = connection.execute(sql).fetchall()
    return [UndoEntry(seq, at, label, bool(undone)) for seq, at, label, undone in rows]


def deletions(connection: Connection) -> list[str]:
    """Return the keys of what is in the trash and was deleted by what the log holds, the last deed first."""
    sql = (
        "SELECT t.id FROM undo_log u, json_each(u.changes, '$.changes') c JOIN trash t ON t.id = c.value->>'$.trash'"
        " WHERE c.value->>'$.op' = 'trash' ORDER BY u.seq DESC, c.key DESC"
    )
    return [str(pk) for (pk,) in connection.execute(sql)]


def step(store: Store, *, redo: bool) -> str:
    """Undo the newest action, or redo the oldest one undone; return its label.

    All parts of a deed go together. Raises NothingToUndo at the end of the log, and EditConflict when a row was
    changed since.
    """
    with store.database.writing() as connection:
        at, label = _next(connection, redo=redo)
        order = "" if redo else "DESC"
        sql = f"SELECT seq FROM undo_log WHERE at = ? AND label = ? ORDER BY seq {order}"
        for (seq,) in connection.execute(sql, (at, label)).fetchall():
            _step(store, connection, seq, redo=redo)
        store.note_event("action.redone" if redo else "action.undone", {"label": label})
    return label


def _next(connection: Connection, *, redo: bool) -> tuple[str, str]:
    """Return time and label of what is undone or redone next."""
    order = "undone GROUP BY at, label ORDER BY max(seq)" if redo else "NOT undone GROUP BY at, label"
    order += "" if redo else " ORDER BY max(seq) DESC"
    found = connection.execute(f"SELECT at, label FROM undo_log WHERE {order}").fetchall()
    ready = [(str(at), str(label)) for at, label in found if at not in RUNNING]
    if ready:
        return ready[0]
    if found:
        raise NothingToUndo("There is nothing else to undo: what runs can be undone when it has ended.")
    raise NothingToUndo("There is nothing to redo." if redo else "There is nothing to undo.")


def _step(store: Store, connection: Connection, seq: int, *, redo: bool) -> None:
    """Take one noted action back, or do it again."""
    text = connection.execute("SELECT changes FROM undo_log WHERE seq = ?", (seq,)).fetchone()[0]
    document = json.loads(text)
    Replay(store, connection, document, redo=redo).run()
    sql = "UPDATE undo_log SET undone = ?, changes = ? WHERE seq = ?"
    connection.execute(sql, (int(not redo), tables.to_json(document), seq))
    if document.get("trash") == "":  # what was added is gone already: there is nothing to bring back
        connection.execute("DELETE FROM undo_log WHERE seq = ?", (seq,))


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

    def _link(self, change: dict[str, Any]) -> None:
        """A row on which nothing depends was added: the other way round."""
        self.redo = not self.redo
        try:
            self._remove(change)
        finally:
            self.redo = not self.redo

    def _trash(self, change: dict[str, Any]) -> None:
        """A deletion: undo restores it, redo deletes again."""
        if self.redo:
            roots = [(tbl, pk) for tbl, pk in change["roots"]]
            at = change.get("at", "")
            self.store.trash.take(self.connection, roots, change["cascade"], change["label"], change["trash"], at)
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

"""The trash: full images of every row a deletion took, and of every link it set free.

Restoring puts them back exactly: ids, times, tags, vectors. Images are made and read set-wise in SQL, so that a
deletion of a million rows never passes through Python.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore import ids, tables, times
from localstore.connection import Connection
from localstore.deeds import undo
from localstore.deeds.closure import Preview, closure, doomed_models
from localstore.errors import Ambiguous, InvalidValue, NotFound, Taken
from localstore.events import SECRET
from localstore.models import CASCADE, TABLES, Row

if TYPE_CHECKING:
    from localstore.deeds.actions import Action
    from localstore.store import Store

Root = tuple[str, str]


@dataclass(frozen=True)
class TrashEntry:
    """One deletion: when, by whom, what it took and what it set free."""

    id: str
    deleted_at: str
    actor_id: str | None
    label: str
    cascade: bool
    deleted: dict[str, int]
    freed: dict[str, int]
    roots: tuple[Root, ...]


class Trash:
    """``store.trash``: what was deleted and can be brought back."""

    def __init__(self, store: Store) -> None:
        self.store = store

    # -- deleting -----------------------------------------------------------------------------------------

    def preview(self, roots: Iterable[Root], *, cascade: bool = False) -> Preview:
        """Return what deleting *roots* (table, key) would take and set free; change nothing."""
        with (
            self.store.database.reading() as connection,
            closure(connection, roots, cascade=cascade) as found,
        ):
            return found

    def delete(self, roots: Sequence[Root], *, cascade: bool, label: str, kind: str) -> TrashEntry:
        """Delete *roots* and what hangs on them, as one undoable action."""
        with self.store.action(kind, label) as action:
            entry = self.delete_in(action, roots, cascade=cascade, label=label)
            action.payload = {"label": label, "deleted": entry.deleted, "trash": entry.id}
            action.payload["ids"] = [pk for _, pk in roots[:20]]
        return entry

    def delete_in(
        self, action: Action, roots: Sequence[Root], *, cascade: bool, label: str, at: str = ""
    ) -> TrashEntry:
        """Delete within an action; entries of the same time (*at*) and label are parts of one deletion."""
        self._spare_local_user(roots)
        for item in self._items_of(action.connection, roots):
            action.touch(item)
        entry = self.take(action.connection, roots, cascade, label, at=at)
        noted = {"op": "trash", "trash": entry.id, "roots": roots, "cascade": cascade, "label": label}
        action.changes.append(noted | ({"at": at} if at else {}))
        return entry

    def _spare_local_user(self, roots: Sequence[Root]) -> None:
        if ("users", self.store.local_user_id) in roots:
            raise InvalidValue("this is the store's own user, who owns what is made here: it stays")

    @staticmethod
    def _items_of(connection: Connection, roots: Sequence[Root]) -> list[str]:
        """Return the items of which a part is deleted, not the item itself."""
        found = []
        for table, pk in roots:
            if table in ("contents", "file_assets", "embeddings", "item_tag_links"):
                row = tables.fetch(connection, tables.model_of(table), pk)
                if row and row["item_id"] and table != "embeddings":
                    found.append(str(row["item_id"]))
        return found

    def take(
        self, connection: Connection, roots: Sequence[Root], cascade: bool, label: str, entry_id: str = "", at: str = ""
    ) -> TrashEntry:
        """Move the rows to the trash within the caller's transaction.

        A deletion done again keeps its *entry_id*: other entries of the undo log name it.
        """
        with closure(connection, roots, cascade=cascade) as counts:
            if not counts.deleted:
                raise NotFound("Nothing to delete: it is gone already.")
            entry = TrashEntry(
                entry_id or ids.new_id(),
                at or times.now(),
                self.store.actor_id,
                label,
                cascade,
                counts.deleted,
                counts.freed,
                tuple(roots),
            )
            _write_entry(connection, entry)
            _keep_rows(connection, entry.id)
            _set_free(connection, entry.id)
            for model in doomed_models(connection):
                _delete_rows(connection, model)
        return entry

    # -- looking ------------------------------------------------------------------------------------------

    def entries(self, limit: int = 1000) -> list[TrashEntry]:
        """Return the deletions, newest first."""
        with self.store.database.reading() as connection:
            rows = connection.execute(f"{_SELECT} ORDER BY deleted_at DESC, id DESC LIMIT ?", (limit,))
            return [_entry(row) for row in rows]

    def count(self) -> int:
        """Return how many deletions can be restored."""
        with self.store.database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM trash").fetchone()[0])

    def entry(self, connection: Connection, pk: str) -> TrashEntry:
        """Return the deletion with this whole id."""
        row = connection.execute(f"{_SELECT} WHERE id = ?", (pk,)).fetchone()
        if row is None:
            raise NotFound("This deletion left the trash: it was emptied, or restored already.")
        return _entry(row)

    def get(self, ref: str) -> TrashEntry:
        """Find a deletion by its id, the id of a row it took, a unique part of one, or ``@last``."""
        wanted = ref.strip().lower()
        if wanted == "@last" and (newest := self.entries(1)):
            return self._last(newest[0])
        found = [e for e in self.entries(100_000) if _answers(e, wanted)]
        if not found:
            raise NotFound(f"Nothing in the trash answers to {ref!r}: see 'localstore trash'.")
        if len(found) > 1 and found[0].id != wanted:
            raise Ambiguous(
                f"{ref!r} fits {len(found)} entries of the trash: give more of the id.",
                [(entry.id, entry.label) for entry in found],
            )
        return found[0]

    def _last(self, newest: TrashEntry) -> TrashEntry:
        """Return the deletion that came last; the undo log knows it also when the clock was set back since."""
        with self.store.database.reading() as connection:
            deletions = undo.deletions(connection)
            return self.entry(connection, deletions[0]) if newest.id in deletions else newest

    # -- restoring ----------------------------------------------------------------------------------------

    def restore(self, ref: str) -> TrashEntry:
        """Put a deletion's rows back exactly; undoable.

        Raises Taken when a row or a unique value of it is there again, InvalidValue when what it hangs on is
        gone.
        """
        entry = self.get(ref)
        with self.store.action("trash.restored", f"restore {entry.label}") as action:
            self.restore_in(action, entry)
            action.payload = {"label": entry.label, "restored": entry.deleted}
        return entry

    def restore_in(self, action: Action, entry: TrashEntry) -> None:
        """Put a deletion's rows back within an action."""
        self.put_back(action.connection, entry.id)
        for item in self._items_of(action.connection, entry.roots):
            action.touch(item)
        noted = {"op": "restore", "trash": entry.id, "roots": entry.roots, "cascade": entry.cascade}
        action.changes.append(noted | {"label": entry.label, "at": entry.deleted_at})

    def put_back(self, connection: Connection, entry_id: str) -> None:
        """Restore within the caller's transaction, and forget the entry."""
        if not connection.execute("SELECT 1 FROM trash WHERE id = ?", (entry_id,)).fetchone():
            raise NotFound("This deletion left the trash: it was emptied, or restored already.")
        connection.pragma("defer_foreign_keys", True)
        for model in TABLES:
            _check_room(connection, model, entry_id)
            _insert_rows(connection, model, entry_id)
        _tie_again(connection, entry_id)
        connection.execute("DELETE FROM trash WHERE id = ?", (entry_id,))

    def empty(self, older_than: str | None = None) -> int:
        """Forget all deletions, or those before a time, for good; return how many."""
        return self._forget("t.deleted_at < ?", older_than or "~")  # later than any time

    def forget(self, entries: Iterable[str]) -> int:
        """Forget the deletions with these whole ids, for good; return how many were still there."""
        return self._forget("t.id IN (SELECT value FROM json_each(?))", tables.to_json([*entries]))

    def _forget(self, which: str, given: str) -> int:
        with self.store.action("trash.emptied") as action:
            # What emptied trash would have to give back can no longer be undone; earlier actions still can.
            action.connection.execute(
                "DELETE FROM undo_log WHERE EXISTS"
                f" (SELECT 1 FROM trash t WHERE {which} AND instr(undo_log.changes, t.id))",
                (given,),
            )
            action.connection.execute(f"DELETE FROM trash AS t WHERE {which}", (given,))
            gone = action.connection.changes()
            action.note(emptied=gone)
        return gone


_SELECT = (
    "SELECT id, deleted_at, actor_id, label, cascade, json_extract(counts,'$.deleted'),"
    " json_extract(counts,'$.freed'), roots FROM trash"
)


def _entry(row: tuple) -> TrashEntry:  # type: ignore[type-arg]
    identifier, at, actor, label, cascade, deleted, freed, roots = row
    pairs = tuple((table, pk) for table, pk in json.loads(roots))
    return TrashEntry(identifier, at, actor, label, bool(cascade), json.loads(deleted), json.loads(freed), pairs)


def _answers(entry: TrashEntry, wanted: str) -> bool:
    known = [entry.id, *(pk for _, pk in entry.roots)]
    return any(
        key == wanted or (len(wanted) >= 4 and key.startswith(wanted)) or (len(wanted) >= 4 and key.endswith(wanted))
        for key in known
    )


def _write_entry(connection: Connection, entry: TrashEntry) -> None:
    counts = tables.to_json({"deleted": entry.deleted, "freed": entry.freed})
    connection.execute(
        "INSERT INTO trash (id, deleted_at, actor_id, label, roots, cascade, counts) VALUES (?,?,?,?,?,?,?)",
        (
            entry.id,
            entry.deleted_at,
            entry.actor_id,
            entry.label,
            tables.to_json(entry.roots),
            int(entry.cascade),
            counts,
        ),
    )


def _next(entry_id: str) -> str:
    return f"(SELECT COALESCE(max(seq), 0) FROM trash_rows WHERE trash_id = '{entry_id}')"


def _image_sql(model: type[Row]) -> str:
    raw = tables.blobs(model)
    pairs = (f"'{n}', {f'hex(t.{n})' if n in raw else f't.{n}'}" for n in tables.columns(model))
    return f"json_object({', '.join(pairs)})"


def _keep_rows(connection: Connection, entry_id: str) -> None:
    for model in reversed(doomed_models(connection)):
        table, same = model._meta.table_name, tables.same_key(model, "d.pk")
        connection.execute(
            f"INSERT INTO trash_rows SELECT ?, {_next(entry_id)} + row_number() OVER (), '{table}', d.pk, 'row',"
            f" {_image_sql(model)} FROM temp.doomed d JOIN {table} t ON {same} WHERE d.tbl = '{table}'",
            (entry_id,),
        )


def _set_free(connection: Connection, entry_id: str) -> None:
    """Clear the keys and remember them, with the row's times before and after."""
    found = connection.execute("SELECT DISTINCT tbl, col FROM temp.freed").fetchall()
    for table, column in found:
        connection.execute(
            f"INSERT INTO trash_rows SELECT ?, {_next(entry_id)} + row_number() OVER (), f.tbl, f.pk, 'link',"
            f" json_object('column', f.col, 'value', t.{column}, 'before', t.updated_at) FROM temp.freed f"
            f" JOIN {table} t ON t.id = f.pk WHERE f.tbl = '{table}' AND f.col = '{column}'",
            (entry_id,),
        )
    for table, column in found:
        own = f"SELECT pk FROM temp.freed WHERE tbl = '{table}' AND col = '{column}'"
        connection.execute(f"UPDATE {table} SET {column} = NULL WHERE id IN ({own})")
    for table in {table for table, _ in found}:
        connection.execute(
            "UPDATE trash_rows SET image = json_set(image, '$.after',"
            f" (SELECT updated_at FROM {table} t WHERE t.id = trash_rows.pk))"
            f" WHERE trash_id = ? AND kind = 'link' AND tbl = '{table}'",
            (entry_id,),
        )


def _delete_rows(connection: Connection, model: type[Row]) -> None:
    table = model._meta.table_name
    condition = tables.keys_in(model, "SELECT pk AS value FROM temp.doomed WHERE tbl = ?")
    connection.execute(f"DELETE FROM {table} WHERE {condition}", (table,))


def _value(name: str, model: type[Row]) -> str:
    source = f"r.image->>'$.{name}'"
    return f"unhex({source})" if name in tables.blobs(model) else source


def _check_room(connection: Connection, model: type[Row], entry_id: str) -> None:
    """Refuse when a row to restore, or a unique value of it, is there again, or a parent is gone.

    A tag that was made again has the id of the one before: it is the same, and stays.
    """
    if not tables.is_stamped(model):
        return
    table = model._meta.table_name
    rows = f"FROM trash_rows r WHERE r.trash_id = ? AND r.tbl = '{table}' AND r.kind = 'row'"
    for field in model._meta.sorted_fields:
        if field.unique or field.primary_key:
            value = f"r.image->>'$.{field.column_name}'"
            same = f"t.{field.column_name} = {value}"
            if table == "tags":
                same += " AND fold(t.name) <> fold(r.image->>'$.name')"
            sql = f"SELECT {value} {rows} AND EXISTS (SELECT 1 FROM {table} t WHERE {same})"
            clash = connection.execute(sql + " LIMIT 1", (entry_id,)).fetchone()
            if clash:
                shown = "" if field.column_name in SECRET else f" {clash[0]!r}"
                what = f"{tables.noun(model)} with {field.column_name}{shown}"
                article = "an" if what[0] in "aeioA" else "a"
                raise Taken(f"{article} {what} is there again: delete or rename that one first")
    for column, parent, action in tables.references(model):
        if action == CASCADE:
            _check_parent(connection, rows, column, parent, entry_id)


def _check_parent(connection: Connection, rows: str, column: str, parent: type[Row], entry_id: str) -> None:
    value, table = f"r.image->>'$.{column}'", parent._meta.table_name
    sql = (
        f"SELECT {value} {rows} AND {value} IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {table} p WHERE p.id = {value}) LIMIT 1"
    )
    gone = connection.execute(sql, (entry_id,)).fetchone()
    if gone:
        word = tables.noun(parent)
        raise InvalidValue(f"the {word} {ids.short(gone[0])} it belongs to was deleted: restore that first")


def _insert_rows(connection: Connection, model: type[Row], entry_id: str) -> None:
    """Insert the images; a nullable key to something gone becomes null.

    A tag link to something gone is left out, as are links and tags that are there again.
    """
    table, names = model._meta.table_name, tables.columns(model)
    parents = {column: (parent, action) for column, parent, action in tables.references(model)}
    picked, kept = [], ""
    for name in names:
        value = _value(name, model)
        if name in parents:
            exists = f"EXISTS (SELECT 1 FROM {parents[name][0]._meta.table_name} p WHERE p.id = {value})"
            if not tables.is_stamped(model):
                kept += f" AND {exists}"
            elif parents[name][1] != CASCADE:
                value = f"CASE WHEN {exists} THEN {value} END"
        picked.append(value)
    if table in ("tags", "item_tag_links"):
        kept += f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE {tables.same_key(model, 'r.pk')})"
    connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(picked)} FROM trash_rows r"
        f" WHERE r.trash_id = ? AND r.tbl = '{table}' AND r.kind = 'row'{kept} ORDER BY r.seq",
        (entry_id,),
    )


def _tie_again(connection: Connection, entry_id: str) -> None:
    """Set freed keys again where they are still empty; the row's time too unless it was edited since."""
    links = connection.execute(
        "SELECT DISTINCT tbl, image->>'$.column' FROM trash_rows WHERE trash_id = ? AND kind = 'link'",
        (entry_id,),
    ).fetchall()
    for table in sorted({table for table, _ in links}):
        names = sorted(column for name, column in links if name == table)
        values = ", ".join(f"max(r.image->>'$.value') FILTER (WHERE {_IS} = '{n}') AS {n}" for n in names)
        sets = ", ".join(f"{name} = COALESCE(t.{name}, g.{name})" for name in names)
        connection.execute(
            f"UPDATE {table} AS t SET {sets},"
            " updated_at = CASE WHEN t.updated_at = g.after THEN g.before ELSE t.updated_at END"
            f" FROM (SELECT r.pk, {values}, min(r.image->>'$.before') AS before,"
            " max(r.image->>'$.after') AS after FROM trash_rows r"
            f" WHERE r.trash_id = ? AND r.kind = 'link' AND r.tbl = '{table}' GROUP BY r.pk) g"
            " WHERE t.id = g.pk",
            (entry_id,),
        )


_IS = "r.image->>'$.column'"

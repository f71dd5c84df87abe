"""Actions: everything one deed of a person writes, in one transaction.

An action inserts, updates and removes rows, notes what it did so that it can be undone, and leaves one event.
Every write of the Store goes through here, but for the bulk writer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import apsw

from localstore import events, tables, times
from localstore.connection import Connection
from localstore.deeds import undo
from localstore.errors import InvalidValue
from localstore.models import Row
from localstore.rules import check_references, check_unique, conflict, refused, touch
from localstore.tables import Stored

if TYPE_CHECKING:
    from localstore.store import Store


class Action:
    """A transaction with a name, open while its ``with`` block runs.

    ``kind`` is the event's type (``item.edited``); ``label`` is what undo shows; an action without a label is
    not undoable, nor is one that changes a secret: the undo log would keep it.
    """

    def __init__(self, store: Store, kind: str, label: str = "") -> None:
        self.store = store
        self.kind = kind
        self.label = label
        self.changes: list[dict[str, Any]] = []
        self.touched: dict[str, None] = {}
        self.about: dict[str, str | None] = {}
        self.payload: dict[str, Any] = {}
        self.noted = False
        self._block = store.database.writing()

    def __enter__(self) -> Action:
        self.connection: Connection = self._block.__enter__()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None:
            try:
                self._finish()
            except BaseException as failed:
                self._block.__exit__(type(failed), failed, failed.__traceback__)
                raise
        self._block.__exit__(kind, error, trace)

    def _finish(self) -> None:
        if not self.changes and not self.noted:
            return
        for item in self.touched:
            touch(self.connection, item)
        if self.label and self.changes and not self._changed_secret():
            undo.push(self.connection, self.store.actor_id, self.label, self.changes, list(self.touched))
        events.leave(self)

    def _changed_secret(self) -> bool:
        return any(not events.SECRET.isdisjoint(change.get("columns", ())) for change in self.changes)

    # -- rows ---------------------------------------------------------------------------------------------

    def insert(self, model: type[Row], given: Mapping[str, Any], path: str = "") -> Stored:
        """Check and insert one row; return its stored form.

        Raises InvalidValue for a value the store refuses or a reference to nothing, Taken for a unique one.
        """
        stored = tables.with_defaults(model, tables.encode(model, given, path))
        check_references(self.connection, model, stored, path)
        check_unique(self.connection, model, stored, path)
        try:
            tables.insert(self.connection, model, stored)
        except apsw.ConstraintError as error:
            raise refused(model, stored, error) from None
        pk = tables.key_of(model, stored)
        self.changes.append({"op": "insert", "tbl": model._meta.table_name, "pk": pk})
        return stored

    def update(
        self, model: type[Row], pk: str, given: Mapping[str, Any], expected: Any = None, path: str = ""
    ) -> Stored:
        """Set the columns in *given* that differ; return them with what they were, as column → (old, new).

        ``expected`` is the ``updated_at`` the caller started from: when the row has moved on, EditConflict
        carries both versions.
        """
        stored = tables.encode(model, given, path)
        row = tables.need(self.connection, model, pk)
        changed = {name: [row[name], value] for name, value in stored.items() if row[name] != value}
        if tables.moment(expected) not in (None, row.get("updated_at")) and changed:
            raise conflict(model, pk, stored, row)
        if not changed:
            return {}
        for name in tables.key_columns(model):
            if name in changed:
                raise InvalidValue("a key never changes: leave it out", f"{path}{name}")
        self._write(model, pk, row, changed, path)
        return changed

    def _write(self, model: type[Row], pk: str, row: Stored, changed: dict[str, Any], path: str) -> None:
        new = {name: pair[1] for name, pair in changed.items()}
        check_references(self.connection, model, new, path)
        check_unique(self.connection, model, new, path, pk)
        if tables.is_stamped(model) and "updated_at" not in new:
            new["updated_at"] = times.after(times.now(), row["updated_at"])
        try:
            tables.update(self.connection, model, pk, new)
        except apsw.ConstraintError as error:
            raise refused(model, new, error) from None
        raw = tables.blobs(model)
        kept = {n: [v.hex() if n in raw and v else v for v in pair] for n, pair in changed.items()}
        self.changes.append({"op": "update", "tbl": model._meta.table_name, "pk": pk, "columns": kept})

    def remove(self, model: type[Row], pk: str) -> None:
        """Delete one row on which nothing depends (a tag link), without the trash; undo puts it back."""
        row = tables.need(self.connection, model, pk)
        tables.delete(self.connection, model, pk)
        image = tables.image(model, row)
        self.changes.append({"op": "remove", "tbl": model._meta.table_name, "pk": pk, "image": image})

    def note(self, **payload: Any) -> None:
        """Leave an event although no row of the thirteen tables was changed through this action."""
        self.noted = True
        self.payload |= payload

    def touch(self, item: str | None) -> None:
        """Move an item's ``updated_at`` when the action ends: a part of it changed."""
        if item:
            self.touched[item] = None

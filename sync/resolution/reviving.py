"""Rows brought back: with the parents they need and what hung on them, out of conflicts and the trash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from localstore import ids, tables, times
from localstore.connection import Connection
from localstore.deeds.actions import Action
from localstore.errors import InvalidValue
from localstore.models import CASCADE, TABLES, Row
from sync.conflicts import decode
from sync.local import dirty
from sync.local.above import unfolded
from sync.local.images import name_of, same
from sync.resolution import resolving_columns
from sync.resolution.conflict_fields import STAMPS
from sync.shapes import Image, Key, Kind

_SIDE = {Kind.DELETED_THERE: "ours", Kind.PARENT_GONE: "ours", Kind.TAKEN: "ours", Kind.DELETED_HERE: "theirs"}
"""Where a conflict keeps a whole row."""
ABOVE = (Kind.PARENT_GONE, Kind.DELETED_THERE)
"""Kinds of conflict whose ``theirs`` may hold the row that was above, as it was last."""
REVIVED = "revived"


class Revival:
    """Inserts rows as ordinary additions of one action, so that undo takes them away together."""

    def __init__(self, action: Action, trash: Trash, parent: Image | None = None) -> None:
        self.action = action
        self.connection = action.connection
        self.trash = trash
        self.parents: list[Image] = unfolded(parent)
        """Images of rows that are gone, which the conflicts of what hung on them brought."""

    def bring_back(self, model: type[Row], pk: str, image: Image, base: Image | None = None) -> None:
        """Put a row in, or make the one that is there as *image* says; then what its deletion took along.

        *base* is what the image was made of: to a row that is there only what differs from it is done again.
        """
        if tables.fetch(self.connection, model, pk) is not None:
            known = base or {}
            edits = {
                name: value
                for name, value in image.items()
                if name not in STAMPS and not (name in known and same(model, name, known[name], value))
            }
            self._parents(model, edits)
            resolving_columns.write(self.action, model, pk, edits)
            dirty.release(self.connection, Key(name_of(model), pk))
            return
        entry = self.trash.entry_of(Key(name_of(model), pk))
        self._insert(model, pk, image)
        if entry:
            self._children(entry, {(name_of(model), pk)})
            self._tie(entry, pk)

    # -- one row --------------------------------------------------------------------------------------------

    def _insert(self, model: type[Row], pk: str, image: Image) -> None:
        row = {name: image[name] for name in tables.columns(model) if name in image}
        self._parents(model, row)
        for name in tables.blobs(model):
            if not isinstance(row.get(name), bytes):
                row[name] = self._vector(model, pk, name)
        self.action.insert(model, tables.decode(model, row))
        resolving_columns.touch(self.action, model, row)

    def _parents(self, model: type[Row], row: Image) -> None:
        """Bring back what *row* needs; a key to what nothing here keeps is emptied where it may be."""
        for column, parent, _ in tables.references(model):
            value = row.get(column)
            if value is None or tables.fetch(self.connection, parent, value) is not None:
                continue
            if tables.field_of(model, column).null and not self._is_kept(parent, value):
                row[column] = None
            else:
                self._parent(model, parent, str(value))

    def _is_kept(self, parent: type[Row], pk: str) -> bool:
        return self.image_of(Key(name_of(parent), pk)) is not None

    def _parent(self, model: type[Row], parent: type[Row], pk: str) -> None:
        key = Key(name_of(parent), pk)
        image = self.image_of(key)
        if image is None:
            noun, above = tables.noun(model), tables.noun(parent)
            raise InvalidValue(
                f"the {above} {ids.short(pk)} that this {noun} belongs to is gone and not in the trash: "
                f"choose theirs to let the {noun} go, or copy its text first"
            )
        self._insert(parent, pk, image)
        self._close(key)

    def _vector(self, model: type[Row], pk: str, name: str) -> Any:
        kept = self.trash.image(Key(name_of(model), pk)) or {}
        if not isinstance(kept.get(name), bytes):
            raise InvalidValue(f"the vector {ids.short(pk)} is not kept here: embed its text again, then choose theirs")
        return kept[name]

    # -- where rows are kept --------------------------------------------------------------------------------

    def image_of(self, key: Key) -> Image | None:
        """Return the newest image of a row that is gone: a conflict's, the trash's, or what the conflict brought."""
        sql = (
            "SELECT kind, ours, theirs FROM sync_conflict WHERE tbl = ? AND pk = ? AND resolved_at IS NULL"
            " ORDER BY at DESC, id DESC"
        )
        model = tables.model_of(key.tbl)
        for kind, ours, theirs in self.connection.execute(sql, key).fetchall():
            text = {"ours": ours, "theirs": theirs}.get(_SIDE.get(Kind(kind), ""))
            image = decode(model, text) or {}
            if kind in ABOVE and theirs is not None:
                self.parents += unfolded(json.loads(theirs))
            if image.keys() >= set(tables.columns(model)):
                return image
        columns = set(tables.columns(model))
        brought = [each for each in self.parents if set(each) == columns and tables.key_of(model, each) == key.pk]
        return brought[-1] if brought else self.trash.image(key)

    def _close(self, key: Key) -> None:
        kinds = ", ".join(f"'{kind}'" for kind in _SIDE if kind is not Kind.TAKEN)
        sql = (
            "UPDATE sync_conflict SET resolved_at = ?, resolution = ? WHERE tbl = ? AND pk = ?"
            f" AND resolved_at IS NULL AND kind IN ({kinds})"
        )
        self.connection.execute(sql, (times.now(), REVIVED, *key))

    # -- what hung on it ------------------------------------------------------------------------------------

    def _children(self, entry: str, revived: set[tuple[str, str]]) -> None:
        """Bring back what one deletion took along, parents before children."""
        for child in TABLES:
            for column, parent, action in tables.references(child):
                if action != CASCADE:
                    continue
                above = [pk for tbl, pk in revived if tbl == name_of(parent)]
                for pk in self.trash.below(entry, child, column, above):
                    if self._bring_child(child, pk):
                        revived.add((name_of(child), pk))

    def _bring_child(self, model: type[Row], pk: str) -> bool:
        key = Key(name_of(model), pk)
        if tables.fetch(self.connection, model, pk) is not None:
            return False
        image = self.image_of(key)
        if image is None or not self._can_stand(model, image):
            return False
        self._insert(model, pk, image)
        self._close(key)
        return True

    def _can_stand(self, model: type[Row], image: Image) -> bool:
        """Tell whether the other parents of a link or vector are here: those are not brought back for it."""
        return all(
            tables.fetch(self.connection, parent, str(image[column])) is not None
            for column, parent, _ in tables.references(model)
            if not tables.field_of(model, column).null
        )

    def _tie(self, entry: str, pk: str) -> None:
        """Set keys again that the deletion emptied, where they still are."""
        for tbl, child, column in self.trash.freed(entry, pk):
            row = tables.fetch(self.connection, tables.model_of(tbl), child)
            if row is not None and row[column] is None:
                self.action.update(tables.model_of(tbl), child, {column: pk})


class Trash:
    """What the trash holds, by key and by what it hung on; indexed when first asked, for as many rows as follow."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._ready = False

    def prepare(self) -> None:
        """Make the index, in the caller's transaction: one that is rolled back takes it away again."""
        if self._ready:
            return
        self._ready = True
        self.connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS kept (tbl TEXT, pk TEXT, entry TEXT, seq INTEGER, col TEXT, above TEXT);"
            "CREATE INDEX IF NOT EXISTS temp.kept_row ON kept (tbl, pk);"
            "CREATE INDEX IF NOT EXISTS temp.kept_above ON kept (entry, above);"
            "DELETE FROM temp.kept"
        )
        self.connection.execute(
            "INSERT INTO temp.kept SELECT tbl, pk, trash_id, seq, NULL, NULL FROM trash_rows WHERE kind = 'row'"
        )
        for model in TABLES:
            for column, _, action in tables.references(model):
                if action == CASCADE:
                    self.connection.execute(
                        "INSERT INTO temp.kept SELECT tbl, pk, trash_id, seq, ?1, image->>('$.' || ?1) FROM trash_rows"
                        " WHERE kind = 'row' AND tbl = ?2",
                        (column, name_of(model)),
                    )
        self.connection.execute(
            "INSERT INTO temp.kept SELECT tbl, pk, trash_id, seq, '', image->>'$.value' FROM trash_rows"
            " WHERE kind = 'link'"
        )

    def _newest(self, key: Key) -> tuple[str, int] | None:
        self.prepare()
        sql = (
            "SELECT k.entry, k.seq FROM temp.kept k JOIN trash t ON t.id = k.entry WHERE k.tbl = ? AND k.pk = ?"
            " AND k.col IS NULL ORDER BY t.deleted_at DESC LIMIT 1"
        )
        row = self.connection.execute(sql, key).fetchone()
        return (row[0], row[1]) if row else None

    def entry_of(self, key: Key) -> str | None:
        """Return the newest deletion that took a row."""
        found = self._newest(key)
        return found[0] if found else None

    def image(self, key: Key) -> Image | None:
        """Return a row as its newest deletion took it."""
        found = self._newest(key)
        if found is None:
            return None
        sql = "SELECT image FROM trash_rows WHERE trash_id = ? AND seq = ?"
        row = self.connection.execute(sql, found).fetchone()
        return tables.from_image(tables.model_of(key.tbl), json.loads(row[0])) if row else None

    def below(self, entry: str, model: type[Row], column: str, above: list[str]) -> Iterator[str]:
        """Yield the keys of what a deletion took of a table because of these rows."""
        self.prepare()
        sql = "SELECT pk FROM temp.kept WHERE entry = ? AND above = ? AND tbl = ? AND col = ? ORDER BY seq"
        for pk in above:
            yield from [row[0] for row in self.connection.execute(sql, (entry, pk, name_of(model), column))]

    def freed(self, entry: str, pk: str) -> list[tuple[str, str, str]]:
        """Return (table, key, column) of what a deletion set free of a row."""
        self.prepare()
        sql = (
            "SELECT k.tbl, k.pk, r.image->>'$.column' FROM temp.kept k JOIN trash_rows r"
            " ON r.trash_id = k.entry AND r.seq = k.seq WHERE k.entry = ? AND k.above = ? AND k.col = ''"
        )
        return list(self.connection.execute(sql, (entry, pk)))

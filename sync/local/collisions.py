"""Unique values that a row of the server brings and another row here holds.

A row that is in step gives the value up: on the server it holds another by now, or is gone, and its own page comes. A
row that the person made or gave that value is treated as its table's rule says (``localstore.sync_rules.Unique``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localstore import ids, tables, values
from localstore.models import AIModel, Content, Item
from localstore.models import Row as Model
from localstore.repointing import repoint
from localstore.sync_rules import RULES, Unique
from sync.local import dirty, sharing
from sync.local.images import name_of, same
from sync.shapes import Conflict, Image, Key, Kind

if TYPE_CHECKING:
    from sync.local.arrivals import Arrivals, Noted

_DERIVED = ("text_sha256", "content_id")
_OWN = frozenset({"id", "created_at", "updated_at"})


class Collisions:
    """Makes room for the rows that ``arrivals`` takes."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.arrivals = arrivals
        self.connection = arrivals.connection

    def make_room(self, model: type[Model], pk: str, row: Image, changed: Image) -> None:
        """Free the unique values that *row* is about to take; *row* and *changed* may be given better ones."""
        for field in model._meta.sorted_fields:
            column = field.column_name
            if not field.unique or field.primary_key or changed.get(column) is None:
                continue
            sql = f"SELECT id FROM {name_of(model)} WHERE {column} = ? AND id <> ?"
            found = self.connection.execute(sql, (row[column], pk)).fetchone()
            if found:
                self._free(model, column, pk, row, changed, str(found[0]))

    def _free(self, model: type[Model], column: str, pk: str, row: Image, changed: Image, holder: str) -> None:
        key = Key(name_of(model), holder)
        held = tables.need(self.connection, model, holder)
        noted = self.arrivals.noted(model, key, held)
        rule = RULES[key.tbl].unique[column]
        if noted is None:
            self._park(model, key, column)
        elif noted.base is not None and same(model, column, noted.base.get(column), held[column]):
            self._park(model, key, column, noted.base)
        elif rule is Unique.RENAME:
            self._rename(model, key, column, held)
        elif rule is Unique.MOVES:
            self._move(model, key, column, held, noted, row, changed)
        elif noted.base is not None:
            self._give_back(model, key, column, held, noted.base)
        elif self._is_same(rule, held, row):
            self._join(model, key, held, pk, row)
        else:
            self._set_aside(model, key, column, held)

    def _is_same(self, rule: Unique, held: Image, row: Image) -> bool:
        """Tell whether ours and theirs are one: the same person, but for whom this device acts; the same file."""
        if rule is Unique.SAME_ROW:
            return bool(held["id"] != self.arrivals.user_id)
        return rule is Unique.STAYS and bool(held.get("checksum")) and held["checksum"] == row.get("checksum")

    # -- rows in step ---------------------------------------------------------------------------------------

    def _park(self, model: type[Model], key: Key, column: str, base: Image | None = None) -> None:
        """Give a row another value until its own page comes; a dirty one has it in its base too: nobody chose it."""
        parked = None if tables.field_of(model, column).null else self._spare(model, column, key.pk)
        self._set(model, key, {column: parked})
        if base is not None:
            dirty.rebase(self.connection, key, base | {column: parked})

    def _spare(self, model: type[Model], column: str, pk: str) -> str:
        return self._first_free(model, column, f"moved-{ids.short(pk)}")

    # -- rows that the person made --------------------------------------------------------------------------

    def _rename(self, model: type[Model], key: Key, column: str, held: Image) -> None:
        """Ours gets a suffix; the value stays in a conflict."""
        renamed = self._first_free(model, column, held[column])
        self._set(model, key, {column: renamed})
        self._touch(key)
        reason = f"{column} {held[column]!r} is taken on the server: ours is {renamed!r} now"
        self._note(key, {column: held[column]}, {column: renamed}, reason)

    def _first_free(self, model: type[Model], column: str, value: str) -> str:
        sql = f"SELECT 1 FROM {name_of(model)} WHERE {column} = ?"
        number = 2
        while self.connection.execute(sql, (f"{value}-{number}",)).fetchone():
            number += 1
        return f"{value}-{number}"

    def _give_back(self, model: type[Model], key: Key, column: str, held: Image, base: Image) -> None:
        """The server knows both rows: ours gets its old value again, unless that is taken too."""
        old = base.get(column)
        sql = f"SELECT 1 FROM {key.tbl} WHERE {column} = ? AND id <> ?"
        if old is not None and self.connection.execute(sql, (old, key.pk)).fetchone():
            old = self._spare(model, column, key.pk)
        self._set(model, key, {column: old})
        self._touch(key)
        reason = f"{column} {held[column]!r} belongs to another row on the server"
        self._note(key, {column: held[column]}, {column: old}, reason)

    def _join(self, model: type[Model], key: Key, held: Image, pk: str, row: Image) -> None:
        """Ours is their row: what refers to ours goes there; columns of ours that differ are kept."""
        plain = {n: v for n, v in held.items() if n not in _OWN and v not in (None, "", "{}", "[]")}
        lost = {n: v for n, v in plain.items() if not same(model, n, v, row.get(n))}
        if lost:
            theirs = {name: row.get(name) for name in lost}
            reason = f"this is the {tables.noun(model)} {ids.short(pk)} of the server"
            self._note(Key(key.tbl, pk), lost, theirs, reason)
        # their row comes next; until then what refers to it is loose (foreign keys are deferred)
        repoint(self.connection, model, key.pk, pk)
        sharing.bring_back_below(self.connection, model, [pk])
        self._leave(model, key)

    def _set_aside(self, model: type[Model], key: Key, column: str, held: Image) -> None:
        """Ours leaves the table, and is kept whole."""
        shown = "this value" if "hash" in column else repr(held[column])
        reason = f"{column} {shown} belongs to another {tables.noun(model)} of the server"
        self._note(key, tables.image(model, held), None, reason)
        self._leave(model, key)

    # -- vectors --------------------------------------------------------------------------------------------

    def _move(
        self, model: type[Model], key: Key, column: str, held: Image, noted: Noted, row: Image, changed: Image
    ) -> None:
        """Another model's vector moves to the item and names the text; of one model's two, one stays."""
        made_by = next(name for name, parent, _ in tables.references(model) if parent is AIModel)
        if held[made_by] != row[made_by]:
            self._move_to_item(model, key, column, held)
            self._touch(key)
            return
        fits = self.arrivals.fits
        if fits(held) and not fits(row):
            better = {name: held[name] for name in (*tables.blobs(model), "dim")}
            better["meta_data"] = _with_hash(row["meta_data"], held["meta_data"])
            row.update(better)
            changed.update(better)
        self._keep_metadata(model, key, held, row)
        self._leave(model, key, gone=noted.base)

    def _move_to_item(self, model: type[Model], key: Key, column: str, held: Image) -> None:
        sql = f"SELECT item_id FROM {name_of(Content)} WHERE id = ?"
        found = self.connection.execute(sql, (held[column],)).fetchone()
        item = next(name for name, parent, _ in tables.references(model) if parent is Item)
        meta = _document(held["meta_data"]) | {column: held[column]}
        home = held[item] or (found[0] if found else None)
        self._set(model, key, {column: None, item: home, "meta_data": values.to_json(meta)})

    def _keep_metadata(self, model: type[Model], key: Key, held: Image, row: Image) -> None:
        """A vector is derived; what somebody noted beside it is not."""
        ours, theirs = _document(held["meta_data"]), _document(row["meta_data"])
        if any(theirs.get(name) != value for name, value in ours.items() if name not in _DERIVED):
            mine, other = {"meta_data": held["meta_data"]}, {"meta_data": row["meta_data"]}
            self._note(Key(key.tbl, tables.key_of(model, row)), mine, other, "both sides made a vector of this text")

    # -- writing --------------------------------------------------------------------------------------------

    def _set(self, model: type[Model], key: Key, given: dict[str, Any]) -> None:
        tables.update(self.connection, model, key.pk, given)
        self.arrivals.written(model, key.pk)

    def _leave(self, model: type[Model], key: Key, gone: Image | None = None) -> None:
        """Delete ours; when the server has it (*gone* is its base), that travels too."""
        self.arrivals.remove(model, key, tables.need(self.connection, model, key.pk))
        dirty.forget(self.connection, key)
        if gone is not None:
            dirty.rebase(self.connection, key, gone)

    def _touch(self, key: Key) -> None:
        sql = "UPDATE sync_dirty SET generation = generation + 1, held = NULL WHERE tbl = ? AND pk = ?"
        self.connection.execute(sql, key)

    def _note(self, key: Key, ours: Image, theirs: Image | None, reason: str) -> None:
        self.arrivals.conflicts.append(Conflict(key, Kind.TAKEN, None, ours, theirs, reason))


def _document(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _with_hash(text: str, source: str) -> str:
    """Return their metadata with the hash of the text that our vector was made of."""
    document, ours = _document(text), _document(source)
    document.pop("text_sha256", None)
    return values.to_json(document | {n: ours[n] for n in ("text_sha256",) if n in ours})

"""The server's rows one by one, where something here stands in their way: an edit, a value taken, a parent missing.

Every value that this replaces was the server's, or was seen by the person, or goes to a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from localstore import ids, tables, values
from localstore.connection import Connection
from localstore.models import TABLES, Content, Item, User
from localstore.models import Row as Model
from sync import state
from sync.conflicts import note, settle
from sync.local import derived, dirty, sharing
from sync.local.collisions import Collisions
from sync.local.fitting import fits
from sync.local.images import differing, hashed, name_of, same, unmasked, unpacked, unsent, without_defaults
from sync.local.loose import Loose
from sync.merge import merge
from sync.shapes import Change, Conflict, Image, Key, Kind, Unreadable

if TYPE_CHECKING:
    from localstore.store import Store

UNREADABLE = "unreadable"
ASIDE = (Kind.PARKED, Kind.UNREADABLE)
"""Rows of the server that cannot come in, or not yet."""


@dataclass(slots=True)
class Applied:
    """What was applied: rows that are new or other now, rows deleted, conflicts noted, rows set aside."""

    changed: int = 0
    deleted: int = 0
    conflicts: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True)
class Noted:
    """What is known of a row here that the server may have too: ``base`` None means that it never had it."""

    base: Image | None


class Arrivals:
    """Takes rows within the caller's transaction, triggers silent; ``finish`` does what follows from them."""

    def __init__(self, store: Store, connection: Connection, seq: int | None = None) -> None:
        self.connection = connection
        self.seq = seq
        self.applied = Applied()
        self.conflicts: list[Conflict] = []
        self.user_id = state.get(connection, "user_id") or store.local_user_id
        self.fits: Callable[[Image], bool] = fits(store)
        self.loose = Loose(connection)
        self.collisions = Collisions(self)
        self._written: dict[str, dict[str, None]] = {}
        self._homes: set[str] = set()
        self._arrived: list[tuple[type[Model], Sequence[str]]] = []

    def finish(self) -> Applied:
        """Tie what waited for these rows, note conflicts, and have full text and vectors looked at."""
        while self._arrived:
            self._tie(*self._arrived.pop())
        for model in TABLES:
            written = list(self._written.get(name_of(model), ()))
            derived.note_written(self.connection, model, written, self._homes)
        self.applied.conflicts += sum(each.kind not in ASIDE for each in self.conflicts)
        note(self.connection, self.conflicts, self.seq)
        return self.applied

    # -- one row --------------------------------------------------------------------------------------------

    def take(self, model: type[Model], pk: str, theirs: Image) -> None:
        """Take a row of the server; what SQLite refuses is set aside with its values."""
        key = Key(name_of(model), pk)
        before = len(self.conflicts)
        self.connection.execute("SAVEPOINT taken")
        try:
            self._take(model, key, theirs)
        except (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError) as error:
            self.connection.execute("ROLLBACK TO taken")
            del self.conflicts[before:]
            raw = tables.image(model, theirs)
            self.set_aside(key, Kind.UNREADABLE, raw, f"this store refuses the row: {error}")
        self.connection.execute("RELEASE taken")

    def _take(self, model: type[Model], key: Key, theirs: Image) -> None:
        ours = tables.fetch(self.connection, model, key.pk)
        noted = self.noted(model, key, ours)
        theirs = unmasked(model, key.pk, self.user_id, theirs, ours)
        row: Image | None = theirs
        if noted and (ours is not None or noted.base is not None):
            base = noted.base and unmasked(model, key.pk, self.user_id, noted.base, ours)
            said = ours if base or ours is None else without_defaults(model, ours, theirs)
            merged = merge(model, base, said, theirs, self.fits)
            self.conflicts += merged.conflicts
            row = merged.row
        row = row and dict(row)
        if not self.write(model, key, row, ours, theirs):
            return
        self.in_step(model, key, row, theirs, new=noted is not None and noted.base is None)
        self._came_in(key)

    def noted(self, model: type[Model], key: Key, ours: Image | None) -> Noted | None:
        """Return what is noted of a row; None when it is in step."""
        sql = (
            "SELECT d.base, d.base_vector, k.pk FROM (SELECT ?1 AS tbl, ?2 AS pk) r"
            " LEFT JOIN sync_dirty d ON d.tbl = r.tbl AND d.pk = r.pk"
            " LEFT JOIN sync_kept k ON k.tbl = r.tbl AND k.pk = r.pk WHERE d.pk IS NOT NULL OR k.pk IS NOT NULL"
        )
        row = self.connection.execute(sql, key).fetchone()
        if row is None:
            return None
        return Noted(None if row[2] or row[0] is None else unpacked(model, row[0], row[1], ours))

    def write(
        self, model: type[Model], key: Key, row: Image | None, ours: Image | None, theirs: Image | None = None
    ) -> bool:
        """Make a row what it shall be; tell whether it went in, and was not parked for want of its parent.

        *row* is given what it got instead: empty keys, the better vector.
        """
        if row is None:
            if ours is not None:
                self.remove(model, key, ours)
            return True
        missing = self.loose.loosen(model, key, row)
        if missing:
            self.park(model, key, theirs or row, missing)
            return False
        changed = {n: v for n, v in row.items() if ours is None or not same(model, n, ours[n], v)}
        if model is Content and ours is not None:
            self._homes.add(str(ours["item_id"]))
        if changed:
            self.collisions.make_room(model, key.pk, row, changed)
            if ours is None:
                tables.insert(self.connection, model, row)
            else:
                tables.update(self.connection, model, key.pk, changed)
            self.written(model, key.pk)
            self.applied.changed += 1
        if ours is None:
            self.arrived(model, [key.pk])
        return True

    def remove(self, model: type[Model], key: Key, ours: Image) -> None:
        """Delete a row, and note what follows from that."""
        if model is Content:
            self._homes.add(str(ours["item_id"]))
        tables.delete(self.connection, model, key.pk)
        derived.note_deleted(self.connection, model, [key.pk], self._homes)
        self.applied.deleted += 1

    def in_step(self, model: type[Model], key: Key, row: Image | None, theirs: Image | None, *, new: bool) -> None:
        """Note how a row stands to the server's: forgotten when equal, else changed from theirs."""
        if row is not None and theirs is not None:
            # a key that is empty for want of its row is no change of ours
            theirs = theirs | {n: None for n in self.loose.emptied(key) if row[n] is None}
        but = unsent(model, key.pk, self.user_id)
        equal = row is theirs is None or (
            row is not None and theirs is not None and not differing(model, row, theirs, but)
        )
        if equal:
            dirty.forget(self.connection, key)
        else:
            dirty.rebase(self.connection, key, hashed_unless_kept(model, theirs))
        if new and model in (Item, User) and theirs is not None:
            sharing.bring_back_below(self.connection, model, [key.pk])

    def written(self, model: type[Model], pk: str) -> None:
        """Note that a row changed, for what is derived from it."""
        self._written.setdefault(name_of(model), {})[pk] = None

    def arrived(self, model: type[Model], keys: Sequence[str]) -> None:
        """Note rows that are new here: others may have waited for them."""
        if self.loose.any():
            self._arrived.append((model, keys))

    # -- set aside ------------------------------------------------------------------------------------------

    def unreadable(self, model: type[Model], found: Unreadable) -> None:
        """Keep a row of the server that cannot be read; ours is not pushed over it."""
        self.set_aside(Key(name_of(model), found.pk), Kind.UNREADABLE, dict(found.raw), found.reason)

    def set_aside(self, key: Key, kind: Kind, theirs: Image, reason: str) -> None:
        """Keep a row of the server that cannot come in, in place of what was kept of it before."""
        self._drop_aside(key)
        self.conflicts.append(Conflict(key, kind, None, None, theirs, reason))
        self.applied.parked += 1
        sql = "UPDATE sync_dirty SET held = ? WHERE tbl = ? AND pk = ?"
        self.connection.execute(sql, (UNREADABLE, *key))

    def park(self, model: type[Model], key: Key, theirs: Image, missing: tuple[str, type[Model], str]) -> None:
        """Keep a row whose parent is not here; it comes in by itself when that does."""
        column, parent, value = missing
        word = tables.noun(parent)
        reason = f"the {word} {ids.short(value)} that its {column} names is not here; it comes in when that does"
        self.set_aside(key, Kind.PARKED, tables.image(model, theirs), reason)
        self.loose.wait(key, column, value)

    def _drop_aside(self, key: Key) -> None:
        self.connection.execute(
            f"DELETE FROM sync_conflict WHERE tbl = ? AND pk = ? AND resolved_at IS NULL AND {_ASIDE}", key
        )
        self.conflicts = [each for each in self.conflicts if each.key != key or each.kind not in ASIDE]

    def _came_in(self, key: Key) -> None:
        """A row that could not come in before has settled its conflict."""
        if settle(self.connection, key, "came in", ASIDE):
            sql = "UPDATE sync_dirty SET held = NULL WHERE tbl = ? AND pk = ? AND held = ?"
            self.connection.execute(sql, (*key, UNREADABLE))

    # -- what waited ----------------------------------------------------------------------------------------

    def _tie(self, model: type[Model], keys: Sequence[str]) -> None:
        for tbl, pk, column, value in self.loose.waiting(model, keys):
            child, key = tables.model_of(tbl), Key(tbl, pk)
            ours = tables.fetch(self.connection, child, pk)
            if ours is None:
                self._unpark(child, key)
            elif ours[column] is None:
                self._tie_row(child, key, column, value)
            self.loose.tied(key, column)

    def _tie_row(self, model: type[Model], key: Key, column: str, value: str) -> None:
        """Set a key that had to be empty; it is no change of ours. A row that the server never had may go now."""
        change = dirty.read(self.connection, key)
        if change and change.base is not None and change.base.get(column) is not None:
            return
        tables.update(self.connection, model, key.pk, {column: value})
        self.written(model, key.pk)
        if change and change.base is not None:
            dirty.rebase(self.connection, key, change.base | {column: value})
        else:
            sharing.bring_back(self.connection, key.tbl, [key.pk])
            sharing.bring_back_below(self.connection, model, [key.pk])

    def _unpark(self, model: type[Model], key: Key) -> None:
        sql = (
            "SELECT theirs FROM sync_conflict WHERE tbl = ? AND pk = ? AND resolved_at IS NULL"
            f" AND kind = '{Kind.PARKED}'"
        )
        row = self.connection.execute(sql, key).fetchone()
        if row:
            self.take(model, key.pk, tables.from_image(model, values.from_json(row[0])))


_ASIDE = f"kind IN ('{Kind.PARKED}', '{Kind.UNREADABLE}')"


def hashed_unless_kept(model: type[Model], theirs: Image | None) -> Image | None:
    """Return an image as a base: with its vector where the bytes came, else with the hash."""
    return theirs if theirs is None or any(isinstance(v, bytes) for v in theirs.values()) else hashed(model, theirs)


def aside(connection: Connection, tbl: str, keys: Iterable[str]) -> set[str]:
    """Return which of these rows are set aside: a later version of them settles it."""
    if connection.execute("SELECT 1 FROM sync_conflict WHERE resolved_at IS NULL LIMIT 1").fetchone() is None:
        return set()
    sql = (
        f"SELECT c.pk FROM json_each(?) j CROSS JOIN sync_conflict c ON c.tbl = ? AND c.pk = j.value"
        f" WHERE c.resolved_at IS NULL AND c.{_ASIDE}"
    )
    return {pk for (pk,) in connection.execute(sql, (values.to_json(list(keys)), tbl))}


def changes_of(connection: Connection, tbl: str, keys: Iterable[str]) -> set[str]:
    """Return which of these rows are changed here, or were never sent."""
    if connection.execute("SELECT 1 FROM sync_dirty UNION ALL SELECT 1 FROM sync_kept LIMIT 1").fetchone() is None:
        return set()
    among = values.to_json(list(keys))
    sql = (
        "SELECT j.value FROM json_each(?1) j WHERE EXISTS (SELECT 1 FROM sync_dirty WHERE tbl = ?2 AND pk = j.value)"
        " OR EXISTS (SELECT 1 FROM sync_kept WHERE tbl = ?2 AND pk = j.value)"
    )
    return {pk for (pk,) in connection.execute(sql, (among, tbl))}


__all__ = ["Applied", "Arrivals", "Change", "Noted", "aside", "changes_of"]
